from django import forms

from registry.forms.fields import ProseField


class StopForm(forms.Form):
    reason = ProseField(
        label="Reason",
        max_length=4000,
        help_text="The owner of the model and whoever asked for the review read it, and the gate says it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
