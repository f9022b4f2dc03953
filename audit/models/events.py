"""What happened, and what it is read and found by. Events and row shapes are append-only (see `audit.guards`)."""

from __future__ import annotations

import datetime
import uuid

from django.contrib.auth import get_user_model
from django.db import models

from audit import kinds
from audit.actors import Actor
from audit.words import Word

SIDE_BY_SIDE = 1000
WHOLE = "audit.view_whole_ledger"


class EventQuerySet(models.QuerySet):
    def visible_to(self, reader: Actor) -> EventQuerySet:
        """What is open to every reader, what this one did, and what was done to them; all, with the right to it."""
        if reader.has_perm(WHOLE):
            return self
        own = models.Q(actor=reader.pk) | models.Q(subject=reference(reader))
        seen = models.When(models.Q(kind__in=kinds.open_to_all()) | own, then=models.Value(True))
        # Nearly all are seen, so that each is asked in turn: no engine looks into a CASE for an index to gather by.
        return self.filter(models.Q(models.Case(seen, default=models.Value(False))))

    def about(self, *subjects: models.Model) -> EventQuerySet:
        return self.filter(subject__in=[reference(subject) for subject in subjects])

    def in_stream(self, root: models.Model) -> EventQuerySet:
        """All that happened to `root` and to what belongs to it: a model with all of its versions."""
        return self.filter(stream=reference(root))

    def beside(self, event: Event) -> tuple[Event | None, Event | None]:
        """The one before it and the one after."""
        before, after = self.filter(pk__lt=event.pk), self.filter(pk__gt=event.pk)
        return before.order_by("-pk").only("uid").first(), after.order_by("pk").only("uid").first()

    def by_the_portal(self, kind: str) -> EventQuerySet:
        """What the portal alone does, about itself: nobody else is believed who says so."""
        system = get_user_model().objects.system_id
        is_own = models.Q(actor=system, subject=reference_of(get_user_model(), system))
        # In a CASE, which no engine looks into: such events are few, and those of the portal as an actor are very many.
        return self.filter(models.Case(models.When(is_own, then=True), default=False), kind=kind)

    def since(self, moment: datetime.datetime) -> EventQuerySet:
        """What was written from then on. Numbers follow the clock, but for events written side by side, so that it is
        enough to look through the last numbers."""
        first = Event.objects.filter(at__gte=moment).order_by("at").values("pk")[:1]
        return self.filter(pk__gte=models.Subquery(first) - SIDE_BY_SIDE, at__gte=moment)


class Event(models.Model):
    """One thing that happened. Written only by `audit.ledger.entry`; never changed, never deleted.

    `canonical` holds the exact bytes under the MAC; the other columns repeat them for queries and are compared with
    them by `ledger_verify`. There are no foreign keys: the past outlives what it tells of.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=100)
    subject = models.CharField(max_length=100, help_text="app.model:primary-key")
    subject_number = models.PositiveBigIntegerField(help_text="1, 2, 3 … without a gap for each subject")
    stream = models.CharField(max_length=100, help_text="The subject's root: for a version, its model")
    label = models.CharField(max_length=200)
    actor = models.UUIDField()
    token = models.UUIDField(null=True, help_text="The API token used, if one was")
    on_behalf_of = models.UUIDField(null=True)
    reason = models.TextField()
    cause = models.UUIDField(null=True, help_text="The event inside whose action this one happened")
    request_id = models.CharField(max_length=64)
    at = models.DateTimeField(help_text="The database's clock")
    facts = models.JSONField()
    rows = models.JSONField(help_text="Table, key, shape and SHA-256 of each governed row changed with it")
    canonical = models.BinaryField()
    mac = models.BinaryField()
    key_id = models.CharField(max_length=32)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["stream", "-id"]),
            models.Index(fields=["kind", "-id"]),
            models.Index(fields=["actor", "-id"]),
            models.Index(fields=["at"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["subject", "subject_number"], name="event_number_once_per_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"


class StreamWord(Word):
    """A word of what a stream's subjects were ever called. `audit.names` keeps these rows."""

    subject = "stream"

    stream = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "word"], name="word_of_stream_once")]
        indexes = [models.Index(fields=["word", "stream"], name="streams_by_word")]


class RowShape(models.Model):
    """The columns a row digest was taken over. Append-only, so that old digests stay true when columns are added."""

    digest = models.CharField(max_length=64, primary_key=True)
    table = models.CharField(max_length=63)
    columns = models.JSONField()

    def __str__(self) -> str:
        return f"{self.table} {self.digest[:12]}"


def reference(instance: models.Model) -> str:
    """How the ledger names a row: `registry.aimodel:7`."""
    return reference_of(instance._meta.model, instance.pk)  # the person of a request is wrapped: no type of ours


def reference_of(model: type[models.Model], key: object) -> str:
    return f"{model._meta.label_lower}:{key}"
