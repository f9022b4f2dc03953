"""What an empty registry starts with: three risk tiers and what is asked to choose among them, laid by Gatehouse itself
when they are missing."""

from django.utils import timezone

from audit import keys, ledger
from audit.models import Event
from registry import questionnaires
from registry.models import Person, Questionnaire, RiskTier
from registry.rules import risk

MEDIUM = "People meet it, are decided about in small things or known in its data; or it acts before anybody looks."
HIGH = "An area that the AI Act calls high-risk, a weighty decision about a person, serious harm, or special data."
TIERS = (
    ("low", "Low risk", 1, "Nobody is decided about or known in its data, and a wrong result costs time."),
    ("medium", "Medium risk", 2, MEDIUM),
    ("high", "High risk", 3, HIGH),
)


def lay() -> None:
    """Runs after every migrate; writes what is missing, and what a tier means where that is said anew."""
    if not Event.objects.exists() and not keys.exist():
        keys.create()
    system = Person.objects.system()
    if system._state.adding:
        _create_system(system)
    for slug, name, rank, description in TIERS:
        tier = RiskTier.objects.filter(slug=slug).first()
        if tier is None:
            _create_tier(RiskTier(slug=slug, name=name, rank=rank, description=description), system)
        elif tier.description != description:
            _describe(tier, description, system)
    if not Questionnaire.objects.published().exists():
        _publish_first_questionnaire(system)


WHY_FIRST = "Gatehouse comes with it."


def _publish_first_questionnaire(system: Person) -> None:
    with ledger.entry("registry.questionnaire.published", by=system, reason=WHY_FIRST) as entry:
        now = timezone.now()
        first = Questionnaire(
            revision=1,
            status=Questionnaire.Status.PUBLISHED,
            questions=risk.plain(questionnaires.FIRST),
            reason=WHY_FIRST,
            drafted_by=system,
            drafted_at=now,
            changed_by=system,
            changed_at=now,
            closed_by=system,
            closed_at=now,
        )
        first.save()
        entry.subject = first
        entry.facts = {"revision": 1}


def _create_tier(tier: RiskTier, system: Person) -> None:
    with ledger.entry("registry.risk_tier.created", by=system) as entry:
        tier.save()
        entry.subject = tier


def _describe(tier: RiskTier, description: str, system: Person) -> None:
    with ledger.entry("registry.risk_tier.described", by=system, subject=tier) as entry:
        tier = entry.lock_one(tier)
        tier.description = description
        tier.save()


def _create_system(system: Person) -> None:
    with ledger.entry("registry.person.created", by=system) as entry:
        system.set_unusable_password()
        system.save()
        entry.subject = system
