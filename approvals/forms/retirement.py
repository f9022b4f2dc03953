"""Shape of the question whether a version may be retired."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms

from registry.forms.fields import ProseField
from registry.models import ModelVersion

NOTHING = "none"


class RetireForm(forms.Form):
    reason = ProseField(
        label="Reason",
        max_length=4000,
        help_text="Why it is no longer used. Kept with the version.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    replacement = forms.TypedChoiceField(
        label="What replaces it", help_text="A version of any model, or the statement that nothing does."
    )

    def __init__(self, *args: Any, versions: Iterable[ModelVersion], **kwargs: Any) -> None:
        """`versions` are those that may take its place, ordered by model."""
        super().__init__(*args, **kwargs)
        self._versions = {str(version.pk): version for version in versions}
        self.fields["replacement"].choices = [
            ("", "Choose"),
            (NOTHING, "Nothing replaces it"),
            *_by_model(self._versions.values()),
        ]
        self.fields["replacement"].coerce = self._version
        self.fields["replacement"].empty_value = None

    def _version(self, chosen: str) -> ModelVersion | None:
        return None if chosen == NOTHING else self._versions[chosen]


def _by_model(versions: Iterable[ModelVersion]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (name, [(str(version.pk), str(version)) for version in group])
        for name, group in groupby(versions, key=lambda version: version.model.name)
    ]
