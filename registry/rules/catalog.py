"""What use cases, models, versions and their evidence have to be."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from registry import metrics
from registry.rules.people import against_token

if TYPE_CHECKING:
    from registry.models import ModelVersion, Person, UseCase
    from registry.rules.risk import Judgement

DIGEST_LENGTH = 64


LOW = 1


def missing_lineage(version: ModelVersion) -> list[str]:
    """What nobody could rebuild this version without: code, data, configuration. Words for a reader."""
    wanted = {
        "the code repository": version.code_repository,
        "the code commit": version.code_commit,
        "the training data": version.training_data_id,
        "the hyperparameters": version.hyperparameters,
        "the training run": version.training_run,
    }
    return [what for what, value in wanted.items() if not value]


def against_deciding_use_case(use_case: UseCase, *, by: Person) -> list[ValidationError]:
    objections = []
    if use_case.status != use_case.Status.PROPOSED:
        decided = use_case.Status(use_case.status).label.lower()
        objections.append(ValidationError(f"This use case is already {decided}.", code="use-case-decided"))
    if use_case.proposed_by.identity == by.identity:
        objections.append(
            ValidationError(
                "You proposed this use case, so somebody else decides. Ask another business reviewer.",
                code="own-proposal",
            )
        )
    return objections + against_token(by)


def against_changing(version: ModelVersion, *, is_retired: bool) -> list[ValidationError]:
    if is_retired:
        return [
            ValidationError(
                f"{version} is retired, so nothing about it changes any more. Register a new version.", code="retired"
            )
        ]
    return []


#: What a rollback test is made of, and what is said of each part that is missing.
WHOLE_TEST = {
    "rollback_test_result": ValidationError("Say whether the test worked.", code="test-result"),
    "rollback_tested_on": ValidationError("Say on which day it was tested.", code="test-day"),
    "rollback_test_evidence": ValidationError(
        "Say what shows the result: a link to the run, or what was seen.", code="test-evidence-missing"
    ),
}


def against_release_plan(content: Mapping[str, Any], today: datetime.date) -> dict[str, ValidationError]:
    """A rollback test lies in the past, has a result, and something shows it. Objections by field."""
    tested_on = content.get("rollback_tested_on")
    objections = {}
    if tested_on and tested_on > today:
        objections["rollback_tested_on"] = ValidationError("The day of the test is still to come.", code="future-test")
    given = {name: str(content.get(name) or "").strip() for name in WHOLE_TEST}
    if given["rollback_tested_on"] or given["rollback_test_result"]:
        objections |= {name: missing for name, missing in WHOLE_TEST.items() if not given[name]}
    return objections


def against_registering(
    found: Judgement | None, *, owner: Person, use_case: UseCase | None
) -> dict[str, ValidationError]:
    """What the tier and the owner have to be; None is a model that nobody has assessed yet. Objections by field."""
    objections = against_use_case(found, use_case)
    if owner.kind != owner.Kind.HUMAN or not owner.is_active:
        objections["owner"] = ValidationError("An owner is a person who can be asked.", code="owner")
    return objections


def against_use_case(found: Judgement | None, use_case: UseCase | None) -> dict[str, ValidationError]:
    """What a model that is judged so is used for. What is prohibited is written down without a use case: it is stopped
    whatever it is for. Objections by field."""
    if use_case is None and found is not None and found.rank > LOW and not found.is_prohibited:
        tier = found.tier.replace("-", " ")
        return {
            "use_case": ValidationError(
                f"These answers give {tier} risk, which takes a use case. Choose one, or propose it first.",
                code="use-case-missing",
            )
        }
    if use_case is not None and use_case.status == use_case.Status.REJECTED:
        return {"use_case": ValidationError("This use case was rejected. Choose another.", code="use-case-rejected")}
    return {}


def against_building_on(version: ModelVersion, *, is_retired: bool) -> list[ValidationError]:
    if is_retired:
        return [ValidationError(f"{version} is retired, so nothing new is built on it.", code="built-on-retired")]
    return []


def against_dataset(version: ModelVersion, purpose: str, sha256: str) -> list[ValidationError]:
    """Figures for staging and production come from data that the version was not trained on."""
    trained_on = version.training_data.sha256 if version.training_data else ""
    if purpose == "development" or sha256 != trained_on:
        return []
    return [
        ValidationError(
            "This is the data that the version was trained on. Evaluate it on data it has not seen.",
            code="training-data",
        )
    ]


def against_measurements(measurements: Iterable[Mapping]) -> list[ValidationError]:
    """At least one figure, each of them possible, and none twice for the same slice."""
    seen: set[tuple[str, str, str]] = set()
    objections = []
    for row in measurements:
        objections += _against_value(row["metric"], row["value"])
        key = (row["metric"], row.get("group", ""), row.get("slice", ""))
        if key in seen:
            where = f" for {key[1]} {key[2]}" if key[1] else ""
            objections.append(
                ValidationError(f"{key[0]}{where} is given twice. Keep one of the two.", code="measured-twice")
            )
        seen.add(key)
    if not seen:
        objections.append(ValidationError("There is no figure in it. Add at least one metric.", code="no-measurement"))
    return objections


def _against_value(slug: str, value: Decimal) -> list[ValidationError]:
    known = metrics.metric(slug)
    if known.can_be(value):
        return []
    return [
        ValidationError(
            f"{known.name} cannot be {value.normalize():f}: it {known.range_words}.", code="impossible-value"
        )
    ]
