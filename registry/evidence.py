"""The digests of a version's evidence parts: what a decision was made on, as 64 hexadecimal digits each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone

from audit import canonical, ledger
from audit.verify import Fault, Proof
from registry import cards
from registry.models import (
    AIModel,
    CodeCheck,
    EvidencePart,
    Measurement,
    ModelVersion,
    Part,
    Person,
    RiskAssessment,
)
from registry.questionnaires import NAMES_BEFORE

AT_ONCE = 500

PLAN_FIELDS = (
    "steps",
    "monitoring_url",
    "alerts_url",
    "on_call",
    "rollback_procedure",
    "rollback_tested_on",
    "rollback_test_result",
    "rollback_test_evidence",
)
USE_CASE_FIELDS = ("problem", "requirement", "acceptance_criteria", "affected_people")
MEASURED = (
    "evaluation_id",
    "evaluation__purpose",
    "evaluation__dataset__sha256",
    "metric",
    "group",
    "slice",
    "value",
)
CHECKED = (
    "commit",
    "test_coverage",
    "tests_passed",
    "tests_failed",
    "lint_findings",
    "type_findings",
    "review_url",
)
#: Of a check whose pipeline scanned the file; the digests of others stay what they were.
SCANNED = ("artifact_findings", "artifact_scanner")


def keep(version: ModelVersion, *parts: Part, by: Person) -> None:
    """Recomputes the given parts inside the open entry, and writes those that changed."""
    entry = ledger.current()
    kept = {row.part: row for row in entry.lock(EvidencePart.objects.filter(version=version, part__in=parts))}
    for part in parts:
        digest = compute(version, part)
        row = kept.get(part) or EvidencePart(version=version, part=part)
        if row.digest != digest:
            row.digest, row.changed_by, row.changed_at = digest, by, timezone.now()
            row.save()


def compute(version: ModelVersion, part: str) -> str:
    """The digest of what the database holds for this part now."""
    return Content([version]).digest(version, part)


class Content:
    """What the parts of some versions consist of now. What they have in other tables is read once for all of them, and
    only when a part asks for it."""

    def __init__(self, versions: Sequence[ModelVersion]) -> None:
        self._keys = [version.pk for version in versions]
        self._models = {version.model_id for version in versions}

    def digest(self, version: ModelVersion, part: str) -> str:
        return canonical.digest(canonical.plain({"part": str(part), "content": self._of[Part(part)](self, version)}))

    def _artifact(self, version: ModelVersion) -> dict[str, Any]:
        return {"sha256": version.artifact_sha256, "size": version.artifact_size, "uri": version.artifact_uri}

    def _lineage(self, version: ModelVersion) -> dict[str, Any]:
        return {
            "repository": version.code_repository,
            "commit": version.code_commit,
            "training_data": version.training_data.sha256 if version.training_data else None,
            "training_run": version.training_run,
            "built_on": version.built_on_id,
        }

    def _configuration(self, version: ModelVersion) -> dict[str, Any]:
        return version.hyperparameters

    def _evaluations(self, version: ModelVersion) -> dict[str, Any]:
        checks = [_checked(row) for row in self._code_checks[version.pk]]
        return {"measurements": self._measurements[version.pk], "code_checks": checks}

    def _card(self, version: ModelVersion) -> dict[str, Any]:
        card = getattr(version, "card", None)
        return {name: getattr(card, name) if card else "" for name in cards.FIELD_NAMES}

    def _release_plan(self, version: ModelVersion) -> dict[str, Any]:
        plan = getattr(version, "release_plan", None)
        return {name: getattr(plan, name) if plan else None for name in PLAN_FIELDS}

    def _risk(self, version: ModelVersion) -> dict[str, Any]:
        model = self._risks[version.model_id]
        use_case = model.use_case
        words = (
            {name: getattr(use_case, name) for name in USE_CASE_FIELDS} if use_case else {"line": model.use_case_line}
        )
        return {"tier": model.tier_id, "answers": self._answers.get(version.model_id), "use_case": words}

    @cached_property
    def _measurements(self) -> dict[int, list[tuple]]:
        measured = Measurement.objects.filter(evaluation__version__in=self._keys).order_by("evaluation_id", "pk")
        return _by_version(measured, "evaluation__version_id", MEASURED)

    @cached_property
    def _code_checks(self) -> dict[int, list[tuple]]:
        reported = CodeCheck.objects.filter(version__in=self._keys).order_by("pk")
        return _by_version(reported, "version_id", (*CHECKED, *SCANNED))

    @cached_property
    def _risks(self) -> dict[int, AIModel]:
        """Read anew: the model in memory may not know yet what its last assessment said."""
        return AIModel.objects.select_related("use_case").in_bulk(self._models)

    @cached_property
    def _answers(self) -> dict[int, dict[str, Any]]:
        """Of the assessment of each model that counts, with the revision of what it answers. One from before there was
        a questionnaire says its four answers, as its digest always did."""
        assessed = RiskAssessment.objects.in_force().filter(model__in=self._models).reverse()
        rows = assessed.values("model_id", "answers", "questionnaire__revision", *NAMES_BEFORE)
        return {row["model_id"]: _answered(row) for row in rows}

    _of: ClassVar[dict[Part, Callable[[Content, ModelVersion], Any]]] = {
        Part.ARTIFACT: _artifact,
        Part.LINEAGE: _lineage,
        Part.CONFIGURATION: _configuration,
        Part.EVALUATIONS: _evaluations,
        Part.CARD: _card,
        Part.RELEASE_PLAN: _release_plan,
        Part.RISK: _risk,
    }


def _checked(row: tuple) -> tuple:
    return row[: len(CHECKED)] if row[-len(SCANNED) :] == (None, "") else row


def _answered(row: dict[str, Any]) -> dict[str, Any]:
    revision = row["questionnaire__revision"]
    if revision is None:
        return {name: row[name] for name in NAMES_BEFORE}
    return {"questionnaire": revision, "given": row["answers"]}


def _by_version(rows: QuerySet, version: str, columns: Sequence[str]) -> dict[int, list[tuple]]:
    found: dict[int, list[tuple]] = defaultdict(list)
    for key, *values in rows.values_list(version, *columns):
        found[key].append(tuple(values))
    return found


def parts_whole() -> Proof:
    """Whether each part's digest is the one of what the database holds, which decisions rest on."""
    count = 0
    versions = ModelVersion.objects.select_related("training_data", "card", "release_plan").order_by("pk")
    read = versions.iterator(chunk_size=AT_ONCE)
    while some := list(islice(read, AT_ONCE)):
        content, known = Content(some), {version.pk: version for version in some}
        for part in EvidencePart.objects.filter(version__in=known).order_by("pk"):
            if part.digest != content.digest(known[part.version_id], part.part):
                where = f"registry_evidencepart {part.pk} ({part.part} of version {part.version_id})"
                return Proof(count, Fault(where, "is not the digest of what is there"))
            count += 1
    return Proof(count)
