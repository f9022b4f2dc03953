"""The card as a reviewer reads it: its sections, complete or not."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.models import Comment
from approvals.places import Place
from registry import cards
from registry.models import ModelCard


@dataclass(frozen=True)
class CardSection:
    number: int
    place: Place
    title: str
    is_complete: bool
    texts: tuple[tuple[str, str], ...]


def card_sections(card: ModelCard | None) -> list[CardSection]:
    return [
        CardSection(
            number,
            Place(Comment.Place.SECTION, section.slug),
            section.title,
            cards.is_complete(section, card),
            tuple((field.label, getattr(card, field.name).strip() if card else "") for field in section.fields),
        )
        for number, section in enumerate(cards.SECTIONS, start=1)
    ]
