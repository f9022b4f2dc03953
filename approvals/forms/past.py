from __future__ import annotations

from typing import Any

from django import forms

from registry.forms.fields import InstantField
from registry.models import Environment, RiskTier, Team


class PastForm(forms.Form):
    at = InstantField(label="Date and time")


class RanForm(forms.Form):
    """The address of the list of what ran: now and in production, unless it says otherwise."""

    at = InstantField(label="Date and time", required=False)
    environment = forms.ChoiceField(choices=Environment, required=False)
    team = forms.ChoiceField(required=False, error_messages={"invalid_choice": "There is no team “%(value)s”."})
    tier = forms.ChoiceField(required=False, error_messages={"invalid_choice": "There is no risk tier “%(value)s”."})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = list(Team.objects.values_list("slug", "name"))
        self.fields["tier"].choices = list(RiskTier.objects.order_by("-rank").values_list("slug", "name"))

    def clean_environment(self) -> Environment:
        return Environment(self.cleaned_data["environment"] or Environment.PRODUCTION)
