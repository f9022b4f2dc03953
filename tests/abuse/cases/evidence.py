"""Changing what was approved, and deploying it as if nothing had been."""

from __future__ import annotations

import datetime

from django.utils import timezone

from approvals.actions import reviews
from registry.actions import cards as card_actions
from registry.models import ModelVersion
from tests import builders
from tests.abuse.doors import page, rest, sql
from tests.abuse.grounds import deploying
from tests.abuse.table import Attempt, abuse
from tests.builders import Cast
from tests.imports import imported_version
from tests.snapshots import told_once

STALE = "a decision keeps the digests of its evidence; a stage whose parts changed since is stale at the gate"
MEDIUM = "staging-passed technical-approval"


@told_once
def in_staging(cast: Cast, tier: str = "medium") -> ModelVersion:
    version = builders.approved_version(cast, tier)
    builders.deploy(cast, version, "staging")
    return version


def after_card(cast: Cast, **texts: str) -> Attempt:
    version = in_staging(cast)
    builders.write_card(cast, version, seen_revision=1, **texts)
    return deploying(cast, version, "production")


@abuse(
    "Deploying after the card was rewritten",
    who="a release manager and the pipeline, after the author edited the approved card",
    held_by=STALE,
    page="422 business-approval, logged",
    REST="409 business-approval, logged",
    code="business-approval, logged",
)
def card_edited(cast: Cast) -> Attempt:
    return after_card(cast, intended_use="For every patient.")


@abuse(
    "Deploying after the card was changed by one letter",
    who="a release manager and the pipeline",
    held_by=STALE,
    page="422 business-approval, logged",
    REST="409 business-approval, logged",
    code="business-approval, logged",
)
def card_edited_a_little(cast: Cast) -> Attempt:
    return after_card(cast, overview="What the overview is")


@abuse(
    "Deploying after the card was changed by one zero-width character that nobody sees",
    who="a release manager and the pipeline",
    held_by=STALE,
    page="422 business-approval, logged",
    REST="409 business-approval, logged",
    code="business-approval, logged",
)
def card_edited_unseen(cast: Cast) -> Attempt:
    return after_card(cast, overview="What the over\u200bview is.")


@abuse(
    "Deploying after the evaluation was replaced",
    who="a release manager and the pipeline, after better figures were attached",
    held_by=STALE,
    page="422 technical-approval business-approval, logged",
    REST="409 technical-approval business-approval, logged",
    code="technical-approval business-approval, logged",
)
def evaluation_replaced(cast: Cast) -> Attempt:
    version = in_staging(cast)
    builders.attach_evaluation(cast, version, "production", builders.GOOD | {"accuracy": "0.99"})
    return deploying(cast, version, "production")


@abuse(
    "Deploying after the release plan was rewritten",
    who="a release manager and the pipeline",
    held_by=STALE,
    page="422 deployment-approval, logged",
    REST="409 deployment-approval, logged",
    code="deployment-approval, logged",
)
def plan_rewritten(cast: Cast) -> Attempt:
    version = in_staging(cast, "high")
    builders.write_release_plan(cast, version, seen_revision=1, steps="Deploy to all at once.")
    return deploying(cast, version, "production")


@abuse(
    "Swapping the artifact of an approved version",
    who="the pipeline; somebody with the database",
    held_by="no action changes the artifact of a version; the proof computes its digest again",
    REST="405 method-not-allowed",
    code="refused where it is written",
    database="found by --deep",
)
def artifact_swapped(cast: Cast) -> Attempt:
    version = builders.approved_version(cast)
    path = f"/models/{version.model.name}/versions/{version.number}"
    statement = "UPDATE registry_modelversion SET artifact_sha256 = %s WHERE id = %s"

    def save() -> None:
        version.artifact_sha256 = "f" * 64
        version.save()

    return Attempt(
        version,
        "swap",
        cast.author,
        {
            "REST": rest(cast.pipeline, "PUT", path, artifact_sha256="f" * 64),
            "code": save,
            "database": sql(statement, "f" * 64, version.pk),
        },
    )


@abuse(
    "Measuring on the data that the version was trained on",
    who="the author and the pipeline",
    held_by="`registry.rules.against_dataset`",
    page="422 training-data, logged",
    REST="409 training-data, logged",
    code="training-data, logged",
)
def training_data(cast: Cast) -> Attempt:
    version = builders.build_version(cast)
    name, number, seen = version.model.name, version.number, {"name": "training-2026", "sha256": f"{1:064x}"}
    rows = {"figures-TOTAL_FORMS": "1", "figures-INITIAL_FORMS": "0", "figures-0-metric": "accuracy"}
    sent = rows | {"figures-0-value": "0.99", "purpose": "staging"}
    sent |= {"dataset_name": seen["name"], "dataset_sha256": seen["sha256"]}
    figures = [{"metric": "accuracy", "value": "0.99"}]
    path = f"/models/{name}/versions/{number}/evaluations"
    body = {"purpose": "staging", "dataset": seen, "measurements": figures}
    return Attempt(
        version,
        "attach",
        cast.author,
        {
            "page": page(cast.author, "registry:evaluation_attach", name, number, **sent),
            "REST": rest(cast.pipeline, "POST", path, **body),
            "code": lambda: builders.attach_evaluation(cast, version, dataset=seen),
        },
    )


