"""Everything that rules and gates ask about a version, read in one statement for one version or ten thousand.

What comes out is plain and frozen, so that rules and gates stay pure and can be asked about any moment.
"""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, JSONField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from approvals.models import Condition, Decision, Policy, PolicyStage, Review, Threshold
from registry import rules
from registry.models import (
    CodeCheck,
    Deployment,
    Evaluation,
    EvidencePart,
    Measurement,
    ModelCard,
    ModelVersion,
    ReleasePlan,
    UseCase,
)


@dataclass(frozen=True)
class Who:
    """A person as facts know them. Compared by id."""

    id: uuid.UUID
    name: str


NOBODY = Who(uuid.UUID(int=0), "nobody known")


@dataclass(frozen=True)
class StageFact:
    stage: str
    position: int
    rests_on: tuple[str, ...]


@dataclass(frozen=True)
class ThresholdFact:
    task: str
    purpose: str
    metric: str
    group: str
    bound: str
    limit: Decimal


@dataclass(frozen=True)
class PolicyFact:
    id: int
    revision: int
    review_cadence_days: int
    rollback_test_valid_days: int
    stages: tuple[StageFact, ...]
    thresholds: tuple[ThresholdFact, ...]


@dataclass(frozen=True)
class EvidenceFact:
    part: str
    digest: str
    changed_by: Who
    changed_at: datetime.datetime


@dataclass(frozen=True)
class DecisionFact:
    id: int
    review_id: int
    stage: str
    round: int
    outcome: str
    evidence: Mapping[str, str]
    by: Who
    at: datetime.datetime

    @property
    def approves(self) -> bool:
        return self.outcome in Decision.APPROVING


@dataclass(frozen=True)
class ReviewFact:
    id: int
    status: str
    round: int
    requested_by: Who
    submitted_by: Who | None
    submitted_at: datetime.datetime | None


@dataclass(frozen=True)
class ConditionFact:
    id: int
    text: str
    owner: Who
    due_on: datetime.date


@dataclass(frozen=True)
class MeasurementFact:
    evaluation_id: int
    metric: str
    value: Decimal
    group: str
    slice: str
    sample_size: int | None


@dataclass(frozen=True)
class EvaluationFact:
    """The newest evaluation of one purpose, with its figures."""

    id: int
    purpose: str
    dataset: str
    by: str
    at: datetime.datetime
    measurements: tuple[MeasurementFact, ...]


@dataclass(frozen=True)
class DeploymentFact:
    id: int
    environment: str
    by: str
    at: datetime.datetime
    ended_at: datetime.datetime | None


