"""The shapes of the approvals' API."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from approvals.models import Decision, Review
from approvals.past import Happened, Judgement, Past, Place
from approvals.ran import Ran
from audit import presenting
from registry.models import Deployment, Environment
from registry.schemas import Input, PersonOut, Prose, WebAddress, WrittenNumber, one_of, place, text

Target = one_of(Environment)


class Reason(BaseModel):
    code: str
    message: str
    remedy: str
    url: str = Field(description="The page where the remedy is done")


class GateOut(BaseModel):
    allowed: bool
    environment: Target
    model: str
    version: int
    artifact_sha256: str
    checked_at: datetime.datetime
    reasons: list[Reason]
    waived: list[Reason] = Field(description="What checks found that two people let pass for a time")
    advice: list[Reason] = Field(description="What checks found that the policy shows and does not require")


class DeploymentIn(Input):
    version: WrittenNumber
    environment: Target
    reference: place(300) = Field("", description="Pipeline run or change ticket")


class EndIn(Input):
    reason: text(300, 1)


class DeploymentOut(BaseModel):
    id: int
    model: str
    version: int
    environment: Target
    artifact_sha256: str
    reference: str
    deployed_by: PersonOut
    deployed_at: datetime.datetime
    ended_at: datetime.datetime | None
    end_reason: str

    @classmethod
    def of(cls, deployment: Deployment) -> DeploymentOut:
        version = deployment.version
        return cls(
            id=deployment.pk,
            model=deployment.model.name,
            version=version.number,
            environment=deployment.environment,
            artifact_sha256=version.artifact_sha256,
            reference=deployment.reference,
            deployed_by=PersonOut.of(deployment.deployed_by),
            deployed_at=deployment.deployed_at,
            ended_at=deployment.ended_at,
            end_reason=deployment.end_reason,
        )


class ReviewIn(Input):
    message: Prose = Field("", description="What the reviewers are told")
    ticket_url: WebAddress = Field("", description="Where a ticket system has the same question")


class ReviewOut(BaseModel):
    id: int
    name: str
    status: one_of(Review.Status)
    round: int
    ticket_url: str
    url: str = Field(description="The page where people decide; there is no way to decide through the API")


Names = Mapping[uuid.UUID, str]


class ActorOut(BaseModel):
    """Somebody as the ledger knows them: by an id that stays when the name is forgotten."""

    id: uuid.UUID
    name: str


class DeedOut(BaseModel):
    event: uuid.UUID = Field(description="Of the ledger, which says so")
    at: datetime.datetime
    by: ActorOut

    @staticmethod
    def fields_of(event: Happened, names: Names) -> dict[str, Any]:
        by = ActorOut(id=event.actor, name=presenting.name_of(event.actor, names))
        return {"event": event.uid, "at": event.at, "by": by}

    @classmethod
    def maybe(cls, event: Happened | None, names: Names) -> DeedOut | None:
        return DeedOut(**cls.fields_of(event, names)) if event else None


class PastConditionOut(BaseModel):
    text: str
    fulfilled: DeedOut | None


class PastPolicyOut(BaseModel):
    tier: str
    revision: int
    event: uuid.UUID = Field(description="Of the ledger: the publishing of this policy")

    @classmethod
    def maybe(cls, published: Happened | None) -> PastPolicyOut | None:
        if published is None:
            return None
        return cls(tier=published.facts["tier"], revision=published.facts["revision"], event=published.uid)


class PastDecisionOut(DeedOut):
    stage: str
    outcome: one_of(Decision.Outcome)
    rationale: str
    conditions: list[PastConditionOut]
    evidence: dict[str, str] = Field(description="SHA-256 of each part of the evidence, as it was decided on")
    policy: PastPolicyOut | None = Field(description="What its review was asked under; null: the ledger does not say")

    @classmethod
    def of(cls, judgement: Judgement, reason: str, names: Names) -> PastDecisionOut:
        return cls(
            **cls.fields_of(judgement.event, names),
            stage=judgement.stage,
            outcome=judgement.outcome,
            rationale=reason,
            conditions=[
                PastConditionOut(text=promise.text, fulfilled=DeedOut.maybe(promise.kept, names))
                for promise in judgement.promises
            ],
            evidence=dict(judgement.evidence),
            policy=PastPolicyOut.maybe(judgement.policy),
        )


class PastDeploymentOut(DeedOut):
    version: int
    artifact_sha256: str
    reference: str
    replaced: int | None = Field(description="The version that ran there before it, if one did")
    decisions: list[PastDecisionOut] = Field(description="Those of each stage that counted at that instant")
    stopped: DeedOut | None = Field(description="How its approval was suspended or revoked by then; null: it was not")

    @classmethod
    def maybe(cls, place: Place | None, reasons: Mapping[int, str], names: Names) -> PastDeploymentOut | None:
        if place is None or place.running is None:
            return None
        running = place.running
        return cls(
            **cls.fields_of(running, names),
            version=running.version,
            artifact_sha256=running.facts["artifact_sha256"],
            reference=running.facts["reference"],
            replaced=running.facts["replaced"],
            decisions=[PastDecisionOut.of(each, reasons[each.event.pk], names) for each in place.judgements],
            stopped=DeedOut.maybe(place.stopped, names),
        )


class PastEndOut(DeedOut):
    version: int


class PastEnvironmentOut(BaseModel):
    environment: Target
    running: PastDeploymentOut | None = Field(description="What ran there; null: nothing did")
    ended: PastEndOut | None = Field(description="Where nothing ran: what had run there last, and when that ended")

    @classmethod
    def of(cls, place: Place, reasons: Mapping[int, str], names: Names) -> PastEnvironmentOut:
        ended = place.ended
        return cls(
            environment=place.environment,
            running=PastDeploymentOut.maybe(place, reasons, names),
            ended=PastEndOut(**DeedOut.fields_of(ended, names), version=ended.version) if ended else None,
        )


class PastOut(BaseModel):
    model: str
    at: datetime.datetime
    registered: DeedOut | None = Field(description="null: the model did not exist yet")
    tier: str | None = Field(description="Its risk tier then; null: not assessed")
    environments: list[PastEnvironmentOut]
    retired: list[PastEndOut] = Field(description="The versions that were retired by then")
    earlier_change: datetime.datetime | None = Field(description="When the answer changed last before this")
    later_change: datetime.datetime | None = Field(description="When it changes next")

    @classmethod
    def of(cls, model: str, past: Past, reasons: Mapping[int, str], names: Names) -> PastOut:
        return cls(
            model=model,
            at=past.at,
            registered=DeedOut.maybe(past.registered, names),
            tier=past.tier or None,
            environments=[PastEnvironmentOut.of(place, reasons, names) for place in past.places],
            retired=[PastEndOut(**DeedOut.fields_of(each, names), version=each.version) for each in past.retired],
            earlier_change=past.earlier,
            later_change=past.later,
        )


class RanOut(BaseModel):
    model: str
    team: str
    tier: str | None = Field(description="Its risk tier then; null: not assessed")
    running: PastDeploymentOut | None = Field(description="null: the deployments say that it ran, the ledger does not")

    @classmethod
    def of(cls, ran: Ran, reasons: Mapping[int, str], names: Names) -> RanOut:
        return cls(
            model=ran.model.name,
            team=ran.model.team.slug,
            tier=ran.standing.tier or None,
            running=PastDeploymentOut.maybe(ran.place, reasons, names),
        )


class RanPage(BaseModel):
    at: datetime.datetime
    environment: Target
    items: list[RanOut]
    next: str | None = Field(description="Ask again with after= this; null on the last page")
