"""What is left without somebody when their account is closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import reverse

from approvals import rights, rules
from approvals.facts import StageFact
from approvals.facts.loading import STAGE_TERMS, stage_fact
from approvals.models import Condition, Policy, PolicyStage, Stage
from approvals.rights import Right
from registry.models import AIModel, Person, RiskTier, RiskTierUserObjectPermission


def depends_on(person: Person) -> Iterator[dict[str, str]]:
    """Reasons to think twice, each with where it is handed on. Six statements, four where no policy names anybody."""
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
    yield from _named_alone(person)


def _named_alone(person: Person) -> Iterator[dict[str, str]]:
    """The stages for which the policies in force name too few without this person, a reason for each."""
    found = [each for each in _named() if _is_needed(each, person)] if person.is_active else []
    models = AIModel.objects.in_bulk({each.model for each in found if each.model})
    for each in found:
        of_model = f" of {models[each.model].name}" if each.model in models else ""
        others = "too few others" if each.stage.quorum > 1 else "nobody else"
        yield {
            "message": f"The policy for {each.tier.name.lower()} names {others} to decide {each.stage.stage.words} "
            f"reviews{of_model}.",
            "remedy": "Have it name somebody else first.",
            "url": reverse("approvals:policy_detail", args=[each.tier.slug]),
        }


@dataclass(frozen=True)
class _Names:
    """Who is named for one stage of a tier, for one `model` or (None) for every other, and who `holding` its right."""

    tier: RiskTier
    stage: StageFact
    model: int | None
    named: frozenset[str]
    holding: Mapping[Person, Right]


def _named() -> Iterator[_Names]:
    rows = PolicyStage.objects.filter(policy__in=Policy.objects.current()).exclude(deciders=[])
    stages = list(rows.select_related("policy__tier").order_by("policy__tier__rank", "position", "pk"))
    holding = _holding() if stages else {}
    for row in stages:
        stage, tier = stage_fact({name: getattr(row, name) for name in STAGE_TERMS}), row.policy.tier
        for model in sorted({model for model, _ in stage.deciders}):
            named = frozenset(who for whose, who in stage.deciders if whose == model)
            yield _Names(
                tier, stage, int(model) if model else None, named, holding.get((stage.decided_with, tier.pk), {})
            )


def _holding() -> dict[tuple[str, int], dict[Person, Right]]:
    """Who of the active people holds which right in which tier."""
    deciding = RiskTierUserObjectPermission.objects.values("user")
    found: dict[tuple[str, int], dict[Person, Right]] = {}
    for person in Person.objects.filter(is_active=True, pk__in=deciding).annotate(rights=rights.rows()):
        for name, tiers in rights.by_name(person.rights).items():
            for tier, right in tiers.items():
                found.setdefault((name, tier), {})[person] = right
    return found


def _is_needed(names: _Names, person: Person) -> bool:
    others = {each: right for each, right in names.holding.items() if each.pk != person.pk}
    with_them, without = (len(rules.humans_named(held, names.named)) for held in (names.holding, others))
    return without < names.stage.quorum <= with_them


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
