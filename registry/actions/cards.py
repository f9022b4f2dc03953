"""The model card and the release plan are revised."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.utils import timezone

from audit import ledger
from audit.ledger import Entry
from registry import cards, evidence, rules
from registry.actions.changes import changing
from registry.models import ModelCard, ModelVersion, Part, Person, ReleasePlan

CHANGE = "registry.change_model"

Document = TypeVar("Document", ModelCard, ReleasePlan)


def revise_card(*, version: ModelVersion, by: Person, seen_revision: int, **texts: str) -> ModelCard:
    """Writes a new revision of the card. `texts` are fields of `cards.FIELD_NAMES`; those not given stay.

    `seen_revision` is the revision the author started from (0 for none): somebody else's newer one is not overwritten.
    """
    with ledger.entry("registry.card.revised", by=by, subject=version) as entry:
        version = changing(entry, version, CHANGE)
        card = _revised(entry, ModelCard, version, seen_revision, texts)
        evidence.keep(_reread(version), Part.CARD, by=entry.actor)
        done = len(cards.SECTIONS) - len(cards.missing_sections(card))
        entry.facts = {"version": version.number, "revision": card.revision, "complete_sections": done}
    return card


def revise_release_plan(*, version: ModelVersion, by: Person, seen_revision: int, **content: Any) -> ReleasePlan:
    """Writes a new revision of the release plan; `content` are fields of `evidence.PLAN_FIELDS`."""
    with ledger.entry("registry.release_plan.revised", by=by, subject=version) as entry:
        version = changing(entry, version, CHANGE)
        objections = rules.against_release_plan(content, timezone.localdate())
        if objections:
            raise ValidationError(objections)
        plan = _revised(entry, ReleasePlan, version, seen_revision, content)
        evidence.keep(_reread(version), Part.RELEASE_PLAN, by=entry.actor)
        entry.facts = {"version": version.number, "revision": plan.revision}
    return plan


def _revised(
    entry: Entry, kind: type[Document], version: ModelVersion, seen_revision: int, content: dict[str, Any]
) -> Document:
    found = entry.lock(kind.objects.filter(version=version))
    document = found[0] if found else kind(version=version, revision=0)
    if document.revision != seen_revision:
        raise ValidationError(
            f"Somebody wrote revision {document.revision} while you were editing. Read it, then write yours again.",
            code="newer-revision",
        )
    for name, value in content.items():
        setattr(document, name, value)
    document.revision += 1
    document.revised_by, document.revised_at = entry.actor, timezone.now()
    document.save()
    return document


def _reread(version: ModelVersion) -> ModelVersion:
    return ModelVersion.objects.select_related("card", "release_plan", "training_data").get(pk=version.pk)
