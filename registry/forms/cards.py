"""The seven sections of a model card as one form."""

from __future__ import annotations

from typing import Any

from django import forms

from registry import cards
from registry.forms.documents import DocumentField, DocumentForm
from registry.forms.fields import LineField
from registry.models import ModelCard


class CardForm(DocumentForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for section in cards.SECTIONS:
            for described in section.fields:
                self.fields[described.name] = _form_field(described)


def _form_field(described: cards.Field) -> forms.CharField:
    said = {"label": described.label, "help_text": f"{described.help} For example: “{described.example}”"}
    longest = ModelCard._meta.get_field(described.name).max_length
    if longest:
        return LineField(required=False, max_length=longest, **said)
    return DocumentField(**said)
