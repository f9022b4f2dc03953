"""What an empty registry starts with: three risk tiers, laid by Gatehouse itself when they are missing."""

from audit import keys, ledger
from audit.models import Event
from registry.models import Person, RiskTier

MEDIUM = "It decides about people, can do harm, reads personal data or acts before anybody looks, short of high risk."
HIGH = "A wrong result can do harm, and it takes part in decisions about people or acts before anybody looks."
TIERS = (
    ("low", "Low risk", 1, "No people, no personal data, no harm; a person looks at each result."),
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
