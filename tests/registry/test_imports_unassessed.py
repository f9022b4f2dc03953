"""What arrives by an import is not assessed, and goes nowhere until somebody has answered for its risk."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from approvals import facts, gates
from approvals.actions import assessments, deployments, reviews
from audit import refusals
from audit.models import Event
from registry.actions import models
from registry.models import EvidencePart, RiskAssessment
from tests import builders, imports
from tests.builders import ANSWERS, Cast
from tests.callers import caller, codes
from tests.registry.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def assess(cast: Cast, model, tier: str = "low", **changes) -> RiskAssessment:
    given = {
        "model": model,
        "task": "classification",
        "answers": ANSWERS[tier],
        "use_case_line": "Orders the queue.",
        "by": cast.author,
    }
    return assessments.assess(**(given | changes))


def test_an_imported_model_has_no_tier(cast: Cast) -> None:
    model = imports.imported_model(cast)
    assert model.tier is None
    assert not model.assessments.exists()


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_every_gate_says_to_assess_the_risk_first(cast: Cast, environment: str) -> None:
    version = imports.imported_version(cast)
    finding = gates.ask(facts.of(version), environment).findings[0]
    assert finding.code == "risk-not-assessed"
    assert finding.remedy.startswith("Do the risk assessment first")


def test_nothing_else_lets_an_unassessed_model_through(cast: Cast, settings) -> None:
    settings.DEPLOYMENT_GATES = [gate for gate in settings.DEPLOYMENT_GATES if "RiskAssessed" not in gate["GATE"]]
    version = imports.imported_version(cast)
    for purpose in ("staging", "production"):
        builders.attach_evaluation(cast, version, purpose)
    builders.write_card(cast, version)
    builders.write_release_plan(cast, version)
    for environment in ("staging", "production"):
        codes = {finding.code for finding in gates.ask(facts.of(version), environment).findings}
        assert {"thresholds-missing", "approval-not-asked"} <= codes


def test_it_is_neither_reviewed_nor_deployed(cast: Cast) -> None:
    version = imports.imported_version(cast)
    for refused in (
        lambda: reviews.open_draft(version=version, by=cast.author),
        lambda: reviews.ask(version=version, by=cast.author),
        lambda: deployments.record(version=version, environment="staging", by=cast.release),
        lambda: deployments.record(version=version, environment="staging", by=cast.superuser),
    ):
        with pytest.raises(ValidationError) as refusal:
            refused()
        assert "risk-not-assessed" in refusals.codes(refusal.value)


def test_the_api_is_no_way_around_it(cast: Cast) -> None:
    version = imports.imported_version(cast)
    pipeline = caller(cast.pipeline)
    path = f"/models/{version.model.name}/versions/1"
    assert pipeline.get(f"/models/{version.model.name}").json()["tier"] is None
    assert pipeline.get(f"{path}/gate", environment="production").json()["reasons"][0]["code"] == "risk-not-assessed"
    answer = pipeline.post(f"/models/{version.model.name}/deployments", {"version": 1, "environment": "staging"})
    assert answer.status_code == 409
    assert "risk-not-assessed" in codes(answer)


def test_the_api_finds_what_is_not_assessed(cast: Cast) -> None:
    builders.build_model(cast)
    model = imports.imported_model(cast)
    found = caller(cast.pipeline).get("/models", tier="unassessed").json()["items"]
    assert [item["name"] for item in found] == [model.name]


def test_assessing_gives_the_tier_and_lets_it_go_the_common_way(cast: Cast) -> None:
    version = imports.imported_version(cast)
    before = EvidencePart.objects.get(version=version, part="risk").digest
    assessment = assess(cast, version.model)
    assert assessment.tier.slug == "low"
    assert EvidencePart.objects.get(version=version, part="risk").digest != before
    assert "risk-not-assessed" not in {f.code for f in gates.ask(facts.of(version), "production").findings}
    event = Event.objects.get(kind="registry.model.assessed")
    assert (event.actor, event.facts) == (cast.author.pk, {"tier": "low"})
    reviews.open_draft(version=version, by=cast.author)


def test_a_risky_one_takes_a_use_case(cast: Cast) -> None:
    model = imports.imported_model(cast)
    with pytest.raises(ValidationError) as refusal:
        assess(cast, model, "high")
    assert refusals.codes(refusal.value) == ["use-case-missing"]
    use_case = builders.build_use_case(cast)
    assert assess(cast, model, "high", use_case=use_case, use_case_line="").tier.slug == "high"


def test_it_is_assessed_by_its_team(cast: Cast) -> None:
    model = imports.imported_model(cast)
    for other in (cast.technical, cast.admin, cast.stranger):
        with pytest.raises(PermissionDenied):
            assess(cast, model, by=other)
    assert assess(cast, model).tier.slug == "low"


def test_a_version_without_a_digest_goes_nowhere_even_when_assessed(cast: Cast) -> None:
    imports.imported(cast, imports.table("Churn,1,Who leaves."))
    model = models.AIModel.objects.get(name="churn")
    assess(cast, model)
    found = {finding.code for finding in gates.ask(facts.of(model.versions.get()), "staging").findings}
    assert "artifact-unknown" in found


def test_its_pages_say_so_and_lead_to_the_assessment(cast: Cast) -> None:
    version = imports.imported_version(cast)
    author, name = signed_in(cast.author), version.model.name
    builders.build_model(cast)
    for address in (
        reverse("registry:model_list") + "?tier=unassessed",
        reverse("registry:model_detail", args=[name]),
        reverse("governance:version_detail", args=[name, 1]),
        reverse("approvals:deployment_list", args=[name, 1]),
        reverse("approvals:deployment_record", args=[name, 1]),
        reverse("approvals:review_open", args=[name, 1]),
    ):
        answer = author.get(address)
        assert answer.status_code in (200, 403), address
        if answer.status_code == 200:
            assert "Not assessed" in answer.content.decode(), address
    listed = author.get(reverse("registry:model_list") + "?tier=unassessed").context["page"].rows
    assert [model.name for model in listed] == [name]
    page = author.get(reverse("governance:version_detail", args=[name, 1])).content.decode()
    assert reverse("approvals:model_assess", args=[name]) in page
    assert "do the risk assessment first" in page


def test_the_questions_are_answered_on_a_page(cast: Cast) -> None:
    model = imports.imported_model(cast)
    page = reverse("approvals:model_assess", args=[model.name])
    author = signed_in(cast.author)
    answers = builders.answers_typed()
    assert author.post(page, answers | {"task": "ranking"}).status_code == 422
    answer = author.post(page, answers | {"task": "ranking", "use_case_line": "Orders the queue."})
    assert answer["Location"] == reverse("registry:model_detail", args=[model.name])
    model.refresh_from_db()
    assert (model.tier.slug, model.task) == ("low", "ranking")
    assert {"reason", "use_case", *answers} <= set(author.get(page).context["form"].fields)
    assert "task" not in author.get(page).context["form"].fields
    assert signed_in(cast.technical).get(page).status_code == 403
