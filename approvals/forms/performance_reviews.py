from django import forms

from approvals.models import PerformanceReview
from registry.forms.fields import ProseField

EVERY_STATE = "all"


class PerformanceReviewFilterForm(forms.Form):
    """The conditions in the address of the list: open ones unless it says otherwise. A value nobody offers is none."""

    state = forms.ChoiceField(required=False, choices=[("closed", "Closed"), (EVERY_STATE, "All")])
    whose = forms.ChoiceField(required=False, choices=[("mine", "Models I own"), ("team", "Models of my teams")])

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class CloseForm(forms.Form):
    finding = forms.ChoiceField(label="Finding", choices=PerformanceReview.Finding, widget=forms.RadioSelect)
    summary = ProseField(
        label="What you found",
        max_length=8000,
        help_text="The figures you looked at, what changed since the last time, and what is done about it.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
