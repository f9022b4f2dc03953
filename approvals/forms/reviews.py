"""Shapes of what people fill in around a review. What is allowed is asked by the actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from approvals.models import Condition, Review
from approvals.models.stages import LONGEST, validate_stage
from registry.forms.fields import DayField, ProseField, WebAddressField

MOST_CONDITIONS = 10
PREFIX = "conditions"
#: The fields of a condition that begin empty.
WRITTEN = ("text", "owner", "due_on")
EVERY_STATUS = "all"


class ReviewFilterForm(forms.Form):
    """The conditions in the address of the review list. A value nobody offers counts as none."""

    status = forms.ChoiceField(required=False, choices=[*Review.Status.choices, (EVERY_STATUS, "All reviews")])
    tier = forms.CharField(required=False)
    waits = forms.ChoiceField(required=False, choices=[("me", "Waits for you")])

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class ReviewRequestForm(forms.Form):
    message = ProseField(
        label="Message to the reviewers",
        required=False,
        max_length=4000,
        help_text="What is new, and where you want them to look closely.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    ticket_url = WebAddressField(
        label="Ticket", required=False, help_text="The address of the same question in Jira, GitHub or the like."
    )


class SubmitAgainForm(ReviewRequestForm):
    unchanged = forms.BooleanField(
        label="Submit it unchanged",
        required=False,
        help_text="The reviewers see that nothing has changed since changes were requested.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["message"].help_text = "How you answer the request, and where you want them to look closely."


class DecisionForm(forms.Form):
    stage = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST, validators=[validate_stage])
    checklist = forms.MultipleChoiceField(
        label="I confirm", required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    rationale = ProseField(
        label="Rationale",
        max_length=8000,
        help_text="Stored with the decision; data scientist and auditor read it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, checklist: Sequence[str] = (), **kwargs: Any) -> None:
        """`checklist` are the points to confirm. Whoever has just chosen a decision goes on with its rationale; on a
        phone that is far down the page."""
        super().__init__(*args, **kwargs)
        self.fields["rationale"].widget.attrs["autofocus"] = not self.is_bound
        if checklist:
            self.fields["checklist"].choices = [(point, point) for point in checklist]
        else:
            del self.fields["checklist"]

    @classmethod
    def as_typed(cls, data: QueryDict, checklist: Sequence[str]) -> DecisionForm:
        """With what was typed, not judged yet; whoever asked for more room goes on there."""
        form = cls(initial=data.dict() | {"checklist": data.getlist("checklist")}, checklist=checklist)
        form.fields["rationale"].widget.attrs["autofocus"] = False
        return form


class ConditionForm(forms.Form):
    text = ProseField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say what must be kept."},
    )
    owner = forms.TypedChoiceField(error_messages={"required": "Choose who keeps it."})
    due_on = DayField(error_messages={"required": "Choose the day by which it is kept."})
    consequence = forms.ChoiceField(
        choices=Condition.Consequence, initial=Condition.Consequence.LATE, error_messages={"required": "Choose one."}
    )

    def __init__(self, *args: Any, people: Mapping[str, Any], **kwargs: Any) -> None:
        """`people` are those who may own a condition, by key."""
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", "Choose"), *((key, person.name) for key, person in people.items())]
        self.fields["owner"].coerce = lambda key: _chosen(people, key)
        self.use_required_attribute = False

    def has_changed(self) -> bool:
        """What comes chosen already is nothing that somebody wrote."""
        return any(name in self.changed_data for name in WRITTEN)


def _chosen(people: Mapping[str, Any], key: str) -> Any:
    """A form set asks for the value of a row before it has looked whether the choice exists."""
    if key not in people:
        raise ValueError(key)
    return people[key]


class BaseConditions(forms.BaseFormSet):
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Any block may stay empty, those that came back from the browser too."""
        return super().get_form_kwargs(index) | {"empty_permitted": True, "use_required_attribute": False}

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Each field carries the number of its condition, so that the list of errors does."""
        super().add_fields(form, index)
        for field in form.fields.values():
            field.label = f"Condition {(index or 0) + 1}"

    @property
    def has_room(self) -> bool:
        return self.total_form_count() < MOST_CONDITIONS


ConditionFormSet = forms.formset_factory(
    ConditionForm, formset=BaseConditions, extra=1, max_num=MOST_CONDITIONS, absolute_max=MOST_CONDITIONS
)


def conditions(data: QueryDict | None, people: Mapping[str, Any]) -> BaseConditions:
    """One block to begin with. Blocks that were left empty are left out, so that each condition has one number, on the
    page as in what the rules say."""
    given = None if data is None else _renumbered(data)
    return ConditionFormSet(given, prefix=PREFIX, form_kwargs={"people": people})


def with_another_condition(data: QueryDict, people: Mapping[str, Any]) -> BaseConditions:
    """The blocks as they were typed, not judged yet, and an empty one below, where the writer goes on."""
    formset = ConditionFormSet(initial=_typed(data), prefix=PREFIX, form_kwargs={"people": people})
    formset.forms[-1].fields["text"].widget.attrs["autofocus"] = True
    return formset


def filled(formset: forms.BaseFormSet) -> list[dict[str, Any]]:
    """The conditions somebody wrote, in order."""
    return [form.cleaned_data for form in formset if form.has_changed()]


def _typed(data: QueryDict) -> list[dict[str, str]]:
    names = ConditionForm.base_fields
    blocks = range(ConditionFormSet(data, prefix=PREFIX).total_form_count())
    begun = _begun()
    return [{name: data.get(f"{PREFIX}-{block}-{name}", begun[name]) for name in names} for block in blocks]


def _begun() -> dict[str, str]:
    """A block in which nobody has written."""
    return {name: field.initial or "" for name, field in ConditionForm.base_fields.items()}


def _renumbered(data: QueryDict) -> Mapping[str, str]:
    """What is no form of ours is refused whole: no condition may get lost on the way."""
    management = ConditionFormSet(data, prefix=PREFIX).management_form
    if not management.is_valid() or not 0 <= management.cleaned_data["TOTAL_FORMS"] <= MOST_CONDITIONS:
        return {}
    written = [block for block in _typed(data) if any(block[name].strip() for name in WRITTEN)] or [_begun()]
    fields = {
        f"{PREFIX}-{number}-{name}": value for number, block in enumerate(written) for name, value in block.items()
    }
    return fields | {f"{PREFIX}-TOTAL_FORMS": str(len(written)), f"{PREFIX}-INITIAL_FORMS": "0"}
