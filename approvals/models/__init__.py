from approvals.models.awaited import AwaitedStage
from approvals.models.comments import Comment, CommentMention
from approvals.models.expiring import ToldOfCondition, ToldOfExpiry
from approvals.models.forecasts import Forecast, ForecastChange
from approvals.models.operations import Clearance, PerformanceReview
from approvals.models.policies import (
    LOOKS_AT,
    USUALLY,
    Check,
    CheckMode,
    Policy,
    PolicyDraft,
    PolicyStage,
    Threshold,
    every_card_section,
)
from approvals.models.reviews import Condition, Decision, Review
from approvals.models.stages import Stage
from approvals.models.waivers import Waiver

__all__ = [
    "LOOKS_AT",
    "USUALLY",
    "AwaitedStage",
    "Check",
    "CheckMode",
    "Clearance",
    "Comment",
    "CommentMention",
    "Condition",
    "Decision",
    "Forecast",
    "ForecastChange",
    "PerformanceReview",
    "Policy",
    "PolicyDraft",
    "PolicyStage",
    "Review",
    "Stage",
    "Threshold",
    "ToldOfCondition",
    "ToldOfExpiry",
    "Waiver",
    "every_card_section",
]
