"""Stories of a model over months: the ledger's clock is moved, and the actions are real."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from approvals.actions import assessments, deployments, retirement
from registry import assessing
from registry.actions import models
from registry.models import AIModel, Deployment, ModelVersion, Person
from tests import builders
from tests.builders import Cast
from tests.moments import dating_events


def on(day: int, hour: int = 10, minute: int = 0, second: float = 0) -> datetime.datetime:
    """A moment of March 2026."""
    start = datetime.datetime(2026, 3, day, hour, minute, tzinfo=datetime.UTC)
    return start + datetime.timedelta(seconds=second)


@contextmanager
def at(moment: datetime.datetime) -> Iterator[None]:
    """Whatever is done inside, the ledger writes that it happened then, and so do the rows of deployments and risk."""
    with pytest.MonkeyPatch.context() as patch:
        dating_events(patch, moment)
        for actions in (deployments, models):
            patch.setattr(actions, "timezone", SimpleNamespace(now=lambda: moment))
        for actions in (assessments, assessing):
            patch.setattr(actions, "clock", SimpleNamespace(now=lambda: moment))
        yield


def registered(cast: Cast, moment: datetime.datetime, tier: str = "low") -> AIModel:
    """Naming its owner keeps it from being told from a snapshot, with another test's clock."""
    with at(moment):
        return builders.build_model(cast, tier, owner=cast.author)


def approved(cast: Cast, model: AIModel, moment: datetime.datetime) -> ModelVersion:
    with at(moment):
        return builders.approved_version(cast, model=model)


def deployed(
    cast: Cast, version: ModelVersion, moment: datetime.datetime, environment: str = "production", reference: str = ""
) -> Deployment:
    """By the release manager, from staging where it has to have been."""
    with at(moment):
        return deployments.record(version=version, environment=environment, reference=reference, by=cast.release)


def ended(cast: Cast, deployment: Deployment, moment: datetime.datetime) -> None:
    with at(moment):
        deployments.end(deployment=deployment, reason="The clinic has closed.", by=cast.release)


def retired(cast: Cast, version: ModelVersion, moment: datetime.datetime) -> None:
    with at(moment):
        asked = retirement.ask_clearance(version=version, reason="Not used.", replacement=None, by=cast.author)
        cleared = retirement.compute_clearance(clearance=asked, by=Person.objects.system())
        retirement.retire(clearance=cleared, by=cast.author)
