"""What a version that runs lacks today, in words."""

from __future__ import annotations

from approvals import gates
from approvals.facts import VersionFacts
from approvals.presenting.words import listed


def lacking(facts: VersionFacts) -> list[str]:
    """The stages that the policy asks for and nobody's approval counts for, as they stand within a sentence."""
    return [stage.stage.words for stage in facts.stages if not facts.is_approved(stage.stage)]


def next_of_running(facts: VersionFacts) -> str:
    """What to do about a version in production of which something is met no longer; "" where all is. Whoever opens its
    page reads the same there."""
    unmet = [each for each in gates.ask(facts, gates.PRODUCTION).requirements if each.stands_in_the_way]
    lacked = lacking(facts)
    may_ask = not (facts.open_review or facts.stopped or facts.is_prohibited)
    if unmet and lacked and may_ask:
        return (
            f"Ask for review: the policy of {facts.version.model.tier.name.lower()} asks for {listed(lacked)} approval"
        )
    return f"No longer met: {listed(each.title.lower() for each in unmet)}" if unmet else ""
