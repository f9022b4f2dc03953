from django import forms


class FulfilForm(forms.Form):
    fulfilment = forms.CharField(
        label="How it was kept",
        max_length=4000,
        help_text="What was done, and where it can be seen.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
