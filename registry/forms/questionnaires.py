"""A questionnaire as a form: rows of questions, and in each of them rows of answers. Rows left empty do not count."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict

from registry.forms.fields import LineField, ProseField
from registry.models import RiskTier
from registry.rules import PROHIBITED, Choice, Question
from registry.rules.risk import ID, MOST_ANSWERS, MOST_QUESTIONS

QUESTIONS, ANSWERS = "questions", "answers"
MORE = "more_rows"
EMPTY_ANSWERS = 2
MOST_DIGITS = 4
named = RegexValidator(ID, "Write a small letter, then small letters, digits, “-” and “_”.", code="name")


class AnswerForm(forms.Form):
    name = LineField(label="Name", max_length=40, validators=[named])
    label = LineField(label="Answer", max_length=120)
    least = forms.ChoiceField(label="Takes at least", required=False)

    def __init__(self, *args: Any, demands: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["least"].choices = demands

    def has_changed(self) -> bool:
        """A row counts once something is written in it; taking it out takes the row out."""
        return bool(self["name"].value() or self["label"].value())

    @property
    def choice(self) -> Choice:
        given = self.cleaned_data
        return Choice(given["name"], given["label"], given["least"])


class BaseAnswers(BaseFormSet):
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return super().get_form_kwargs(index) | {"empty_permitted": True, "use_required_attribute": False}


class QuestionForm(forms.Form):
    """`initial` is the question's own data, its answers among it."""

    name = LineField(label="Name", max_length=40, validators=[named])
    text = LineField(label="Question", max_length=200)
    help = LineField(label="Hint", max_length=400, required=False)

    def __init__(
        self, data: QueryDict | None = None, *args: Any, demands: list[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(data, *args, **options)
        self.answers = Answers(
            data,
            prefix=f"{self.prefix}-{ANSWERS}",
            initial=(self.initial or {}).get(ANSWERS, []),
            form_kwargs={"demands": demands},
        )

    def has_changed(self) -> bool:
        written = any(self[name].value() for name in ("name", "text"))
        return written or any(each.has_changed() for each in self.answers)

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.answers.is_valid()])

    @property
    def question(self) -> Question:
        given = self.cleaned_data
        choices = tuple(each.choice for each in self.answers if each.has_changed())
        return Question(given["name"], given["text"], given["help"], choices)


class BaseQuestions(BaseFormSet):
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return super().get_form_kwargs(index) | {"empty_permitted": True, "use_required_attribute": False}

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(form.is_valid() for form in self.forms)])

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Each label says its row, so that the list of errors does."""
        super().add_fields(form, index)
        where = f"question {(index or 0) + 1}"
        for field in form.fields.values():
            field.label = f"{field.label} of {where}"
        for place, answer in enumerate(form.answers, start=1):
            for field in answer.fields.values():
                field.label = f"{field.label} in row {place} of {where}"

    @property
    def questions(self) -> list[Question]:
        return [form.question for form in self.forms if form.has_changed()]


Answers = formset_factory(
    AnswerForm,
    formset=BaseAnswers,
    extra=EMPTY_ANSWERS,
    max_num=MOST_ANSWERS,
    absolute_max=MOST_ANSWERS,
    validate_max=True,
)
Questions = formset_factory(
    QuestionForm,
    formset=BaseQuestions,
    extra=1,
    max_num=MOST_QUESTIONS,
    absolute_max=MOST_QUESTIONS,
    validate_max=True,
)


class DraftForm(forms.Form):
    reason = ProseField(
        label="Why other questions should be asked",
        help_text="Whoever publishes it reads this, and the ledger keeps it.",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=60)


class QuestionnaireForms:
    """All forms of the page of a draft. Unbound they say `questions`."""

    def __init__(self, data: QueryDict | None, questions: list[dict[str, Any]], *, reason: str, seen: str) -> None:
        self.draft = DraftForm(data, initial={"reason": reason, "seen": seen})
        self.questions = Questions(
            data, prefix=QUESTIONS, initial=[_row(each) for each in questions], form_kwargs={"demands": demands()}
        )

    @property
    def beside(self) -> list[BaseFormSet]:
        return [self.questions, *(form.answers for form in self.questions)]

    def is_valid(self) -> bool:
        return all([self.draft.is_valid(), self.questions.is_valid()])


def demands() -> list[tuple[str, str]]:
    """What an answer can ask for."""
    tiers = [(slug, name) for slug, name in RiskTier.objects.values_list("slug", "name")]
    return [("", "Any tier"), *tiers[1:], (PROHIBITED, "No tier: prohibited")]


def with_more_rows(data: QueryDict) -> QueryDict:
    """The same, with one more empty row where it asks for it: a question, or an answer of one."""
    more, rows = data.copy(), data[MORE]
    total = f"{rows}-TOTAL_FORMS"
    typed = data.get(total, "0")
    count = int(typed) if typed.isdecimal() and len(typed) < MOST_DIGITS else 0
    more[total] = str(min(count + 1, MOST_QUESTIONS if rows == QUESTIONS else MOST_ANSWERS))
    if rows == QUESTIONS:
        first = f"{QUESTIONS}-{count}-{ANSWERS}"
        more[f"{first}-TOTAL_FORMS"], more[f"{first}-INITIAL_FORMS"] = str(EMPTY_ANSWERS), "0"
    return more


class PublishForm(forms.Form):
    """Why the second person publishes the draft, and which state of it they have read."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=60)
    reason = ProseField(label="Reason", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


def _row(question: dict[str, Any]) -> dict[str, Any]:
    answers = [{"name": each["id"], "label": each["label"], "least": each["least"]} for each in question["answers"]]
    return {"name": question["id"], "text": question["text"], "help": question["help"], ANSWERS: answers}
