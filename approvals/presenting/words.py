"""How the states of reviews and decisions look and are said."""

from collections.abc import Iterable

from approvals.facts import ApprovalFacts, StageFact
from approvals.models import Decision, Review, Stage

#: stage -> what its reviewers judge, where the policy does not say
QUESTIONS = {
    Stage.TECHNICAL: "Is it sound: figures, code and data?",
    Stage.BUSINESS: "Does it serve its use case?",
    Stage.COMPLIANCE: "Are card, fairness and use of data in order?",
    Stage.DEPLOYMENT: "Can it go live safely, and be taken back?",
}

STATUS_LOOKS = {
    Review.Status.DRAFT: ("quiet", "file"),
    Review.Status.IN_REVIEW: ("info", "clock"),
    Review.Status.CHANGES_REQUESTED: ("warn", "comment"),
    Review.Status.APPROVED: ("ok", "check"),
    Review.Status.REJECTED: ("bad", "x"),
    Review.Status.WITHDRAWN: ("quiet", "undo"),
    Review.Status.DISCARDED: ("quiet", "x"),
    Review.Status.SUPERSEDED: ("quiet", "stale"),
    Review.Status.SUSPENDED: ("bad", "alert"),
    Review.Status.REVOKED: ("bad", "x"),
}
OUTCOME_LOOKS = {
    Decision.Outcome.APPROVED: ("ok", "check"),
    Decision.Outcome.APPROVED_WITH_CONDITIONS: ("warn", "check"),
    Decision.Outcome.CHANGES_REQUESTED: ("warn", "comment"),
    Decision.Outcome.REJECTED: ("bad", "x"),
}
OUTCOME_WORDS = {
    Decision.Outcome.APPROVED: "approved",
    Decision.Outcome.APPROVED_WITH_CONDITIONS: "approved with conditions",
    Decision.Outcome.CHANGES_REQUESTED: "requested changes",
    Decision.Outcome.REJECTED: "rejected it",
}


def question(stage: StageFact) -> str:
    """What the reviewers of a stage judge."""
    return stage.question or QUESTIONS.get(stage.stage, "")


def policies_of(facts: ApprovalFacts) -> str:
    """What is asked of the version: the newest policy of its tier, and the one its review was opened under."""
    revisions = [str(policy.revision) for policy in facts.policies]
    return f"{facts.version.model.tier.name} policy, revision{'s' if len(revisions) > 1 else ''} {listed(revisions)}"


def listed(words: Iterable[str]) -> str:
    """“a, b and c”; nothing for none."""
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
