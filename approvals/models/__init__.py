from approvals.models.awaited import AwaitedStage
from approvals.models.operations import Clearance, PerformanceReview
from approvals.models.policies import Policy, PolicyStage, Stage, Threshold
from approvals.models.reviews import Condition, Decision, Review

__all__ = [
    "AwaitedStage",
    "Clearance",
    "Condition",
    "Decision",
    "PerformanceReview",
    "Policy",
    "PolicyStage",
    "Review",
    "Stage",
    "Threshold",
]
