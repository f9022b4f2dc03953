"""How much is at stake: risk tiers, and the short assessment that puts a model into one."""

from django.db import models
from django.db.models import Q
from guardian.managers import UserObjectPermissionManager
from guardian.models import UserObjectPermissionBase

from audit.governed import GovernedModel, GovernedQuerySet
from registry.models.people import Person


class RiskTier(GovernedModel):
    slug = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=60, unique=True)
    rank = models.PositiveSmallIntegerField(unique=True, help_text="1 is the lowest risk")
    description = models.TextField()

    class Meta(GovernedModel.Meta):
        ordering = ["rank"]
        permissions = [
            ("decide_technical", "Can decide technical reviews"),
            ("decide_business", "Can decide business reviews"),
            ("decide_compliance", "Can decide compliance reviews"),
            ("decide_deployment", "Can decide deployment reviews"),
        ]

    def __str__(self) -> str:
        return self.name


class RiskTierUserObjectPermission(UserObjectPermissionBase, GovernedModel):
    """Who may decide which stage of the reviews of a tier: guardian's direct foreign-key table, governed."""

    user = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tier_rights")
    permission = models.ForeignKey("auth.Permission", on_delete=models.PROTECT)
    content_object = models.ForeignKey(RiskTier, on_delete=models.PROTECT, related_name="rights")

    objects = UserObjectPermissionManager.from_queryset(GovernedQuerySet)()

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"right {self.pk}"


class RiskAssessment(GovernedModel):
    """The answers that decided a model's tier. The newest one of a model counts."""

    model = models.ForeignKey("registry.AIModel", on_delete=models.PROTECT, related_name="assessments")
    decides_about_people = models.BooleanField()
    affects_health_money_or_rights = models.BooleanField()
    uses_personal_data = models.BooleanField()
    acts_without_review = models.BooleanField()
    tier = models.ForeignKey(RiskTier, on_delete=models.PROTECT, related_name="+")
    explanation = models.TextField(help_text="Why these answers give this tier")
    assessed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField()

    class Meta(GovernedModel.Meta):
        ordering = ["-assessed_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(explanation=""), name="assessment_is_explained"),
        ]

    def __str__(self) -> str:
        return f"assessment {self.pk}"
