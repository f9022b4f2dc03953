"""Where an inventory comes from: a file, or the address of a server; and who has what names nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File

from registry.forms.fields import members
from registry.imports import csv, mlflow_server, sagemaker
from registry.imports.candidates import shortened
from registry.imports.reading import MOST_BYTES, MOST_ROWS, Inventory
from registry.models import Person, Source, Team

LONGEST_NAME = 300
LIMITS = f"At most {MOST_BYTES // 1024**2} MiB and {MOST_ROWS} versions, in UTF-8."


class SourceForm(forms.Form):
    """`teams` are those the person may import for."""

    field_order = ["file", "address", "token", "team", "owner"]

    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), empty_label=None, help_text="For models without a team."
    )
    owner = forms.ModelChoiceField(
        queryset=Person.objects.none(), empty_label=None, help_text="For models without an owner here."
    )

    def __init__(self, *args: Any, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.filter(pk__in=[team.pk for team in teams])
        self.fields["owner"].queryset = members()


class FileForm(SourceForm):
    """`cleaned_data["file"]` is the inventory that was read from it."""

    read: Callable[[bytes, str], Inventory]
    file = forms.FileField(allow_empty_file=True, help_text=LIMITS)

    def clean_file(self) -> Inventory:
        file: File = self.cleaned_data["file"]
        return type(self).read(file.read(MOST_BYTES + 1), shortened(file.name, LONGEST_NAME))


class CsvForm(FileForm):
    read = staticmethod(csv.read)
    file = forms.FileField(label="CSV file", allow_empty_file=True, help_text=LIMITS)


class SageMakerForm(FileForm):
    read = staticmethod(sagemaker.read)
    file = forms.FileField(label="Export file", allow_empty_file=True, help_text=LIMITS)


class MlflowForm(SourceForm):
    address = forms.CharField(
        max_length=LONGEST_NAME,
        help_text="As a browser shows it, such as https://mlflow.example.org.",
        widget=forms.URLInput(attrs={"autocomplete": "url"}),
    )
    token = forms.CharField(
        required=False,
        max_length=4_000,
        help_text="Sent to the server this once as a bearer token, and kept nowhere.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def clean_address(self) -> str:
        address = mlflow_server.checked_address(self.cleaned_data["address"])
        if not mlflow_server.is_allowed(address):
            named = ", ".join(settings.IMPORT_MLFLOW_HOSTS)
            raise ValidationError(
                f"Gatehouse may ask {named or 'no server yet'}. An operator adds others to IMPORT_MLFLOW_HOSTS.",
                code="host-not-allowed",
            )
        return address

    def clean_token(self) -> str:
        token = self.cleaned_data["token"]
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ValidationError("A token has no spaces and no special letters. Copy it anew.", code="token")
        return token


FORMS: dict[str, type[SourceForm]] = {
    Source.CSV: CsvForm,
    Source.SAGEMAKER: SageMakerForm,
    Source.MLFLOW: MlflowForm,
}
