from __future__ import annotations

import datetime
from typing import Any

from django import forms

from approvals.facts import VersionFacts
from approvals.models import Check
from registry.forms.fields import ProseField
from registry.models import Environment


class WaiverForm(forms.Form):
    """Asks for a waiver of one of the checks that hold the version up."""

    what = forms.ChoiceField(
        label="Check",
        help_text="Each holds up a deployment to that environment now.",
        error_messages={
            "invalid_choice": "It holds nothing up there now, or a waiver of it is asked for or granted already."
        },
    )
    reason = ProseField(
        label="Why it should pass all the same",
        max_length=4000,
        help_text="Whoever decides reads it, the gate says it, and the ledger keeps it.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    ends_on = forms.DateField(
        label="Last day",
        help_text="After it the check holds the version up again. At most a year from now.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, facts: VersionFacts, waivable: list[tuple[Check, Environment]], **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.fields["what"].choices = [
            (f"{check.value}:{environment.value}", f"{check.label} ({environment.label.lower()})")
            for check, environment in waivable
        ]
        first, last = facts.today, facts.today + datetime.timedelta(days=366)
        self.fields["ends_on"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}

    def for_action(self) -> dict[str, Any]:
        """The keywords of `approvals.actions.waivers.ask`."""
        given = dict(self.cleaned_data)
        check, environment = given.pop("what").split(":")
        return given | {"check": check, "environment": environment}


class AnswerForm(forms.Form):
    reason = ProseField(
        label="Why",
        max_length=4000,
        help_text="Whoever asked reads it, and the ledger keeps it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
