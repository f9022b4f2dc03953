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


class QuestionnaireQuerySet(GovernedQuerySet):
    def published(self) -> "QuestionnaireQuerySet":
        """The newest first; the first of them is asked."""
        return self.filter(status=Questionnaire.Status.PUBLISHED).order_by("-revision")

    def in_force(self) -> "Questionnaire":
        return self.published()[0]


class Questionnaire(GovernedModel):
    """What is asked about the risk of a model, and which tier each answer takes at least: a draft, then a revision that
    never changes."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        DISCARDED = "discarded", "Discarded"

    revision = models.PositiveIntegerField(null=True, blank=True, unique=True, help_text="Empty until it is published")
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    questions = models.JSONField(help_text="As `registry.rules.risk` reads them")
    reason = models.TextField(blank=True, default="", help_text="Why other questions should be asked")
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="drafts")
    authors = models.JSONField(default=list, blank=True, help_text="Ids of everybody who wrote in it")
    drafted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    closed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When it was published or discarded")

    objects = QuestionnaireQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="draft"), name="one_draft_of_the_questionnaire"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "published", "discarded"]), name="questionnaire_status"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", closed_by=None, closed_at=None)
                | Q(status__in=["published", "discarded"], closed_by__isnull=False, closed_at__isnull=False),
                name="questionnaire_is_closed_when_over",
            ),
            models.CheckConstraint(
                condition=(Q(status="published", revision__isnull=False) & ~Q(reason=""))
                | (~Q(status="published") & Q(revision=None)),
                name="questionnaire_is_published_whole",
            ),
            models.CheckConstraint(
                condition=~Q(status="published")
                | Q(based_on=None)
                | (~Q(closed_by=F("changed_by")) & ~Q(closed_by=F("drafted_by"))),
                name="questionnaire_is_published_by_another",
            ),
        ]

    def __str__(self) -> str:
        name = "Risk questionnaire"
        return f"{name}, revision {self.revision}" if self.revision else f"{name}, draft {self.pk}"


class RiskAssessmentQuerySet(GovernedQuerySet):
    def in_force(self) -> "RiskAssessmentQuerySet":
        """The newest first; of each model the first counts."""
        return self.filter(status=RiskAssessment.Status.IN_FORCE).order_by("-pk")

    def proposed(self) -> "RiskAssessmentQuerySet":
        return self.filter(status=RiskAssessment.Status.PROPOSED)


class RiskAssessment(GovernedModel):
    """The answers that decided a model's tier, or that would lower it once another person agrees.

    Of those in force the newest one of a model counts. Without a questionnaire it is from before there was one: the
    four columns hold its answers. They stay, since the ledger keeps digests of them.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        IN_FORCE = "in_force", "In force"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    model = models.ForeignKey("registry.AIModel", on_delete=models.PROTECT, related_name="assessments")
    decides_about_people = models.BooleanField(null=True, blank=True)
    affects_health_money_or_rights = models.BooleanField(null=True, blank=True)
    uses_personal_data = models.BooleanField(null=True, blank=True)
    acts_without_review = models.BooleanField(null=True, blank=True)
    questionnaire = models.ForeignKey(
        Questionnaire, on_delete=models.PROTECT, null=True, blank=True, related_name="assessments"
    )
    answers = models.JSONField(default=dict, blank=True, help_text="The answer to each question, both by their ids")
    tier = models.ForeignKey(RiskTier, on_delete=models.PROTECT, related_name="+")
    is_prohibited = models.BooleanField(default=False, help_text="An answer names what may not be done at all")
    explanation = models.TextField(help_text="Why these answers give this tier")
    status = models.CharField(max_length=20, choices=Status, default=Status.IN_FORCE)
    reason = models.TextField(blank=True, default="", help_text="Why it was assessed anew")
    assessed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True, help_text="When what was proposed was decided or ended")
    decision_reason = models.TextField(blank=True, default="")

    objects = RiskAssessmentQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["-assessed_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(explanation=""), name="assessment_is_explained"),
            models.UniqueConstraint(
                fields=["model"], condition=Q(status="proposed"), name="one_proposed_assessment_of_a_model"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["proposed", "in_force", "declined", "withdrawn"]), name="assessment_status"
            ),
            models.CheckConstraint(
                condition=Q(
                    questionnaire=None,
                    decides_about_people__isnull=False,
                    affects_health_money_or_rights__isnull=False,
                    uses_personal_data__isnull=False,
                    acts_without_review__isnull=False,
                )
                | Q(
                    questionnaire__isnull=False,
                    decides_about_people=None,
                    affects_health_money_or_rights=None,
                    uses_personal_data=None,
                    acts_without_review=None,
                ),
                name="assessment_answers_what_was_asked",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_by=None, decided_at=None)
                | Q(status__in=["declined", "withdrawn"], decided_by__isnull=False, decided_at__isnull=False)
                | Q(status="in_force"),
                name="assessment_is_decided_whole",
            ),
            models.CheckConstraint(
                condition=~Q(status="in_force")
                | Q(decided_by=None, decided_at=None)
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("assessed_by"))),
                name="assessment_is_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"assessment {self.pk}"
