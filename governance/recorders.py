"""Who records the deployment that comes next: the role that does it for every model, and the people who hold it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from approvals.actions.deployments import RECORD
from governance.outlook import RECORDING, Outlook
from governance.roles import ROLES
from registry.models import Person

ROLE = next(role for role in ROLES if RECORD in role.everywhere)
MOST_NAMED = 4


@dataclass(frozen=True)
class Recorders:
    """`names` are the first of them; `others` how many more there are."""

    names: tuple[str, ...]
    others: int = 0

    @property
    def sentence(self) -> str:
        if not self.names:
            return f"Nobody holds the role {ROLE.title} now; an administrator gives it."
        named = ", ".join(self.names)
        return f"{ROLE.title}: {named}{f' and {self.others} more' if self.others else ''}."


def of(outlooks: Iterable[Outlook]) -> Recorders | None:
    """None, and nothing read, while no version waits for somebody else to record its deployment."""
    steps = (outlook.next_step for outlook in outlooks)
    if not any(step and step.requirement.step == RECORDING and not step.yours for step in steps):
        return None
    holders = Person.objects.filter(is_active=True, role_grants__role=ROLE.slug)
    names = list(holders.order_by("name").values_list("name", flat=True))
    return Recorders(tuple(names[:MOST_NAMED]), len(names[MOST_NAMED:]))
