"""Registering a model, and narrowing the list of models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.forms.boundfield import BoundField

from audit import words
from registry import assessing
from registry.assessing import Outcome
from registry.forms.fields import LineField, ProseField, members
from registry.models import (
    AIModel,
    Deployment,
    Environment,
    ModelVersion,
    ModelWord,
    Person,
    Questionnaire,
    Team,
    UseCase,
)
from registry.models.catalog import free_model_name_validator, model_name_validator
from registry.rules import risk

Choices = list[tuple[str, str]]


class RiskForm(forms.Form):
    """What a model is for and how much is at stake: the part of registering that an import cannot answer. Each question
    is a field of its own, named so that none of its names is one of ours."""

    task = forms.ChoiceField(
        choices=[("", "Choose one"), *AIModel.Task.choices], help_text="Decides which metrics are asked of it."
    )
    use_case = forms.ModelChoiceField(
        queryset=UseCase.objects.none(), required=False, empty_label="None, I say it in one line"
    )
    use_case_line = LineField(
        max_length=200, required=False, label="Use case in one line", help_text="Such as: saves typing of paper forms."
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=1_000_000)

    def __init__(self, *args: Any, questionnaire: Questionnaire, **kwargs: Any) -> None:
        initial = {"revision": questionnaire.revision} | (kwargs.pop("initial", None) or {})
        super().__init__(*args, initial=initial, **kwargs)
        self.questionnaire, self.asked = questionnaire, risk.read(questionnaire.questions)
        if "use_case" in self.fields:
            self.fields["use_case"].queryset = UseCase.objects.exclude(status=UseCase.Status.REJECTED)
            self.fields["use_case"].label_from_instance = _title_and_status
        for question in self.asked:
            self.fields[field_of(question.id)] = forms.ChoiceField(
                label=question.text,
                help_text=question.help,
                choices=[(each.id, each.label) for each in question.answers],
                widget=forms.RadioSelect,
                error_messages={"required": "Choose an answer."},
            )

    @property
    def questions(self) -> list[BoundField]:
        return [self[field_of(question.id)] for question in self.asked]

    @property
    def answers(self) -> dict[str, str] | None:
        """The answers, once each question has one; None before."""
        cleaned = getattr(self, "cleaned_data", {})
        given = {question.id: cleaned.get(field_of(question.id), "") for question in self.asked}
        return given if all(given.values()) else None

    def outcome(self, model: AIModel | None = None) -> Outcome | None:
        """What the answers would come to, once each question has one."""
        answers = self.answers
        return assessing.outcome(assessing.judged_by(self.questionnaire, answers), model) if answers else None

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "use_case" in self.fields and not self.errors and not data["use_case"] and not data["use_case_line"]:
            self.add_error("use_case_line", "Choose a use case above, or say in one line what it is used for.")
        return data

    def for_action(self) -> dict[str, Any]:
        answers = {field_of(question.id) for question in self.asked}
        rest = {name: value for name, value in self.cleaned_data.items() if name not in answers}
        return rest | {"answers": self.answers}


def field_of(question: str) -> str:
    """The field that asks it."""
    return f"q-{question}"


class AssessForm(RiskForm):
    """Of a model that is there: what it lacks is asked beside the questions, and why it is assessed anew."""

    reason = ProseField(
        label="What has changed",
        help_text="Needed where the answers lower the tier. Whoever decides that reads it, and the ledger keeps it.",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, *args: Any, model: AIModel, lacks_use_case: bool, notes: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.notes = notes
        gone = ["reason"] if model.tier_id is None else ["task"]
        for name in gone if lacks_use_case else [*gone, "use_case", "use_case_line"]:
            del self.fields[name]

    @property
    def questions_noted(self) -> list[tuple[BoundField, str]]:
        """Each with why it is open though the model was assessed; "" where there is nothing to say."""
        return [(self[field_of(question.id)], self.notes.get(question.id, "")) for question in self.asked]


class ModelForm(RiskForm):
    """What the first day asks for. `teams` are those the person may register for."""

    name = LineField(
        max_length=60,
        validators=[model_name_validator, free_model_name_validator],
        help_text="Part of its address: small letters, digits and hyphens, such as form-digit-reader. It stays.",
    )
    purpose = LineField(max_length=200, help_text="One sentence that somebody outside the team understands.")
    owner = forms.ModelChoiceField(queryset=Person.objects.none(), empty_label=None, help_text="Who is asked about it.")
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), empty_label=None, help_text="Its members may change it."
    )

    def __init__(self, *args: Any, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = members()
        self.fields["team"].queryset = Team.objects.filter(pk__in=[team.pk for team in teams])

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if AIModel.objects.filter(name=name).exists():
            raise ValidationError(
                f"There is a model “{name}” already. Choose another name, or register a version of it.",
                code="name-taken",
            )
        return name


def _title_and_status(use_case: UseCase) -> str:
    return f"{use_case.title} ({use_case.get_status_display().lower()})"


class ModelFilter(django_filters.FilterSet):
    """The list's address. `tiers` and `teams` are pairs of slug and name, read once by the page.

    The queryset has `newest_status` (see `registry.views.models`).
    """

    q = django_filters.CharFilter(method="by_text")
    tier = django_filters.ChoiceFilter(method="by_tier")
    status = django_filters.ChoiceFilter(field_name="newest_status", choices=ModelVersion.Status)
    running = django_filters.ChoiceFilter(choices=Environment, method="by_environment")
    team = django_filters.ChoiceFilter(method="by_team")
    owner = django_filters.ChoiceFilter(choices=[("me", "Me")], method="by_owner")

    def __init__(self, *args: Any, person: Person, tiers: Choices, teams: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        #: So many are found for certain, though nobody has counted them.
        self.at_least = 0
        self.filters["tier"].extra["choices"] = tiers
        self.filters["team"].extra["choices"] = teams

    def by_text(self, models: QuerySet[AIModel], name: str, value: str) -> QuerySet[AIModel]:
        few = words.few_having(value, ModelWord)
        chosen = [other for other, given in self.form.cleaned_data.items() if given]
        if few is None and chosen == [name]:
            self.at_least = words.MOST_NAMED + 1
        return models.called(value, few)

    def by_tier(self, models: QuerySet[AIModel], name: str, value: str) -> QuerySet[AIModel]:
        return models.in_tier(value)

    def by_environment(self, models: QuerySet[AIModel], name: str, value: str) -> QuerySet[AIModel]:
        return models.filter(runs_in(value))

    def by_team(self, models: QuerySet[AIModel], name: str, value: str) -> QuerySet[AIModel]:
        if value == "mine":
            return models.filter(team__in=self.person.standing.teams)
        return models.filter(team__slug=value)

    def by_owner(self, models: QuerySet[AIModel], name: str, value: str) -> QuerySet[AIModel]:
        return models.filter(owner=self.person)


class VersionFilter(django_filters.FilterSet):
    """The address of a model's versions. The queryset has `derived_status` (see `registry.views.models`)."""

    status = django_filters.ChoiceFilter(field_name="derived_status", choices=ModelVersion.Status)


def runs_in(environment: str) -> Exists:
    return Exists(Deployment.objects.filter(model=OuterRef("pk"), environment=environment, ended_at=None))


def without_prefix(text: str) -> str:
    return text.strip().removeprefix("sha256:")
