"""Reads facts with one statement: every list that belongs to a version comes as a JSON column of its row.

What is asked is put together once for each process and only narrowed afterwards: resolving so large a query takes
Django many times as long as the database takes to answer it.
"""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from django.db.models import Exists, F, JSONField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.db.models.sql import Query
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from approvals.facts.known import (
    ApprovalFacts,
    ConditionFact,
    DecisionFact,
    DeploymentFact,
    EvaluationFact,
    EvidenceFact,
    MeasurementFact,
    PolicyFact,
    PolicyTerms,
    ReviewFact,
    StageFact,
    Stop,
    ThresholdFact,
    VersionFacts,
    WaiverFact,
    Who,
)
from approvals.models import Condition, Decision, Policy, PolicyStage, Review, Stage, Threshold, Waiver
from audit import halts
from registry import rules
from registry.models import CodeCheck, Deployment, Evaluation, EvidencePart, Measurement, ModelVersion

#: The columns of a policy and of its stages, named as the facts name them.
OWN_TERMS = tuple(each.name for each in fields(PolicyTerms) if each.name not in ("stages", "thresholds"))
#: Those of them that are JSON, and how facts hold them.
OWN_SHAPES = {"checks": dict, "card_sections": tuple}
STAGE_TERMS = tuple(each.name for each in fields(StageFact))
STAGE_LISTS = ("rests_on", "checklist", "deciders")


class JSONRows(Subquery):
    """All rows of a queryset as one JSON list, so that lists of several kinds come with one statement."""

    output_field = JSONField()
    empty_result_set_value = "[]"

    def __init__(self, queryset: QuerySet, **fields: Any) -> None:
        super().__init__(queryset.annotate(item=JSONObject(**fields)).values("item"))
        self._written: tuple[Query, tuple[str, tuple]] | None = None

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, tuple]:
        return self._written_once(
            compiler, connection, "(SELECT JSON_GROUP_ARRAY(JSON(_rows.item)) FROM (%(subquery)s) _rows)"
        )

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple]:
        template = "(SELECT COALESCE(JSONB_AGG(_rows.item), '[]'::jsonb) FROM (%(subquery)s) _rows)"
        return self._written_once(compiler, connection, template)

    def _written_once(self, compiler: Any, connection: Any, template: str) -> tuple[str, tuple]:
        """The SQL of a subquery says the same as long as it is the same; copies for other aliases have another one.

        Django changes a query while it writes it, and threads share this one, so each writes a copy. There is no lock:
        writing may ask the database what it can do, and wait there for whoever waits here.
        """
        written = self._written
        if written is None or written[0] is not self.query:
            written = self._written = (self.query, self.copy().as_sql(compiler, connection, template=template))
        return written[1]


class PolicyRows(JSONRows):
    """Of many versions the policies are the same few: each text is read once."""

    class OutputField(JSONField):
        def from_db_value(self, value: str, *_: Any) -> tuple[PolicyFact, ...]:
            return _policies_told(value)

    output_field = OutputField()


def load(versions: QuerySet[ModelVersion], *, now: datetime.datetime | None = None) -> list[VersionFacts]:
    """Facts of each version of the queryset, in its order, from one statement; from two when it is a part of a list."""
    at = now or timezone.now()
    return [_version_facts(version, at) for version in _of_each(versions, _everything)]


def load_approvals(versions: QuerySet[ModelVersion], *, now: datetime.datetime | None = None) -> list[ApprovalFacts]:
    """Only what deciding asks, in the queryset's order, from one lighter statement; policies without thresholds."""
    at = now or timezone.now()
    return [ApprovalFacts(**_approval_facts(version, at)) for version in _of_each(versions, _what_deciding_asks)]


def of(version: ModelVersion) -> VersionFacts:
    """Facts of one version. Raises ModelVersion.DoesNotExist when it is gone."""
    found = load(ModelVersion.objects.filter(pk=version.pk).order_by())
    if not found:
        raise ModelVersion.DoesNotExist(f"{version!r} is gone.")
    return found[0]


