"""The shapes of the approvals' API."""

from __future__ import annotations

import datetime

from pydantic import BaseModel, Field

from approvals.models import Review
from registry.models import Deployment, Environment
from registry.schemas import Input, PersonOut, Prose, WrittenNumber, one_of, place, text

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


class ReviewOut(BaseModel):
    id: int
    name: str
    status: one_of(Review.Status)
    round: int
    url: str = Field(description="The page where people decide; there is no way to decide through the API")