@dataclass(frozen=True)
class VersionFacts:
    """One version, at `now`. `policies` are the newest of its tier and the one of its last review."""

    now: datetime.datetime
    version: ModelVersion
    missing_lineage: tuple[str, ...]
    use_case: UseCase | None
    card: ModelCard | None
    plan: ReleasePlan | None
    is_retired: bool
    policies: tuple[PolicyFact, ...]
    evidence: Mapping[str, EvidenceFact]
    reviews: tuple[ReviewFact, ...]
    decisions: tuple[DecisionFact, ...]
    open_conditions: tuple[ConditionFact, ...]
    evaluations: Mapping[str, EvaluationFact]
    code_check: Mapping[str, Any] | None
    deployments: tuple[DeploymentFact, ...]

    @property
    def today(self) -> datetime.date:
        return timezone.localdate(self.now)

    @property
    def open_review(self) -> ReviewFact | None:
        return next((review for review in self.reviews if review.status in Review.OPEN), None)

    @property
    def stages(self) -> tuple[StageFact, ...]:
        """Every stage that one of the policies asks for, in order; a stage rests on all parts any of them names."""
        united: dict[str, StageFact] = {}
        for stage in (stage for policy in self.policies for stage in policy.stages):
            known = united.get(stage.stage, stage)
            parts = tuple(dict.fromkeys(known.rests_on + stage.rests_on))
            united[stage.stage] = StageFact(stage.stage, max(known.position, stage.position), parts)
        return tuple(sorted(united.values(), key=lambda stage: (stage.position, stage.stage)))

    def latest_decision(self, stage: str) -> DecisionFact | None:
        return next((decision for decision in reversed(self.decisions) if decision.stage == stage), None)

    def changed_parts(self, decision: DecisionFact) -> list[EvidenceFact]:
        """The parts that are no longer what `decision` was made on. A part that is gone has changed."""
        stage = next((stage for stage in self.stages if stage.stage == decision.stage), None)
        now = [self.evidence.get(part, self._gone(part)) for part in (stage.rests_on if stage else decision.evidence)]
        return [part for part in now if part.digest != decision.evidence.get(part.part)]

    def _gone(self, part: str) -> EvidenceFact:
        return EvidenceFact(part, "", NOBODY, self.now)

    @property
    def requesters(self) -> set[uuid.UUID]:
        """Everybody who opened or submitted a review of this version."""
        asked = [person for review in self.reviews for person in (review.requested_by, review.submitted_by)]
        return {person.id for person in asked if person}

    @property
    def authors(self) -> set[uuid.UUID]:
        """Whose work is judged: who registered the version, owns the model, or made any part of its evidence."""
        made = {part.changed_by.id for part in self.evidence.values()}
        return made | {self.version.created_by_id, self.version.model.owner_id}

    @property
    def barred(self) -> set[uuid.UUID]:
        """Who does not decide about this version, whatever rights they hold."""
        return self.requesters | self.authors

    def is_approved(self, stage: str) -> bool:
        """The newest decision of the stage approves, and rests on what is there now."""
        decision = self.latest_decision(stage)
        return decision is not None and decision.approves and not self.changed_parts(decision)

    def is_open(self, stage: StageFact) -> bool:
        """Everything that comes before the stage is approved."""
        return all(self.is_approved(before.stage) for before in self.stages if before.position < stage.position)

    def active_in(self, environment: str) -> DeploymentFact | None:
        return next((d for d in self.deployments if d.environment == environment and d.ended_at is None), None)


class JSONRows(Subquery):
    """All rows of a queryset as one JSON list, so that lists of several kinds come with one statement."""

    output_field = JSONField()

    def __init__(self, queryset: QuerySet, **fields: Any) -> None:
        super().__init__(queryset.annotate(item=JSONObject(**fields)).values("item"))

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple:
        template = "(SELECT JSON_GROUP_ARRAY(JSON(_rows.item)) FROM (%(subquery)s) _rows)"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple:
        template = "(SELECT COALESCE(JSONB_AGG(_rows.item), '[]'::jsonb) FROM (%(subquery)s) _rows)"
        return self.as_sql(compiler, connection, template=template, **extra)


def load(versions: QuerySet[ModelVersion], *, now: datetime.datetime | None = None) -> list[VersionFacts]:
    """Facts of each version of the queryset, in its order, from one statement."""
    moment = now or timezone.now()
    return [_version_facts(version, moment) for version in _with_everything(versions)]


def of(version: ModelVersion) -> VersionFacts:
    """Facts of one version. Raises ModelVersion.DoesNotExist when it is gone."""
    found = load(ModelVersion.objects.filter(pk=version.pk))
    if not found:
        raise ModelVersion.DoesNotExist(f"{version!r} is gone.")
    return found[0]


