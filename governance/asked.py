"""What the policies ask of a version's evaluations, for the form with which one is attached."""

from __future__ import annotations

from approvals import facts, gates
from registry.asked import AskedFigure
from registry.models import ModelVersion


def figures(version: ModelVersion) -> list[AskedFigure]:
    known = facts.of(version)
    return [
        AskedFigure(purpose, threshold.metric, threshold.group)
        for purpose in (gates.STAGING, gates.PRODUCTION)
        for threshold in gates.thresholds(known, purpose)
    ]
