"""What an empty registry starts with: three risk tiers, laid by Gatehouse itself when they are missing."""

from audit import keys, ledger
from audit.models import Event
from registry.models import Person, RiskTier

TIERS = (
    ("low", "Low risk", 1, "No people, no personal data, no harm; a person looks at each result."),
    ("medium", "Medium risk", 2, "People, personal data or harm are touched, but not all at once."),
    (
        "high",
        "High risk",
        3,
        "It takes part in decisions about people that can harm them, or acts before anybody looks.",
    ),
)


def lay() -> None:
    """Runs after every migrate; writes only what is missing."""
    if not Event.objects.exists() and not keys.exist():
        keys.create()
    system = Person.objects.system()
    if system._state.adding:
        _create_system(system)
    for slug, name, rank, description in TIERS:
        if not RiskTier.objects.filter(slug=slug).exists():
            with ledger.entry("registry.risk_tier.created", by=system) as entry:
                tier = RiskTier(slug=slug, name=name, rank=rank, description=description)
                tier.save()
                entry.subject = tier


def _create_system(system: Person) -> None:
    with ledger.entry("registry.person.created", by=system) as entry:
        system.set_unusable_password()
        system.save()
        entry.subject = system
