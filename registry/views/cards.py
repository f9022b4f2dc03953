"""The model card: read as a document, and revised section by section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from registry import cards, drafts, figures, metrics
from registry.actions import cards as card_actions
from registry.forms.cards import CardForm
from registry.models import Evaluation, EvidencePart, Measurement, ModelCard, ModelVersion, Part, Person, Purpose
from registry.views import documents
from registry.views.doors import find_version
from registry.views.evaluations import newest_of_each_purpose

PARTS = {section.title: [field.name for field in section.fields] for section in cards.SECTIONS}


@dataclass(frozen=True)
class ShownSection:
    """A section with its texts by field label; `id`, `number` and `title` are what the contents list reads."""

    id: str
    number: int
    title: str
    texts: dict[str, str]
    is_complete: bool


@dataclass(frozen=True)
class FormSection:
    """A section as it stands in the form; `look_again` says why what was carried over may not be true here."""

    id: str
    number: int
    title: str
    lines: list[documents.Line]
    is_complete: bool
    look_again: str


@dataclass(frozen=True)
class Cell:
    """A metric in an evaluation; `figure` is None where it was not measured."""

    evaluation: Evaluation
    figure: Measurement | None

    @property
    def remark(self) -> str:
        return metrics.metric(self.figure.metric).remark(self.figure.value) if self.figure else ""


@dataclass(frozen=True)
class MeasuredMetric:
    """One metric over the newest evaluation of each purpose."""

    name: str
    better: str
    cells: list[Cell]


@dataclass(frozen=True)
class MeasuredFigures:
    """The newest evaluation of each purpose. `by_group` is of `telling`, the one nearest to real use with groups."""

    evaluations: list[Evaluation]
    metrics: list[MeasuredMetric]
    telling: Evaluation | None
    by_group: list[figures.MetricFigures]


@require_safe
def detail(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = find_version(request, name, number)
    card = documents.newest(ModelCard, version)
    old = documents.asked_revision(request, card)
    shown = old or card
    missing = cards.missing_sections(shown)
    context = {
        "version": version,
        "card": card,
        "old": old,
        "shown": shown,
        "sections": _sections(shown),
        "missing": missing,
        "complete": len(cards.SECTIONS) - len(missing),
        "total": len(cards.SECTIONS),
        "measured": None if old else _measured(version),
        "digest": None if old else EvidencePart.objects.filter(version=version, part=Part.CARD).first(),
        "revisions": documents.revisions(request, card, PARTS),
        "may_change": request.user.has_perm(card_actions.CHANGE, version),
        "objections": documents.objections(version),
    }
    return render(request, "registry/card_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = find_version(request, name, number)
    draft = drafts.of(version, request.user)
    typed = {name: draft.texts.get(name, "") for name in cards.FIELD_NAMES} if draft else {}
    before = None if draft else drafts.before(version)

    def start(card: ModelCard | None) -> dict[str, Any]:
        if draft is not None:
            return typed | {"seen_revision": draft.seen_revision}
        carried = before is not None and card is None
        return {name: getattr(before, name) for name in cards.FIELD_NAMES} | {"seen_revision": 0} if carried else {}

    def show(card: ModelCard | None, form: CardForm) -> HttpResponse:
        is_fresh = not form.is_bound
        is_overtaken = is_fresh and draft is not None and card is not None and draft.seen_revision != card.revision
        carried_from = before if is_fresh and card is None else None
        context = {
            "version": version,
            "card": card,
            "form": form,
            "draft": draft,
            "number": draft.number if draft else 0,
            "carried_from": carried_from,
            "sections": _form_sections(
                form,
                card,
                theirs=documents.differing(typed, card) if is_overtaken else documents.theirs(form, card),
                look_again=cards.to_look_at(version, carried_from.version) if carried_from else {},
            ),
            "is_outrun": is_overtaken or documents.is_outrun(form),
            "objections": documents.objections(version),
        }
        return render(request, "registry/card_revise.html", context, status=422 if form.errors else 200)

    return documents.revise(request, version, CARD, show, start)


def _save(*, version: ModelVersion, by: Person, seen_revision: int, **texts: str) -> ModelCard:
    """What is saved is no draft any more."""
    card = card_actions.revise_card(version=version, by=by, seen_revision=seen_revision, **texts)
    drafts.drop(version, by)
    return card


def _said(card: ModelCard) -> str:
    missing = [section.title for section in cards.missing_sections(card)]
    if not missing:
        return f"Saved as revision {card.revision}. All seven sections are written."
    return f"Saved as revision {card.revision}. Still missing: {', '.join(missing)}."


CARD = documents.Kind(
    model=ModelCard,
    form=CardForm,
    action=_save,
    detail="registry:card_detail",
    said=_said,
)


def _sections(card: Any) -> list[ShownSection]:
    return [
        ShownSection(
            id=section.slug,
            number=number,
            title=section.title,
            texts={field.label: getattr(card, field.name).strip() if card else "" for field in section.fields},
            is_complete=cards.is_complete(section, card),
        )
        for number, section in enumerate(cards.SECTIONS, start=1)
    ]


def _form_sections(
    form: CardForm, card: ModelCard | None, *, theirs: Mapping[str, str], look_again: Mapping[str, str]
) -> list[FormSection]:
    return [
        FormSection(
            id=section.slug,
            number=number,
            title=section.title,
            lines=documents.lines(form, PARTS[section.title], theirs),
            is_complete=all((form[field.name].value() or "").strip() for field in section.fields),
            look_again=look_again.get(section.slug, ""),
        )
        for number, section in enumerate(cards.SECTIONS, start=1)
    ]


def _measured(version: ModelVersion) -> MeasuredFigures:
    newest = newest_of_each_purpose(version).values("pk")
    rows = Measurement.objects.filter(evaluation__in=newest).select_related("evaluation__dataset")
    found: dict[str, list[Measurement]] = {}
    for row in rows:
        found.setdefault(row.evaluation.purpose, []).append(row)
    purposes = [purpose for purpose in Purpose.values if purpose in found]
    with_groups = [purpose for purpose in purposes if any(row.group for row in found[purpose])]
    telling = found[with_groups[-1]] if with_groups else []
    return MeasuredFigures(
        evaluations=[found[purpose][0].evaluation for purpose in purposes],
        metrics=_overall({found[purpose][0].evaluation: found[purpose] for purpose in purposes}),
        telling=telling[0].evaluation if telling else None,
        by_group=[metric for metric in figures.by_metric(telling) if metric.groups],
    )


def _overall(columns: dict[Evaluation, list[Measurement]]) -> list[MeasuredMetric]:
    overall = {evaluation: {row.metric: row for row in rows if not row.group} for evaluation, rows in columns.items()}
    laid_out = figures.by_metric(row for column in overall.values() for row in column.values())
    return [
        MeasuredMetric(
            name=metric.name,
            better=metric.better,
            cells=[Cell(evaluation, column.get(metric.metric)) for evaluation, column in overall.items()],
        )
        for metric in laid_out
    ]
