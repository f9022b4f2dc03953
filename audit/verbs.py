"""The row type of every workflow table (`registry/lifecycle.py`, `approvals/workflow.py`), and its printed diagram.

A verb is one word everywhere: the table's row, the action, the last segment of the URL, the button, the event.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Verb:
    """`sources` are the states it may start from (none: it begins), `target` the state it leads to.

    `settles` names a second state it may lead to, when the verb completes something that takes several.
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

    def starts_from(self, state: str) -> bool:
        return state in self.sources


def diagram(verbs: Iterable[Verb]) -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2"]
    for verb in verbs:
        for source in verb.sources or ("[*]",):
            lines += [f"    {source} --> {target}: {verb.name}" for target in (verb.target, verb.settles) if target]
    return "\n".join(lines)
