"""The shapes of the registry's API: what comes in (bounded, nothing unknown), and what goes out."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.db import models
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from audit import canonical, legible
from registry import addresses, cards
from registry.forms.fields import LONGEST_PROSE, read_instant, validate_day
from registry.models import AIModel, ModelCard, ModelVersion, Person, Purpose, Questionnaire, ReleasePlan, UseCase
from registry.questionnaires import NAMES_BEFORE
from registry.rules import missing_lineage
from registry.rules.risk import MOST_QUESTIONS
from registry.uploads import MAX_MEASUREMENTS, decimal_of

LARGEST_COUNT = 2**31 - 1
PAGE, LARGEST_PAGE = 50, 100


def _checked(validate: Callable[[Any], None]) -> AfterValidator:
    """What a form's field asks of a value, asked here in the same words."""

    def check(value: Any) -> Any:
        try:
            validate(value)
        except ValidationError as refusal:
            raise PydanticCustomError(refusal.code, refusal.message) from refusal
        return value

    return AfterValidator(check)


def _figure(value: Any) -> Decimal:
    """The decimal as it was written, as a JSON number or as text; never by way of a float."""
    try:
        return decimal_of(value)
    except ValidationError as refusal:
        raise PydanticCustomError("number", refusal.message) from refusal


def _without_decimals(value: Any) -> Any:
    """Decimals as the text of their digits: governed JSON holds no fractions."""
    match value:
        case Decimal():
            return str(value)
        case dict():
            return {key: _without_decimals(item) for key, item in value.items()}
        case list():
            return [_without_decimals(item) for item in value]
    return value


def one_of(choices: type[models.TextChoices]) -> Any:
    """One of the values. Not the class itself: descriptions call classes by their last name, and many are “Status”."""
    return Literal[tuple(choices.values)]


STORABLE = _checked(canonical.validate)


def text(longest: int, shortest: int = 0, pattern: str | None = None) -> Any:
    """One line of bounded length that every engine can store and every reader can see."""
    bounded = Field(min_length=shortest, max_length=longest, pattern=pattern)
    return Annotated[str, bounded, STORABLE, _checked(legible.validate_line)]


def prose(longest: int) -> Any:
    return Annotated[str, Field(max_length=longest), STORABLE, _checked(legible.validate_prose)]


def place(longest: int) -> Any:
    return Annotated[text(longest), _checked(addresses.validate_place)]


def _written_day(value: Any) -> Any:
    """Never a number, which would be read as seconds since 1970."""
    if isinstance(value, str | datetime.date):
        return value
    raise PydanticCustomError("date", "Write the day as text, such as “2026-11-03”.")


def _instant(value: Any) -> datetime.datetime:
    """Never a number, and never without its zone."""
    try:
        return read_instant(str(value))
    except ValidationError as refusal:
        raise PydanticCustomError(refusal.code, refusal.message) from refusal


def _validate_web_address(text: str) -> None:
    if text:
        addresses.validate_web_address(text)


ModelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Number = Annotated[int, Field(ge=1, le=LARGEST_COUNT)]
WrittenNumber = Annotated[int, Field(strict=True, ge=1, le=LARGEST_COUNT)]
Key = Annotated[int, Field(ge=1, le=canonical.LARGEST_INTEGER)]
Limit = Annotated[int, Field(ge=1, le=LARGEST_PAGE)]
Count = Annotated[int, Field(strict=True, ge=0, le=LARGEST_COUNT)]
BigCount = Annotated[int, Field(strict=True, ge=0, le=canonical.LARGEST_INTEGER)]
Size = Annotated[int, Field(strict=True, ge=1, le=canonical.LARGEST_INTEGER)]
Figure = Annotated[Decimal, BeforeValidator(_figure)]
Percent = Annotated[Decimal, BeforeValidator(_figure), Field(ge=0, le=100)]
VersionStatus = one_of(ModelVersion.Status)
Task = one_of(AIModel.Task)
EvaluationPurpose = one_of(Purpose)
Prose = prose(LONGEST_PROSE)
Line = text(200)
Place = place(500)
WebAddress = Annotated[text(500), _checked(_validate_web_address)]
Day = Annotated[datetime.date, BeforeValidator(_written_day), _checked(validate_day)]
Instant = Annotated[datetime.datetime, BeforeValidator(_instant)]
Slug = text(60, 1, r"^[-a-zA-Z0-9_]+$")
Username = text(60, 1, r"^[a-z0-9][a-z0-9._-]*$")
Sha256 = text(64, 64, r"^[0-9a-f]{64}$")
Commit = text(64, 7, r"^[0-9a-f]{7,64}$")
Parameters = Annotated[
    dict[str, Any],
    Field(max_length=1000),
    AfterValidator(_without_decimals),
    STORABLE,
    _checked(legible.validate_json),
]


