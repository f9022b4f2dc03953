"""Requests that no honest browser or pipeline sends."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from approvals.actions import reviews
from approvals.models import Decision
from registry.actions import models as model_actions
from registry.actions import people
from registry.models import AIModel
from tests import builders, imports
from tests.abuse.doors import IGNORED, SUCCEEDED, page, posting, rest
from tests.abuse.grounds import NO_CONDITIONS, asked, deciding, deploying
from tests.abuse.table import Attempt, Try, abuse
from tests.builders import Cast
from tests.permissions import story
from tests.permissions.table import Key
from tests.registry.pages import signed_in


@abuse(
    "Another site that sends a decision from a reviewer's browser",
    who="a page on another site (CSRF)",
    held_by="Django's token in each form; sessions write nothing through the API",
    page="403",
    REST="401 token-required",
)
def csrf(cast: Cast) -> Attempt:
    review = asked(cast)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.technical, backend="governance.roles.SignInBackend")
    sent = {"stage": "technical", "rationale": "Fine."} | NO_CONDITIONS
    version = review.version
    return Attempt(
        review,
        "approve",
        cast.technical,
        {
            "page": posting(browser, reverse("approvals:review_approve", args=[review.pk]), sent),
            "REST": posting(browser, f"/api/v1/models/{version.model.name}/deployments", {"version": 1}),
        },
    )


@abuse(
    "A link that acts when it is opened",
    who="a mail with a link to withdraw",
    held_by="nothing acts on GET: `require_POST`, and operations of the API by method",
    page="405",
    REST="405 method-not-allowed",
)
def link(cast: Cast) -> Attempt:
    review = asked(cast)
    browser, name = signed_in(cast.author), review.version.model.name
    address = reverse("approvals:review_withdraw", args=[review.pk])
    return Attempt(
        review,
        "withdraw",
        cast.author,
        {"page": lambda: browser.get(address), "REST": rest(cast.pipeline, "GET", f"/models/{name}/deployments")},
    )


@abuse(
    "Sending more fields than the form has, for another outcome",
    who="a technical reviewer who sends outcome, decided_by and status along with a rejection",
    held_by="actions are given the form's own values by name",
    page="ignored",
)
def mass_assignment(cast: Cast) -> Attempt:
    review = asked(cast)
    more = {"outcome": "approved", "status": "approved", "decided_by": str(cast.admin.pk)}
    send = deciding(review, "technical", cast.technical, "reject", **more).doors["page"]

    def send_and_look() -> str:
        send()
        decision = Decision.objects.get(review=review)
        kept = (decision.outcome, decision.decided_by, decision.review.status)
        return IGNORED if kept == ("rejected", cast.technical, "rejected") else SUCCEEDED

    return Attempt(review, "reject", cast.technical, {"page": send_and_look})


@abuse(
    "Registering a model with a tier of one's choice",
    who="the author and the pipeline, who send tier and status along with answers of high risk",
    held_by="the tier follows from the answers; unknown names in a body are refused",
    page="ignored",
    REST="422 extra-forbidden",
)
def tier_sent_along(cast: Cast) -> Attempt:
    use_case = builders.build_use_case(cast)
    answers = builders.answers_typed("high")
    sent = answers | {"name": "chosen", "purpose": "Reads.", "task": "classification", "use_case": use_case.pk}
    sent |= {"owner": cast.author.pk, "team": cast.team.pk, "tier": "low", "status": "production"}
    send = page(cast.author, "registry:model_register", **sent)
    body: dict[str, Any] = {
        "name": "chosen",
        "purpose": "Reads.",
        "task": "classification",
        "use_case": use_case.slug,
        "owner": "author",
        "team": "clinical-ml",
        "answers": builders.ANSWERS["high"],
        "tier": "low",
    }

    def send_and_look() -> str:
        send()
        return IGNORED if AIModel.objects.get(name="chosen").tier.slug == "high" else SUCCEEDED

    return Attempt(
        use_case,
        "register",
        cast.author,
        {"page": send_and_look, "REST": rest(cast.pipeline, "POST", "/models", **body)},
    )


@abuse(
    "Recording a deployment in somebody else's name",
    who="the pipeline, which sends deployed_by along",
    held_by="the actor is whoever the token belongs to; unknown names in a body are refused",
    REST="422 extra-forbidden",
)
def in_another_name(cast: Cast) -> Attempt:
    version = builders.approved_version(cast)
    body = {"version": version.number, "environment": "staging", "deployed_by": "release"}
    path = f"/models/{version.model.name}/deployments"
    return Attempt(version, "deploy", cast.pipeline, {"REST": rest(cast.pipeline, "POST", path, **body)})


@abuse(
    "Saving a form over what a colleague saved meanwhile",
    who="the author in a second browser, the pipeline",
    held_by="`seen_revision`: a card is written on the revision that was read",
    page="422 newer-revision, logged",
    REST="409 newer-revision, logged",
    code="newer-revision, logged",
)
def stale_form(cast: Cast) -> Attempt:
    version = builders.ready_version(cast)
    builders.write_card(cast, version, seen_revision=1, overview="A colleague's.")
    name, number = version.model.name, version.number
    path = f"/models/{name}/versions/{number}/card"
    return Attempt(
        version,
        "revise",
        cast.author,
        {
            "page": page(cast.author, "registry:card_revise", name, number, seen_revision=1, overview="Mine."),
            "REST": rest(cast.pipeline, "PUT", path, seen_revision=1, overview="Mine."),
            "code": lambda: builders.write_card(cast, version, seen_revision=1, overview="Mine."),
        },
    )


@abuse(
    "Sending the same request for review twice",
    who="the author, by two clicks",
    held_by="`rules.against_opening`, and a constraint of the database",
    page="422 review-open, logged",
    REST="409 review-open, logged",
    code="review-open, logged",
)
def ask_twice(cast: Cast) -> Attempt:
    version = asked(cast).version
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
    "Recording the same deployment twice",
    who="a release manager, the pipeline",
    held_by="`rules.against_deploying`, and a constraint of the database",
    page="422 already-deployed, logged",
    REST="409 already-deployed, logged",
    code="already-deployed, logged",
)
def deploy_twice(cast: Cast) -> Attempt:
    version = builders.deployed_version(cast, environment="staging")
    return deploying(cast, version)


@abuse(
    "Guessing the number of another team's draft, to submit it",
    who="a data scientist of another team",
    held_by="the right to ask for reviews, which holds within the team",
    page="403 permission-denied, logged",
    code="permission-denied, logged",
)
def guessed_draft(cast: Cast) -> Attempt:
    draft = reviews.open_draft(version=builders.ready_version(cast), by=cast.author)
    outsider = builders.build_person("outsider", "author")
    return Attempt(
        draft,
        "submit",
        outsider,
        {
            "page": page(outsider, "approvals:review_submit", draft.pk),
            "code": lambda: reviews.submit(review=draft, by=outsider),
        },
    )


@abuse(
    "Guessing the number of an inventory that somebody else imports",
    who="a colleague",
    held_by="`ImportRun.visible_to`: it is not there for others",
    page="404",
)
def guessed_import(cast: Cast) -> Attempt:
    run = imports.drafted(cast, imports.table("Scan sorter,1,Sorts scans."))
    return Attempt(run, "discard", cast.technical, {"page": page(cast.technical, "registry:import_discard", run.pk)})


@abuse(
    "Ending a token of somebody else by its number",
    who="a data scientist",
    held_by="one's own tokens only; others take the right to manage people",
    page="404",
    code="permission-denied, logged",
)
def others_token(cast: Cast) -> Attempt:
    token = builders.with_token(cast.technical, "read").token
    return Attempt(
        token,
        "revoke",
        cast.author,
        {
            "page": page(cast.author, "governance:token_revoke", token.pk),
            "code": lambda: people.revoke_token(token=token, by=cast.author),
        },
    )


@abuse(
    "Reading a review without belonging here",
    who="somebody with an account and no role",
    held_by="`governance.access`: deny by default",
    page="403",
    REST="403 permission-denied",
)
def stranger(cast: Cast) -> Attempt:
    review = asked(cast)
    browser = signed_in(cast.stranger)
    address = reverse("approvals:review_detail", args=[review.pk])
    path = f"/models/{review.version.model.name}"
    return Attempt(
        review,
        "read",
        cast.stranger,
        {"page": lambda: browser.get(address), "REST": rest(cast.stranger, "GET", path)},
    )


def registering(cast: Cast, name: str) -> dict[str, Try]:
    told = story.Story(cast, {})
    sent = story.body_of(Key("registry:model_register", "POST"), told) | {"name": name}
    body = story.API_BODIES["register_model"](told) | {"name": name}
    return {
        "page": page(cast.author, "registry:model_register", **sent),
        "REST": rest(cast.pipeline, "POST", "/models", **body),
        "code": lambda: model_actions.register_model(
            name=name,
            purpose="Reads.",
            task="classification",
            owner=cast.author,
            team=cast.team,
            answers=builders.NO_RISK,
            use_case_line="Saves typing.",
            by=cast.author,
        ),
    }


@abuse(
    "Naming a model so that it looks like another one",
    who="an author, with a Cyrillic letter",
    held_by="names are of ASCII letters, digits and hyphens",
    page="422",
    REST="422 string-pattern-mismatch",
    code="name, logged",
)
def look_alike_model(cast: Cast) -> Attempt:
    return Attempt(cast.team, "register", cast.author, registering(cast, "scan-s\u043erter"))
