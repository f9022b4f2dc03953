"""Where a comment may stand: at the review as a whole, a section of the model card, or a metric; and what stands there.

Pure: everything is told from facts.
"""

from __future__ import annotations

from dataclasses import dataclass

from approvals.facts import VersionFacts
from approvals.models import Comment
from audit import canonical
from registry import cards
from registry.metrics import metric

Kind = Comment.Place


@dataclass(frozen=True)
class Place:
    """`about` is the slug of the section or metric, "" for the review as a whole."""

    kind: str
    about: str = ""

    @property
    def key(self) -> str:
        """As forms and addresses write it: "section:fairness"."""
        return f"{self.kind}:{self.about}" if self.about else str(self.kind)

    @property
    def name(self) -> str:
        """Within its kind."""
        if self.kind == Kind.SECTION:
            return next((each.title for each in cards.SECTIONS if each.slug == self.about), self.about)
        return metric(self.about).name if self.kind == Kind.METRIC else Kind.REVIEW.label

    @property
    def label(self) -> str:
        """For readers who see no more than this of it: "Model card: Fairness"."""
        return f"{Kind(self.kind).label}: {self.name}" if self.about else self.name


WHOLE = Place(Kind.REVIEW)


def read(key: str) -> Place:
    kind, _, about = key.partition(":")
    return Place(kind, about)


def of(facts: VersionFacts) -> dict[str, list[Place]]:
    """All of them, by kind: of metrics those that were measured, in the order of their names."""
    measured = {each.metric for found in facts.evaluations.values() for each in found.measurements}
    return {
        Kind.REVIEW: [WHOLE],
        Kind.SECTION: [Place(Kind.SECTION, section.slug) for section in cards.SECTIONS],
        Kind.METRIC: sorted((Place(Kind.METRIC, slug) for slug in measured), key=lambda place: place.name.lower()),
    }


def digest(facts: VersionFacts, place: Place) -> str:
    """Of what stands there now, "" for the review as a whole: another one later says that it has changed since."""
    if place.kind == Kind.SECTION:
        section = next((each for each in cards.SECTIONS if each.slug == place.about), None)
        fields = section.fields if section else ()
        return canonical.digest({each.name: getattr(facts.card, each.name, "") for each in fields})
    if place.kind == Kind.METRIC:
        return canonical.digest(_figures(facts, place.about))
    return ""


def _figures(facts: VersionFacts, slug: str) -> list[list[str]]:
    return sorted(
        [str(purpose), each.group, each.slice, canonical.plain(each.value)]
        for purpose, found in facts.evaluations.items()
        for each in found.measurements
        if each.metric == slug
    )
