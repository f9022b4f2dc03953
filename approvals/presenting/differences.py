"""What is written differently since somebody decided: card and release plan, field by field, so that whoever decides
again begins there. The texts of before come from the history; the ledger says of each change whether it is proved."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from approvals.facts import DecisionFact, VersionFacts
from registry import cards
from registry.forms.release_plans import ReleasePlanForm
from registry.models import ModelCard, Part, ReleasePlan

SAME, ADDED, REMOVED = "same", "add", "del"


@dataclass(frozen=True)
class FieldDifference:
    """`lines` are pairs of what became of a line, and the line."""

    label: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DocumentDifference:
    title: str
    by: str
    at: datetime.datetime
    fields: tuple[FieldDifference, ...]


@dataclass(frozen=True)
class Since:
    """What to begin with: the decision that it is compared with, and the documents that are written differently."""

    decision: DecisionFact
    documents: tuple[DocumentDifference, ...]


CARD_FIELDS = {each.name: each.label for section in cards.SECTIONS for each in section.fields}
PLAN_FIELDS = {name: str(each.label) for name, each in ReleasePlanForm.base_fields.items() if name != "seen_revision"}


def since(facts: VersionFacts) -> Since | None:
    """Since changes were requested, here or in an earlier review, or it was rejected there, else since the earliest
    approval that a change has made stale. One statement for each document that differs."""
    decision = facts.requested_changes or facts.earlier_no or min(_stale(facts), key=lambda each: each.at, default=None)
    if decision is None:
        return None
    changed = {part.part for part in facts.changed_since(decision)}
    documents = []
    if Part.CARD in changed and facts.card:
        documents.append(_document("Model card", facts.card, CARD_FIELDS, decision.at))
    if Part.RELEASE_PLAN in changed and facts.plan:
        documents.append(_document("Release plan", facts.plan, PLAN_FIELDS, decision.at))
    return Since(decision, tuple(documents))


def _stale(facts: VersionFacts) -> Iterator[DecisionFact]:
    for stage in facts.stages:
        yield from (approval for approval in facts.lapsed(stage.stage) if facts.changed_parts(approval))


def _document(
    title: str, now: ModelCard | ReleasePlan, labels: dict[str, str], at: datetime.datetime
) -> DocumentDifference:
    before = type(now).history.filter(id=now.pk, history_date__lte=at).order_by("-history_id").first()
    texts = {
        name: (str(getattr(before, name) or "") if before else "", str(getattr(now, name) or "")) for name in labels
    }
    fields = (FieldDifference(labels[name], tuple(lines(*pair))) for name, pair in texts.items() if pair[0] != pair[1])
    return DocumentDifference(title, now.revised_by.name, now.revised_at, tuple(fields))


def lines(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Each line of both, in the order of reading."""
    old, new = before.splitlines(), after.splitlines()
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from ((SAME, line) for line in new[new_from:new_to])
            continue
        yield from ((REMOVED, line) for line in old[old_from:old_to])
        yield from ((ADDED, line) for line in new[new_from:new_to])
