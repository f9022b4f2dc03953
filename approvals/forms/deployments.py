from django import forms

from registry.forms.fields import LineField, PlaceField
from registry.models import Environment


class RecordForm(forms.Form):
    environment = forms.ChoiceField(choices=Environment, widget=forms.HiddenInput)
    reference = PlaceField(
        label="Reference", required=False, max_length=300, help_text="The pipeline run or the change ticket."
    )


class EndForm(forms.Form):
    reason = LineField(label="Reason", max_length=300, help_text="Kept with the deployment and shown in its history.")
