"""A policy as a form: a row for each approval that can be asked, rows of thresholds, and times."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import asdict, replace
from operator import attrgetter
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import slug_re
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict

from approvals.facts import PolicyTerms, StageFact, ThresholdFact
from approvals.facts.loading import OWN_TERMS, STAGE_TERMS
from approvals.models import Check, CheckMode, Stage, Threshold
from approvals.models.stages import LONGEST, validate_stage
from approvals.naming import Nameable
from approvals.rules.policies import MOST_DAYS, MOST_PERCENT
from registry import cards, metrics
from registry.forms.fields import LineField, ProseField
from registry.models import AIModel, Measurement, Part, Purpose

EMPTY_ROWS = 3
MOST_ROWS = 120
LAST_TURN = 9
MOST_APPROVERS = 9
MOST_SERVICE_DAYS = 99
MOST_DIGITS = 4
STAGES, THRESHOLDS, CHECKS, DECIDERS = "stages", "thresholds", "checks", "deciders"
#: The row of a stage that has no name yet; no stage has so long a one.
NEW = "not-yet-named-approval"
#: The code of a figure that nobody has measured.
UNMEASURED = "metric-unmeasured"
RARELY_ASKED = ("question", "right", "checklist", "is_signed", "service_level_days", "fallback")


class TimesForm(forms.Form):
    review_cadence_days = forms.IntegerField(
        label="Performance is looked at every",
        help_text="Days between two performance reviews of a version in production.",
        min_value=1,
        max_value=MOST_DAYS,
    )
    rollback_test_valid_days = forms.IntegerField(
        label="A rollback test counts for", help_text="Days.", min_value=1, max_value=MOST_DAYS
    )
    approval_valid_days = forms.IntegerField(
        label="An approval counts for",
        help_text="Days. Left empty, it counts until what it rests on changes.",
        min_value=1,
        max_value=MOST_DAYS,
        required=False,
    )
    is_one_stage_each = forms.BooleanField(
        label="Each stage asks for another person",
        help_text="Whoever approved one stage of a version decides no other stage of it.",
        required=False,
    )
    reason = ProseField(
        label="Why it should change",
        help_text="Whoever publishes it reads this, and the ledger keeps it.",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=60)


class ChecksForm(forms.Form):
    """What is made of each check, and how much two of them ask for."""

    card_sections = forms.MultipleChoiceField(
        label="Sections of the model card",
        choices=[(section.slug, section.title) for section in cards.SECTIONS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    least_test_coverage = forms.IntegerField(
        label="Tests run at least",
        help_text="Percent of the code that tests run at least. Left empty, it only counts that no test fails.",
        min_value=0,
        max_value=MOST_PERCENT,
        required=False,
    )

    def __init__(self, data: QueryDict | None, wanted: PolicyTerms) -> None:
        super().__init__(data, prefix=CHECKS, initial={name: getattr(wanted, name) for name in self.base_fields})
        for check in Check:
            self.fields[check.value] = forms.ChoiceField(
                label=check.label, choices=CheckMode, initial=wanted.mode(check).value
            )

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField | None]]:
        """For each check what is made of it, and what else it asks for."""
        further = {Check.CARD: self["card_sections"], Check.CODE: self["least_test_coverage"]}
        return [(self[check], further.get(check)) for check in Check]

    @property
    def terms(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "checks": {check.value: given[check] for check in Check},
            "card_sections": tuple(given["card_sections"]),
            "least_test_coverage": given["least_test_coverage"],
        }


class StageForm(forms.Form):
    """`stage` is the approval this row is about; None is one that has no name yet."""

    name = LineField(
        label="Name",
        help_text="Such as “Clinical safety”.",
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    asked = forms.BooleanField(label="Asked", required=False)
    position = forms.IntegerField(
        label="Turn", help_text="Approvals of one turn are given side by side.", min_value=1, max_value=LAST_TURN
    )
    quorum = forms.IntegerField(
        label="People", help_text="How many approve it, each of their own.", min_value=1, max_value=MOST_APPROVERS
    )
    question = LineField(
        label="Question", help_text="What whoever decides judges, in one sentence.", max_length=200, required=False
    )
    right = forms.ChoiceField(label="Decided by", help_text="Whose right to decide it takes.", required=False)
    checklist = ProseField(
        label="Checklist",
        help_text="What whoever approves has to confirm, a line for each point.",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_signed = forms.BooleanField(
        label="Signed",
        help_text="Whoever decides gives their password or second factor again.",
        required=False,
    )
    service_level_days = forms.IntegerField(
        label="Due after",
        help_text="Business days after it opened. Those who decide are reminded; nothing is approved by waiting.",
        min_value=1,
        max_value=MOST_SERVICE_DAYS,
        required=False,
    )
    fallback = forms.ChoiceField(
        label="Once overdue, tell", help_text="Somebody who sees to it that it is decided.", required=False
    )
    rests_on = forms.MultipleChoiceField(
        label="Rests on", choices=Part, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, stage: Stage | None, people: Mapping[str, str], **options: Any) -> None:
        """`people` are the names of those who can be told, by their ids."""
        is_new = stage is None
        super().__init__(*args, empty_permitted=is_new, use_required_attribute=not is_new, **options)
        self.stage = stage
        del self.fields["asked" if is_new else "name"]
        self.fields["fallback"].choices = [("", "Nobody else"), *people.items()]
        self.fields["right"].choices = _rights(stage)
        for name, field in self.fields.items():
            what = f"{stage.label} approval" if stage else "New approval"
            field.label = f"{what}: {self.base_fields[name].label.lower()}"

    def clean_name(self) -> str:
        named = Stage.called(self.cleaned_data["name"])
        validate_stage(named)
        return named

    @property
    def is_asked(self) -> bool:
        return bool(self.cleaned_data.get("asked") or self.cleaned_data.get("name"))

    @property
    def terms(self) -> StageFact:
        parts = [part for part in Part if part in self.cleaned_data["rests_on"]]
        points = tuple(dict.fromkeys(filter(None, map(str.strip, self.cleaned_data["checklist"].splitlines()))))
        given = {name: said for name, said in self.cleaned_data.items() if name in STAGE_TERMS}
        return StageFact(
            stage=self.stage or self.cleaned_data["name"], **given | {"rests_on": tuple(parts), "checklist": points}
        )

    @property
    def asks_more(self) -> bool:
        """Whether something is said in the fields that most stages leave empty."""
        return any(self[name].value() or self[name].errors for name in RARELY_ASKED)


def _rights(stage: Stage | None) -> list[tuple[str, str]]:
    """Whose right can decide the stage. What Gatehouse comes with has reviewers of its own, what a policy defines
    takes those of another."""
    own = f"{stage.label} reviewers" if stage and stage.is_known else "Choose"
    return [("", own), *((each, f"{each.label} reviewers") for each in Stage.KNOWN if each != stage)]


class DeciderForm(forms.Form):
    """Somebody who decides a stage, alone or with others who are named."""

    stage = forms.ChoiceField(label="Approval")
    who = forms.ChoiceField(label="Who")
    model = LineField(label="Only for the model", required=False, max_length=100)

    def __init__(
        self, *args: Any, stages: Iterable[Stage], choices: list[tuple[str, list[tuple[str, str]]]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["stage"].choices = [(each, each.label) for each in stages]
        self.fields["who"].choices = [("", "Choose"), *choices]

    def has_changed(self) -> bool:
        """A row counts once somebody or a model is named in it; taking both out takes the row out."""
        return any(self[name].value() for name in ("who", "model"))


class ThresholdForm(forms.Form):
    metric = LineField(label="Figure", max_length=60, widget=forms.TextInput(attrs={"list": "known-metrics"}))
    task = forms.ChoiceField(label="Models for", choices=AIModel.Task)
    purposes = forms.MultipleChoiceField(label="Measured on", choices=Purpose, widget=forms.CheckboxSelectMultiple)
    is_new = forms.BooleanField(label="A new figure, to be measured from now on", required=False)
    group = LineField(label="Gap between", required=False, max_length=60)
    bound = forms.ChoiceField(label="Must be", choices=Threshold.Bound)
    limit = forms.DecimalField(
        label="Limit", max_digits=15, decimal_places=6, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )

    def has_changed(self) -> bool:
        """A row counts once a figure or a limit is written in it; taking both out takes the row out."""
        return any(self[name].value() for name in ("metric", "limit"))

    def clean_metric(self) -> str:
        slug = metrics.slug_of(self.cleaned_data["metric"])
        if not slug_re.match(slug):
            raise ValidationError("Name it with letters, digits and spaces.", code="metric")
        return slug

    @property
    def asks_whether_new(self) -> bool:
        return bool(self["is_new"].value()) or self.has_error("metric", UNMEASURED)

    @property
    def terms(self) -> list[ThresholdFact]:
        """One for each purpose."""
        given = {name: said for name, said in self.cleaned_data.items() if name != "is_new"}
        return [ThresholdFact(**given, purpose=purpose) for purpose in given.pop("purposes")]


class BaseRows(BaseFormSet):
    """Rows of which those that are left empty do not count."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return super().get_form_kwargs(index) | {"empty_permitted": True, "use_required_attribute": False}

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Each label says its row, so that the list of errors does."""
        super().add_fields(form, index)
        for field in form.fields.values():
            field.label = f"{field.label} in row {(index or 0) + 1}"

    @property
    def filled(self) -> list[forms.Form]:
        return [form for form in self.forms if form.has_changed()]


class BaseDeciders(BaseRows):
    models: Mapping[str, int]

    def clean(self) -> None:
        """Finds the models by their names, in one statement."""
        named = {form.cleaned_data["model"] for form in self.filled if form.cleaned_data.get("model")}
        self.models = dict(AIModel.objects.filter(name__in=named).values_list("name", "pk"))
        for form in self.filled:
            name = form.cleaned_data.get("model")
            if name and name not in self.models:
                form.add_error("model", ValidationError("No model has this name.", code="unknown-model"))

    def of(self, stage: Stage) -> tuple[tuple[str, str], ...]:
        """Those of one stage, as `StageFact.deciders` says them."""
        given = (form.cleaned_data for form in self.filled if form.cleaned_data["stage"] == stage)
        named = {(str(self.models[each["model"]]) if each["model"] else "", each["who"]) for each in given}
        return tuple(sorted(named))


class BaseThresholds(BaseRows):
    def clean(self) -> None:
        """What nobody has ever measured is misspelt, unless it stands in the draft already or is meant to be new. Asks
        nothing where every figure has a name."""
        before = {metrics.slug_of(row["metric"]) for row in self.initial or ()}
        doubtful = [form for form in self.filled if _is_doubtful(form.cleaned_data, before)]
        measured = set(Measurement.objects.order_by().values_list("metric", flat=True).distinct()) if doubtful else ()
        for form in doubtful:
            slug = form.cleaned_data["metric"]
            if slug not in measured:
                form.add_error("metric", ValidationError(_unmeasured_words(slug, measured), code=UNMEASURED))

    @property
    def terms(self) -> tuple[ThresholdFact, ...]:
        return tuple(each for form in self.filled for each in form.terms)


def _is_doubtful(given: Mapping[str, Any], before: Container[str]) -> bool:
    slug = given.get("metric")
    return bool(slug) and not (given["is_new"] or slug in before or metrics.is_known(slug))


def _unmeasured_words(slug: str, measured: Iterable[str]) -> str:
    meant = metrics.closest(slug, measured)
    guess = f" Did you mean {metrics.written(meant)}?" if meant else ""
    return f"No evaluation has measured “{slug}” yet.{guess} If it is a new figure, say so below."


Thresholds = formset_factory(
    ThresholdForm,
    formset=BaseThresholds,
    extra=EMPTY_ROWS,
    max_num=MOST_ROWS,
    absolute_max=MOST_ROWS,
    validate_max=True,
)


Deciders = formset_factory(
    DeciderForm,
    formset=BaseDeciders,
    extra=EMPTY_ROWS,
    max_num=MOST_ROWS,
    absolute_max=MOST_ROWS,
    validate_max=True,
)


class PolicyForms:
    """All forms of the page of a draft. Unbound they say `wanted`."""

    def __init__(self, data: QueryDict | None, wanted: PolicyTerms, named: Nameable, *, reason: str, seen: str) -> None:
        asked = {stage.stage: stage for stage in wanted.stages}
        own = {name: getattr(wanted, name) for name in TimesForm.base_fields if name in OWN_TERMS}
        self.times = TimesForm(data, initial=own | {"reason": reason, "seen": seen})
        self.checks = ChecksForm(data, wanted)
        own = sorted((stage for stage in asked if not stage.is_known), key=attrgetter("place"))
        self.stages = [
            StageForm(
                data,
                prefix=f"{STAGES}-{stage or NEW}",
                stage=stage,
                people=named.overseers,
                initial=_stage(asked.get(stage), place),
            )
            for place, stage in enumerate([*Stage.KNOWN, *own, None], start=1)
        ]
        self.deciders = Deciders(
            data,
            prefix=DECIDERS,
            initial=_deciders(wanted.stages, named.models),
            form_kwargs={
                "stages": [*Stage.KNOWN, *own],
                "choices": [("People", [*named.people.items()]), ("Teams", [*named.teams.items()])],
            },
        )
        self.thresholds = Thresholds(data, prefix=THRESHOLDS, initial=_thresholds(wanted.thresholds))

    @property
    def beside(self) -> list[forms.Form | BaseFormSet]:
        """Those that are sent with the form of the times, in the order of the page."""
        return [*self.stages, self.deciders, self.thresholds, self.checks]

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in (self.times, *self.beside)])

    @property
    def terms(self) -> PolicyTerms:
        asked = [form.terms for form in self.stages if form.is_asked]
        stages = [replace(stage, deciders=self.deciders.of(stage.stage)) for stage in asked]
        return PolicyTerms(
            **{name: said for name, said in self.times.cleaned_data.items() if name in OWN_TERMS},
            **self.checks.terms,
            stages=tuple(sorted(stages, key=lambda stage: (stage.position, stage.stage.place))),
            thresholds=self.thresholds.terms,
        )


def with_more_rows(data: QueryDict) -> QueryDict:
    """The same, with more empty rows below those that it asks to have more of."""
    more = data.copy()
    rows = DECIDERS if data["more_rows"] == DECIDERS else THRESHOLDS
    total = f"{rows}-TOTAL_FORMS"
    typed = data.get(total, "0")
    count = int(typed) if typed.isdecimal() and len(typed) < MOST_DIGITS else 0
    more[total] = str(min(count + EMPTY_ROWS, MOST_ROWS))
    return more


class ReasonForm(forms.Form):
    """What the second person says when they publish a draft or hand it back, and which state of it they have read."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=60)
    reason = ProseField(label="Reason", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


def _stage(asked: StageFact | None, place: int) -> dict[str, Any]:
    if asked is None:
        return {"asked": False, "position": min(place, LAST_TURN), "rests_on": [], "quorum": 1}
    parts = [str(part) for part in asked.rests_on]
    return asdict(asked) | {"asked": True, "rests_on": parts, "checklist": "\n".join(asked.checklist)}


def _deciders(stages: Iterable[StageFact], models: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"stage": stage.stage, "who": who, "model": models.get(model, "")}
        for stage in stages
        for model, who in stage.deciders
    ]


def _thresholds(bounds: Iterable[ThresholdFact]) -> list[dict[str, Any]]:
    """A row for each bound; the same on data of several purposes is one row."""
    rows: dict[tuple, dict[str, Any]] = {}
    for each in bounds:
        key = (each.task, each.metric, each.group, each.bound, each.limit)
        row = rows.setdefault(key, _row(each))
        row["purposes"].append(each.purpose)
    return list(rows.values())


def _row(bound: ThresholdFact) -> dict[str, Any]:
    return {
        "metric": metrics.written(bound.metric),
        "task": bound.task,
        "purposes": [],
        "group": bound.group,
        "bound": bound.bound,
        "limit": f"{bound.limit.normalize():f}",
    }