def _with_everything(versions: QuerySet[ModelVersion]) -> QuerySet[ModelVersion]:
    this = {"version": OuterRef("pk")}
    return (
        versions.with_status()
        .select_related(
            "model__tier",
            "model__owner",
            "model__team",
            "model__use_case",
            "training_data",
            "created_by",
            "built_on__model",
            "card__revised_by",
            "release_plan__revised_by",
        )
        .annotate(
            fact_policies=_policies(),
            fact_evidence=JSONRows(
                EvidencePart.objects.filter(**this),
                part=F("part"),
                digest=F("digest"),
                changed_by=F("changed_by"),
                changed_by_name=F("changed_by__name"),
                changed_at=F("changed_at"),
            ),
            fact_reviews=JSONRows(
                Review.objects.filter(**this).order_by("-pk"),
                id=F("pk"),
                status=F("status"),
                round=F("round"),
                requested_by=F("requested_by"),
                requested_by_name=F("requested_by__name"),
                submitted_by=F("submitted_by"),
                submitted_by_name=F("submitted_by__name"),
                submitted_at=F("submitted_at"),
            ),
            fact_decisions=JSONRows(
                Decision.objects.filter(review__version=OuterRef("pk"))
                .exclude(review__status=Review.Status.WITHDRAWN)
                .order_by("pk"),
                id=F("pk"),
                review_id=F("review"),
                stage=F("stage"),
                round=F("round"),
                outcome=F("outcome"),
                evidence=F("evidence"),
                by=F("decided_by"),
                by_name=F("decided_by__name"),
                at=F("decided_at"),
            ),
            fact_conditions=JSONRows(
                Condition.objects.open()
                .filter(decision__review__version=OuterRef("pk"))
                .exclude(decision__review__status=Review.Status.WITHDRAWN),
                id=F("pk"),
                text=F("text"),
                owner=F("owner"),
                owner_name=F("owner__name"),
                due_on=F("due_on"),
            ),
            fact_evaluations=JSONRows(
                _newest_of_each_purpose().filter(**this),
                id=F("pk"),
                purpose=F("purpose"),
                dataset=F("dataset__name"),
                by=F("attached_by__name"),
                at=F("attached_at"),
            ),
            fact_measurements=JSONRows(
                Measurement.objects.filter(
                    evaluation__in=_newest_of_each_purpose().filter(version=OuterRef(OuterRef("pk")))
                ),
                evaluation_id=F("evaluation"),
                metric=F("metric"),
                value=F("value"),
                group=F("group"),
                slice=F("slice"),
                sample_size=F("sample_size"),
            ),
            fact_code_check=JSONRows(
                CodeCheck.objects.filter(**this).order_by("-pk")[:1],
                test_coverage=F("test_coverage"),
                tests_failed=F("tests_failed"),
                lint_findings=F("lint_findings"),
                type_findings=F("type_findings"),
                review_url=F("review_url"),
                commit=F("commit"),
                by=F("reported_by__name"),
                at=F("reported_at"),
            ),
            fact_deployments=JSONRows(
                Deployment.objects.filter(**this).order_by("pk"),
                id=F("pk"),
                environment=F("environment"),
                by=F("deployed_by__name"),
                at=F("deployed_at"),
                ended_at=F("ended_at"),
            ),
        )
    )


def _policies() -> JSONRows:
    """The newest policy of the version's tier, and each policy it is or was last reviewed under."""
    newer = Policy.objects.filter(tier=OuterRef("tier"), revision__gt=OuterRef("revision"))
    newest_review = Review.objects.filter(version=OuterRef(OuterRef("pk"))).order_by("-pk").values("policy")[:1]
    asked = Policy.objects.filter(
        Q(~Exists(newer), tier=OuterRef("model__tier")) | Q(pk__in=Subquery(newest_review))
    ).order_by("-revision")
    return JSONRows(
        asked,
        id=F("pk"),
        revision=F("revision"),
        review_cadence_days=F("review_cadence_days"),
        rollback_test_valid_days=F("rollback_test_valid_days"),
        stages=JSONRows(
            PolicyStage.objects.filter(policy=OuterRef("pk")).order_by("position", "pk"),
            stage=F("stage"),
            position=F("position"),
            rests_on=F("rests_on"),
        ),
        thresholds=JSONRows(
            Threshold.objects.filter(policy=OuterRef("pk")).order_by("metric", "group"),
            task=F("task"),
            purpose=F("purpose"),
            metric=F("metric"),
            group=F("group"),
            bound=F("bound"),
            limit=F("limit"),
        ),
    )


def _newest_of_each_purpose() -> QuerySet[Evaluation]:
    newer = Evaluation.objects.filter(version=OuterRef("version"), purpose=OuterRef("purpose"), pk__gt=OuterRef("pk"))
    return Evaluation.objects.filter(~Exists(newer))


