from django import forms

from registry.forms.fields import ProseField


class FulfilForm(forms.Form):
    fulfilment = ProseField(
        label="How it was kept",
        max_length=4000,
        help_text="What was done, and where it can be seen.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
