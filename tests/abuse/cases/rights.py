"""Rights that one takes, keeps, or comes with in another way than by signing in."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from approvals.actions import reviews
from governance.roles import BY_SLUG
from registry.actions import people
from registry.models import Person
from tests import builders
from tests.abuse.doors import command, page, posting, rest
from tests.abuse.grounds import NO_CONDITIONS, also, asked, deciding, deploying
from tests.abuse.table import Attempt, abuse
from tests.builders import Cast

FRESH = "the right on the risk tier, read anew in the transaction that decides, behind no cache"
ACTING = "the actor is read anew in each entry (`Person.objects.acting`)"


def granting(person: Person, role: str, by: Person) -> Attempt:
    return Attempt(
        person,
        "grant_role",
        by,
        {
            "page": page(by, "governance:person_grant_role", person.pk, role=role),
            "code": lambda: people.grant_role(person=person, role=role, decides=BY_SLUG[role].decides, by=by),
        },
    )


@abuse(
    "Giving oneself the right to decide",
    who="an administrator",
    held_by="`registry.rules.against_granting`: nobody changes their own roles",
    page="302 refused own-rights, logged",
    code="own-rights, logged",
)
def oneself(cast: Cast) -> Attempt:
    return granting(cast.admin, "technical-reviewer", cast.admin)


@abuse(
    "Giving oneself the right to decide, as a superuser",
    who="a superuser",
    held_by="`registry.rules.against_granting`, where a superuser is no exception",
    page="302 refused own-rights, logged",
    code="own-rights, logged",
)
def oneself_as_superuser(cast: Cast) -> Attempt:
    return granting(cast.superuser, "technical-reviewer", cast.superuser)


@abuse(
    "Being made reviewer by another administrator, to decide one's own model",
    who="an administrator with a model of their own",
    held_by="`rules.against_decider`: whoever made it does not decide, whoever gave them the right",
    page="422 own-request, logged",
    code="own-request, logged",
)
def by_a_friend(cast: Cast) -> Attempt:
    owner = also(cast, cast.author, "admin")
    review = asked(cast)
    return deciding(review, "technical", also(cast, owner, "technical-reviewer"))


@abuse(
    "Giving somebody else the right, to have one's own model approved",
    who="a second account or a friend of an administrator with a model of their own",
    held_by="`rules.against_decider`: whoever has a part in a version does not alone choose who decides about it",
    page="422 right-from-party, logged",
    code="right-from-party, logged",
)
def puppet(cast: Cast) -> Attempt:
    version = builders.ready_version(cast, model=builders.build_model(cast, owner=cast.admin))
    chosen = also(cast, builders.build_person("puppet", ""), "technical-reviewer")
    return deciding(reviews.ask(version=version, by=cast.author), "technical", chosen)


@abuse(
    "Giving somebody the right while a review waits, for that review",
    who="somebody whom one administrator made reviewer since",
    held_by="`rules.against_decider`: a right younger than the review takes a second administrator",
    page="422 right-too-new, logged",
    code="right-too-new, logged",
)
def chosen_for_it(cast: Cast) -> Attempt:
    review = asked(cast)
    return deciding(review, "technical", also(cast, builders.build_person("puppet", ""), "technical-reviewer"))


@abuse(
    "Confirming the right that one gave",
    who="the administrator who gave it",
    held_by="`registry.rules.against_confirming_role`, and a constraint of the database",
    page="422 role-given-by-you, logged",
    code="role-given-by-you, logged",
)
def own_confirmation(cast: Cast) -> Attempt:
    chosen = also(cast, builders.build_person("puppet", ""), "technical-reviewer")
    return Attempt(
        chosen,
        "confirm_role",
        cast.admin,
        {
            "page": page(cast.admin, "governance:person_confirm_role", chosen.pk, "technical-reviewer"),
            "code": lambda: people.confirm_role(
                person=chosen, role="technical-reviewer", decides="technical", by=cast.admin
            ),
        },
    )


@abuse(
    "Having one stage approved by somebody one chose, and deciding the next",
    who="an administrator who is a business reviewer as well",
    held_by="`rules.against_decider`: a decision keeps who alone gave the right it was made by",
    page="422 chose-decider, logged",
    code="chose-decider, logged",
)
def two_stages_by_one_will(cast: Cast) -> Attempt:
    chooser = also(cast, builders.build_person("chooser", "admin"), "business-reviewer")
    chosen = builders.build_person("puppet", "")
    people.grant_role(person=chosen, role="technical-reviewer", decides="technical", by=chooser)
    review = asked(cast, "medium")
    reviews.approve(review=review, stage="technical", rationale="It is sound.", by=chosen)
    return deciding(review, "business", chooser)


@abuse(
    "Deciding with a second account what one asked for with the first",
    who="an author with a second account that is a technical reviewer",
    held_by="`Person.identity`: linked accounts are one person to every rule",
    page="422 own-request, logged",
    code="own-request, logged",
)
def second_account(cast: Cast) -> Attempt:
    second = builders.build_person("second", "technical-reviewer")
    people.link_accounts(person=second, other=cast.author, reason="The same contract.", by=cast.admin)
    return deciding(asked(cast), "technical", Person.objects.get(pk=second.pk))


@abuse(
    "Taking one's own accounts apart again",
    who="an administrator with two accounts",
    held_by="`registry.rules.against_separating`",
    page="422 own-rights, logged",
    code="own-rights, logged",
)
def own_separation(cast: Cast) -> Attempt:
    second = builders.build_person("second", "")
    people.link_accounts(person=second, other=cast.admin, reason="The same contract.", by=cast.superuser)
    return Attempt(
        second,
        "separate_account",
        cast.admin,
        {
            "page": page(cast.admin, "governance:person_separate_account", second.pk, reason="They are two."),
            "code": lambda: people.separate_account(person=second, reason="They are two.", by=cast.admin),
        },
    )


@abuse(
    "Joining the team whose models one wants to change",
    who="an administrator",
    held_by="`registry.rules.against_joining`: nobody changes their own teams",
    page="302 refused own-rights, logged",
    code="own-rights, logged",
)
def own_team(cast: Cast) -> Attempt:
    return Attempt(
        cast.admin,
        "join_team",
        cast.admin,
        {
            "page": page(cast.admin, "governance:person_join_team", cast.admin.pk, team=cast.team.pk),
            "code": lambda: people.join_team(person=cast.admin, team=cast.team, by=cast.admin),
        },
    )


@abuse(
    "Giving a pipeline the right to decide",
    who="an administrator",
    held_by="`registry.rules.against_granting`",
    page="302 refused",
    code="service, logged",
)
def deciding_pipeline(cast: Cast) -> Attempt:
    return granting(cast.pipeline, "technical-reviewer", cast.admin)


@abuse(
    "Giving a role without managing people",
    who="a data scientist",
    held_by="the right to manage people",
    page="403",
    code="permission-denied, logged",
)
def not_a_manager(cast: Cast) -> Attempt:
    return granting(cast.colleague, "technical-reviewer", cast.author)


@abuse(
    "Deciding after the role was taken away, with the page still open",
    who="somebody who was technical reviewer when the page was opened",
    held_by=FRESH,
    page="403 permission-denied, logged",
    code="permission-denied, logged",
)
def role_taken_away(cast: Cast) -> Attempt:
    attempt = deciding(asked(cast), "technical", also(cast, cast.technical, "auditor"))
    people.revoke_role(person=cast.technical, role="technical-reviewer", decides="technical", by=cast.admin)
    return attempt


@abuse(
    "Deciding by a right that was left behind when the role went",
    who="a business reviewer who was technical reviewer before",
    held_by="`revoke_role` takes the rights on every tier in the transaction that takes the role",
    page="422 no-right, logged",
    code="no-right, logged",
)
def orphaned(cast: Cast) -> Attempt:
    person = also(cast, cast.technical, "business-reviewer")
    people.revoke_role(person=person, role="technical-reviewer", decides="technical", by=cast.admin)
    return deciding(asked(cast), "technical", Person.objects.get(pk=person.pk))


@abuse(
    "Deciding from a session of before the account was closed",
    who="a technical reviewer who has left",
    held_by="closing the account ends its sessions; " + ACTING,
    page="302 to sign-in",
    REST="401 token-invalid",
    code="permission-denied, logged",
)
def left(cast: Cast) -> Attempt:
    attempt = deciding(asked(cast), "technical", cast.technical)
    address = f"/reviews/{attempt.about.pk}/approve"
    doors = attempt.doors | {"REST": rest(cast.technical, "POST", address)}
    people.deactivate(person=cast.technical, reason="Left.", by=cast.admin)
    return Attempt(attempt.about, "approve", cast.technical, doors)


@abuse(
    "Deciding from a session of before the account was closed and opened again",
    who="a technical reviewer who came back",
    held_by="closing the account makes its password, and with it every session, useless for good",
    page="302 to sign-in",
)
def came_back(cast: Cast) -> Attempt:
    attempt = deciding(asked(cast), "technical", cast.technical)
    people.deactivate(person=cast.technical, reason="Left.", by=cast.admin)
    people.reactivate(person=cast.technical, by=cast.admin)
    return Attempt(attempt.about, "approve", cast.technical, {"page": attempt.doors["page"]})


@abuse(
    "Deciding from a session that an administrator has ended",
    who="whoever has taken over the browser of a technical reviewer",
    held_by="a reset makes password and sessions useless",
    page="302 to sign-in",
)
def was_reset(cast: Cast) -> Attempt:
    attempt = deciding(asked(cast), "technical", cast.technical)
    people.reset(person=cast.technical, by=cast.admin)
    return Attempt(attempt.about, "approve", cast.technical, {"page": attempt.doors["page"]})


@abuse(
    "Deciding with a token",
    who="a technical reviewer's script, with a token of every scope",
    held_by="there is no such operation, pages take sessions only, and `registry.rules.against_token`",
    page="302 to sign-in",
    code="person-required, logged",
)
def token(cast: Cast) -> Attempt:
    review = asked(cast)
    scripted = builders.with_token(cast.technical, "read", "register", "evaluate", "deploy")
    browser = Client(headers={"Authorization": f"Bearer {builders.token_secret(cast.technical, 'deploy')}"})
    sent = {"stage": "technical", "rationale": "Fine."} | NO_CONDITIONS
    by_token = posting(browser, reverse("approvals:review_approve", args=[review.pk]), sent)
    return Attempt(
        review,
        "approve",
        cast.technical,
        {"page": by_token, "code": deciding(review, "technical", scripted).doors["code"]},
    )


@abuse(
    "A pipeline that decides",
    who="a pipeline",
    held_by="a pipeline is given no right to decide, and has no session",
    page="403 permission-denied, logged",
    code="permission-denied, logged",
)
def pipeline(cast: Cast) -> Attempt:
    return deciding(asked(cast), "technical", cast.pipeline)


@abuse(
    "Deploying with a token of another scope",
    who="a pipeline with a token that reads and registers",
    held_by="the scope, asked for by the operation and again by `rules.against_deploying`",
    REST="403 scope-missing",
    code="scope-missing, logged",
)
def other_scope(cast: Cast) -> Attempt:
    version = builders.approved_version(cast)
    reading = builders.with_token(cast.pipeline, "read", "register")
    path, sent = f"/models/{version.model.name}/deployments", {"version": version.number, "environment": "staging"}
    code = deploying(cast, version, by=reading).doors["code"]
    return Attempt(
        version,
        "deploy",
        cast.pipeline,
        {"REST": rest(cast.pipeline, "POST", path, "read", "register", **sent), "code": code},
    )


@abuse(
    "Managing people with a token",
    who="an administrator's script",
    held_by="`registry.rules.against_managing`",
    code="person-required, logged",
)
def managing_by_token(cast: Cast) -> Attempt:
    by = builders.with_token(cast.admin, "read")
    granted = granting(cast.stranger, "technical-reviewer", by)
    return Attempt(cast.stranger, "grant_role", cast.admin, {"code": granted.doors["code"]})


@abuse(
    "Making oneself administrator from the command line",
    who="whoever has a shell on the server",
    held_by="`first_admin` makes the first one only",
    command="refused by the command",
)
def another_first_admin(cast: Cast) -> Attempt:
    return Attempt(cast.stranger, "promote", cast.auditor, {"command": command("first_admin", "mallory")})


@abuse(
    "Getting a token for a person from the command line",
    who="whoever has a shell on the server",
    held_by="`issue_token` makes tokens of pipelines only",
    command="refused by the command",
)
def token_of_a_person(cast: Cast) -> Attempt:
    return Attempt(
        cast.technical, "issue", cast.auditor, {"command": command("issue_token", "technical", team="clinical-ml")}
    )


@abuse(
    "Deploying after the right was taken away between gate and deployment",
    who="a release manager whose role is gone",
    held_by="recording asks the right and every gate again, in the transaction that records",
    page="403 permission-denied, logged",
    code="permission-denied, logged",
)
def deployer_without_right(cast: Cast) -> Attempt:
    attempt = deploying(cast, builders.approved_version(cast), by=also(cast, cast.release, "auditor"))
    people.revoke_role(person=cast.release, role="release-manager", decides="deployment", by=cast.admin)
    doors = {door: attempt.doors[door] for door in ("page", "code")}
    return Attempt(attempt.about, "deploy", cast.auditor, doors)
