"""What decisions were made on is computed anew from what is there, for all versions at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection

from approvals.models import Decision
from audit import canonical, verify
from registry.actions import evaluations
from registry.evidence import Content, parts_whole
from registry.models import EvidencePart, ModelVersion, Part
from tests import builders
from tests.attacks import past_the_guards
from tests.builders import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


@pytest.fixture
def version(cast: Cast) -> ModelVersion:
    builders.ready_version(cast, "low")
    return builders.approved_version(cast, "medium")


def test_every_part_of_every_version_is_what_was_kept(version: ModelVersion) -> None:
    proof = parts_whole()
    assert (proof.fault, proof.count) == (None, EvidencePart.objects.count())
    assert proof.count == len(Part) * ModelVersion.objects.count()


def test_reading_many_versions_costs_no_more_statements(version: ModelVersion, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(6):
        parts_whole()


def test_of_many_and_of_one_the_digests_are_the_same(version: ModelVersion) -> None:
    versions = list(ModelVersion.objects.select_related("training_data", "card", "release_plan"))
    together = Content(versions)
    for each in versions:
        alone = Content([ModelVersion.objects.get(pk=each.pk)])
        for part in Part:
            assert together.digest(each, part) == alone.digest(ModelVersion.objects.get(pk=each.pk), part)


def test_a_scan_is_evidence_and_without_one_the_digest_is_what_it_was(cast: Cast) -> None:
    version = builders.build_version(cast)
    found = {"tests_passed": 9, "tests_failed": 0, "lint_findings": 1, "type_findings": 2}
    former = ["a" * 40, Decimal("90.50"), 9, 0, 1, 2, ""]

    def kept(*checks: list[Any]) -> bool:
        content = {"measurements": [], "code_checks": [*checks]}
        digest = canonical.digest(canonical.plain({"part": "evaluations", "content": content}))
        return EvidencePart.objects.get(version=version, part=Part.EVALUATIONS).digest == digest

    def report(**scan: Any) -> None:
        checked = {"commit": "a" * 40, "test_coverage": Decimal("90.5")}
        evaluations.report_code_check(version=version, by=cast.pipeline, **checked, **found, **scan)

    report()
    assert kept(former)
    report(artifact_findings=0, artifact_scanner="picklescan")
    assert kept(former, [*former, 0, "picklescan"])
    assert parts_whole().fault is None


@pytest.mark.parametrize("half", [{"artifact_findings": 0}, {"artifact_scanner": "picklescan"}])
def test_the_database_keeps_no_half_of_a_scan(cast: Cast, half: dict[str, Any]) -> None:
    found = {"tests_passed": 9, "tests_failed": 0, "lint_findings": 1, "type_findings": 2, "test_coverage": 90}
    with pytest.raises(IntegrityError, match="scan_names_its_scanner"):
        evaluations.report_code_check(
            version=builders.build_version(cast), by=cast.pipeline, commit="a" * 40, **found, **half
        )


@pytest.mark.parametrize(
    ("table", "change", "part"),
    [
        ("registry_measurement", "value = value + 1", Part.EVALUATIONS),
        ("registry_modelcard", "overview = 'Another one'", Part.CARD),
        ("registry_releaseplan", "on_call = 'Nobody'", Part.RELEASE_PLAN),
        ("registry_modelversion", "code_commit = 'abcdef1'", Part.LINEAGE),
        ("registry_riskassessment", "answers = '{}'", Part.RISK),
    ],
)
def test_evidence_that_was_changed_beside_the_portal_is_named(
    version: ModelVersion, table: str, change: str, part: Part
) -> None:
    with past_the_guards(table), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change}")
    fault = parts_whole().fault
    assert fault is not None
    assert fault.where.startswith("registry_evidencepart")
    assert str(part) in fault.where


def test_decisions_rest_on_what_is_proved(version: ModelVersion) -> None:
    kept = dict(EvidencePart.objects.filter(version=version).values_list("part", "digest"))
    for decision in Decision.objects.filter(review__version=version):
        assert decision.evidence.items() <= kept.items()


@pytest.mark.django_db(transaction=True)
def test_the_deep_proof_reads_the_evidence_too(cast: Cast) -> None:
    builders.ready_version(cast)
    found = verify.verify(deep=True, every_copy=True)
    assert (found.fault, found.read["evidence parts"]) == (None, len(Part))
    assert set(found.read) == {"events", "rows", "evidence parts"}
    assert set(verify.verify(deep=False, every_copy=True).read) == {"events"}
