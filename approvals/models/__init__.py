from approvals.models.awaited import AwaitedStage
from approvals.models.expiring import ToldOfExpiry
from approvals.models.forecasts import Forecast, ForecastChange
from approvals.models.operations import Clearance, PerformanceReview
from approvals.models.policies import Policy, PolicyDraft, PolicyStage, Stage, Threshold
from approvals.models.reviews import Condition, Decision, Review

__all__ = [
    "AwaitedStage",
    "Clearance",
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
    "ToldOfExpiry",
]
