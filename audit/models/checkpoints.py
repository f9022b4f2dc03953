"""What was signed about the tree, where copies of it are kept, and why nothing may be written just now."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Checkpoint(models.Model):
    """Size and root of the tree, signed. Append-only; `note` is what outsiders get (see `audit.notes`)."""

    epoch = models.PositiveIntegerField()
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    signed_at = models.DateTimeField()
    note = models.TextField(unique=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["size"])]

    def __str__(self) -> str:
        return f"checkpoint of {self.size} events"


class AnchoringQuerySet(models.QuerySet):
    def due(self) -> AnchoringQuerySet:
        return self.filter(kept_at=None, due_at__lte=timezone.now()).order_by("due_at", "id")


class Anchoring(models.Model):
    """A checkpoint that an anchor outside the database is to keep, and whether it does."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="anchorings")
    anchor = models.CharField(max_length=100)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True, default="")
    kept_at = models.DateTimeField(null=True)

    objects = AnchoringQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkpoint", "anchor"], name="checkpoint_once_per_anchor")]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(kept_at=None), name="anchoring_due"),
            models.Index(fields=["anchor", "-id"], name="anchorings_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint} at {self.anchor}"


class Halt(models.Model):
    """While there is one, nothing is written: the tree is not the one that was signed."""

    reason = models.TextField()
    since = models.DateTimeField()
    only = models.BooleanField(default=True, unique=True, editable=False)

    def __str__(self) -> str:
        return self.reason


class Hindrance(models.Model):
    """What keeps one machine from signing, though it has the key."""

    machine = models.CharField(max_length=255, unique=True)
    reason = models.TextField()
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.machine}: {self.reason}"
