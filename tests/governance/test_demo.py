"""The demo organisation: what it says about its models is credible, and there is something to do for its people."""

from __future__ import annotations

import pytest

from approvals import facts as version_facts
from governance.demo import bundle, story
from governance.demo.cast import engage
from registry.models import AIModel, ModelVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo() -> None:
    story.tell(engage(), bundle.read())


def answers(model: str) -> dict[str, str]:
    return AIModel.objects.get(name=model).assessments.get().answers


def test_what_orders_or_judges_people_says_so_and_is_of_high_risk(demo: None) -> None:
    for model in ("diabetes-progression", "rearrest-risk"):
        assert answers(model)["decisions"] == "weighty", model
    tiers = dict(AIModel.objects.values_list("name", "tier__slug"))
    assert tiers == {
        "form-digit-reader": "low",
        "diabetes-progression": "high",
        "rearrest-risk": "high",
        "visit-demand": "low",
    }


def test_one_model_waits_for_business_and_compliance_in_staging(demo: None) -> None:
    version = ModelVersion.objects.get(model__name="diabetes-progression")
    facts = version_facts.of(version)
    assert [stage.stage for stage in facts.stages if not facts.is_approved(stage.stage)] == [
        "business",
        "compliance",
        "deployment",
    ]
    assert facts.active_in("staging")
    assert not facts.active_in("production")
