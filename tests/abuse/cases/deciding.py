"""Deciding what is one's own, out of turn, twice, or without being somebody who decides."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.actions import reviews
from approvals.models import Review
from registry.actions import people, use_cases
from registry.models import ModelVersion, Person
from tests import builders, policies
from tests.abuse.doors import page, posting
from tests.abuse.grounds import NO_CONDITIONS, also, asked, deciding, with_first_stage
from tests.abuse.table import Attempt, Try, abuse
from tests.builders import Cast

OWN_WORK = "`rules.against_decider`, over every review of the version and all of its evidence, at each decision"
RIGHT = "the right on the risk tier, read anew in the transaction that decides"
POINTS = ["I have read the code.", "The figures can be computed again."]
PASSWORD = "a-long-and-quiet-river"


@abuse(
    "Approving a model of one's own",
    who="its owner, a technical reviewer as well, after a colleague asked",
    held_by=OWN_WORK,
    page="422 own-work, logged",
    code="own-work, logged",
)
def owner(cast: Cast) -> Attempt:
    return deciding(asked(cast, by="colleague"), "technical", also(cast, cast.author, "technical-reviewer"))


@abuse(
    "Approving what one has asked for",
    who="whoever asked for the review, a technical reviewer as well",
    held_by=OWN_WORK,
    page="422 own-request, logged",
    code="own-request, logged",
)
def asker(cast: Cast) -> Attempt:
    return deciding(asked(cast, by="colleague"), "technical", also(cast, cast.colleague, "technical-reviewer"))


@abuse(
    "Approving a review that one submitted and somebody else began",
    who="whoever submitted the draft",
    held_by=OWN_WORK,
    page="422 own-request, logged",
    code="own-request, logged",
)
def submitter(cast: Cast) -> Attempt:
    draft = reviews.open_draft(version=builders.ready_version(cast), by=cast.author)
    review = reviews.submit(review=draft, by=cast.colleague)
    return deciding(review, "technical", also(cast, cast.colleague, "technical-reviewer"))


@abuse(
    "Approving a version that one registered for somebody else's model",
    who="whoever registered the version",
    held_by=OWN_WORK,
    page="422 own-work, logged",
    code="own-work, logged",
)
def registrar(cast: Cast) -> Attempt:
    review = reviews.ask(version=builders.ready_version(cast, by=cast.colleague), by=cast.author)
    return deciding(review, "technical", also(cast, cast.colleague, "technical-reviewer"))


def after_work(cast: Cast, work: Callable[[Cast, ModelVersion], object]) -> Attempt:
    """The colleague has made part of the evidence, and is a technical reviewer."""
    version = builders.ready_version(cast)
    work(replace(cast, author=cast.colleague), version)
    review = builders.ask_for_review(cast, version)
    return deciding(review, "technical", also(cast, cast.colleague, "technical-reviewer"))


@abuse(
    "Approving figures that one attached",
    who="a second account that made the evaluation",
    held_by=OWN_WORK,
    page="422 own-work, logged",
    code="own-work, logged",
)
def evaluator(cast: Cast) -> Attempt:
    return after_work(cast, builders.attach_evaluation)


@abuse(
    "Approving a card that one wrote",
    who="a second account that wrote the card",
    held_by=OWN_WORK,
    page="422 own-work, logged",
    code="own-work, logged",
)
def card_writer(cast: Cast) -> Attempt:
    return after_work(cast, partial(builders.write_card, seen_revision=1, overview="Better."))


@abuse(
    "Approving a release plan that one wrote",
    who="a second account that wrote the plan",
    held_by=OWN_WORK,
    page="422 own-work, logged",
    code="own-work, logged",
)
def plan_writer(cast: Cast) -> Attempt:
    return after_work(cast, partial(builders.write_release_plan, seen_revision=1, steps="Better."))


@abuse(
    "Deciding by a superuser's implicit rights",
    who="a superuser who was given no right to decide",
    held_by=RIGHT + ", where a superuser is no exception",
    page="403 permission-denied, logged",
    code="permission-denied, logged",
)
def superuser(cast: Cast) -> Attempt:
    return deciding(asked(cast), "technical", cast.superuser)


@abuse(
    "Deciding as an administrator",
    who="an administrator",
    held_by=RIGHT,
    page="403 permission-denied, logged",
    code="permission-denied, logged",
)
def administrator(cast: Cast) -> Attempt:
    return deciding(asked(cast), "technical", cast.admin, "reject")


@abuse(
    "Deciding another stage by changing the hidden field",
    who="a technical reviewer, for the business stage",
    held_by=RIGHT + ", for each stage of its own",
    page="422 no-right, logged",
    code="no-right, logged",
)
def another_stage(cast: Cast) -> Attempt:
    review = asked(cast, "medium")
    builders.approve_stage(cast, review, "technical")
    return deciding(review, "business", builders.build_person("other", "technical-reviewer"))


@abuse(
    "Deciding a stage that the policy does not have",
    who="a compliance reviewer, in a tier of low risk",
    held_by="`rules.against_deciding_now`",
    page="422 stage-not-asked, logged",
    code="stage-not-asked, logged",
)
def stage_not_asked(cast: Cast) -> Attempt:
    return deciding(asked(cast), "compliance", cast.compliance)


@abuse(
    "Deciding a stage before its turn",
    who="a business reviewer, before the technical approval",
    held_by="`rules.against_deciding_now`",
    page="422 stage-not-open, logged",
    code="stage-not-open, logged",
)
def before_its_turn(cast: Cast) -> Attempt:
    return deciding(asked(cast, "medium"), "business", cast.business)


@abuse(
    "Being two of the two people whom a stage asks for",
    who="a technical reviewer who has approved it",
    held_by="approvals are counted by person, and `rules.against_deciding`",
    page="422 approved-by-you, logged",
    code="approved-by-you, logged",
)
def twice(cast: Cast) -> Attempt:
    builders.build_person("second", "technical-reviewer")
    with_first_stage(cast, "low", quorum=2)
    review = asked(cast)
    builders.approve_stage(cast, review, "technical")
    return deciding(review, "technical", cast.technical)


@abuse(
    "Deciding two stages where each asks for another person",
    who="a technical reviewer who is a business reviewer as well",
    held_by="`rules.against_decider`, and the facts count only the first of the two",
    page="422 one-stage-each, logged",
    code="one-stage-each, logged",
)
def two_stages(cast: Cast) -> Attempt:
    policies.published(cast, "medium", is_one_stage_each=True)
    both = also(cast, cast.technical, "business-reviewer")
    review = asked(cast, "medium")
    builders.approve_stage(cast, review, "technical")
    return deciding(review, "business", both)


@abuse(
    "Signing without showing who one is",
    who="whoever sits down at a browser that was left open",
    held_by="`rules.against_unsigned`: the password or second factor of the last five minutes",
    page="302 to sign-in",
    code="sign-again, logged",
)
def unsigned(cast: Cast) -> Attempt:
    with_first_stage(cast, "low", is_signed=True)
    people.change_password(person=cast.technical, password=PASSWORD, by=cast.technical)
    attempt = deciding(asked(cast), "technical", cast.technical)
    return Attempt(attempt.about, "approve", cast.technical, attempt.doors | {"page": _left_open(cast, attempt)})


def _left_open(cast: Cast, attempt: Attempt) -> Try:
    client = Client()
    client.force_login(cast.technical, backend="governance.roles.SignInBackend")
    session = client.session
    session["began"] = int((timezone.now() - datetime.timedelta(minutes=6)).timestamp())
    session["account_authentication_methods"] = []
    session.save()
    sent = {"stage": "technical", "rationale": "Fine."} | NO_CONDITIONS
    return posting(client, reverse("approvals:review_approve", args=[attempt.about.pk]), sent)


@abuse(
    "Approving without confirming the checklist",
    who="a technical reviewer who leaves a point out",
    held_by="`rules.against_unchecked`",
    page="422 not-confirmed, logged",
    code="not-confirmed, logged",
)
def unconfirmed(cast: Cast) -> Attempt:
    with_first_stage(cast, "low", checklist=tuple(POINTS))
    return deciding(asked(cast), "technical", cast.technical, checklist=POINTS[:1])


@abuse(
    "Confirming another text than the checklist has",
    who="a technical reviewer who rewrites the form",
    held_by="the form's choices are the points, and `rules.against_unchecked`",
    page="422",
    code="not-confirmed, logged",
)
def other_words(cast: Cast) -> Attempt:
    with_first_stage(cast, "low", checklist=tuple(POINTS))
    return deciding(asked(cast), "technical", cast.technical, checklist=[POINTS[0], "I have seen the code."])


@abuse(
    "Approving again what was rejected",
    who="the same reviewer, in the same review",
    held_by="`rules.against_moving`: a rejection ends the review",
    page="422 wrong-state, logged",
    code="wrong-state, logged",
)
def after_rejection(cast: Cast) -> Attempt:
    return deciding(_rejected(cast), "technical", cast.technical)


def _rejected(cast: Cast) -> Review:
    review = asked(cast)
    reviews.reject(review=review, stage="technical", rationale="It is not sound.", by=cast.technical)
    return review


@abuse(
    "Withdrawing a review to get rid of its rejection",
    who="the author",
    held_by="`rules.against_moving`: what has ended is not withdrawn",
    page="302 refused wrong-state, logged",
    code="wrong-state, logged",
)
def withdrawn(cast: Cast) -> Attempt:
    return taking_back(_rejected(cast), "withdraw", cast.author)


@abuse(
    "Discarding a review that others were asked about",
    who="the author",
    held_by="`rules.against_moving`: only a draft is discarded",
    page="302 refused wrong-state, logged",
    code="wrong-state, logged",
)
def discarded(cast: Cast) -> Attempt:
    return taking_back(asked(cast), "discard", cast.author)


@abuse(
    "Withdrawing the review of another team",
    who="a data scientist of another team",
    held_by="the right to ask for reviews, which holds within the team",
    page="403 permission-denied, logged",
    code="permission-denied, logged",
)
def others_review(cast: Cast) -> Attempt:
    return taking_back(asked(cast), "withdraw", builders.build_person("outsider", "author"))


def taking_back(review: Review, verb: str, by: Person) -> Attempt:
    act = getattr(reviews, verb)
    doors = {"page": page(by, f"approvals:review_{verb}", review.pk), "code": lambda: act(review=review, by=by)}
    return Attempt(review, verb, by, doors)


@abuse(
    "Submitting again without having changed what was asked for",
    who="the author, by chance",
    held_by="`rules.against_submitting_again`: it takes the tick that says so",
    page="422 nothing-changed, logged",
    code="nothing-changed, logged",
)
def unchanged(cast: Cast) -> Attempt:
    review = asked(cast)
    reviews.request_changes(review=review, stage="technical", rationale="Say more.", by=cast.technical)
    return Attempt(
        review,
        "submit",
        cast.author,
        {
            "page": page(cast.author, "approvals:review_submit", review.pk, message="Done."),
            "code": lambda: reviews.submit(review=review, by=cast.author, message="Done."),
        },
    )


@abuse(
    "Approving a use case that one proposed",
    who="a business reviewer who proposed it",
    held_by="`registry.rules.against_deciding_use_case`",
    page="422 own-proposal, logged",
    code="own-proposal, logged",
)
def own_use_case(cast: Cast) -> Attempt:
    use_case = builders.build_use_case(cast, approved=False)
    proposer = also(cast, cast.author, "business-reviewer")
    return Attempt(
        use_case,
        "approve",
        proposer,
        {
            "page": page(proposer, "registry:use_case_approve", use_case.slug, reason="It is good."),
            "code": lambda: use_cases.approve(use_case=use_case, reason="It is good.", by=proposer),
        },
    )


@abuse(
    "Approving for business what serves no approved use case",
    who="a business reviewer, while the use case is proposed",
    held_by="`rules.against_deciding_now`",
    page="422 use-case-not-approved, logged",
    code="use-case-not-approved, logged",
)
def use_case_open(cast: Cast) -> Attempt:
    use_case = builders.build_use_case(cast, approved=False)
    model = builders.build_model(cast, "medium", use_case=use_case)
    review = reviews.ask(version=builders.ready_version(cast, "medium", model=model), by=cast.author)
    builders.approve_stage(cast, review, "technical")
    return deciding(review, "business", cast.business)
