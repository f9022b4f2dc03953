"""Deployment, retirement and performance reviews: nothing goes that the gates or a dependent refuse."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from approvals import tasks
from approvals.actions import deployments, performance_reviews, retirement
from approvals.models import Clearance, PerformanceReview
from audit import refusals
from audit.models import Event
from registry import evidence
from registry.actions import consumers
from registry.models import Deployment, EvidencePart, ModelVersion, Person, Retirement
from tests import builders
from tests.builders import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def refused(call: Any) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        call()
    return refusals.codes(refusal.value)


def current(version: ModelVersion) -> str:
    return ModelVersion.objects.with_status().get(pk=version.pk).status


class TestDeployment:
    def test_it_is_refused_with_the_gate_s_own_list(self, cast: Cast) -> None:
        version = builders.build_version(cast)
        assert refused(lambda: deployments.record(version=version, environment="staging", by=cast.release)) == [
            "evaluation-missing",
            "technical-approval",
        ]
        assert not Deployment.objects.exists()
        assert Event.objects.order_by("-id")[0].kind == "approvals.deployment.recorded.refused"

    def test_status_follows_what_runs(self, cast: Cast) -> None:
        version = builders.approved_version(cast)
        assert current(version) == "development"
        deployments.record(version=version, environment="staging", by=cast.release)
        assert current(version) == "staging"
        live = deployments.record(version=version, environment="production", by=cast.release)
        assert current(version) == "production"
        deployments.end(deployment=live, reason="Paused.", by=cast.release)
        assert current(version) == "staging"

    def test_a_new_version_takes_the_place_of_the_old(self, cast: Cast) -> None:
        old = builders.deployed_version(cast)
        new = builders.deployed_version(cast, model=old.model)
        assert (current(old), current(new)) == ("development", "production")
        ended = Deployment.objects.get(version=old, environment="production")
        assert ended.end_reason == f"Replaced by v{new.number}"
        assert Deployment.objects.filter(model=old.model, environment="production", ended_at=None).count() == 1

    def test_it_is_not_recorded_twice(self, cast: Cast) -> None:
        version = builders.deployed_version(cast, environment="staging")
        assert refused(lambda: deployments.record(version=version, environment="staging", by=cast.release)) == [
            "already-deployed"
        ]

    def test_only_release_manager_and_the_team_s_pipeline_record_it(self, cast: Cast) -> None:
        version = builders.approved_version(cast)
        for person in (cast.author, cast.technical, cast.admin, cast.stranger):
            with pytest.raises(PermissionDenied):
                deployments.record(version=version, environment="staging", by=person)
        pipeline = builders.with_token(cast.pipeline, "deploy")
        assert deployments.record(version=version, environment="staging", by=pipeline).deployed_by == cast.pipeline

    def test_a_token_needs_the_scope(self, cast: Cast) -> None:
        version = builders.approved_version(cast)
        pipeline = builders.with_token(cast.pipeline, "read", "evaluate")
        assert refused(lambda: deployments.record(version=version, environment="staging", by=pipeline)) == [
            "scope-missing"
        ]


def ask_clearance(cast: Cast, version: ModelVersion, replacement: ModelVersion | None = None) -> Clearance:
    retirement.ask_clearance(version=version, reason="No longer used.", replacement=replacement, by=cast.author)
    tasks.compute_waiting_clearances()
    return Clearance.objects.filter(version=version).first()


class TestRetirement:
    def test_everything_that_depends_on_it_refuses_by_name(self, cast: Cast) -> None:
        version = builders.deployed_version(cast)
        consumer = consumers.declare(version=version, name="Post room", contact="post@example.org", by=cast.author)
        descendant = builders.build_version(cast, built_on=version)
        clearance = ask_clearance(cast, version)
        assert [dependent["kind"] for dependent in clearance.dependents] == [
            "deployment",
            "deployment",
            "consumer",
            "version",
        ]
        assert refused(lambda: retirement.retire(clearance=clearance, by=cast.author)) == [
            "depends-deployment",
            "depends-consumer",
            "depends-version",
        ]
        for deployment in Deployment.objects.filter(version=version):
            deployments.end(deployment=deployment, reason="Retiring.", by=cast.release)
        consumers.end(consumer=consumer, by=cast.author)
        retirement.retire(clearance=ask_clearance(cast, descendant), by=cast.author)
        retirement.retire(clearance=clearance, by=cast.author)
        assert current(version) == "retired"

    def test_what_appeared_after_the_clearance_still_refuses(self, cast: Cast) -> None:
        version = builders.build_version(cast)
        clearance = ask_clearance(cast, version)
        assert clearance.dependents == []
        consumers.declare(version=version, name="Late comer", contact="late@example.org", by=cast.author)
        assert refused(lambda: retirement.retire(clearance=clearance, by=cast.author)) == ["depends-consumer"]
        assert not Retirement.objects.exists()

    def test_it_waits_for_the_computation(self, cast: Cast) -> None:
        version = builders.build_version(cast)
        clearance = retirement.ask_clearance(version=version, reason="Old.", replacement=None, by=cast.author)
        assert refused(lambda: retirement.retire(clearance=clearance, by=cast.author)) == ["not-computed"]

    def test_it_names_its_replacement(self, cast: Cast) -> None:
        old, new = builders.build_version(cast), builders.build_version(cast)
        assert refused(lambda: ask_clearance(cast, old, replacement=old)) == ["replaces-itself"]
        retirement.retire(clearance=ask_clearance(cast, old, replacement=new), by=cast.author)
        assert Retirement.objects.get().replacement == new
        assert Event.objects.order_by("-id")[0].facts["replacement"] == str(new)

    def test_nothing_is_built_on_it_and_it_replaces_nothing(self, cast: Cast) -> None:
        retired, other = builders.build_version(cast), builders.build_version(cast)
        retirement.retire(clearance=ask_clearance(cast, retired), by=cast.author)
        assert refused(lambda: builders.build_version(cast, built_on=retired)) == ["built-on-retired"]
        assert refused(lambda: ask_clearance(cast, other, replacement=retired)) == ["replacement-retired"]

    def test_a_retired_version_changes_no_more(self, cast: Cast) -> None:
        version = builders.ready_version(cast)
        retirement.retire(clearance=ask_clearance(cast, version), by=cast.author)
        assert refused(lambda: builders.write_card(cast, version, seen_revision=1)) == ["retired"]
        assert refused(lambda: builders.attach_evaluation(cast, version)) == ["retired"]
        assert refused(lambda: builders.ask_for_review(cast, version)) == ["retired"]
        assert "retired" in refused(lambda: deployments.record(version=version, environment="staging", by=cast.release))


class TestPerformanceReviews:
    def test_one_is_opened_when_the_tier_s_cadence_has_passed(self, cast: Cast) -> None:
        version = builders.deployed_version(cast, "high")
        deployed = Deployment.objects.get(environment="production")
        assert performance_reviews.open_due(by=Person.objects.system()) == []
        day = datetime.timedelta(days=1)

        def open_at(days: int) -> int:
            moment = deployed.deployed_at + days * day
            return len(performance_reviews.open_due(by=Person.objects.system(), now=moment))

        assert [open_at(days) for days in (89, 90, 91, 179, 180, 200)] == [0, 1, 0, 0, 1, 0]
        first = PerformanceReview.objects.order_by("period")[0]
        assert first.version == version
        assert first.period == timezone.localdate(deployed.deployed_at) + 90 * day

    def test_the_task_opens_it_and_the_team_closes_it_with_a_finding(self, cast: Cast) -> None:
        builders.deployed_version(cast)
        soon = timezone.now() + datetime.timedelta(days=366)
        (due,) = performance_reviews.open_due(by=Person.objects.system(), now=soon)
        assert tasks.open_due_performance_reviews() == 0
        with pytest.raises(PermissionDenied):
            performance_reviews.close(
                performance_review=due, finding="watch", summary="Drifts a little.", by=cast.technical
            )
        closed = performance_reviews.close(
            performance_review=due, finding="watch", summary="Drifts a little.", by=cast.colleague
        )
        assert closed.closed_by == cast.colleague
        assert refused(
            lambda: performance_reviews.close(
                performance_review=due, finding="watch", summary="Again.", by=cast.colleague
            )
        ) == ["performance-review-closed"]

    def test_a_model_out_of_production_needs_none(self, cast: Cast) -> None:
        builders.deployed_version(cast)
        for deployment in Deployment.objects.filter(ended_at=None):
            deployments.end(deployment=deployment, reason="Stopped.", by=cast.release)
        soon = timezone.now() + datetime.timedelta(days=400)
        assert performance_reviews.open_due(by=Person.objects.system(), now=soon) == []


def test_modules_that_change_evidence_keep_its_digests(cast: Cast) -> None:
    """Every evidence part can be recomputed from the rows it stands for."""
    builders.deployed_version(cast, "high")
    for row in EvidencePart.objects.select_related("version__training_data"):
        assert row.digest == evidence.compute(row.version, row.part), row.part
