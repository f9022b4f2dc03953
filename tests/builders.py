"""Setup that travels the real road: every row comes from an action, so an impossible state cannot be built."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from approvals import facts as version_facts
from approvals import rights
from approvals.actions import deployments, reviews
from approvals.models import Review
from governance.roles import BY_SLUG
from registry import cards
from registry.actions import cards as card_actions
from registry.actions import evaluations, models, people, use_cases
from registry.models import AIModel, Evaluation, ModelVersion, Person, RiskTier, Team, UseCase
from tests.snapshots import told_once

_numbers = itertools.count(1)

NO_RISK = {
    "practice": "none",
    "area": "none",
    "meets_people": "no",
    "customers": "no",
    "decisions": "no",
    "harm": "nothing",
    "data": "internal",
    "autonomy": "reviewed",
    "scale": "few",
}
ANSWERS = {
    "low": NO_RISK,
    "medium": NO_RISK | {"data": "personal"},
    "high": NO_RISK | {"decisions": "weighty", "harm": "serious"},
    "prohibited": NO_RISK | {"practice": "social_score"},
}


def answers_typed(tier: str = "low", **changes: str) -> dict[str, str]:
    """The same as a form sends them."""
    return {f"q-{question}": answer for question, answer in (ANSWERS[tier] | changes).items()}


ROLE_OF_STAGE = {
    "technical": "technical",
    "business": "business",
    "compliance": "compliance",
    "deployment": "release",
}


@dataclass(frozen=True)
class Cast:
    """A fixed cast. `author` and `pipeline` belong to `team`; `stranger` has an account and nothing else."""

    team: Team
    author: Person
    colleague: Person
    technical: Person
    business: Person
    compliance: Person
    release: Person
    admin: Person
    auditor: Person
    pipeline: Person
    stranger: Person
    superuser: Person

    def decider(self, stage: str) -> Person:
        return getattr(self, ROLE_OF_STAGE[stage])


ROLES = {
    "author": "author",
    "colleague": "author",
    "technical": "technical-reviewer",
    "business": "business-reviewer",
    "compliance": "compliance-reviewer",
    "release": "release-manager",
    "admin": "admin",
    "auditor": "auditor",
    "pipeline": "pipeline",
}


def build_cast() -> Cast:
    system = Person.objects.system()
    team = people.create_team(slug="clinical-ml", name="Clinical ML", by=system)
    cast = {name: build_person(name, role) for name, role in ROLES.items()}
    for name in ("author", "colleague", "pipeline"):
        people.join_team(person=cast[name], team=team, by=system)
    build_person("stranger", "")
    people.create_person(
        username="superuser", name="Superuser", email="superuser@example.org", is_superuser=True, by=system
    )
    return cast_here()


def cast_here() -> Cast:
    people_here = {person.username: person for person in Person.objects.all()}
    members = {each.name: people_here[each.name] for each in dataclasses.fields(Cast) if each.name != "team"}
    return Cast(team=Team.objects.get(slug="clinical-ml"), **members)


def build_person(name: str, role: str) -> Person:
    system = Person.objects.system()
    kind = Person.Kind.SERVICE if role == "pipeline" else Person.Kind.HUMAN
    person = people.create_person(username=name, name=name.title(), email=f"{name}@example.org", kind=kind, by=system)
    if role:
        people.grant_role(person=person, role=role, decides=BY_SLUG[role].decides, by=system)
    return Person.objects.get(pk=person.pk)


def stages_decided(person: Person, tier: RiskTier) -> set[str]:
    return {stage for stage, held in rights.tiers_decided_by(person).items() if tier.pk in held}


def with_token(person: Person, *scopes: str) -> Person:
    """The person as the API's door sees them when they come with a token of these scopes."""
    token, _ = people.issue_token(person=person, label="test", scopes=list(scopes), by=Person.objects.system())
    fresh = Person.objects.get(pk=person.pk)
    fresh.token = token
    return fresh


def token_secret(person: Person, *scopes: str) -> str:
    """A live bearer token of the person, as a pipeline would hold it."""
    return people.issue_token(person=person, label="test", scopes=list(scopes), by=Person.objects.system())[1]


def build_use_case(cast: Cast, *, approved: bool = True) -> UseCase:
    use_case = use_cases.propose(
        slug=f"follow-up-{next(_numbers)}",
        title=f"Plan follow-up visits {next(_numbers)}",
        problem="Visits are planned by hand and come too late.",
        requirement="Order patients by expected progression.",
        acceptance_criteria="Nine of ten urgent patients are seen within four weeks.",
        affected_people="Patients of the diabetes clinic.",
        sponsor=cast.business,
        is_regulated=True,
        by=cast.author,
    )
    return (
        use_cases.approve(use_case=use_case, reason="It serves the clinic.", by=cast.business) if approved else use_case
    )


