from registry.models.cards import CardDraft, ModelCard, ReleasePlan
from registry.models.catalog import AIModel, ModelVersion, UseCase
from registry.models.deployments import Deployment, Environment, Retirement
from registry.models.evaluations import CodeCheck, Evaluation, Measurement, Purpose
from registry.models.evidence import EvidencePart, Part
from registry.models.imports import ImportRow, ImportRun, Origin, Source
from registry.models.lineage import Consumer, Dataset
from registry.models.people import ApiToken, Person, RoleGrant, Team, TeamMembership
from registry.models.preferences import PutAway, SavedView
from registry.models.risk import Questionnaire, RiskAssessment, RiskTier, RiskTierUserObjectPermission
from registry.models.words import ModelWord, PersonWord, UseCaseWord

__all__ = [
    "AIModel",
    "ApiToken",
    "CardDraft",
    "CodeCheck",
    "Consumer",
    "Dataset",
    "Deployment",
    "Environment",
    "Evaluation",
    "EvidencePart",
    "ImportRow",
    "ImportRun",
    "Measurement",
    "ModelCard",
    "ModelVersion",
    "ModelWord",
    "Origin",
    "Part",
    "Person",
    "PersonWord",
    "Purpose",
    "PutAway",
    "Questionnaire",
    "ReleasePlan",
    "Retirement",
    "RiskAssessment",
    "RiskTier",
    "RiskTierUserObjectPermission",
    "RoleGrant",
    "SavedView",
    "Source",
    "Team",
    "TeamMembership",
    "UseCase",
    "UseCaseWord",
]
