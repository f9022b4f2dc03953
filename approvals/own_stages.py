"""Approvals that the policies in force define themselves, or have decided by another right than their own."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.models import Policy, PolicyStage, Stage


@dataclass(frozen=True)
class OwnStage:
    """`right` is the stage whose right decides it, `tiers` are the names of those whose policies ask for it so."""

    stage: Stage
    question: str
    right: Stage
    tiers: tuple[str, ...]


def in_force() -> list[OwnStage]:
    """By name; one that several tiers ask for alike is one. One statement."""
    rows = PolicyStage.objects.filter(policy__in=Policy.objects.current()).exclude(right="")
    found: dict[tuple[Stage, str, str], list[str]] = {}
    for stage, question, right, tier in rows.order_by("policy__tier__rank").values_list(
        "stage", "question", "right", "policy__tier__name"
    ):
        found.setdefault((stage, question, right), []).append(tier)
    return [
        OwnStage(stage, question, Stage(right), tuple(tiers))
        for (stage, question, right), tiers in sorted(found.items(), key=lambda each: (each[0][0].place, each[0]))
        if right != stage
    ]
