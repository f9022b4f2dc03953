"""Everything that rules and gates ask about a version, read in one statement for one version or ten thousand.

What comes out is plain and frozen, so that rules and gates stay pure and can be asked about any moment.
"""

from approvals.facts.known import (
    OWNED,
    REGISTERED,
    ApprovalFacts,
    ConditionFact,
    DecisionFact,
    DeploymentFact,
    EvaluationFact,
    EvidenceFact,
    Lapse,
    MeasurementFact,
    PolicyFact,
    PolicyTerms,
    ReviewFact,
    StageFact,
    Stop,
    ThresholdFact,
    VersionFacts,
    WaiverFact,
    Who,
    names_of,
    person_named,
    team_named,
)
from approvals.facts.loading import load, load_approvals, of

__all__ = [
    "OWNED",
    "REGISTERED",
    "ApprovalFacts",
    "ConditionFact",
    "DecisionFact",
    "DeploymentFact",
    "EvaluationFact",
    "EvidenceFact",
    "Lapse",
    "MeasurementFact",
    "PolicyFact",
    "PolicyTerms",
    "ReviewFact",
    "StageFact",
    "Stop",
    "ThresholdFact",
    "VersionFacts",
    "WaiverFact",
    "Who",
    "load",
    "load_approvals",
    "names_of",
    "of",
    "person_named",
    "team_named",
]
