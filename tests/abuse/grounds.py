"""What most abuses begin with: people who hold more than they should use, reviews, and ways to press the buttons."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from approvals.actions import deployments, reviews
from approvals.models import Review
from governance.roles import BY_SLUG
from registry.actions import people
from registry.models import ModelVersion, Person
from tests import builders, policies
from tests.abuse.doors import page, rest
from tests.abuse.table import Attempt
from tests.builders import Cast
from tests.snapshots import told_once

NO_CONDITIONS = {"conditions-TOTAL_FORMS": "0", "conditions-INITIAL_FORMS": "0"}
ACTIONS = {"approve": reviews.approve, "request_changes": reviews.request_changes, "reject": reviews.reject}


def also(cast: Cast, person: Person, role: str) -> Person:
    """The person, who has this role as well from now on."""
    people.grant_role(person=person, role=role, decides=BY_SLUG[role].decides, by=cast.admin)
    return Person.objects.get(pk=person.pk)


@partial(told_once, is_long=True)
def asked(cast: Cast, tier: str = "low", by: str = "author") -> Review:
    return reviews.ask(version=builders.ready_version(cast, tier), by=getattr(cast, by))


def approved(cast: Cast, tier: str = "low") -> Review:
    return Review.objects.get(version=builders.approved_version(cast, tier))


@told_once
def with_first_stage(cast: Cast, tier: str, **terms: Any) -> None:
    """What is approved first asks for this from now on."""
    first, *others = policies.terms_of(tier).stages
    policies.published(cast, tier, stages=(replace(first, **terms), *others))


def deciding(review: Review, stage: str, by: Person, verb: str = "approve", **sent: Any) -> Attempt:
    body = {"stage": stage, "rationale": "The evidence holds."} | NO_CONDITIONS | sent
    checklist = {"checklist": sent["checklist"]} if "checklist" in sent else {}
    act = ACTIONS[verb]
    return Attempt(
        review,
        verb,
        by,
        {
            "page": page(by, f"approvals:review_{verb}", review.pk, **body),
            "code": lambda: act(review=review, stage=stage, rationale="The evidence holds.", by=by, **checklist),
        },
    )


def deploying(cast: Cast, version: ModelVersion, environment: str = "staging", by: Person | None = None) -> Attempt:
    """By a release manager in the browser, and by the team's pipeline."""
    by = by or cast.release
    name, number = version.model.name, version.number
    return Attempt(
        version,
        "deploy",
        by,
        {
            "page": page(by, "approvals:deployment_record", name, number, environment=environment),
            "REST": rest(cast.pipeline, "POST", f"/models/{name}/deployments", version=number, environment=environment),
            "code": lambda: deployments.record(version=version, environment=environment, by=by),
        },
    )
