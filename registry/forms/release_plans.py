"""The release plan as a form."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from registry import rules
from registry.forms.documents import DocumentField, DocumentForm
from registry.forms.fields import DayField, LineField, PlaceField, WebAddressField
from registry.models import ReleasePlan


class ReleasePlanForm(DocumentForm):
    steps = DocumentField(
        label="Release steps", help_text="What is done, in which order, and what is looked at in between."
    )
    monitoring_url = WebAddressField(
        label="Monitoring", help_text="The page that shows how the model does.", required=False
    )
    alerts_url = WebAddressField(label="Alerts", help_text="Where the alerts are set up.", required=False)
    on_call = LineField(
        label="On call", help_text="Who answers an alert, and how to reach them.", required=False, max_length=200
    )
    rollback_procedure = DocumentField(label="Rollback procedure", help_text="How to get back to the version before.")
    rollback_tested_on = DayField(label="Last tested on", required=False, help_text="Needed once a result is chosen.")
    rollback_test_result = forms.ChoiceField(
        label="Result",
        required=False,
        choices=[("", "Not tested"), *ReleasePlan.TestResult.choices],
    )
    rollback_test_evidence = PlaceField(
        label="Evidence of the test",
        help_text="A link to the run, or where the protocol is kept. Needed once a result is chosen.",
        required=False,
        max_length=500,
    )

    def clean_rollback_tested_on(self) -> datetime.date | None:
        tested_on = self.cleaned_data["rollback_tested_on"]
        if tested_on and tested_on > timezone.localdate():
            raise ValidationError(
                "This day is in the future. Give the day of a test that has taken place.", code="future"
            )
        return tested_on

    def clean(self) -> dict[str, Any]:
        test = {name: self.cleaned_data.get(name) for name in rules.WHOLE_TEST}
        if test["rollback_tested_on"] or test["rollback_test_result"]:
            for name in [name for name, given in test.items() if not given and name not in self.errors]:
                self.add_error(name, rules.WHOLE_TEST[name])
        return self.cleaned_data
