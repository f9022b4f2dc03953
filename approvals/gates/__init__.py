"""What stands between a version and an environment.

A gate is one small class that looks at facts and says, for each thing it requires, whether it is met, by whom, and
what to do next. `settings.DEPLOYMENT_GATES` lists them. All are asked, all objections are shown, and a gate that
crashes refuses. Asking writes nothing. A new gate is one class, one line in the settings, one test file.
"""

from approvals.gates.asking import (
    ADVISED,
    BLOCKED,
    MET,
    OPEN,
    PRODUCTION,
    STAGING,
    STALE,
    UNMET,
    WAITING,
    WAIVED,
    Answer,
    Finding,
    Gate,
    Requirement,
    ask,
    configured,
)
from approvals.gates.decisions import stage_code
from approvals.gates.thresholds import Judgement, judge, thresholds

__all__ = [
    "ADVISED",
    "BLOCKED",
    "MET",
    "OPEN",
    "PRODUCTION",
    "STAGING",
    "STALE",
    "UNMET",
    "WAITING",
    "WAIVED",
    "Answer",
    "Finding",
    "Gate",
    "Judgement",
    "Requirement",
    "ask",
    "configured",
    "judge",
    "stage_code",
    "thresholds",
]
