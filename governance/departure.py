"""What is left without somebody when their account is closed."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from approvals import rights
from approvals.models import Condition, Stage
from registry.models import AIModel, Person, RiskTierUserObjectPermission


def depends_on(person: Person) -> Iterator[dict[str, str]]:
    """Reasons to think twice, each with where it is handed on. Three statements."""
    owned = AIModel.objects.filter(owner=person).count()
    if owned:
        owns = "1 model" if owned == 1 else f"{owned} models"
        yield {"message": f"They own {owns}.", "url": f"{reverse('registry:model_list')}?owner={person.username}"}
    promised = Condition.objects.open().filter(owner=person).count()
    if promised:
        conditions = "1 open condition" if promised == 1 else f"{promised} open conditions"
        yield {"message": f"They own {conditions}, which holds up going live once it is overdue."}
    for stage, tiers in sorted(_decided_alone(person).items()):
        where = ", ".join(sorted(tiers))
        yield {
            "message": f"Nobody else decides {Stage(stage).words} reviews ({where}).",
            "remedy": "Give somebody else the role first.",
            "url": reverse("governance:role_list"),
        }


def _decided_alone(person: Person) -> dict[str, set[str]]:
    """Names of the tiers, by stage, in which this person is the only active one who may decide."""
    active = RiskTierUserObjectPermission.objects.filter(user__is_active=True)
    held = list(active.values_list("permission__codename", "content_object__name", "user"))
    others = {(codename, tier) for codename, tier, holder in held if holder != person.pk}
    alone: dict[str, set[str]] = {}
    for codename, tier, holder in held:
        if holder == person.pk and (codename, tier) not in others:
            alone.setdefault(rights.name_of(codename), set()).add(tier)
    return alone