ONE_TO_ONE = (
    "model__tier",
    "model__owner",
    "model__team",
    "model__use_case__proposed_by",
    "training_data",
    "created_by",
    "built_on__model",
    "card__revised_by",
    "release_plan__revised_by",
)


def _of_each(
    versions: QuerySet[ModelVersion], known: Callable[[QuerySet[ModelVersion]], QuerySet[ModelVersion]]
) -> Iterable[ModelVersion]:
    """A part of a list cannot be combined with what is asked: its keys come first, in a statement of their own."""
    if versions.query.is_sliced:
        keys = list(versions.values_list("pk", flat=True))
        found = {version.pk: version for version in _of_all(known).filter(pk__in=keys).order_by()} if keys else {}
        return [found[key] for key in keys if key in found]
    narrowed = _of_all(known) & versions
    narrowed.query.default_ordering = versions.query.default_ordering
    return narrowed


@cache
def _of_all(known: Callable[[QuerySet[ModelVersion]], QuerySet[ModelVersion]]) -> QuerySet[ModelVersion]:
    return known(ModelVersion.objects.all())


def _everything(versions: QuerySet[ModelVersion]) -> QuerySet[ModelVersion]:
    return (
        versions.with_status()
        .select_related(*ONE_TO_ONE)
        .annotate(
            fact_policies=_policies(stages=_stage_rows(), thresholds=_threshold_rows()),
            **_approval_rows(),
            fact_withdrawn=_decisions_told(Decision.objects.filter(review__status=Review.Status.WITHDRAWN)),
            fact_conditions=_condition_rows(),
            fact_evaluations=_evaluation_rows(),
            fact_measurements=_measurement_rows(),
            fact_code_check=_code_check_rows(),
            fact_deployments=_deployment_rows(),
            fact_waivers=_waiver_rows(),
            fact_halted=halts.standing_reason(),
        )
    )


def _what_deciding_asks(versions: QuerySet[ModelVersion]) -> QuerySet[ModelVersion]:
    return (
        versions.with_status()
        .select_related("model__tier", "model__use_case", "model__owner", "created_by")
        .annotate(fact_policies=_policies(stages=_stage_rows()), **_approval_rows())
    )


def identity(person: str) -> Coalesce:
    """`Person.identity` of whom the column `person` names."""
    return Coalesce(F(f"{person}__same_as"), F(person))


def _approval_rows() -> dict[str, JSONRows]:
    return {
        "fact_evidence": _evidence_rows(),
        "fact_reviews": _review_rows(),
        "fact_decisions": _decisions_told(Decision.objects.counting()),
    }


def _evidence_rows() -> JSONRows:
    return JSONRows(
        EvidencePart.objects.filter(version=OuterRef("pk")),
        part=F("part"),
        digest=F("digest"),
        changed_by=identity("changed_by"),
        changed_by_name=F("changed_by__name"),
        changed_at=F("changed_at"),
    )


def _review_rows() -> JSONRows:
    return JSONRows(
        Review.objects.filter(version=OuterRef("pk")).order_by("-pk"),
        id=F("pk"),
        status=F("status"),
        round=F("round"),
        requested_by=identity("requested_by"),
        requested_by_name=F("requested_by__name"),
        submitted_by=identity("submitted_by"),
        submitted_by_name=F("submitted_by__name"),
        submitted_at=F("submitted_at"),
        stopped_by=identity("stopped_by"),
        stopped_by_name=F("stopped_by__name"),
        stopped_at=F("stopped_at"),
        stop_reason=F("stop_reason"),
    )


def _decisions_told(decisions: QuerySet[Decision]) -> JSONRows:
    return JSONRows(
        decisions.filter(review__version=OuterRef("pk")).order_by("pk"),
        id=F("pk"),
        review_id=F("review"),
        stage=F("stage"),
        question=F("question"),
        right=F("right"),
        round=F("round"),
        outcome=F("outcome"),
        evidence=F("evidence"),
        by=identity("decided_by"),
        by_name=F("decided_by__name"),
        at=F("decided_at"),
        right_given_by=identity("right_given_by"),
    )


