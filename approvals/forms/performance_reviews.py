from django import forms

from approvals.models import PerformanceReview


class PerformanceReviewFilterForm(forms.Form):
    """The conditions in the address of the list. A value nobody offers counts as none."""

    state = forms.ChoiceField(required=False, choices=[("open", "Open"), ("closed", "Closed")])
    whose = forms.ChoiceField(required=False, choices=[("mine", "Models I own"), ("team", "Models of my teams")])

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class CloseForm(forms.Form):
    finding = forms.ChoiceField(label="Finding", choices=PerformanceReview.Finding, widget=forms.RadioSelect)
    summary = forms.CharField(
        label="What you found",
        max_length=8000,
        help_text="The figures you looked at, what changed since the last time, and what is done about it.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
