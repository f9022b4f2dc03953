"""The row type of every workflow table (`registry/lifecycle.py`, `approvals/workflow.py`), and its printed diagram.

A verb is one word everywhere: the table's row, the action, the last segment of the URL, the button, the event.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Verb:
    """`sources` are the states it may start from (none: it begins), `target` the state it leads to.

    `settles` names a second state it may lead to, when the verb completes something that takes several. `beside` are
    the moves of earlier rows that come with it.
    `permission` is what the actor needs; "" when the right comes from elsewhere (a reviewer's from guardian).
    """

    noun: str
    name: str
    sources: tuple[str, ...]
    target: str
    event: str
    button: str
    url_name: str
    action: str
    permission: str = ""
    settles: str = ""
    beside: tuple[tuple[str, str], ...] = ()

    @property
    def moves(self) -> list[tuple[str, str]]:
        """From which state to which; from "" where it begins."""
        targets = [target for target in (self.target, self.settles) if target]
        return [(source, target) for source in self.sources or ("",) for target in targets] + list(self.beside)

    def starts_from(self, state: str) -> bool:
        return state in self.sources


def diagram(verbs: Iterable[Verb]) -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2"]
    for verb in verbs:
        lines += [f"    {source or '[*]'} --> {target}: {verb.name}" for source, target in verb.moves]
    return "\n".join(lines)
