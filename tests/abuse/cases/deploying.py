"""Deploying what is not approved, and getting round what stopped it."""

from __future__ import annotations

import datetime

from django.utils import timezone

from approvals.actions import conditions, reviews, stops, waivers
from approvals.models import Condition, Decision, Review, Waiver
from registry.models import ModelVersion, Person
from tests import builders, policies
from tests.abuse.doors import page, rest
from tests.abuse.grounds import also, approved, asked, deciding, deploying, with_first_stage
from tests.abuse.table import Attempt, abuse
from tests.builders import Cast
from tests.registry.pages import retire
from tests.tampering.scene import plain

GATE = "every gate is asked again in the transaction that records the deployment"
TOMORROW = datetime.timedelta(days=1)


@abuse(
    "Deploying without an approval",
    who="a release manager and the pipeline",
    held_by=GATE,
    page="422 technical-approval, logged",
    REST="409 technical-approval, logged",
    code="technical-approval, logged",
)
def not_approved(cast: Cast) -> Attempt:
    return deploying(cast, asked(cast).version)


@abuse(
    "Going live without staging",
    who="a release manager and the pipeline",
    held_by=GATE,
    page="422 staging-passed, logged",
    REST="409 staging-passed, logged",
    code="staging-passed, logged",
)
def not_staged(cast: Cast) -> Attempt:
    return deploying(cast, builders.approved_version(cast), "production")


@abuse(
    "Deploying what somebody rejected after another had approved",
    who="a release manager, after approve, reject and approve by turns",
    held_by="an approval counts from the last no on; a stage that asks for two has one",
    page="422 technical-approval, logged",
    REST="409 technical-approval, logged",
    code="technical-approval, logged",
)
def hidden_rejection(cast: Cast) -> Attempt:
    second = builders.build_person("second", "technical-reviewer")
    with_first_stage(cast, "low", quorum=2)
    review = asked(cast)
    builders.approve_stage(cast, review, "technical")
    reviews.reject(review=review, stage="technical", rationale="It is not sound.", by=second)
    again = reviews.ask(version=review.version, by=cast.author, message="Look again.")
    builders.approve_stage(cast, again, "technical", by=second)
    return deploying(cast, review.version)


@abuse(
    "Deploying while an approval is suspended",
    who="a release manager and the pipeline",
    held_by=GATE,
    page="422 approval-suspended, logged",
    REST="409 approval-suspended, logged",
    code="approval-suspended, logged",
)
def suspended(cast: Cast) -> Attempt:
    return deploying(cast, _suspended(cast).version)


def _suspended(cast: Cast) -> Review:
    return stops.suspend(review=approved(cast), reason="A complaint.", by=cast.compliance)


@abuse(
    "Deploying on a revoked approval",
    who="a release manager and the pipeline",
    held_by=GATE,
    page="422 approval-revoked technical-approval, logged",
    REST="409 approval-revoked technical-approval, logged",
    code="approval-revoked technical-approval, logged",
)
def revoked(cast: Cast) -> Attempt:
    review = stops.revoke(review=approved(cast), reason="Stolen data.", by=cast.compliance)
    return deploying(cast, review.version)


@abuse(
    "Asking for another review to get round a suspension",
    who="the author",
    held_by="`rules.against_opening`",
    page="422 approval-suspended, logged",
    REST="409 approval-suspended, logged",
    code="approval-suspended, logged",
)
def round_a_suspension(cast: Cast) -> Attempt:
    version = _suspended(cast).version
    return asking(cast, version)


def asking(cast: Cast, version: ModelVersion) -> Attempt:
    name, number = version.model.name, version.number
    return Attempt(
        version,
        "ask",
        cast.author,
        {
            "page": page(cast.author, "approvals:review_open", name, number, message="Again.", then="submit"),
            "REST": rest(cast.author, "POST", f"/models/{name}/versions/{number}/reviews", message="Again."),
            "code": lambda: reviews.ask(version=version, by=cast.author),
        },
    )


@abuse(
    "Reinstating the approval of one's own work",
    who="the author, a release manager as well",
    held_by="`rules.against_reinstating`",
    page="422 own-request, logged",
    code="own-request, logged",
)
def reinstating(cast: Cast) -> Attempt:
    return stopping(_suspended(cast), "reinstate", also(cast, cast.author, "release-manager"))


def stopping(review: Review, verb: str, by: Person) -> Attempt:
    act = getattr(stops, verb)
    return Attempt(
        review,
        verb,
        by,
        {
            "page": page(by, f"approvals:review_{verb}", review.pk, reason="All is well."),
            "code": lambda: act(review=review, reason="All is well.", by=by),
        },
    )


@abuse(
    "Reinstating what was revoked for good",
    who="a release manager",
    held_by="`rules.against_moving`, and the database's guard on moves",
    page="422 wrong-state, logged",
    code="wrong-state, logged",
)
def reinstating_revoked(cast: Cast) -> Attempt:
    return stopping(
        stops.revoke(review=approved(cast), reason="Stolen.", by=cast.compliance), "reinstate", cast.release
    )


