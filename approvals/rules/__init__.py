"""The rules of reviews, deployments, retirement and policies, as pure questions about facts.

An empty list means yes. The action raises the list, the page shows it beside the button, the API returns its codes.
"""

from approvals.rules.policies import (
    against_drafting,
    against_moving_draft,
    against_overwriting,
    against_proposing,
    against_publishing,
    against_terms,
)
from approvals.rules.versions import (
    against_clearance,
    against_closing,
    against_conditions,
    against_decider,
    against_deciding,
    against_deciding_now,
    against_deploying,
    against_ending,
    against_fulfilling,
    against_moving,
    against_opening,
    against_own_work,
    against_reinstating,
    against_replacement,
    against_retiring,
    against_stopping,
    against_submitting,
    against_submitting_again,
    against_unchecked,
    against_unsigned,
)
from approvals.rules.waivers import (
    against_asking_waiver,
    against_deciding_waiver,
    against_ending_waiver,
    against_moving_waiver,
)

__all__ = [
    "against_asking_waiver",
    "against_clearance",
    "against_closing",
    "against_conditions",
    "against_decider",
    "against_deciding",
    "against_deciding_now",
    "against_deciding_waiver",
    "against_deploying",
    "against_drafting",
    "against_ending",
    "against_ending_waiver",
    "against_fulfilling",
    "against_moving",
    "against_moving_draft",
    "against_moving_waiver",
    "against_opening",
    "against_overwriting",
    "against_own_work",
    "against_proposing",
    "against_publishing",
    "against_reinstating",
    "against_replacement",
    "against_retiring",
    "against_stopping",
    "against_submitting",
    "against_submitting_again",
    "against_terms",
    "against_unchecked",
    "against_unsigned",
]
