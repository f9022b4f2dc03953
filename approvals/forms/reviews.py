"""Shapes of what people fill in around a review. What is allowed is asked by the actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from approvals.models import Review, Stage
from registry.forms.fields import DayField, ProseField

CONDITION_ROWS = 3
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
    stage = forms.ChoiceField(choices=Stage, widget=forms.HiddenInput)
    rationale = ProseField(
        label="Rationale",
        max_length=8000,
        help_text="Stored with the decision; author and auditor read it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Whoever has just chosen a decision goes on with its rationale; on a phone that is far down the page."""
        super().__init__(*args, **kwargs)
        self.fields["rationale"].widget.attrs["autofocus"] = not self.is_bound


class ConditionForm(forms.Form):
    text = ProseField(label="What must be kept", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    owner = forms.TypedChoiceField(label="Owner")
    due_on = DayField(label="Due")

    def __init__(self, *args: Any, people: Mapping[str, Any], **kwargs: Any) -> None:
        """`people` are those who may own a condition, by key."""
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", "Choose"), *((key, person.name) for key, person in people.items())]
        self.fields["owner"].coerce = lambda key: _chosen(people, key)
        self.use_required_attribute = False


def _chosen(people: Mapping[str, Any], key: str) -> Any:
    """A form set asks for the value of a row before it has looked whether the choice exists."""
    if key not in people:
        raise ValueError(key)
    return people[key]


ConditionFormSet = forms.formset_factory(
    ConditionForm, extra=CONDITION_ROWS, max_num=CONDITION_ROWS, absolute_max=CONDITION_ROWS
)


def conditions(data: MultiValueDict | None, people: Mapping[str, Any]) -> forms.BaseFormSet:
    return ConditionFormSet(data, prefix="conditions", form_kwargs={"people": people})


def filled(formset: forms.BaseFormSet) -> list[dict[str, Any]]:
    """The rows somebody wrote into, in order."""
    return [form.cleaned_data for form in formset if form.has_changed()]
