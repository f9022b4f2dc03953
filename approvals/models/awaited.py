"""Which stages of reviews may be decided now: an index beside the reviews, made of what stands elsewhere."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from approvals.models.reviews import Review
from approvals.models.stages import StageField
from registry.models import RiskTier


class AwaitedStage(models.Model):
    """A stage of a review that whoever holds the right for it may decide now. `approvals.awaited` keeps these rows."""

    class Told(models.TextChoices):
        NOTHING = "", "Nobody yet"
        SOON = "soon", "That it is due soon"
        OVERDUE = "overdue", "That it is overdue"

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="awaited", db_index=False)
    stage = StageField()
    right = models.CharField(max_length=20, default="", help_text="The stage whose right decides it")
    named = models.TextField(default="", blank=True, help_text="Who of those who hold the right; empty: each")
    tier = models.ForeignKey(RiskTier, on_delete=models.PROTECT, related_name="+", db_index=False)
    submitted_at = models.DateTimeField(help_text="When the review was")
    due_at = models.DateTimeField(null=True, blank=True)
    told = models.CharField(max_length=10, choices=Told, default=Told.NOTHING, help_text="Whom the sweep has reminded")
    spent = models.TextField(default="", blank=True, help_text="Ids of those who have had their say in favour already")
    barred = models.TextField(default="", blank=True, help_text="Ids of those who do not decide it, whatever they may")
    no_choosers = models.TextField(default="", blank=True, help_text="Ids of those who alone choose no decider")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "stage"], name="stage_awaited_once")]
        indexes = [
            models.Index(fields=["submitted_at", "review", "right", "tier"], name="longest_awaited"),
            models.Index(fields=["due_at"], condition=~models.Q(told="overdue"), name="awaited_until"),
        ]

    def __str__(self) -> str:
        return f"{self.stage.label} of review {self.review_id}"

    @property
    def is_overdue(self) -> bool:
        return self.due_at is not None and self.due_at <= timezone.now()
