"""Of which approvals that end, and conditions that are due, somebody was told. Each reminder is sent once; no rule
reads this."""

from __future__ import annotations

from django.db import models

from approvals.models.reviews import Condition
from registry.models import ModelVersion


class ToldOfExpiry(models.Model):
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    until = models.DateTimeField(help_text="When the approval ends")
    days = models.PositiveSmallIntegerField(help_text="How long before that it was said")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "until", "days"], name="told_of_expiry_once")]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.days} days before {self.until:%Y-%m-%d}"


class ToldOfCondition(models.Model):
    condition = models.ForeignKey(Condition, on_delete=models.PROTECT, related_name="told", db_index=False)
    overdue = models.BooleanField(help_text="That it is overdue; else that it is due soon")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["condition", "overdue"], name="told_of_condition_once")]

    def __str__(self) -> str:
        return f"condition {self.condition_id}: {'overdue' if self.overdue else 'due soon'}"
