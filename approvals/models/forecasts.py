"""What publishing a draft would do, as a task has found it. Somebody reads it; no rule does."""

from __future__ import annotations

from django.db import models

from approvals.models.policies import PolicyDraft
from registry.models import Environment, ModelVersion


class ForecastQuerySet(models.QuerySet):
    def waiting(self) -> ForecastQuerySet:
        return self.filter(finished_at=None)


class Forecast(models.Model):
    """A dry run of one state of a draft: `total` versions are looked at, `done` of them so far, by a worker that is at
    it since `began_at`."""

    draft = models.ForeignKey(PolicyDraft, on_delete=models.PROTECT, related_name="forecasts")
    of = models.DateTimeField(help_text="When the draft was last written that it was made of")
    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ForecastQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"forecast {self.pk}"


class ForecastChange(models.Model):
    """What would be different for one version in one environment."""

    class Effect(models.TextChoices):
        RUNNING = "running", "Runs, and could not be deployed again"
        CLOSED = "closed", "Could no longer go there"
        REVIEW = "review", "Is in review, and more is asked of it"
        MORE = "more", "More is asked before it may go there"
        LESS = "less", "Less is asked before it may go there"
        OPENED = "opened", "Could go there from now on"

    forecast = models.ForeignKey(Forecast, on_delete=models.PROTECT, related_name="changes", db_index=False)
    place = models.PositiveIntegerField(help_text="The most severe first")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    environment = models.CharField(max_length=20, choices=Environment)
    effect = models.CharField(max_length=10, choices=Effect)
    why = models.JSONField(help_text="The reasons that come or go, a sentence each")

    class Meta:
        ordering = ["forecast", "place"]
        constraints = [models.UniqueConstraint(fields=["forecast", "place"], name="forecast_change_place")]

    def __str__(self) -> str:
        return f"{self.version} in {self.environment}: {self.get_effect_display()}"
