"""What came from elsewhere: where each imported row came from, and the runs that brought it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from audit.governed import GovernedModel
from registry.models.catalog import AIModel, ModelVersion
from registry.models.people import Person, Team

PATIENCE = datetime.timedelta(seconds=30)


class Source(models.TextChoices):
    CSV = "csv", "CSV file"
    MLFLOW = "mlflow", "MLflow server"
    SAGEMAKER = "sagemaker", "SageMaker export"


class Origin(GovernedModel):
    """Where a model (`version` None) or a version came from. What comes from one place comes once."""

    model = models.ForeignKey(AIModel, on_delete=models.PROTECT, related_name="origins")
    version = models.OneToOneField(ModelVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="origin")
    source = models.CharField(max_length=10, choices=Source)
    reference = models.CharField(max_length=600, unique=True, help_text="Its address at the source")
    name = models.CharField(max_length=300, help_text="What the source calls it")
    details = models.JSONField(default=dict, blank=True, help_text="What the source says of it and no column holds")
    imported_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    class Meta(GovernedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["model"], condition=Q(version=None), name="model_comes_from_one_place"),
        ]

    def __str__(self) -> str:
        return f"origin {self.pk}"

    @property
    def said(self) -> list[tuple[str, str]]:
        """The details one by one; what is within another is named after both, such as “tags domain”."""
        return list(_flat("", self.details))


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name} {key}".strip(), inner)
    else:
        yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


class ImportRunQuerySet(models.QuerySet):
    def visible_to(self, person: Person) -> ImportRunQuerySet:
        """One's own; all of them for who may import for every team."""
        return self if person.has_perm("registry.import_models") else self.filter(by=person)

    def stalled(self) -> ImportRunQuerySet:
        """Running, and nobody is at it: its worker was killed, or nobody was told."""
        quiet = Q(moved_at=None) | Q(moved_at__lt=timezone.now() - PATIENCE)
        return self.filter(quiet, state=ImportRun.State.RUNNING)

    def that_made(self, subject: AIModel | ModelVersion) -> ImportRunQuerySet:
        if isinstance(subject, AIModel):
            return self.filter(rows__model=subject, rows__outcome=ImportRow.Outcome.MODEL)
        return self.filter(rows__version=subject)

    def with_counts(self) -> ImportRunQuerySet:
        """Adds how many rows there are of each outcome, as `total` and `count_<outcome>`."""
        counts = {f"count_{outcome}": Count("rows", filter=Q(rows__outcome=outcome)) for outcome in ImportRow.Outcome}
        return self.annotate(total=Count("rows"), **counts)


class ImportRun(models.Model):
    """One inventory on its way in. Not governed: it is work, and what it does leaves events of its own."""

    class State(models.TextChoices):
        DRAFT = "draft", "Waits for you"
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"

    source = models.CharField(max_length=10, choices=Source)
    name = models.CharField(max_length=300, help_text="The file’s name, or the server’s address")
    sha256 = models.CharField(max_length=64, help_text="Of what was read")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="imports")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", help_text="For rows that name none")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", help_text="For rows that name none")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True, help_text="When a worker was last seen at it")

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"import {self.pk}"

    @property
    def is_waited_for(self) -> bool:
        """Running, and no worker was seen at it for longer than one takes to come."""
        seen = self.moved_at or self.started_at
        return self.state == self.State.RUNNING and seen is not None and seen < timezone.now() - PATIENCE


class ImportRow(models.Model):
    """One candidate of a run and what became of it. `reasons` are problems by field, as reader and rules say them."""

    class Outcome(models.TextChoices):
        PENDING = "pending", "Waits"
        MODEL = "model", "New model"
        VERSION = "version", "New version"
        THERE = "there", "Already there"
        REFUSED = "refused", "Refused"

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    candidate = models.JSONField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PENDING)
    reasons = models.JSONField(default=list)
    model = models.ForeignKey(AIModel, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["run", "position"]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="import_position_once")]
        indexes = [models.Index(fields=["run", "outcome", "position"])]

    def __str__(self) -> str:
        return f"row {self.position} of import {self.run_id}"