def _condition_rows() -> JSONRows:
    return JSONRows(
        Condition.objects.open().counting().filter(decision__review__version=OuterRef("pk")),
        id=F("pk"),
        text=F("text"),
        owner=F("owner"),
        owner_name=F("owner__name"),
        due_on=F("due_on"),
        consequence=F("consequence"),
    )


def _evaluation_rows() -> JSONRows:
    return JSONRows(
        _newest_of_each_purpose().filter(version=OuterRef("pk")),
        id=F("pk"),
        purpose=F("purpose"),
        dataset=F("dataset__name"),
        by=F("attached_by__name"),
        at=F("attached_at"),
    )


def _measurement_rows() -> JSONRows:
    newest = _newest_of_each_purpose().filter(version=OuterRef(OuterRef("pk")))
    return JSONRows(
        Measurement.objects.filter(evaluation__in=newest),
        evaluation_id=F("evaluation"),
        metric=F("metric"),
        value=F("value"),
        group=F("group"),
        slice=F("slice"),
        sample_size=F("sample_size"),
    )


def _code_check_rows() -> JSONRows:
    return JSONRows(
        CodeCheck.objects.filter(version=OuterRef("pk")).order_by("-pk")[:1],
        test_coverage=F("test_coverage"),
        tests_failed=F("tests_failed"),
        lint_findings=F("lint_findings"),
        type_findings=F("type_findings"),
        artifact_findings=F("artifact_findings"),
        artifact_scanner=F("artifact_scanner"),
        review_url=F("review_url"),
        commit=F("commit"),
        by=F("reported_by__name"),
        at=F("reported_at"),
    )


def _waiver_rows() -> JSONRows:
    return JSONRows(
        Waiver.objects.open().filter(version=OuterRef("pk")),
        id=F("pk"),
        check=F("check_name"),
        environment=F("environment"),
        reason=F("reason"),
        ends_on=F("ends_on"),
        evidence=F("evidence"),
        asked_by=identity("asked_by"),
        asked_by_name=F("asked_by__name"),
        granted_by=identity("decided_by"),
        granted_by_name=F("decided_by__name"),
        granted_at=F("decided_at"),
    )


def _deployment_rows() -> JSONRows:
    return JSONRows(
        Deployment.objects.filter(version=OuterRef("pk")).order_by("pk"),
        id=F("pk"),
        environment=F("environment"),
        by=F("deployed_by__name"),
        at=F("deployed_at"),
        ended_at=F("ended_at"),
    )


def _policies(**lists: JSONRows) -> PolicyRows:
    """The newest policy of the version's tier, and each policy it is or was last reviewed under."""
    newest_review = Review.objects.filter(version=OuterRef(OuterRef("pk"))).order_by("-pk").values("policy")[:1]
    return _policy_rows(_newest_of("model__tier") | Q(pk__in=Subquery(newest_review)), **lists)


def revisions_compared() -> PolicyRows:
    """Of a draft: the newest policy of its tier and the one that it was begun from, the newest first."""
    asked = _newest_of("tier") | Q(pk=OuterRef("based_on"))
    return _policy_rows(asked, stages=_stage_rows(), thresholds=_threshold_rows())


def _newest_of(tier: str) -> Q:
    """The newest policy of what the outer query calls `tier`."""
    newer = Policy.objects.filter(tier=OuterRef("tier"), revision__gt=OuterRef("revision"))
    return Q(~Exists(newer), tier=OuterRef(tier))


def _policy_rows(asked: Q, **lists: JSONRows) -> PolicyRows:
    return PolicyRows(
        Policy.objects.filter(asked).order_by("-revision"),
        id=F("pk"),
        revision=F("revision"),
        **{name: F(name) for name in OWN_TERMS},
        **lists,
    )