@abuse(
    "Dating an evaluation back",
    who="the pipeline",
    held_by="the action takes the time itself; unknown names in a body are refused",
    REST="422 extra-forbidden",
)
def evaluation_dated_back(cast: Cast) -> Attempt:
    version = builders.build_version(cast)
    body = {
        "purpose": "staging",
        "dataset": {"name": "holdout", "sha256": "c" * 64},
        "measurements": [{"metric": "accuracy", "value": "0.99"}],
        "attached_at": "2026-01-01T00:00:00Z",
    }
    path = f"/models/{version.model.name}/versions/{version.number}/evaluations"
    return Attempt(version, "attach", cast.author, {"REST": rest(cast.pipeline, "POST", path, **body)})


def _planning(cast: Cast, version: ModelVersion, day: datetime.date, seen: int) -> Attempt:
    name, number = version.model.name, version.number
    sent = {"rollback_tested_on": day.isoformat(), "rollback_test_result": "passed", "rollback_test_evidence": "A run."}
    path = f"/models/{name}/versions/{number}/release-plan"
    return Attempt(
        version,
        "plan",
        cast.author,
        {
            "page": page(cast.author, "registry:release_plan_revise", name, number, seen_revision=seen, **sent),
            "REST": rest(cast.pipeline, "PUT", path, seen_revision=seen, **sent),
            "code": lambda: builders.write_release_plan(cast, version, seen, rollback_tested_on=day),
        },
    )


@abuse(
    "Dating the rollback test forward, so that it stays young",
    who="the author and the pipeline",
    held_by="`registry.rules.against_release_plan`, and the gate",
    page="422",
    REST="422 future-test, logged",
    code="future-test, logged",
)
def test_to_come(cast: Cast) -> Attempt:
    return _planning(cast, builders.build_version(cast), timezone.localdate() + datetime.timedelta(days=30), 0)


@abuse(
    "Going live on a rollback test of long ago",
    who="a release manager and the pipeline",
    held_by="the gate `RollbackTested`, with the days of the policy",
    page="422 rollback-tested, logged",
    REST="409 rollback-tested, logged",
    code="rollback-tested, logged",
)
def old_test(cast: Cast) -> Attempt:
    version = builders.ready_version(cast)
    long_ago = timezone.localdate() - datetime.timedelta(days=800)
    builders.write_release_plan(cast, version, seen_revision=1, rollback_tested_on=long_ago)
    builders.approve_stage(cast, builders.ask_for_review(cast, version), "technical")
    builders.deploy(cast, version, "staging")
    return deploying(cast, version, "production")


@abuse(
    "Importing a model with a tier of one's choice",
    who="an author's table with a column for it, then a review and a deployment",
    held_by="an import gives no tier: `rules.against_opening` and the gate `RiskAssessed`",
    page="422 risk-not-assessed, logged",
    REST="409 risk-not-assessed lineage-complete thresholds-missing approval-not-asked, logged",
    code="risk-not-assessed, logged",
)
def imported(cast: Cast) -> Attempt:
    version = imported_version(cast)
    name, number = version.model.name, version.number
    return Attempt(
        version,
        "ask",
        cast.author,
        {
            "page": page(cast.author, "approvals:review_open", name, number, message="Low, surely.", then="submit"),
            "REST": rest(cast.pipeline, "POST", f"/models/{name}/deployments", version=number, environment="staging"),
            "code": lambda: reviews.ask(version=version, by=cast.author),
        },
    )


@abuse(
    "Writing the card of another team",
    who="a data scientist of another team",
    held_by="the right to change models, which holds within the team",
    page="403 permission-denied, logged",
    REST="403 permission-denied, logged",
    code="permission-denied, logged",
)
def others_card(cast: Cast) -> Attempt:
    version, outsider = builders.ready_version(cast), builders.build_person("outsider", "author")
    name, number = version.model.name, version.number
    path = f"/models/{name}/versions/{number}/card"
    return Attempt(
        version,
        "revise",
        outsider,
        {
            "page": page(outsider, "registry:card_revise", name, number, seen_revision=1, overview="Mine."),
            "REST": rest(outsider, "PUT", path, seen_revision=1, overview="Mine."),
            "code": lambda: card_actions.revise_card(version=version, by=outsider, seen_revision=1, overview="Mine."),
        },
    )
