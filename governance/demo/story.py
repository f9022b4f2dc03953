"""What happened at Northmere: one model in production, one waiting, one refused, one retired.

Every sentence of the ledger about it comes from an action done by the person who would do it.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from approvals import places
from approvals.actions import comments, conditions, deployments, retirement, reviews
from approvals.models import Condition, Review
from governance.demo.bundle import Bundled
from governance.demo.cast import Cast
from registry.actions import cards, consumers, evaluations, models, use_cases
from registry.models import AIModel, Deployment, Evaluation, ModelVersion, Person, UseCase

NOTHING_AT_STAKE = {
    "practice": "none",
    "area": "none",
    "meets_people": "no",
    "customers": "indirectly",
    "decisions": "no",
    "harm": "nothing",
    "data": "internal",
    "autonomy": "reviewed",
    "scale": "few",
}
DECIDES_ABOUT_PEOPLE = NOTHING_AT_STAKE | {
    "customers": "directly",
    "decisions": "weighty",
    "harm": "serious",
    "data": "special",
    "scale": "many",
}
DECIDES_FOR_COURTS = DECIDES_ABOUT_PEOPLE | {"area": "law", "data": "personal"}


def tell(cast: Cast, bundle: dict[str, Bundled]) -> None:
    _digits_reach_production(cast, bundle["form-digit-reader"])
    _diabetes_waits_for_business_and_compliance(cast, bundle["diabetes-progression"])
    _rearrest_is_refused(cast, bundle["rearrest-risk"])
    _visits_are_retired(cast, bundle["visit-demand"])


def _digits_reach_production(cast: Cast, bundled: Bundled) -> None:
    model = _register(
        cast,
        bundled,
        purpose="Reads handwritten digits from paper forms, so that nobody types them.",
        answers=NOTHING_AT_STAKE,
        use_case_line="Saves the post room from typing numbers off paper forms; a clerk confirms each form.",
    )
    version = _version(cast, model, bundled)
    _plan(cast, version, dashboard="digits")
    review = reviews.ask(
        version=version, by=cast["author"], message="First version. Low risk, a clerk checks each form."
    )
    reviews.approve(
        review=review,
        stage="technical",
        rationale="Accuracy is well above the limit on staging data, and a clerk confirms each form.",
        by=cast["technical-reviewer"],
    )
    _deploy(cast, version, "staging")
    _deploy(cast, version, "production")
    consumers.declare(
        version=version, name="Post room inbox", contact="post-room@northmere.example", by=cast["release-manager"]
    )


def _diabetes_waits_for_business_and_compliance(cast: Cast, bundled: Bundled) -> None:
    use_case = _use_case(
        cast,
        slug="diabetes-follow-up",
        title="Earlier follow-up for diabetes patients",
        problem="Visits are booked in the order of arrival. Patients whose disease moves fast wait as long as others.",
        requirement="Propose an order of follow-up visits from the measurements taken at the first visit.",
        acceptance_criteria="A nurse confirms each order. Nine of ten fast-moving patients are seen within four weeks.",
        affected_people="About 2 100 patients of the diabetes clinic, and the nurses who plan their visits.",
        is_regulated=True,
    )
    use_cases.approve(
        use_case=use_case,
        reason="The clinic asked for it, the gain can be measured, and a nurse keeps the last word.",
        by=cast["business-reviewer"],
    )
    model = _register(
        cast,
        bundled,
        purpose="Predicts how far diabetes will have progressed after one year, to plan follow-up visits.",
        answers=DECIDES_ABOUT_PEOPLE,
        use_case=use_case,
    )
    version = _version(cast, model, bundled)
    _plan(cast, version, dashboard="diabetes")
    review = reviews.ask(
        version=version,
        by=cast["author"],
        message="The clinic would like to start in January. The gap between age groups is described in the card.",
    )
    reviews.approve(
        review=review,
        stage="technical",
        rationale="R² keeps its limit on both test sets. The error of the youngest group needs watching.",
        conditions=[
            {
                "text": "Report the error for patients under 40 after the first month in production.",
                "owner": cast["author"],
                "due_on": timezone.localdate() + datetime.timedelta(days=60),
            }
        ],
        by=cast["technical-reviewer"],
    )
    asked = comments.write(
        review=review,
        place=places.read("section:fairness"),
        text="The error is largest for patients under 40. Is it known why, and who looks at their orders?",
        by=cast["compliance-reviewer"],
    )
    comments.answer(
        thread=asked,
        text=(
            "They are the smallest group of the training data. A nurse confirms each of their orders until there are "
            f"more. @{cast['business-reviewer'].username}, is that practical at the clinic?"
        ),
        by=cast["author"],
    )
    _deploy(cast, version, "staging")


def _rearrest_is_refused(cast: Cast, bundled: Bundled) -> None:
    use_case = _use_case(
        cast,
        slug="release-support",
        title="Support after release",
        problem="Support workers cannot visit everybody in the first weeks after release.",
        requirement="Propose whom to visit first. The result must never be held against a person.",
        acceptance_criteria="Support reaches more people at risk, and no group is wrongly flagged more often.",
        affected_people="People released from prison, whose liberty and support are at stake.",
        is_regulated=True,
    )
    use_cases.approve(
        use_case=use_case,
        reason="Approved for support only, on the condition that wrong flags do not differ between groups.",
        by=cast["business-reviewer"],
    )
    model = _register(
        cast,
        bundled,
        purpose="Estimates who may be arrested again within a year after release, to offer support first.",
        answers=DECIDES_FOR_COURTS,
        use_case=use_case,
    )
    version = _version(cast, model, bundled)
    review = reviews.ask(version=version, by=cast["author"], message="The staging figures keep their limits.")
    reviews.approve(
        review=review,
        stage="technical",
        rationale="Sound on staging data. The staging set is small, so the production evaluation decides.",
        by=cast["technical-reviewer"],
    )
    _deploy(cast, version, "staging")
    reviews.request_changes(
        review=Review.objects.get(pk=review.pk),
        stage="compliance",
        rationale=(
            "On production data the rate of wrong flags differs between age groups by far more than the limit allows. "
            "Show how this gap is closed, or say why the model should go on at all."
        ),
        by=cast["compliance-reviewer"],
    )


def _visits_are_retired(cast: Cast, bundled: Bundled) -> None:
    model = _register(
        cast,
        bundled,
        purpose="Forecasts how many doctor visits a district will need, to plan opening hours.",
        answers=NOTHING_AT_STAKE,
        use_case_line="Helps district planners set opening hours; only totals are used, and a planner checks them.",
    )
    version = _version(cast, model, bundled)
    _plan(cast, version, dashboard="visits")
    review = reviews.ask(version=version, by=cast["author"], message="Totals only; the planners check each figure.")
    reviews.approve(
        review=review,
        stage="technical",
        rationale="Weak, but better than the average that planners use today, and the card says so.",
        conditions=[
            {
                "text": "Compare the forecast with the true visits after the first quarter.",
                "owner": cast["author"],
                "due_on": timezone.localdate() + datetime.timedelta(days=90),
            }
        ],
        by=cast["technical-reviewer"],
    )
    _deploy(cast, version, "staging")
    _deploy(cast, version, "production")
    planner = consumers.declare(
        version=version, name="District planning sheet", contact="planning@northmere.example", by=cast["author"]
    )
    conditions.fulfil(
        condition=Condition.objects.get(decision__review=review),
        fulfilment="Compared: the forecast was no better than last year’s totals.",
        by=cast["author"],
    )
    consumers.end(consumer=planner, by=cast["author"])
    for deployment in Deployment.objects.filter(version=version, ended_at=None):
        deployments.end(deployment=deployment, reason="Planners went back to last year’s totals.", by=cast["pipeline"])
    clearance = retirement.ask_clearance(
        version=version,
        reason="It forecast no better than last year’s totals, which planners use again.",
        replacement=None,
        by=cast["author"],
    )
    clearance = retirement.compute_clearance(clearance=clearance, by=Person.objects.system())
    retirement.retire(clearance=clearance, by=cast["release-manager"])

    return Person.objects.system()


def _use_case(cast: Cast, **described: Any) -> UseCase:
    return use_cases.propose(sponsor=cast["business-reviewer"], by=cast["author"], **described)


def _register(cast: Cast, bundled: Bundled, **described: Any) -> AIModel:
    return models.register_model(
        name=bundled.name,
        task=bundled.task,
        owner=cast["author"],
        team=cast.team,
        by=cast["author"],
        **described,
    )


def _version(cast: Cast, model: AIModel, bundled: Bundled) -> ModelVersion:
    """The pipeline registers what it trained, with figures and code check; the author writes the card."""
    pipeline = cast["pipeline"]
    with bundled.artifact() as artifact:
        version = models.register_version(model=model, artifact=artifact, by=pipeline, **bundled.version())
    for evaluation in bundled.evaluations():
        evaluations.attach(version=version, source=Evaluation.Source.API, by=pipeline, **evaluation)
    cards.revise_card(version=version, seen_revision=0, by=cast["author"], **bundled.card)
    return version


def _plan(cast: Cast, version: ModelVersion, *, dashboard: str) -> None:
    cards.revise_release_plan(
        version=version,
        seen_revision=0,
        steps="Put the new version beside the old one.\nSend it one site’s work for a day.\nWatch, then send it all.",
        monitoring_url=f"https://monitoring.northmere.example/d/{dashboard}",
        alerts_url=f"https://monitoring.northmere.example/alerts/{dashboard}",
        on_call="Clinical analytics on call, extension 4410",
        rollback_procedure="Point the service back at the version before, or at the manual procedure if there is none.",
        rollback_tested_on=timezone.localdate() - datetime.timedelta(days=2),
        rollback_test_result="passed",
        rollback_test_evidence="Drill in staging: back on the manual procedure after 4 minutes.",
        by=cast["author"],
    )


def _deploy(cast: Cast, version: ModelVersion, environment: str) -> None:
    deployments.record(
        version=version, environment=environment, reference=f"pipeline {version} to {environment}", by=cast["pipeline"]
    )
