"""What is typed of a model card is kept while it is typed. Not governed: no entry, no event, nothing rests on it. What
is saved of the card is a revision of it (`registry.actions.cards`).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.utils import timezone

from registry.models import CardDraft, ModelCard, ModelVersion, Person


@dataclass(frozen=True)
class Typed:
    """All that stands in the form, and which keeping of the draft its window knows: 0 before the first."""

    texts: dict[str, str]
    seen_revision: int
    seen_draft: int


class Overtaken(Exception):
    """Another window of the same person kept something else meanwhile: `draft` is what stands there."""

    def __init__(self, draft: CardDraft) -> None:
        super().__init__(str(draft))
        self.draft = draft


def of(version: ModelVersion, author: Person) -> CardDraft | None:
    return CardDraft.objects.filter(version=version, author=author).first()


def before(version: ModelVersion) -> ModelCard | None:
    """The card of the newest earlier version that has one: what the first draft of this version's begins with."""
    earlier = ModelCard.objects.filter(version__model=version.model_id, version__number__lt=version.number)
    return earlier.select_related("version__training_data").order_by("-version__number").first()


def go_on(drafts: QuerySet[CardDraft], typed: Typed) -> int:
    """Keeps the next state of the one draft among `drafts`, in one statement. Returns its number, 0 where there is no
    such draft, or another window has kept something since."""
    known = drafts.filter(number=typed.seen_draft) if typed.seen_draft else drafts.none()
    kept = known.update(
        texts=typed.texts, seen_revision=typed.seen_revision, number=F("number") + 1, kept_at=timezone.now()
    )
    return typed.seen_draft + 1 if kept else 0


def begin(version: ModelVersion, author: Person, typed: Typed) -> int:
    """Keeps the first state of a draft, and returns its number. Raises Overtaken where one says something else."""
    draft, _ = CardDraft.objects.get_or_create(
        version=version,
        author=author,
        defaults={
            "texts": typed.texts,
            "seen_revision": typed.seen_revision,
            "number": 1,
            "kept_at": timezone.now(),
        },
    )
    if draft.texts != typed.texts:
        raise Overtaken(draft)
    return draft.number


def drop(version: ModelVersion, author: Person) -> None:
    CardDraft.objects.filter(version=version, author=author).delete()
