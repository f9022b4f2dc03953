"""What a risk tier asks: stages, thresholds, and how often performance is looked at. Immutable once published."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from approvals.models.stages import Stage, StageField
from audit.governed import GovernedModel, GovernedQuerySet
from registry import cards
from registry.models import AIModel, Part, Person, Purpose, RiskTier


class Check(models.TextChoices):
    """What Gatehouse finds out by itself, and a policy may ask for. What is always asked is none of these."""

    LINEAGE = "lineage", "Code, data and configuration are named"
    THRESHOLDS = "thresholds", "Figures keep their thresholds"
    CODE = "code", "The code was tested, and its tests pass"
    SCAN = "scan", "The model file was scanned, and nothing was found"
    CARD = "card", "The model card is written"
    MONITORING = "monitoring", "Monitoring and alerts are set up"
    ROLLBACK = "rollback", "The rollback is written down and was tried"
    STAGING = "staging", "The version ran in staging first"


class CheckMode(models.TextChoices):
    """How much a policy makes of a check, the least first."""

    OFF = "off", "Not looked at"
    SHOWN = "shown", "Shown, holds nothing up"
    REQUIRED = "required", "Required"
    STRICT = "strict", "Required, and never waived"


#: What of the evidence a check looks at: with a change of it a waiver counts no more.
LOOKS_AT = {
    Check.LINEAGE: (Part.LINEAGE,),
    Check.THRESHOLDS: (Part.EVALUATIONS,),
    Check.CODE: (Part.ARTIFACT, Part.LINEAGE),
    Check.SCAN: (Part.ARTIFACT, Part.EVALUATIONS),
    Check.CARD: (Part.CARD,),
    Check.MONITORING: (Part.RELEASE_PLAN,),
    Check.ROLLBACK: (Part.RELEASE_PLAN,),
    Check.STAGING: (Part.ARTIFACT,),
}

#: Of a policy that says nothing of a check.
USUALLY = dict.fromkeys(Check, CheckMode.REQUIRED) | dict.fromkeys((Check.CODE, Check.SCAN), CheckMode.OFF)


def every_card_section() -> list[str]:
    return [section.slug for section in cards.SECTIONS]


class PolicyQuerySet(GovernedQuerySet):
    def current(self) -> "PolicyQuerySet":
        """The newest revision of each tier."""
        newer = Policy.objects.filter(tier=models.OuterRef("tier"), revision__gt=models.OuterRef("revision"))
        return self.filter(~models.Exists(newer))


class Policy(GovernedModel):
    """One published revision of a tier's policy."""

    tier = models.ForeignKey(RiskTier, on_delete=models.PROTECT, related_name="policies")
    revision = models.PositiveIntegerField()
    review_cadence_days = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    rollback_test_valid_days = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    approval_valid_days = models.PositiveIntegerField(
        validators=[MinValueValidator(1)], null=True, blank=True, help_text="Empty: an approval counts for good"
    )
    is_one_stage_each = models.BooleanField(default=False, help_text="Nobody approves two stages of one version")
    checks = models.JSONField(default=dict, blank=True, help_text="How much is made of each check, as `USUALLY`")
    card_sections = models.JSONField(default=every_card_section, help_text="Those of a model card that are written")
    least_test_coverage = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(100)], null=True, blank=True, help_text="Percent of the code that tests run"
    )
    published_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()

    objects = PolicyQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["tier", "-revision"]
        constraints = [
            models.UniqueConstraint(fields=["tier", "revision"], name="policy_revision_once"),
            models.CheckConstraint(
                condition=Q(approval_valid_days=None) | Q(approval_valid_days__gte=1), name="approvals_count_a_day"
            ),
            models.CheckConstraint(
                condition=Q(least_test_coverage=None) | Q(least_test_coverage__lte=100),
                name="coverage_asked_is_percent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier.name} policy, revision {self.revision}"


class PolicyStage(GovernedModel):
    """One approval that the policy asks for, and the evidence parts it rests on."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="stages")
    stage = StageField()
    question = models.CharField(
        max_length=200, blank=True, default="", help_text="What its reviewers judge, if not the usual"
    )
    right = models.CharField(
        max_length=20, blank=True, default="", help_text="The stage whose right decides it; empty: its own"
    )
    deciders = models.JSONField(
        default=list, blank=True, help_text="Who of those who hold the right, as `StageFact.deciders`; empty: each"
    )
    position = models.PositiveSmallIntegerField(help_text="Stages of one position are decided side by side")
    rests_on = models.JSONField(help_text="Names of evidence parts")
    quorum = models.PositiveSmallIntegerField(default=1, help_text="How many people approve it")
    checklist = models.JSONField(default=list, blank=True, help_text="What each of them confirms, a sentence each")
    is_signed = models.BooleanField(default=False, help_text="Whoever decides shows again who they are")
    service_level_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Business days")
    fallback = models.CharField(max_length=36, blank=True, default="", help_text="Id of who is told once it is overdue")

    class Meta(GovernedModel.Meta):
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "stage"], name="stage_once_in_a_policy"),
            models.CheckConstraint(condition=Q(quorum__gte=1), name="somebody_approves_a_stage"),
            models.CheckConstraint(condition=Q(right__in=["", *Stage.KNOWN]), name="stage_is_decided_by_a_right"),
        ]

    def __str__(self) -> str:
        return self.stage.label


class Threshold(GovernedModel):
    """A bound on one metric, for models of one task, on evaluations of one purpose.

    With `group`, the bound is on the gap: the largest minus the smallest value among the slices of that group, or of
    any group when it is “*”.
    """

    class Bound(models.TextChoices):
        AT_LEAST = "at_least", "at least"
        AT_MOST = "at_most", "at most"

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="thresholds")
    task = models.CharField(max_length=20, choices=AIModel.Task)
    purpose = models.CharField(max_length=20, choices=Purpose)
    metric = models.SlugField(max_length=60)
    group = models.CharField(max_length=60, blank=True, default="")
    bound = models.CharField(max_length=10, choices=Bound)
    limit = models.DecimalField(max_digits=15, decimal_places=6)

    class Meta(GovernedModel.Meta):
        ordering = ["purpose", "task", "metric", "group"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "task", "purpose", "metric", "group", "bound"], name="threshold_once"
            ),
            models.CheckConstraint(condition=Q(bound__in=["at_least", "at_most"]), name="threshold_bound"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.get_bound_display()} {self.limit.normalize():f}"


class PolicyDraftQuerySet(GovernedQuerySet):
    def open(self) -> "PolicyDraftQuerySet":
        return self.filter(closed_at=None)


class PolicyDraft(GovernedModel):
    """What somebody wants a tier to ask from now on. Nothing counts of it until another person publishes it."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PROPOSED = "proposed", "Proposed"
        PUBLISHED = "published", "Published"
        DISCARDED = "discarded", "Discarded"

    OPEN = (Status.DRAFT, Status.PROPOSED)

    tier = models.ForeignKey(RiskTier, on_delete=models.PROTECT, related_name="policy_drafts")
    based_on = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="drafts")
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    terms = models.JSONField(help_text="As `approvals.terms` writes them")
    reason = models.TextField(blank=True, default="", help_text="Why the policy should change")
    authors = models.JSONField(default=list, blank=True, help_text="Ids of everybody who wrote in it")
    drafted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    published = models.OneToOneField(
        Policy, on_delete=models.PROTECT, null=True, blank=True, related_name="published_from"
    )

    objects = PolicyDraftQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tier"], condition=Q(status__in=["draft", "proposed"]), name="one_open_policy_draft"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "proposed", "published", "discarded"]), name="policy_draft_status"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "proposed"], closed_by=None, closed_at=None)
                | Q(status__in=["published", "discarded"], closed_by__isnull=False, closed_at__isnull=False),
                name="policy_draft_is_closed_when_over",
            ),
            models.CheckConstraint(
                condition=(Q(status="published", published__isnull=False) & ~Q(reason=""))
                | (~Q(status="published") & Q(published=None)),
                name="policy_draft_is_published_whole",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed", proposed_by__isnull=False, proposed_at__isnull=False)
                | ~Q(status="proposed"),
                name="policy_draft_is_proposed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier.name} policy, draft {self.pk}"
