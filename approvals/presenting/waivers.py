"""Waivers in words: whether one counts now, and why not."""

from __future__ import annotations

from approvals.facts import VersionFacts
from approvals.models import Waiver

LOOKS = {
    Waiver.Status.ASKED: ("info", "clock"),
    Waiver.Status.GRANTED: ("warn", "flag"),
    Waiver.Status.DECLINED: ("bad", "x"),
    Waiver.Status.ENDED: ("quiet", "undo"),
}


def standing(waiver: Waiver, facts: VersionFacts) -> str:
    """What it does now, in a sentence."""
    match waiver.status:
        case Waiver.Status.ASKED:
            return "It does nothing before another person grants it."
        case Waiver.Status.DECLINED:
            return f"{waiver.decided_by.name} declined it on {waiver.decided_at:%-d %b %Y}."
        case Waiver.Status.ENDED:
            return f"{waiver.ended_by.name} ended it on {waiver.ended_at:%-d %b %Y}."
    if facts.today > waiver.ends_on:
        return f"Its last day was {waiver.ends_on:%-d %b %Y}, so the check holds the version up again."
    if waiver.evidence != facts.looked_at(waiver.check_name):
        return "What was checked has changed since it was asked for, so it counts no more."
    if facts.waiver(waiver.check_name, waiver.environment) is None:
        return "It counts no more."
    return f"It counts until {waiver.ends_on:%-d %b %Y}, and while what was checked is unchanged."