def policy_fact(policy: Policy) -> PolicyFact:
    """One published revision, from two statements."""
    return PolicyFact(
        id=policy.pk,
        revision=policy.revision,
        **own_terms({name: getattr(policy, name) for name in OWN_TERMS}),
        stages=tuple(stage_fact(row) for row in policy.stages.order_by("position", "pk").values(*STAGE_TERMS)),
        thresholds=tuple(
            ThresholdFact(each.task, each.purpose, each.metric, each.group, each.bound, each.limit)
            for each in policy.thresholds.order_by("metric", "group")
        ),
    )


def own_terms(said: Mapping[str, Any]) -> dict[str, Any]:
    """The terms of a policy that are no rows of their own. What nothing is said of is left out."""
    found = {name: said[name] for name in OWN_TERMS if name in said}
    return found | {name: shape(nested(found[name])) for name, shape in OWN_SHAPES.items() if name in found}


def _stage_rows() -> JSONRows:
    return JSONRows(
        PolicyStage.objects.filter(policy=OuterRef("pk")).order_by("position", "pk"),
        **{name: F(name) for name in STAGE_TERMS},
    )


def stage_fact(row: Mapping[str, Any]) -> StageFact:
    """Of a row as `stage_row` makes them, or one from before there was a term."""
    lists = {name: nested(row[name]) for name in STAGE_LISTS if name in row}
    deciders = (tuple(pair) for pair in lists.pop("deciders", ()))
    return StageFact(
        **row
        | {name: tuple(items) for name, items in lists.items()}
        | {"stage": Stage(row["stage"]), "deciders": tuple(deciders)}
    )


def stage_row(stage: StageFact) -> dict[str, Any]:
    """The same as plain data."""
    return asdict(stage) | {
        "stage": str(stage.stage),
        "rests_on": [*map(str, stage.rests_on)],
        "checklist": [*stage.checklist],
        "deciders": [[*pair] for pair in stage.deciders],
    }


def _threshold_rows() -> JSONRows:
    return JSONRows(
        Threshold.objects.filter(policy=OuterRef("pk")).order_by("metric", "group"),
        task=F("task"),
        purpose=F("purpose"),
        metric=F("metric"),
        group=F("group"),
        bound=F("bound"),
        limit=F("limit"),
    )


def _newest_of_each_purpose() -> QuerySet[Evaluation]:
    newer = Evaluation.objects.filter(version=OuterRef("version"), purpose=OuterRef("purpose"), pk__gt=OuterRef("pk"))
    return Evaluation.objects.filter(~Exists(newer))


def _version_facts(version: ModelVersion, now: datetime.datetime) -> VersionFacts:
    return VersionFacts(
        **_approval_facts(version, now),
        halted=version.fact_halted or "",
        missing_lineage=tuple(rules.missing_lineage(version)),
        card=getattr(version, "card", None),
        plan=getattr(version, "release_plan", None),
        is_retired=bool(version.is_retired),
        open_conditions=tuple(_condition(row) for row in version.fact_conditions),
        evaluations=_evaluations(version.fact_evaluations, version.fact_measurements),
        code_check=_code_check(version.fact_code_check),
        deployments=tuple(_deployment(row) for row in version.fact_deployments),
        waivers=tuple(_waiver(row) for row in version.fact_waivers),
        withdrawn=tuple(_decision(row) for row in version.fact_withdrawn),
    )


def _approval_facts(version: ModelVersion, now: datetime.datetime) -> dict[str, Any]:
    return {
        "now": now,
        "version": version,
        "use_case": version.model.use_case,
        "policies": version.fact_policies,
        "evidence": {row["part"]: _evidence(row) for row in version.fact_evidence},
        "reviews": tuple(_review(row) for row in version.fact_reviews),
        "decisions": tuple(_decision(row) for row in version.fact_decisions),
    }


@lru_cache(maxsize=256)
def _policies_told(rows: str) -> tuple[PolicyFact, ...]:
    return tuple(_policy(row) for row in json.loads(rows))


