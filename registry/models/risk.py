"""How much is at stake: risk tiers, and the short assessment that puts a model into one."""

from django.db import models
from django.db.models import F, Q
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
    given_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    given_at = models.DateTimeField(null=True, blank=True, help_text="Empty for what was given before this was kept")
    confirmed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When a second administrator agreed")

    objects = UserObjectPermissionManager.from_queryset(GovernedQuerySet)()

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(
                condition=Q(given_by=None, given_at=None) | Q(given_by__isnull=False, given_at__isnull=False),
                name="right_is_given_whole",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | (Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("given_by"))),
                name="right_is_confirmed_by_another",
            ),
        ]

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