@abuse(
    "Suspending without the right to, to hold up another team",
    who="a data scientist",
    held_by="the right to stop approvals",
    page="403 permission-denied, logged",
    code="permission-denied, logged",
)
def suspending(cast: Cast) -> Attempt:
    return stopping(approved(cast), "suspend", cast.colleague)


@abuse(
    "Deploying a retired version",
    who="a release manager and the pipeline",
    held_by=GATE,
    page="422 retired, logged",
    REST="409 retired, logged",
    code="retired, logged",
)
def retired(cast: Cast) -> Attempt:
    version = builders.approved_version(cast)
    retire(cast, version)
    return deploying(cast, version)


@abuse(
    "Deploying to an environment by another name",
    who="a release manager and the pipeline, to “Production ”",
    held_by="form, API and gates know the environments by their exact names",
    page="422",
    REST="422 literal-error",
    code="no such value",
)
def other_name(cast: Cast) -> Attempt:
    return deploying(cast, builders.approved_version(cast), "Production ")


@abuse(
    "Deploying to an environment whose name only looks the same",
    who="a release manager and the pipeline, with a Cyrillic letter",
    held_by="form, API and gates know the environments by their exact names",
    page="422",
    REST="422 literal-error",
    code="no such value",
)
def looks_the_same(cast: Cast) -> Attempt:
    return deploying(cast, builders.approved_version(cast), "st\u0430ging")


@abuse(
    "Deploying on an approval that has expired",
    who="a release manager and the pipeline, a year later",
    held_by="how long an approval counts is computed at each asking",
    page="422 technical-approval, logged",
    REST="409 technical-approval, logged",
    code="technical-approval, logged",
)
def expired(cast: Cast) -> Attempt:
    policies.published(cast, "low", approval_valid_days=365)
    version = approved(cast).version
    plain(Decision).filter(review__version=version).update(decided_at=timezone.now() - datetime.timedelta(days=366))
    return deploying(cast, version)


def conditional(cast: Cast, due: datetime.date) -> Condition:
    review = asked(cast)
    wanted = [{"text": "Watch it.", "owner": cast.author, "due_on": due}]
    builders.approve_stage(cast, review, "technical", conditions=wanted)
    return Condition.objects.get(decision__review=review)


@abuse(
    "Deploying while a condition is overdue",
    who="a release manager and the pipeline",
    held_by=GATE,
    page="422 condition-overdue, logged",
    REST="409 condition-overdue, logged",
    code="condition-overdue, logged",
)
def overdue(cast: Cast) -> Attempt:
    condition = conditional(cast, timezone.localdate() + TOMORROW)
    plain(Condition).filter(pk=condition.pk).update(due_on=timezone.localdate() - TOMORROW)
    return deploying(cast, condition.decision.review.version)


@abuse(
    "Saying that somebody else has kept their condition",
    who="a colleague of its owner",
    held_by="`rules.against_fulfilling`",
    page="422 not-the-owner, logged",
    code="not-the-owner, logged",
)
def others_condition(cast: Cast) -> Attempt:
    condition = conditional(cast, timezone.localdate() + TOMORROW)
    return Attempt(
        condition,
        "fulfil",
        cast.colleague,
        {
            "page": page(cast.colleague, "approvals:condition_fulfil", condition.pk, fulfilment="Done."),
            "code": lambda: conditions.fulfil(condition=condition, fulfilment="Done.", by=cast.colleague),
        },
    )


def conditioning(cast: Cast, owner: Person, due: datetime.date) -> Attempt:
    review = asked(cast)
    rows = {"conditions-TOTAL_FORMS": "1", "conditions-0-text": "Watch it."}
    rows |= {"conditions-0-owner": str(owner.pk), "conditions-0-due_on": due.isoformat()}
    attempt = deciding(review, "technical", cast.technical, **rows)
    wanted = [{"text": "Watch it.", "owner": owner, "due_on": due}]
    code = {"code": lambda: builders.approve_stage(cast, review, "technical", conditions=wanted)}
    return Attempt(review, "approve", cast.technical, attempt.doors | code)


@abuse(
    "Promising something for a day that has passed",
    who="a technical reviewer",
    held_by="`rules.against_conditions`",
    page="422 condition-past, logged",
    code="condition-past, logged",
)
def in_the_past(cast: Cast) -> Attempt:
    return conditioning(cast, cast.author, timezone.localdate() - TOMORROW)


@abuse(
    "Promising something on behalf of somebody who cannot keep it",
    who="a technical reviewer",
    held_by="the form's choices are those who can, and `rules.against_conditions`",
    page="422",
    code="condition-owner, logged",
)
def nobodys(cast: Cast) -> Attempt:
    return conditioning(cast, cast.stranger, timezone.localdate() + TOMORROW)


