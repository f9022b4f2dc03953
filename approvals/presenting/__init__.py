"""What the pages of a review show, made from facts: plain words, misses first. Nothing here reads the database."""

from approvals.presenting.cards import card_sections
from approvals.presenting.concerns import concerns, reason, with_links
from approvals.presenting.conditions import condition_items
from approvals.presenting.deciders import StageAnswer, barred_because, named_words, stage_answer, summary
from approvals.presenting.desk import Desk, desk
from approvals.presenting.differences import since
from approvals.presenting.evidence import Evidence, evidence, threshold_tally
from approvals.presenting.fairness import fairness
from approvals.presenting.promises import (
    decision_look,
    promises,
    review_look,
    said_on_approving,
    said_when_complete,
)
from approvals.presenting.rounds import Message, Request, answer, earlier_no, has_rounds, request
from approvals.presenting.signatures import Signature, signatures
from approvals.presenting.stages import (
    counted_names,
    due_words,
    first_due,
    is_live,
    is_newest,
    stages,
    stale_approvals,
    waiting_stages,
)
from approvals.presenting.standing import next_of_running
from approvals.presenting.words import OUTCOME_WORDS, QUESTIONS, policies_of, question

__all__ = [
    "OUTCOME_WORDS",
    "QUESTIONS",
    "Desk",
    "Evidence",
    "Message",
    "Request",
    "Signature",
    "StageAnswer",
    "answer",
    "barred_because",
    "card_sections",
    "concerns",
    "condition_items",
    "counted_names",
    "decision_look",
    "desk",
    "due_words",
    "earlier_no",
    "evidence",
    "fairness",
    "first_due",
    "has_rounds",
    "is_live",
    "is_newest",
    "named_words",
    "next_of_running",
    "policies_of",
    "promises",
    "question",
    "reason",
    "request",
    "review_look",
    "said_on_approving",
    "said_when_complete",
    "signatures",
    "since",
    "stage_answer",
    "stages",
    "stale_approvals",
    "summary",
    "threshold_tally",
    "waiting_stages",
    "with_links",
]
