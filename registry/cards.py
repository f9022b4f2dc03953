"""The seven sections of a model card, as a table that form, page, completeness and digest read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry.models import ModelCard, ModelVersion


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    help: str
    example: str


@dataclass(frozen=True)
class Section:
    slug: str
    title: str
    fields: tuple[Field, ...]


SECTIONS = (
    Section(
        "overview",
        "Overview",
        (
            Field(
                "overview",
                "What it does",
                "In words that somebody outside the team understands.",
                "Orders patients by how fast their diabetes is likely to progress. A nurse sees the order and decides.",
            ),
        ),
    ),
    Section(
        "intended-use",
        "Intended use",
        (
            Field(
                "intended_use",
                "Made for",
                "Who uses the result, for which decision.",
                "Nurses who plan follow-up visits, once a week, for adults who are in treatment already.",
            ),
            Field(
                "not_intended_use",
                "Not made for",
                "Uses that look close but are not covered.",
                "Diagnosis, choosing a therapy, and anybody under 18: none of them was in the data.",
            ),
        ),
    ),
    Section(
        "training-data",
        "Training data",
        (
            Field(
                "training_data",
                "Data",
                "What one row is, how many there are, what was left out.",
                "One row is a patient at one visit; 4 420 rows. Visits without a laboratory value were left out.",
            ),
            Field(
                "training_source",
                "Source",
                "Where the data come from.",
                "The clinic’s own records, exported on 3 March 2026.",
            ),
            Field("training_period", "Period", "When they were collected.", "January 2021 to December 2025"),
            Field(
                "data_usage",
                "Right to use",
                "Legal basis or consent, personal data, licence.",
                "Consent of each patient for research in the clinic; health data, without names; not to be passed on.",
            ),
        ),
    ),
    Section(
        "evaluation",
        "Evaluation",
        (
            Field(
                "evaluation",
                "How it was tested",
                "On which data, and what the figures mean.",
                "On 980 patients of 2026 whom training never saw. Off by 54 points is what a month changes by itself.",
            ),
        ),
    ),
    Section(
        "fairness",
        "Fairness",
        (
            Field(
                "fairness",
                "Performance across groups",
                "Which groups were compared, and which differences are known.",
                "Women and men, three age groups. It errs more often above 80, where there are few patients.",
            ),
        ),
    ),
    Section(
        "limitations",
        "Limitations",
        (
            Field(
                "limitations",
                "Where it fails",
                "Known failures, edge cases, drift.",
                "Pregnancy, new medication and values from other laboratories mislead it; so does a missing weight.",
            ),
        ),
    ),
    Section(
        "operational-requirements",
        "Operational requirements",
        (
            Field(
                "operational_requirements",
                "What it needs to run",
                "Compute, response time, monitoring.",
                "One processor, 300 MB, an answer within 0.2 s. Watch the share of missing values every week.",
            ),
        ),
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


def to_look_at(version: ModelVersion, before: ModelVersion) -> dict[str, str]:
    """Why what the card of the version `before` says may not hold for this one, by the slugs of sections."""
    measured = f"v{version.number} has figures of its own, so what v{before.number} said of its own may not fit"
    found = {"evaluation": measured, "fairness": measured}
    if version.training_data_id != before.training_data_id:
        now, then = (each.training_data.name if each.training_data else "nothing named" for each in (version, before))
        on = f"other rows of {now}" if now == then else now
        found["training-data"] = f"v{version.number} was trained on {on}, v{before.number} on {then}"
    return found
