"""What people say to each other about a version's review: threads at a place of it, and who is mentioned in them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from approvals.models.reviews import Review
from audit.governed import GovernedModel, GovernedQuerySet
from registry.models import Person


class CommentQuerySet(GovernedQuerySet):
    def threads(self) -> CommentQuerySet:
        """The first comment of each."""
        return self.filter(answers=None)

    def open(self) -> CommentQuerySet:
        """Threads that nobody resolved, or somebody reopened."""
        return self.threads().filter(resolved_at=None)

    def visible_to(self, person: Person) -> CommentQuerySet:
        return self if person.has_perm("registry.view_registry") else self.none()


class Comment(GovernedModel):
    """One remark, written once and never changed. The first of a thread has a place and a state; an answer has neither,
    it belongs to the first."""

    class Place(models.TextChoices):
        REVIEW = "review", "The review as a whole"
        SECTION = "section", "Model card"
        METRIC = "metric", "Figures"

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="comments")
    answers = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="answered")
    place = models.CharField(max_length=10, choices=Place, blank=True, default="")
    about = models.SlugField(max_length=60, blank=True, default="", help_text="Which section, or which metric")
    digest = models.CharField(max_length=64, blank=True, default="", help_text="Of what stood there at the time")
    text = models.TextField()
    written_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="comments")
    written_at = models.DateTimeField()
    resolved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["id"]
        indexes = [
            models.Index(fields=["review", "id"], condition=Q(answers=None), name="threads_of_a_review"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="comment_has_text"),
            models.CheckConstraint(
                condition=Q(answers=None, place="review", about="", digest="")
                | (Q(answers=None, place__in=["section", "metric"]) & ~Q(about="") & ~Q(digest=""))
                | Q(answers__isnull=False, place="", about="", digest="", resolved_by=None, resolved_at=None),
                name="thread_has_a_place_and_an_answer_none",
            ),
            models.CheckConstraint(
                condition=Q(resolved_by=None, resolved_at=None)
                | Q(resolved_by__isnull=False, resolved_at__isnull=False),
                name="thread_is_resolved_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"C-{self.pk}"


class CommentMention(GovernedModel):
    """Somebody whom a comment calls by user name, as it was read when it was written."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="mentions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="mentions")

    class Meta(GovernedModel.Meta):
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["comment", "person"], name="mentioned_once_in_a_comment"),
        ]

    def __str__(self) -> str:
        return f"mention {self.pk}"
