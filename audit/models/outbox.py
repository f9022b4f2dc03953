"""What is still to be told to the world, and what the portal's processes remember of their work."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class RefusalTally(models.Model):
    """How often somebody was refused the same thing since it was last written down."""

    actor = models.UUIDField()
    kind = models.CharField(max_length=110)
    subject = models.CharField(max_length=100)
    written_at = models.DateTimeField()
    unwritten = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "kind", "subject"], name="one_tally_per_refusal")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class OutboxQuerySet(models.QuerySet):
    def due(self) -> OutboxQuerySet:
        return self.filter(sent_at=None, due_at__lte=timezone.now()).order_by("due_at", "id")


class OutboxMessage(models.Model):
    """Something to be told to the world once the change it speaks of is committed. Kept until it was told."""

    sink = models.CharField(max_length=40)
    payload = models.JSONField()
    together = models.CharField(
        max_length=60, blank=True, default="", help_text="Messages of a sink with the same word here are told as one"
    )
    event = models.UUIDField(help_text="The event that says it")
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True, default="")
    sent_at = models.DateTimeField(null=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at", "id"], condition=models.Q(sent_at=None), name="outbox_due")]

    def __str__(self) -> str:
        return f"{self.sink} {self.pk}"


class OwedEvent(models.Model):
    """Something that was done while nothing could be written, until it is an event. With its code nobody can put words
    into the ledger's mouth who has no more than the database."""

    kind = models.CharField(max_length=100)
    actor = models.UUIDField()
    facts = models.JSONField()
    at = models.DateTimeField()
    mac = models.BinaryField()
    key_id = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class AskedProof(models.Model):
    """The one proof of the whole ledger that waits for a worker, or that one is at since `began_at`: `count` of `total`
    events are read, and `reading` is what it reads now."""

    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    reading = models.CharField(max_length=100, blank=True, default="")
    count = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    only = models.BooleanField(default=True, unique=True, editable=False)

    def __str__(self) -> str:
        return f"proof asked for at {self.asked_at}"


class Heartbeat(models.Model):
    """When a background process was last seen alive; readiness reads it."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