class Input(BaseModel):
    """What is sent. Unknown names are refused, so that a misspelt one is not silently left out."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class DatasetIn(Input):
    name: text(120, 1)
    sha256: Sha256
    reference: place(300) = ""
    source: Prose = ""
    period: text(120) = ""
    row_count: BigCount | None = None


class VersionRef(Input):
    model: ModelName
    version: WrittenNumber


def _asked_now(value: Any) -> Any:
    """The four answers of before there was a questionnaire say nothing of what is asked now."""
    is_former = isinstance(value, dict) and value.keys() == set(NAMES_BEFORE)
    return None if is_former and all(isinstance(answer, bool) for answer in value.values()) else value


AnswerId = text(40, 1, r"^[a-z][a-z0-9_-]*$")
Answers = Annotated[dict[AnswerId, AnswerId], Field(max_length=MOST_QUESTIONS)]


class ModelIn(Input):
    name: ModelName
    purpose: text(200, 1)
    task: Task
    owner: Username = Field(description="User name of the accountable person")
    team: Slug = Field(description="The owning team")
    answers: Annotated[Answers | None, BeforeValidator(_asked_now)] = Field(
        None,
        description="The answer to each question of the risk questionnaire, both by their ids: they decide the risk "
        "tier. Without them, or with the four that were asked formerly, the model is not assessed and goes nowhere",
    )
    questionnaire: Count | None = Field(None, description="The revision that was answered; another one is refused")
    use_case: Slug | None = Field(None, description="The use case it serves")
    use_case_line: Line = Field("", description="Low risk, or what is prohibited: the use case in one line")

    @model_validator(mode="after")
    def names_one_use_case(self) -> ModelIn:
        if bool(self.use_case) == bool(self.use_case_line):
            raise PydanticCustomError("use-case", "Give either use_case or use_case_line.")
        return self


class VersionIn(Input):
    """An artifact that stays where it is needs address, digest and size; an uploaded one needs none of them."""

    artifact_uri: Place = ""
    artifact_sha256: Sha256 | None = None
    artifact_size: Size | None = Field(None, description="Bytes")
    summary: Line = ""
    code_repository: place(300) = ""
    code_commit: Commit | None = None
    training_data: DatasetIn | None = None
    hyperparameters: Parameters = Field(default_factory=dict)
    training_run: place(200) = ""
    built_on: VersionRef | None = None


class MeasurementIn(Input):
    metric: Slug
    value: Figure = Field(description="At most 9 digits before and 6 after the point")
    group: text(60) = Field("", description="Empty for the overall figure")
    slice: text(120) = ""
    sample_size: BigCount | None = None

    @model_validator(mode="after")
    def slice_names_its_group(self) -> MeasurementIn:
        if bool(self.group) != bool(self.slice):
            raise PydanticCustomError("slice", "group and slice belong together: give both or none.")
        return self


class EvaluationIn(Input):
    purpose: EvaluationPurpose
    dataset: DatasetIn
    measurements: Annotated[list[MeasurementIn], Field(min_length=1, max_length=MAX_MEASUREMENTS)]
    note: text(300) = ""


class CodeCheckIn(Input):
    commit: Commit
    test_coverage: Percent
    tests_passed: Count
    tests_failed: Count
    lint_findings: Count
    type_findings: Count
    artifact_findings: Count | None = Field(None, description="How much a scan of the model file found, if it ran")
    artifact_scanner: text(60) = Field("", description="What scanned the model file, such as picklescan")
    review_url: WebAddress = ""
    pipeline_url: WebAddress = ""

    @model_validator(mode="after")
    def scan_names_its_scanner(self) -> CodeCheckIn:
        if (self.artifact_findings is not None) != bool(self.artifact_scanner):
            message = "artifact_findings and artifact_scanner belong together: give both or none."
            raise PydanticCustomError("scan", message)
        return self


class Revision(Input):
    """Texts that are left out stay as they are."""

    seen_revision: Count = Field(description="The revision this one starts from, 0 for the first")

    def content(self) -> dict[str, Any]:
        return self.model_dump(exclude={"seen_revision"}, exclude_unset=True)


def _written(column: models.Field) -> Any:
    return text(column.max_length) if column.max_length else Prose


CardIn = create_model(
    "CardIn",
    __base__=Revision,
    **{
        field.name: (
            _written(ModelCard._meta.get_field(field.name)),
            Field("", description=field.help),
        )
        for section in cards.SECTIONS
        for field in section.fields
    },
)


class ReleasePlanIn(Revision):
    steps: Prose = ""
    monitoring_url: WebAddress = ""
    alerts_url: WebAddress = ""
    on_call: Line = ""
    rollback_procedure: Prose = ""
    rollback_tested_on: Day | None = None
    rollback_test_result: one_of(ReleasePlan.TestResult) | None = None
    rollback_test_evidence: Place = ""

    def content(self) -> dict[str, Any]:
        found = super().content()
        if "rollback_test_result" in found:
            found["rollback_test_result"] = found["rollback_test_result"] or ""
        return found


class PersonOut(BaseModel):
    username: str
    name: str

    @classmethod
    def of(cls, person: Person) -> PersonOut:
        return cls(username=person.username, name=person.name)


class Me(PersonOut):
    kind: one_of(Person.Kind)
    roles: list[str]
    teams: list[str]
    scopes: list[str]


class NewestVersion(BaseModel):
    number: int
    status: VersionStatus


class ModelItem(BaseModel):
    name: str
    purpose: str
    tier: str | None = Field(description="null: its risk is not assessed yet")
    is_prohibited: bool = Field(description="Its risk assessment names a practice that is not approved at all")
    owner: PersonOut
    team: str
    newest_version: NewestVersion | None
    production_version: int | None

    @classmethod
    def fields_of(cls, model: AIModel, highlights: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": model.name,
            "purpose": model.purpose,
            "tier": model.tier.slug if model.tier else None,
            "is_prohibited": model.is_prohibited,
            "owner": PersonOut.of(model.owner),
            "team": model.team.slug,
        } | highlights

    @classmethod
    def of(cls, model: AIModel, highlights: dict[str, Any]) -> ModelItem:
        return cls(**cls.fields_of(model, highlights))


class ModelPage(BaseModel):
    items: list[ModelItem]
    next: str | None = Field(description="Ask again with after= this; null on the last page")


class AnswerOut(BaseModel):
    id: str
    label: str
    least: str = Field(description="The lowest tier it lets a model be in; empty: any; prohibited: none")


class QuestionOut(BaseModel):
    id: str
    text: str
    help: str
    answers: list[AnswerOut]


class QuestionnaireOut(BaseModel):
    revision: int
    published_at: datetime.datetime
    questions: list[QuestionOut]

    @classmethod
    def of(cls, questionnaire: Questionnaire) -> QuestionnaireOut:
        return cls(
            revision=questionnaire.revision,
            published_at=questionnaire.closed_at,
            questions=questionnaire.questions,
        )


class UseCaseOut(BaseModel):
    slug: str
    title: str
    status: one_of(UseCase.Status)


class ModelOut(ModelItem):
    task: Task
    use_case: UseCaseOut | None
    use_case_line: str
    registered_by: PersonOut
    registered_at: datetime.datetime

    @classmethod
    def of(cls, model: AIModel, highlights: dict[str, Any]) -> ModelOut:
        use_case = model.use_case
        return cls(
            **cls.fields_of(model, highlights),
            task=model.task,
            use_case=UseCaseOut(slug=use_case.slug, title=use_case.title, status=use_case.status) if use_case else None,
            use_case_line=model.use_case_line,
            registered_by=PersonOut.of(model.registered_by),
            registered_at=model.registered_at,
        )


class VersionItem(BaseModel):
    number: int
    status: VersionStatus
    summary: str
    artifact_sha256: str
    created_by: PersonOut
    created_at: datetime.datetime

    @classmethod
    def of(cls, version: ModelVersion) -> VersionItem:
        return cls(
            number=version.number,
            status=version.status,
            summary=version.summary,
            artifact_sha256=version.artifact_sha256,
            created_by=PersonOut.of(version.created_by),
            created_at=version.created_at,
        )


class VersionPage(BaseModel):
    items: list[VersionItem]
    next: int | None = Field(description="Ask again with after= this; null on the last page")


class DatasetOut(BaseModel):
    name: str
    sha256: str
    reference: str
    source: str
    period: str
    row_count: int | None


class VersionPointer(BaseModel):
    model: str
    version: int


class Lineage(BaseModel):
    code_repository: str
    code_commit: str
    training_data: DatasetOut | None
    hyperparameters: dict[str, Any]
    training_run: str
    built_on: VersionPointer | None

    @classmethod
    def of(cls, version: ModelVersion) -> Lineage:
        data, base = version.training_data, version.built_on
        return cls(
            code_repository=version.code_repository,
            code_commit=version.code_commit,
            training_data=DatasetOut.model_validate(data, from_attributes=True) if data else None,
            hyperparameters=version.hyperparameters,
            training_run=version.training_run,
            built_on=VersionPointer(model=base.model.name, version=base.number) if base else None,
        )


class VersionOut(BaseModel):
    model: str
    number: int
    status: VersionStatus
    summary: str
    artifact_uri: str
    artifact_sha256: str
    artifact_size: int | None = Field(description="Bytes; null: imported without it")
    lineage: Lineage
    missing: list[str] = Field(description="What nobody could rebuild it without; it stays in development until named")
    card_revision: int
    missing_card_sections: list[str]
    release_plan_revision: int
    created_by: PersonOut
    created_at: datetime.datetime

    @classmethod
    def of(cls, version: ModelVersion) -> VersionOut:
        card, plan = getattr(version, "card", None), getattr(version, "release_plan", None)
        return cls(
            model=version.model.name,
            number=version.number,
            status=version.status,
            summary=version.summary,
            artifact_uri=version.artifact_uri,
            artifact_sha256=version.artifact_sha256,
            artifact_size=version.artifact_size,
            lineage=Lineage.of(version),
            missing=missing_lineage(version),
            card_revision=card.revision if card else 0,
            missing_card_sections=[section.title for section in cards.missing_sections(card)],
            release_plan_revision=plan.revision if plan else 0,
            created_by=PersonOut.of(version.created_by),
            created_at=version.created_at,
        )


class EvaluationOut(BaseModel):
    id: int
    name: str
    model: str
    version: int
    purpose: EvaluationPurpose
    measurements: int
    attached_at: datetime.datetime


class CodeCheckOut(BaseModel):
    id: int
    model: str
    version: int
    commit: str
    reported_at: datetime.datetime


class CardOut(BaseModel):
    revision: int
    revised_at: datetime.datetime
    missing_sections: list[str]


class ReleasePlanOut(BaseModel):
    revision: int
    revised_at: datetime.datetime
