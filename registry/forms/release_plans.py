"""The release plan as a form."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

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
    rollback_tested_on = DayField(label="Last tested on", required=False)
    rollback_test_result = forms.ChoiceField(
        label="Result",
        required=False,
        choices=[("", "Not tested"), *ReleasePlan.TestResult.choices],
    )
    rollback_test_evidence = PlaceField(
        label="Evidence of the test",
        help_text="A link to the run, or where the protocol is kept.",
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
        tested_on, result = (self.cleaned_data.get(name) for name in ("rollback_tested_on", "rollback_test_result"))
        if tested_on and not result:
            self.add_error("rollback_test_result", ValidationError("Say whether the test worked.", code="test-result"))
        if result and not tested_on and "rollback_tested_on" not in self.errors:
            self.add_error("rollback_tested_on", ValidationError("Say on which day it was tested.", code="test-day"))
        return self.cleaned_data
