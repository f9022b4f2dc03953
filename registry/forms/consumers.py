"""Declaring that a system uses a version."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from registry.forms.fields import LineField
from registry.models import ModelVersion


class ConsumerForm(forms.Form):
    name = LineField(
        max_length=120, label="System or service", help_text="As its people call it, such as: booking of visits."
    )
    contact = LineField(
        max_length=200, help_text="Who is told before the version changes or ends: a team, an address, a channel."
    )

    def __init__(self, *args: Any, version: ModelVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if self.version.consumers.filter(name=name, ended_at=None).exists():
            raise ValidationError(f"{name} is declared for {self.version} already.", code="consumer-known")
        return name
