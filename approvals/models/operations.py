"""Life after approval: performance reviews that fall due, and clearances before retirement."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Exists, OuterRef, Q

from audit.governed import GovernedModel, GovernedQuerySet
from registry.models import AIModel, ModelVersion, Person


class PerformanceReviewQuerySet(GovernedQuerySet):
    def open(self) -> PerformanceReviewQuerySet:
        return self.filter(closed_at=None)

    def visible_to(self, person: Person) -> PerformanceReviewQuerySet:
        return self if person.has_perm("registry.view_registry") else self.none()

    def of_teams(self, teams: Collection[int]) -> PerformanceReviewQuerySet:
        """Asked of each in its order, so that a list of the longest due ends early however many models a team has."""
        return self.filter(Exists(AIModel.objects.filter(pk=OuterRef("model"), team__in=teams)))


class PerformanceReview(GovernedModel):
    """A look at how a production model does, due once in each period of its tier's cadence."""

    class Finding(models.TextChoices):
        AS_EXPECTED = "as_expected", "Performs as expected"
        WATCH = "watch", "Keep watching"
        ACTION_NEEDED = "action_needed", "Action needed"

    model = models.ForeignKey(AIModel, on_delete=models.PROTECT, related_name="performance_reviews")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="performance_reviews")
    period = models.DateField(help_text="The day on which it fell due")
    opened_at = models.DateTimeField()
    finding = models.CharField(max_length=20, choices=Finding, blank=True, default="")
    summary = models.TextField(blank=True, default="")
    closed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = PerformanceReviewQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["period", "id"]
        indexes = [
            models.Index(fields=["period", "id"], condition=Q(closed_at=None), name="performance_reviews_due"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["model", "period"], name="performance_review_once_a_period"),
            models.CheckConstraint(
                condition=Q(closed_by=None, closed_at=None, finding="")
                | (Q(closed_by__isnull=False, closed_at__isnull=False) & ~Q(finding="") & ~Q(summary="")),
                name="performance_review_close_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"performance review {self.pk}"


class ClearanceQuerySet(GovernedQuerySet):
    def waiting(self) -> ClearanceQuerySet:
        return self.filter(computed_at=None)


class Clearance(GovernedModel):
    """The question what still depends on a version before it may be retired; a task computes the answer."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="clearances")
    reason = models.TextField()
    replacement = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    has_no_replacement = models.BooleanField(default=False)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    computed_at = models.DateTimeField(null=True, blank=True)
    dependents = models.JSONField(default=list, blank=True, help_text="Kind and name of each dependent found")

    objects = ClearanceQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(replacement__isnull=False, has_no_replacement=False)
                | Q(replacement=None, has_no_replacement=True),
                name="clearance_names_replacement_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"clearance {self.pk}"
