"""Reviews of a version, the decisions of their stages, and the conditions of those decisions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from approvals.models.policies import Policy
from approvals.models.stages import StageField
from audit.governed import GovernedModel, GovernedQuerySet
from registry.models import ModelVersion, Person


class ReviewQuerySet(GovernedQuerySet):
    def open(self) -> ReviewQuerySet:
        return self.filter(closed_at=None)

    def with_promises(self) -> ReviewQuerySet:
        """`is_on_conditions`: an approval that it rests on has conditions; `owes`: one of these is not kept yet."""
        made = Condition.objects.counting().filter(
            decision__review__version=models.OuterRef("version"), decision__review__lte=models.OuterRef("pk")
        )
        return self.annotate(is_on_conditions=models.Exists(made), owes=models.Exists(made.open()))

    def visible_to(self, person: Person) -> ReviewQuerySet:
        return self if person.has_perm("registry.view_registry") else self.none()


class Review(GovernedModel):
    """The question whether one exact version may go into production, asked against one policy."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"
        DISCARDED = "discarded", "Discarded"
        SUPERSEDED = "superseded", "Superseded"
        SUSPENDED = "suspended", "Suspended"
        REVOKED = "revoked", "Revoked"

    #: An approval that somebody stopped, for a time or for good.
    STOPPED = (Status.SUSPENDED, Status.REVOKED)
    #: Everything that was asked has been answered with yes, whatever became of it.
    ONCE_APPROVED = (Status.APPROVED, Status.SUPERSEDED, *STOPPED)
    OPEN = (Status.DRAFT, Status.IN_REVIEW, Status.CHANGES_REQUESTED)

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="reviews")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="reviews")
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    message = models.TextField(blank=True, default="", help_text="What the author tells the reviewers")
    ticket_url = models.URLField(max_length=500, blank=True, default="", help_text="The same question elsewhere")
    round = models.PositiveIntegerField(default=0, help_text="How often it was submitted")
    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="requested_reviews")
    opened_at = models.DateTimeField()
    submitted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    stopped_at = models.DateTimeField(null=True, blank=True)
    stop_reason = models.TextField(blank=True, default="", help_text="Why its approval was suspended or revoked")

    objects = ReviewQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index(fields=["submitted_at", "id"], condition=Q(status="in_review"), name="reviews_waiting"),
            models.Index(fields=["opened_at", "id"], name="reviews_by_age"),
            models.Index(fields=["opened_at", "id"], condition=Q(closed_at=None), name="reviews_open"),
            models.Index(fields=["-closed_at", "-id"], condition=Q(status="approved"), name="reviews_approved"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["version"],
                condition=Q(status__in=["draft", "in_review", "changes_requested"]),
                name="one_open_review",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "draft",
                        "in_review",
                        "changes_requested",
                        "approved",
                        "rejected",
                        "withdrawn",
                        "discarded",
                        "superseded",
                        "suspended",
                        "revoked",
                    ]
                ),
                name="review_status",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status__in=["suspended", "revoked"], stopped_by__isnull=False, stopped_at__isnull=False)
                    & ~Q(stop_reason="")
                )
                | (~Q(status__in=["suspended", "revoked"]) & Q(stopped_by=None, stopped_at=None, stop_reason="")),
                name="review_is_stopped_whole",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "in_review", "changes_requested"], closed_at=None)
                | (~Q(status__in=["draft", "in_review", "changes_requested"]) & Q(closed_at__isnull=False)),
                name="review_is_closed_when_over",
            ),
        ]

    def __str__(self) -> str:
        return f"R-{self.pk}"


def _not_revoked(review: str) -> models.Exists:
    """Whether no approval that was revoked takes with it what belongs to `review`, a column: whatever was decided about
    the version until then."""
    revoked = Review.objects.filter(
        version=models.OuterRef(f"{review}__version"), pk__gte=models.OuterRef(review), status=Review.Status.REVOKED
    )
    return ~models.Exists(revoked)


class DecisionQuerySet(GovernedQuerySet):
    def counting(self) -> DecisionQuerySet:
        """What was decided in a review that was withdrawn, or until an approval was revoked, counts no more."""
        return self.exclude(review__status=Review.Status.WITHDRAWN).filter(_not_revoked("review"))


class Decision(GovernedModel):
    """What one person decided for one stage, and the digests of the evidence it was decided on."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", "Approved"
        APPROVED_WITH_CONDITIONS = "approved_with_conditions", "Approved with conditions"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        REJECTED = "rejected", "Rejected"

    APPROVING = (Outcome.APPROVED, Outcome.APPROVED_WITH_CONDITIONS)

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="decisions")
    stage = StageField()
    question = models.TextField(blank=True, default="", help_text="What was judged; empty: what the stage usually asks")
    right = models.CharField(max_length=20, blank=True, default="", help_text="Whose right it took; empty: its own")
    round = models.PositiveIntegerField()
    outcome = models.CharField(max_length=30, choices=Outcome)
    rationale = models.TextField()
    evidence = models.JSONField(help_text="Digest of each evidence part the stage rests on")
    checklist = models.JSONField(default=list, blank=True, help_text="What was confirmed, word for word")
    signed_at = models.DateTimeField(null=True, blank=True, help_text="When they had shown last who they are")
    right_given_by = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who alone gave the right it was made by",
    )
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="decisions")
    decided_at = models.DateTimeField()

    objects = DecisionQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["decided_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(rationale=""), name="decision_has_rationale"),
        ]

    def __str__(self) -> str:
        return f"{self.stage.label} decision {self.pk}"


class ConditionQuerySet(GovernedQuerySet):
    def open(self) -> ConditionQuerySet:
        return self.filter(fulfilled_at=None)

    def counting(self) -> ConditionQuerySet:
        """Those of decisions that count."""
        kept = self.exclude(decision__review__status=Review.Status.WITHDRAWN)
        return kept.filter(_not_revoked("decision__review"))


class Condition(GovernedModel):
    """Something promised with an approval: by whom, by when, what it holds up meanwhile, and how it was kept."""

    class Consequence(models.TextChoices):
        BLOCK = "block", "Nothing is deployed before it is kept"
        LATE = "late", "Nothing is deployed once it is overdue"
        WARN = "warn", "It is shown, and holds nothing up"

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="conditions")
    text = models.TextField()
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="conditions")
    due_on = models.DateField()
    consequence = models.CharField(max_length=10, choices=Consequence, default=Consequence.LATE)
    fulfilment = models.TextField(blank=True, default="")
    fulfilled_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    fulfilled_at = models.DateTimeField(null=True, blank=True)

    objects = ConditionQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fulfilled_by=None, fulfilled_at=None)
                | (Q(fulfilled_by__isnull=False, fulfilled_at__isnull=False) & ~Q(fulfilment="")),
                name="fulfilment_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(consequence__in=["block", "late", "warn"]), name="condition_has_a_consequence"
            ),
        ]

    def __str__(self) -> str:
        return f"condition {self.pk}"
