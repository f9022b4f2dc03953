"""An evaluation as a form with rows of figures, or as a JSON file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files import File
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict

from audit.canonical import LARGEST_INTEGER
from registry import metrics, uploads
from registry.forms.fields import DigestField, LineField
from registry.models import Purpose
from registry.uploads import ParsedEvaluation

ROWS = 6
MOST_ROWS = 60


class EvaluationForm(forms.Form):
    purpose = forms.ChoiceField(
        label="Purpose",
        help_text="The environment it speaks for. The newest evaluation of each counts.",
        choices=[("", "Choose a purpose"), *Purpose.choices],
    )
    note = LineField(label="Note", required=False, max_length=300)
    dataset_name = LineField(label="Dataset name", max_length=120)
    dataset_sha256 = DigestField(
        label="Dataset SHA-256", help_text="64 hexadecimal digits; the command sha256sum prints them.", max_length=80
    )
    dataset_row_count = forms.IntegerField(label="Dataset rows", required=False, min_value=0, max_value=LARGEST_INTEGER)

    @property
    def dataset(self) -> dict[str, Any]:
        described = {
            "name": self.cleaned_data["dataset_name"],
            "sha256": self.cleaned_data["dataset_sha256"],
            "row_count": self.cleaned_data["dataset_row_count"],
        }
        return {name: value for name, value in described.items() if value is not None}


class MeasurementForm(forms.Form):
    metric = LineField(label="Metric", max_length=60, widget=forms.TextInput(attrs={"list": "known-metrics"}))
    value = LineField(label="Value", max_length=60, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    group = LineField(label="Group", required=False, max_length=60)
    slice = LineField(label="Slice", required=False, max_length=120)
    sample_size = forms.IntegerField(label="Sample size", required=False, min_value=0, max_value=LARGEST_INTEGER)

    def has_changed(self) -> bool:
        """Rows are begun with the metrics that are asked; one that was not measured says no more than that."""
        return any(name != "metric" for name in self.changed_data)

    def clean_value(self) -> Any:
        return uploads.decimal_of(self.cleaned_data["value"])

    def clean(self) -> dict[str, Any]:
        group, slice_ = self.cleaned_data.get("group"), self.cleaned_data.get("slice")
        if group and not slice_ and "slice" not in self.errors:
            self.add_error("slice", ValidationError(f"Say which slice of {group} it is.", code="slice"))
        if slice_ and not group and "group" not in self.errors:
            self.add_error("group", ValidationError(f"Say which group {slice_} belongs to.", code="group"))
        return self.cleaned_data


class BaseMeasurements(BaseFormSet):
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Any row may stay empty, those that came back from the browser too."""
        return super().get_form_kwargs(index) | {"empty_permitted": True, "use_required_attribute": False}

    def add_fields(self, form: MeasurementForm, index: int | None) -> None:
        """Each label says its row, so that the list of errors does."""
        super().add_fields(form, index)
        for field in form.fields.values():
            field.label = f"{field.label} in row {(index or 0) + 1}"

    @property
    def figures(self) -> list[dict[str, Any]]:
        """The rows in which something was written."""
        return [form.cleaned_data for form in self.forms if form.has_changed()]


Measurements = formset_factory(
    MeasurementForm, formset=BaseMeasurements, extra=ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True
)


def begun_with(slugs: list[str], prefix: str) -> BaseMeasurements:
    """A row for each of these metrics, and empty ones below."""
    begun = [{"metric": metrics.written(slug)} for slug in slugs[:ROWS]]
    rows = Measurements(initial=begun, prefix=prefix)
    rows.extra = ROWS - len(begun)
    return rows


def with_more_rows(data: QueryDict, prefix: str) -> BaseMeasurements:
    """The rows of `data` as they were typed, not judged yet, and more empty ones below."""
    typed = [
        {name: data.get(form.add_prefix(name), "") for name in MeasurementForm.base_fields}
        for form in Measurements(data, prefix=prefix)
    ]
    return Measurements(initial=typed, prefix=prefix)


class UploadForm(forms.Form):
    """`cleaned_data["file"]` is the evaluation that was read from it."""

    file = forms.FileField(label="JSON file", help_text="At most 1 MB, UTF-8.")

    def clean_file(self) -> ParsedEvaluation:
        file: File = self.cleaned_data["file"]
        if file.size > uploads.MAX_BYTES:
            raise ValidationError("The file is larger than 1 MB.", code="too-large")
        return uploads.parse(file.read())
