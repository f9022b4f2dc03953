"""What the forms of the card and of the release plan share: prose kept as written, and the revision it started from."""

from __future__ import annotations

from typing import Any

from django import forms

from registry.forms.fields import ProseField


class DocumentField(ProseField):
    """A text of the document, kept as it is written."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, strip=False, **options)


class DocumentForm(forms.Form):
    """A revision of a document. `content` are its fields without the revision that the author started from."""

    seen_revision = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    @property
    def content(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "seen_revision"}

    def start_from(self, revision: int) -> None:
        """Lets the same input be sent again on top of `revision`, once its author has been told of it."""
        self.data = self.data.copy()
        self.data[self.add_prefix("seen_revision")] = str(revision)
