"""The Merkle tree over the events, as rows (see `audit.merkle` and `audit.tree`). All but the queue is append-only."""

from __future__ import annotations

from django.db import models

from audit.models.events import Event


class WaitingEvent(models.Model):
    """An event that has no place in the tree yet: written with it, taken away with its leaf."""

    event = models.OneToOneField(
        Event, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="waiting"
    )
    written_at = models.DateTimeField()
    fault = models.CharField(max_length=100, blank=True, default="", help_text="Why it is kept out of the tree")

    class Meta:
        indexes = [models.Index(fields=["event"], condition=models.Q(fault=""), name="waiting_to_be_put_in")]

    def __str__(self) -> str:
        return f"event {self.event_id}"


class Leaf(models.Model):
    """The place of an event in the tree: 0, 1, 2 … without a gap."""

    index = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, models.DO_NOTHING, db_constraint=False, related_name="leaf")

    def __str__(self) -> str:
        return f"leaf {self.index}"


class TreeNode(models.Model):
    """The hash of a full subtree; a leaf is the smallest. Numbered as `audit.merkle` says."""

    number = models.BigIntegerField(primary_key=True)
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"node {self.number}"