def _policy(row: Mapping) -> PolicyFact:
    return PolicyFact(
        id=row["id"],
        revision=row["revision"],
        **own_terms(row),
        stages=tuple(stage_fact(stage) for stage in nested(row["stages"])),
        thresholds=tuple(
            ThresholdFact(**(threshold | {"limit": _decimal(threshold["limit"])}))
            for threshold in nested(row.get("thresholds", []))
        ),
    )


def _evidence(row: Mapping) -> EvidenceFact:
    return EvidenceFact(row["part"], row["digest"], _who(row, "changed_by"), moment(row["changed_at"]))


def _review(row: Mapping) -> ReviewFact:
    return ReviewFact(
        id=row["id"],
        status=row["status"],
        round=row["round"],
        requested_by=_who(row, "requested_by"),
        submitted_by=_who(row, "submitted_by") if row["submitted_by"] else None,
        submitted_at=moment(row["submitted_at"]),
        stop=_stop(row) if row["stopped_by"] else None,
    )


def _stop(row: Mapping) -> Stop:
    return Stop(_who(row, "stopped_by"), moment(row["stopped_at"]), row["stop_reason"])


def _decision(row: Mapping) -> DecisionFact:
    return DecisionFact(
        id=row["id"],
        review_id=row["review_id"],
        stage=Stage(row["stage"]),
        question=row["question"],
        right=row["right"],
        round=row["round"],
        outcome=row["outcome"],
        evidence=nested(row["evidence"]),
        by=_who(row, "by"),
        at=moment(row["at"]),
        right_given_by=uuid.UUID(row["right_given_by"]) if row["right_given_by"] else None,
    )


def _condition(row: Mapping) -> ConditionFact:
    due_on = datetime.date.fromisoformat(row["due_on"])
    return ConditionFact(row["id"], row["text"], _who(row, "owner"), due_on, row["consequence"])


def _evaluations(evaluations: list[Mapping], measurements: list[Mapping]) -> dict[str, EvaluationFact]:
    figures = [MeasurementFact(**(row | {"value": _decimal(row["value"])})) for row in measurements]
    return {
        row["purpose"]: EvaluationFact(
            id=row["id"],
            purpose=row["purpose"],
            dataset=row["dataset"],
            by=row["by"],
            at=moment(row["at"]),
            measurements=tuple(figure for figure in figures if figure.evaluation_id == row["id"]),
        )
        for row in evaluations
    }


def _code_check(found: list[Mapping]) -> Mapping[str, Any] | None:
    return found[0] | {"at": moment(found[0]["at"])} if found else None


def _deployment(row: Mapping) -> DeploymentFact:
    return DeploymentFact(row["id"], row["environment"], row["by"], moment(row["at"]), moment(row["ended_at"]))


def _waiver(row: Mapping) -> WaiverFact:
    return WaiverFact(
        id=row["id"],
        check=row["check"],
        environment=row["environment"],
        reason=row["reason"],
        ends_on=datetime.date.fromisoformat(row["ends_on"]),
        evidence=nested(row["evidence"]),
        asked_by=_who(row, "asked_by"),
        granted_by=_who(row, "granted_by") if row["granted_by"] else None,
        granted_at=moment(row["granted_at"]),
    )


def _who(row: Mapping, field: str) -> Who:
    return Who(uuid.UUID(row[field]), row[f"{field}_name"])


def nested(value: Any) -> Any:
    """SQLite gives JSON inside JSON as text."""
    return json.loads(value) if isinstance(value, str) else value


def _decimal(value: Any) -> Decimal:
    """Exact: governed figures have at most 15 digits, and 15 digits survive the JSON number's double."""
    return Decimal(repr(value) if isinstance(value, float) else str(value))


def moment(text: str | None) -> datetime.datetime | None:
    at = parse_datetime(text) if text else None
    return at.replace(tzinfo=datetime.UTC) if at and at.tzinfo is None else at
