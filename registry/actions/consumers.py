"""Systems declare that they use a version, and that they stopped."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone

from audit import ledger
from registry.actions.changes import changing
from registry.models import Consumer, ModelVersion, Person

DECLARE = "registry.declare_consumer"


def declare(*, version: ModelVersion, name: str, contact: str, by: Person) -> Consumer:
    with ledger.entry("registry.consumer.declared", by=by, subject=version) as entry:
        version = changing(entry, version, DECLARE)
        consumer = Consumer(
            version=version, name=name, contact=contact, declared_by=entry.actor, declared_at=timezone.now()
        )
        consumer.save()
        entry.facts = {"version": version.number, "consumer": name}
    return consumer


def end(*, consumer: Consumer, by: Person) -> Consumer:
    with ledger.entry("registry.consumer.ended", by=by, subject=consumer.version) as entry:
        consumer = entry.lock_one(consumer)
        entry.require(DECLARE, consumer.version)
        if consumer.ended_at:
            raise ValidationError(f"{consumer.name} already stopped using it.", code="consumer-ended")
        consumer.ended_by, consumer.ended_at = entry.actor, timezone.now()
        consumer.save()
        entry.facts = {"version": consumer.version.number, "consumer": consumer.name}
    return consumer