@told_once
def build_model(cast: Cast, tier: str = "low", **changes: Any) -> AIModel:
    given = {
        "name": f"model-{next(_numbers)}",
        "purpose": "Reads handwritten digits on paper forms.",
        "task": AIModel.Task.CLASSIFICATION,
        "owner": cast.author,
        "team": cast.team,
        "answers": ANSWERS[tier],
        "use_case_line": "Saves typing of paper forms.",
        "by": cast.author,
    }
    if tier != "low":
        given |= {"use_case": build_use_case(cast), "use_case_line": ""}
    return models.register_model(**(given | changes))


@told_once
def build_version(cast: Cast, tier: str = "low", *, model: AIModel | None = None, **changes: Any) -> ModelVersion:
    """A version with everything that says where it comes from."""
    number = next(_numbers)
    given = {
        "model": model or build_model(cast, tier),
        "artifact_uri": f"s3://models/{number}/model.skops",
        "artifact_sha256": f"{number:064x}",
        "artifact_size": 41_200_000,
        "code_repository": "https://git.example.org/clinical-ml/models",
        "code_commit": f"{number:040x}",
        "training_data": {"name": "training-2026", "sha256": f"{1:064x}", "row_count": 1200},
        "hyperparameters": {"max_depth": 6, "learning_rate": "0.1"},
        "training_run": "run-8f31c0",
        "by": cast.author,
    }
    return models.register_version(**(given | changes))


GOOD = {"accuracy": "0.95", "roc_auc": "0.95", "recall": "0.9", "false_positive_rate": "0.1"}


def attach_evaluation(
    cast: Cast, version: ModelVersion, purpose: str = "staging", figures: dict[str, str] | None = None, **changes: Any
) -> Evaluation:
    """Figures that keep every seeded threshold for classification, overall and for two groups, unless given others."""
    overall = [{"metric": metric, "value": Decimal(value)} for metric, value in (figures or GOOD).items()]
    groups = [
        {"metric": "false_positive_rate", "value": Decimal(value), "group": "sex", "slice": name, "sample_size": 100}
        for name, value in (("female", "0.1"), ("male", "0.12"))
    ]
    given = {
        "dataset": {"name": f"holdout-{purpose}", "sha256": f"{2:064x}"},
        "measurements": overall + groups,
        "source": Evaluation.Source.API,
        "by": cast.author,
    }
    return evaluations.attach(version=version, purpose=purpose, **(given | changes))


def write_card(cast: Cast, version: ModelVersion, seen_revision: int = 0, **changes: str) -> None:
    texts = {name: f"What the {name.replace('_', ' ')} is." for name in cards.FIELD_NAMES}
    card_actions.revise_card(version=version, by=cast.author, seen_revision=seen_revision, **(texts | changes))


def write_release_plan(cast: Cast, version: ModelVersion, seen_revision: int = 0, **changes: Any) -> None:
    content = {
        "steps": "Deploy to one clinic, watch a day, deploy to all.",
        "monitoring_url": "https://monitoring.example.org/d/1",
        "alerts_url": "https://monitoring.example.org/a/1",
        "on_call": "clinical-ml on call, +44 20 7946 0000",
        "rollback_procedure": "Point the service at the version before.",
        "rollback_tested_on": timezone.localdate() - datetime.timedelta(days=3),
        "rollback_test_result": "passed",
        "rollback_test_evidence": "https://ci.example.org/runs/7721",
    }
    card_actions.revise_release_plan(
        version=version, by=cast.author, seen_revision=seen_revision, **(content | changes)
    )


@told_once
def ready_version(cast: Cast, tier: str = "low", **changes: Any) -> ModelVersion:
    """Everything an author does before asking for review."""
    version = build_version(cast, tier, **changes)
    for purpose in ("staging", "production"):
        attach_evaluation(cast, version, purpose)
    write_card(cast, version)
    write_release_plan(cast, version)
    return version


def ask_for_review(cast: Cast, version: ModelVersion) -> Review:
    return reviews.ask(version=version, by=cast.author, message="Ready for a look.")


def approve_stage(cast: Cast, review: Review, stage: str, **changes: Any) -> None:
    given = {"rationale": "The evidence holds.", "by": cast.decider(stage)}
    reviews.approve(review=review, stage=stage, **(given | changes))


@told_once
def approved_version(cast: Cast, tier: str = "low", **changes: Any) -> ModelVersion:
    version = ready_version(cast, tier, **changes)
    review = ask_for_review(cast, version)
    for stage in version_facts.of(version).stages:
        approve_stage(cast, review, stage.stage)
    return version


@told_once
def deployed_version(cast: Cast, tier: str = "low", environment: str = "production", **changes: Any) -> ModelVersion:
    version = approved_version(cast, tier, **changes)
    deploy(cast, version, environment)
    return version


def deploy(cast: Cast, version: ModelVersion, environment: str = "production") -> None:
    """To staging, and from there to production when that is asked for."""
    deployments.record(version=version, environment="staging", by=cast.release)
    if environment == "production":
        deployments.record(version=version, environment="production", by=cast.release)
