"""Registering a version of a model."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from audit.canonical import LARGEST_INTEGER
from registry.forms.fields import (
    CommitField,
    DigestField,
    JSONObjectField,
    LineField,
    PlaceField,
    ProseField,
    VersionField,
)
from registry.models import ModelVersion

DATA = "data_"
MISSING = "Data needs a name and its SHA-256 digest: they say which exact state of it was used."


class VersionForm(forms.Form):
    """`versions` are those it may be built on."""

    summary = LineField(
        max_length=200, required=False, label="What is new in it", help_text="One line for the list of versions."
    )
    artifact = forms.FileField(required=False, label="Model file")
    artifact_uri = PlaceField(
        max_length=500, required=False, label="Address", help_text="Where it stays, such as s3://models/reader/7."
    )
    artifact_sha256 = DigestField(
        required=False, label="SHA-256 digest", help_text="64 hexadecimal digits. With an upload it is checked."
    )
    artifact_size = forms.IntegerField(
        required=False, min_value=1, max_value=LARGEST_INTEGER, label="Size", help_text="In bytes."
    )
    code_repository = PlaceField(
        max_length=300, required=False, label="Repository", help_text="Where the training code is kept."
    )
    code_commit = CommitField(max_length=64, required=False, label="Commit", help_text="7 to 64 hexadecimal digits.")
    data_name = LineField(max_length=120, required=False, label="Name", help_text="Such as scanned-forms-2026.")
    data_sha256 = DigestField(
        required=False,
        label="SHA-256 digest",
        help_text="Of the exact state that was used: 64 hexadecimal digits; the command sha256sum prints them.",
    )
    data_reference = PlaceField(
        max_length=300, required=False, label="Reference", help_text="Where it is kept, or which version of it."
    )
    data_source = ProseField(required=False, label="Source", help_text="Where it comes from, and who allowed its use.")
    data_period = LineField(max_length=120, required=False, label="Period", help_text="Such as 2021 to 2025.")
    data_row_count = forms.IntegerField(
        required=False, min_value=0, max_value=LARGEST_INTEGER, label="Rows", help_text="How many."
    )
    hyperparameters = JSONObjectField(
        max_length=50_000,
        required=False,
        help_text='As JSON, such as {"max_depth": 6, "learning_rate": 0.1}. 0.1 is kept as the text “0.1”.',
    )
    training_run = PlaceField(
        max_length=200, required=False, help_text="Its id or address in your tracking tool or pipeline."
    )

    def __init__(self, *args: Any, versions: QuerySet[ModelVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["built_on"] = VersionField(
            queryset=versions,
            required=False,
            label="Built on",
            help_text="The version it was fine-tuned or distilled from, such as form-digit-reader v2.",
            widget=forms.TextInput(attrs={"list": "versions-of-this-model", "autocomplete": "off"}),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        described = self._data(data)
        if described:
            for key in {"name", "sha256"} - described.keys():
                if DATA + key not in self.errors:
                    self.add_error(DATA + key, MISSING)
        return data

    def for_action(self) -> dict[str, Any]:
        rest = {name: value for name, value in self.cleaned_data.items() if name not in self._data_fields()}
        return rest | {"training_data": self._data(self.cleaned_data) or None}

    def _data_fields(self) -> list[str]:
        return [name for name in self.fields if name.startswith(DATA)]

    def _data(self, data: dict[str, Any]) -> dict[str, Any]:
        given = {name.removeprefix(DATA): data.get(name) for name in self._data_fields()}
        return {name: value for name, value in given.items() if value not in (None, "")}