def _version_facts(version: ModelVersion, now: datetime.datetime) -> VersionFacts:
    return VersionFacts(
        now=now,
        version=version,
        missing_lineage=tuple(rules.missing_lineage(version)),
        use_case=version.model.use_case,
        card=getattr(version, "card", None),
        plan=getattr(version, "release_plan", None),
        is_retired=bool(version.is_retired),
        policies=tuple(_policy(row) for row in version.fact_policies),
        evidence={row["part"]: _evidence(row) for row in version.fact_evidence},
        reviews=tuple(_review(row) for row in version.fact_reviews),
        decisions=tuple(_decision(row) for row in version.fact_decisions),
        open_conditions=tuple(_condition(row) for row in version.fact_conditions),
        evaluations=_evaluations(version.fact_evaluations, version.fact_measurements),
        code_check=_code_check(version.fact_code_check),
        deployments=tuple(_deployment(row) for row in version.fact_deployments),
    )


def _policy(row: Mapping) -> PolicyFact:
    return PolicyFact(
        id=row["id"],
        revision=row["revision"],
        review_cadence_days=row["review_cadence_days"],
        rollback_test_valid_days=row["rollback_test_valid_days"],
        stages=tuple(
            StageFact(stage["stage"], stage["position"], tuple(_nested(stage["rests_on"])))
            for stage in _nested(row["stages"])
        ),
        thresholds=tuple(
            ThresholdFact(**(threshold | {"limit": _decimal(threshold["limit"])}))
            for threshold in _nested(row["thresholds"])
        ),
    )


def _evidence(row: Mapping) -> EvidenceFact:
    return EvidenceFact(row["part"], row["digest"], _who(row, "changed_by"), _moment(row["changed_at"]))


def _review(row: Mapping) -> ReviewFact:
    return ReviewFact(
        id=row["id"],
        status=row["status"],
        round=row["round"],
        requested_by=_who(row, "requested_by"),
        submitted_by=_who(row, "submitted_by") if row["submitted_by"] else None,
        submitted_at=_moment(row["submitted_at"]),
    )


def _decision(row: Mapping) -> DecisionFact:
    return DecisionFact(
        id=row["id"],
        review_id=row["review_id"],
        stage=row["stage"],
        round=row["round"],
        outcome=row["outcome"],
        evidence=_nested(row["evidence"]),
        by=_who(row, "by"),
        at=_moment(row["at"]),
    )


def _condition(row: Mapping) -> ConditionFact:
    return ConditionFact(row["id"], row["text"], _who(row, "owner"), datetime.date.fromisoformat(row["due_on"]))


def _evaluations(evaluations: list[Mapping], measurements: list[Mapping]) -> dict[str, EvaluationFact]:
    figures = [MeasurementFact(**(row | {"value": _decimal(row["value"])})) for row in measurements]
    return {
        row["purpose"]: EvaluationFact(
            id=row["id"],
            purpose=row["purpose"],
            dataset=row["dataset"],
            by=row["by"],
            at=_moment(row["at"]),
            measurements=tuple(figure for figure in figures if figure.evaluation_id == row["id"]),
        )
        for row in evaluations
    }


def _code_check(found: list[Mapping]) -> Mapping[str, Any] | None:
    return found[0] | {"at": _moment(found[0]["at"])} if found else None


def _deployment(row: Mapping) -> DeploymentFact:
    return DeploymentFact(row["id"], row["environment"], row["by"], _moment(row["at"]), _moment(row["ended_at"]))


def _who(row: Mapping, field: str) -> Who:
    return Who(uuid.UUID(row[field]), row[f"{field}_name"])


def _nested(value: Any) -> Any:
    """SQLite gives JSON inside JSON as text."""
    return json.loads(value) if isinstance(value, str) else value


def _decimal(value: Any) -> Decimal:
    """Exact: governed figures have at most 15 digits, and 15 digits survive the JSON number's double."""
    return Decimal(repr(value) if isinstance(value, float) else str(value))


def _moment(text: str | None) -> datetime.datetime | None:
    moment = parse_datetime(text) if text else None
    return moment.replace(tzinfo=datetime.UTC) if moment and moment.tzinfo is None else moment