def unplanned(cast: Cast, by: Person) -> Waiver:
    """Asked for, of a version without a release plan."""
    return waivers.ask(
        version=builders.build_version(cast),
        check="monitoring",
        environment="production",
        reason="It is being set up.",
        ends_on=timezone.localdate() + 3 * TOMORROW,
        by=by,
    )


def granting(waiver: Waiver, by: Person) -> Attempt:
    return Attempt(
        waiver,
        "grant",
        by,
        {
            "page": page(by, "approvals:waiver_grant", waiver.pk, reason="Fine."),
            "code": lambda: waivers.grant(waiver=waiver, reason="Fine.", by=by),
        },
    )


@abuse(
    "Granting the waiver that one asked for",
    who="an author who is a compliance reviewer as well",
    held_by="`rules.against_deciding_waiver`, and a constraint of the database",
    page="422 own-waiver, logged",
    code="own-waiver, logged",
)
def own_waiver(cast: Cast) -> Attempt:
    return granting(unplanned(cast, cast.author), also(cast, cast.author, "compliance-reviewer"))


@abuse(
    "Granting a waiver of one's own work that a colleague asked for",
    who="the owner of the model, a release manager as well",
    held_by="`rules.against_deciding_waiver`: nobody who has a part in the version",
    page="422 own-work, logged",
    code="own-work, logged",
)
def waiver_of_own_work(cast: Cast) -> Attempt:
    return granting(unplanned(cast, cast.colleague), also(cast, cast.author, "release-manager"))


@abuse(
    "Having a waiver granted by somebody one made release manager",
    who="somebody whom the owner of the model, an administrator, made release manager",
    held_by="`registry.rules.against_chosen`: whoever has a part in it chooses nobody alone who decides about it",
    page="422 role-from-party, logged",
    code="role-from-party, logged",
)
def granted_by_a_puppet(cast: Cast) -> Attempt:
    version = builders.build_version(cast, model=builders.build_model(cast, owner=cast.admin))
    asked_for = {"check": "monitoring", "environment": "production", "reason": "Late."}
    waiver = waivers.ask(version=version, ends_on=timezone.localdate() + TOMORROW, by=cast.author, **asked_for)
    return granting(waiver, also(cast, builders.build_person("puppet", ""), "release-manager"))


@abuse(
    "Reinstating an approval by somebody one made release manager",
    who="somebody whom the owner of the model, an administrator, made release manager",
    held_by="`registry.rules.against_chosen`",
    page="422 role-from-party, logged",
    code="role-from-party, logged",
)
def reinstated_by_a_puppet(cast: Cast) -> Attempt:
    version = builders.approved_version(cast, model=builders.build_model(cast, owner=cast.admin))
    review = stops.suspend(review=Review.objects.get(version=version), reason="A complaint.", by=cast.compliance)
    puppet = also(cast, builders.build_person("puppet", ""), "release-manager")
    return Attempt(
        review,
        "reinstate",
        puppet,
        {
            "page": page(puppet, "approvals:review_reinstate", review.pk, reason="It was nothing."),
            "code": lambda: stops.reinstate(review=review, reason="It was nothing.", by=puppet),
        },
    )


@abuse(
    "Having a check waived that the policy lets nobody waive",
    who="an author",
    held_by="`rules.against_asking_waiver`, and the gate, which asks the policy again",
    page="422",
    code="waiver-not-allowed, logged",
)
def strict_check(cast: Cast) -> Attempt:
    version = builders.build_version(cast)
    policies.published(cast, "low", checks={"monitoring": "strict"})
    asking = {"reason": "It is late.", "ends_on": timezone.localdate() + TOMORROW}
    name, number = version.model.name, version.number
    return Attempt(
        version,
        "ask",
        cast.author,
        {
            "page": page(cast.author, "approvals:waiver_ask", name, number, what="monitoring:production", **asking),
            "code": lambda: waivers.ask(
                version=version, check="monitoring", environment="production", by=cast.author, **asking
            ),
        },
    )


@abuse(
    "Deploying on a waiver whose evidence has changed since",
    who="a release manager and the pipeline",
    held_by="a waiver keeps the digests of what its check looks at, and has a last day",
    page="422 monitoring-configured, logged",
    REST="409 monitoring-configured, logged",
    code="monitoring-configured, logged",
)
def waiver_of_something_else(cast: Cast) -> Attempt:
    version = builders.approved_version(cast)
    builders.deploy(cast, version, "staging")
    builders.write_release_plan(cast, version, seen_revision=1, monitoring_url="")
    waiver = waivers.ask(
        version=version,
        check="monitoring",
        environment="production",
        reason="It is being set up.",
        ends_on=timezone.localdate() + TOMORROW,
        by=cast.author,
    )
    waivers.grant(waiver=waiver, reason="Fine.", by=cast.compliance)
    builders.write_release_plan(cast, version, seen_revision=2, alerts_url="")
    return deploying(cast, version, "production")
