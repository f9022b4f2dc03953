"""Where versions run, and where they ended.

These rows are written only by the guarded verbs in `approvals/actions/`, which ask the gates first.
"""

from django.db import models
from django.db.models import Q

from audit.governed import GovernedModel
from registry.models.catalog import AIModel, ModelVersion
from registry.models.people import Person


class Environment(models.TextChoices):
    STAGING = "staging", "Staging"
    PRODUCTION = "production", "Production"


class Deployment(GovernedModel):
    """A version in an environment, from a moment to a moment. One at a time for each model and environment."""

    model = models.ForeignKey(AIModel, on_delete=models.PROTECT, related_name="deployments")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="deployments")
    environment = models.CharField(max_length=20, choices=Environment)
    reference = models.CharField(max_length=300, blank=True, default="", help_text="Pipeline run or change ticket")
    advised = models.JSONField(default=list, blank=True, help_text="Checks that were shown and would have said no")
    deployed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    deployed_at = models.DateTimeField()
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta(GovernedModel.Meta):
        ordering = ["-deployed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["model", "environment"], condition=Q(ended_at=None), name="one_active_deployment"
            ),
            models.CheckConstraint(
                condition=Q(environment__in=["staging", "production"]), name="deployment_environment"
            ),
            models.CheckConstraint(
                condition=Q(ended_by=None, ended_at=None)
                | (Q(ended_by__isnull=False, ended_at__isnull=False) & ~Q(end_reason="")),
                name="deployment_end_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"deployment {self.pk} to {self.environment}"


class Retirement(GovernedModel):
    """The end of a version: why, and what takes its place, or the statement that nothing does."""

    version = models.OneToOneField(ModelVersion, on_delete=models.PROTECT, related_name="retirement")
    reason = models.TextField()
    replacement = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="replaces"
    )
    has_no_replacement = models.BooleanField(default=False)
    retired_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    retired_at = models.DateTimeField()

    class Meta(GovernedModel.Meta):
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="retirement_has_reason"),
            models.CheckConstraint(
                condition=Q(replacement__isnull=False, has_no_replacement=False)
                | Q(replacement=None, has_no_replacement=True),
                name="retirement_names_replacement_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"retirement of version {self.version_id}"
