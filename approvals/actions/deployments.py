"""The guarded verbs of deployment: nothing is recorded that the gates refuse."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone

from approvals import facts as version_facts
from approvals import gates, policy_lock, rules, telemetry
from audit import ledger
from audit.ledger import Entry
from registry.models import Deployment, ModelVersion, Person

RECORD = "approvals.record_deployment"


def record(*, version: ModelVersion, environment: str, by: Person, reference: str = "") -> Deployment:
    """Records that `version` runs in `environment` from now on; the version it replaces there ends.

    Asks the gates in the same transaction, under the lock of the model and the version.
    """
    with ledger.entry("approvals.deployment.recorded", by=by, subject=version) as entry:
        policy_lock.hold(version.model.tier_id)
        model = entry.lock_one(version.model)
        version = entry.lock_one(version)
        entry.require(RECORD, version)
        facts = version_facts.of(version)
        answer = gates.ask(facts, environment)
        telemetry.count_gate_answer(answer)
        objections = rules.against_deploying(answer, facts, by=entry.actor)
        if objections:
            raise ValidationError(objections)
        replaced = _end_active(entry, version, environment)
        deployment = Deployment(
            model=model,
            version=version,
            environment=environment,
            reference=reference,
            advised=answer.advised,
            deployed_by=entry.actor,
            deployed_at=timezone.now(),
        )
        deployment.save()
        entry.facts = {
            "environment": str(environment),
            "version": version.number,
            "artifact_sha256": version.artifact_sha256,
            "replaced": replaced,
            "reference": reference,
        }
        entry.facts |= {"would_be_refused_by": answer.advised} if answer.advised else {}
        entry.facts |= {"waivers": answer.waivers} if answer.waivers else {}
    return deployment


def end(*, deployment: Deployment, reason: str, by: Person) -> Deployment:
    """Records that the version no longer runs there."""
    version = deployment.version
    with ledger.entry("approvals.deployment.ended", by=by, subject=version, reason=reason) as entry:
        deployment = entry.lock_one(deployment)
        entry.require(RECORD, version)
        objections = rules.against_ending(deployment, by=entry.actor)
        if objections:
            raise ValidationError(objections)
        _end(deployment, reason, entry.actor)
        entry.facts = {"environment": deployment.environment, "version": version.number}
    return deployment


def _end_active(entry: Entry, version: ModelVersion, environment: str) -> int | None:
    """Ends what runs there now; returns the number of that version."""
    active = Deployment.objects.filter(model=version.model_id, environment=environment, ended_at=None)
    for deployment in entry.lock(active):
        _end(deployment, f"Replaced by v{version.number}", entry.actor)
        return deployment.version.number
    return None


def _end(deployment: Deployment, reason: str, by: Person) -> None:
    deployment.ended_by, deployment.ended_at, deployment.end_reason = by, timezone.now(), reason
    deployment.save()
