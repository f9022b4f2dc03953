from django import forms

from registry.forms.fields import InstantField


class PastForm(forms.Form):
    at = InstantField(label="Date and time")
