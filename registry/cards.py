"""The seven sections of a model card, as a table that form, page, completeness and digest read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry.models import ModelCard


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    help: str


@dataclass(frozen=True)
class Section:
    slug: str
    title: str
    fields: tuple[Field, ...]


SECTIONS = (
    Section(
        "overview",
        "Overview",
        (Field("overview", "What it does", "In words that somebody outside the team understands."),),
    ),
    Section(
        "intended-use",
        "Intended use",
        (
            Field("intended_use", "Made for", "Who uses the result, for which decision."),
            Field("not_intended_use", "Not made for", "Uses that look close but are not covered."),
        ),
    ),
    Section(
        "training-data",
        "Training data",
        (
            Field("training_data", "Data", "What one row is, how many there are, what was left out."),
            Field("training_source", "Source", "Where the data come from."),
            Field("training_period", "Period", "When they were collected."),
            Field("data_usage", "Right to use", "Legal basis or consent, personal data, licence."),
        ),
    ),
    Section(
        "evaluation",
        "Evaluation",
        (Field("evaluation", "How it was tested", "On which data, and what the figures mean."),),
    ),
    Section(
        "fairness",
        "Fairness",
        (
            Field(
                "fairness", "Performance across groups", "Which groups were compared, and which differences are known."
            ),
        ),
    ),
    Section(
        "limitations", "Limitations", (Field("limitations", "Where it fails", "Known failures, edge cases, drift."),)
    ),
    Section(
        "operational-requirements",
        "Operational requirements",
        (Field("operational_requirements", "What it needs to run", "Compute, response time, monitoring."),),
    ),
)

FIELD_NAMES = tuple(field.name for section in SECTIONS for field in section.fields)


def is_complete(section: Section, card: ModelCard | None) -> bool:
    """A section is complete when each of its fields says something."""
    return card is not None and all(getattr(card, field.name).strip() for field in section.fields)


def missing_sections(card: ModelCard | None, asked: Collection[str] | None = None) -> list[Section]:
    """`asked` are the slugs of those that have to be written; all, unless they are named."""
    wanted = SECTIONS if asked is None else [section for section in SECTIONS if section.slug in asked]
    return [section for section in wanted if not is_complete(section, card)]
