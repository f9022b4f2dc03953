"""What we have: use cases, models, versions."""

from __future__ import annotations

import re
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, FilteredRelation, OuterRef, Q, Subquery
from django.utils import timezone

from audit.governed import GovernedModel, GovernedQuerySet
from audit.words import few_having, having
from registry.models.people import Person, Team
from registry.models.risk import RiskAssessment, RiskTier
from registry.models.words import ModelWord, UseCaseWord

if TYPE_CHECKING:
    from registry.models.deployments import Environment

sha256_validator = RegexValidator(r"^[0-9a-f]{64}\Z", "A SHA-256 digest has 64 hexadecimal digits.", code="digest")
commit_validator = RegexValidator(r"^[0-9a-f]{7,64}\Z", "A commit is 7 to 64 hexadecimal digits.", code="commit")
model_name_validator = RegexValidator(
    r"^[a-z][a-z0-9]*(-[a-z0-9]+)*\Z",
    "Small letters, digits and single hyphens, starting with a letter, such as “form-digit-reader”.",
    code="name",
)
free_model_name_validator = RegexValidator(
    r"^(?!register\Z)", "“register” is an address of its own. Choose another name.", code="name"
)
use_case_slug_validator = RegexValidator(r"^(?!propose\Z)", "“propose” is an address of its own.", code="slug")
digest_prefix = re.compile(r"(sha256:)?(?P<digest>[0-9a-f]{6,64})\Z", re.IGNORECASE)

UNASSESSED = "unassessed"
#: Written without a value of its own, so that an index can be on it.
IS_DECIDED = ExpressionWrapper(Q(decided_at__isnull=False), BooleanField())


class VisibleQuerySet(GovernedQuerySet):
    def visible_to(self, person: Person) -> VisibleQuerySet:
        """Members of the organisation see everything; a person without role and team sees nothing."""
        return self if person.has_perm("registry.view_registry") else self.none()


class UseCaseQuerySet(VisibleQuerySet):
    def with_decided(self) -> UseCaseQuerySet:
        return self.annotate(is_decided=IS_DECIDED)

    def matching(self, text: str) -> UseCaseQuerySet:
        """By the beginnings of words in the title, all of them."""
        few = few_having(text, UseCaseWord)
        return self.filter(having(text, UseCaseWord) if few is None else Q(pk__in=few))


class UseCase(GovernedModel):
    """What a model is for, in the words of the business; approved before a model for it passes business review."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    slug = models.SlugField(max_length=60, unique=True, validators=[use_case_slug_validator])
    title = models.CharField(max_length=120)
    problem = models.TextField()
    requirement = models.TextField()
    acceptance_criteria = models.TextField()
    affected_people = models.TextField()
    sponsor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="sponsored_use_cases")
    is_regulated = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="proposed_use_cases")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True, default="")

    objects = UseCaseQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["title"]
        indexes = [
            models.Index(fields=["status", "proposed_at", "id"], name="use_cases_of_status_by_age"),
            models.Index(fields=["proposed_at", "id"], name="use_cases_by_age"),
            models.Index(IS_DECIDED, "title", "id", name="use_cases_waiting_first"),
            models.Index(fields=["status", "title", "id"], name="use_cases_of_status"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["proposed", "approved", "rejected"]), name="use_case_status"
            ),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_by=None, decided_at=None)
                | (
                    ~Q(status="proposed")
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decision_reason="")
                ),
                name="use_case_decision_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class AIModelQuerySet(VisibleQuerySet):
    def matching(self, text: str) -> AIModelQuerySet:
        """By the beginnings of words in name or purpose, all of them; by owner; by the beginning of an artifact's
        digest when it has at least six digits."""
        return self.called(text, few_having(text, ModelWord))

    def called(self, text: str, few: set[int] | None) -> AIModelQuerySet:
        """The same, for whoever has asked already which `few` have the words, None being very many (`few_having`)."""
        owners = Person.objects.matching(text)
        ways = []
        if digest := digest_prefix.match(text):
            ways.append(Q(pk__in=ModelVersion.objects.of_digest(digest["digest"]).order_by().values("model")))
        if few is None:
            # Beside an “or” engines do without the index of words, so one that would add nothing is left out.
            ways += [Q(owner__in=owners)] if owners.exists() else []
            return self.filter(reduce(or_, ways, having(text, ModelWord)))
        ways += [Q(pk__in=few)] if few else []
        ways.append(Q(owner__in=owners))
        if len(ways) == 1:
            return self.filter(*ways)
        # Each way by an index of its own, which engines do not see behind an “or”.
        first, *others = [AIModel.objects.order_by().filter(way).values("pk") for way in ways]
        return self.filter(pk__in=first.union(*others))

    def in_tier(self, slug: str) -> AIModelQuerySet:
        """`slug` may be `UNASSESSED`, for models that have no tier yet, as after an import."""
        if slug == UNASSESSED:
            return self.filter(tier=None)
        # Looked up apart from the rows, so that they come in the order of the index.
        return self.filter(tier=RiskTier.objects.filter(slug=slug).values("pk")[:1])

    def with_assessment(self) -> AIModelQuerySet:
        """Adds `assessment`, the one that counts, with who answered, what was asked and the tier that came of it; None
        without one."""
        newest = RiskAssessment.objects.in_force().filter(model=OuterRef("pk")).values("pk")[:1]
        joined = FilteredRelation("assessments", condition=Q(assessments__pk=Subquery(newest)))
        related = ("assessed_by", "decided_by", "tier", "questionnaire")
        return self.annotate(assessment=joined).select_related(*(f"assessment__{each}" for each in related))


class AIModel(GovernedModel):
    """A model under one name, with an accountable owner; its versions are what is reviewed and deployed."""

    class Task(models.TextChoices):
        CLASSIFICATION = "classification", "Classification"
        REGRESSION = "regression", "Regression"
        FORECASTING = "forecasting", "Forecasting"
        RANKING = "ranking", "Ranking or recommendation"
        GENERATION = "generation", "Text or image generation"
        OTHER = "other", "Something else"

    name = models.CharField(max_length=60, unique=True, validators=[model_name_validator, free_model_name_validator])
    purpose = models.CharField(max_length=200)
    task = models.CharField(max_length=20, choices=Task)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, null=True, blank=True, related_name="models")
    use_case_line = models.CharField(max_length=200, blank=True, default="")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="owned_models")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="models")
    tier = models.ForeignKey(
        RiskTier,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="models",
        help_text="None: nobody has assessed its risk yet",
    )
    is_prohibited = models.BooleanField(
        default=False, help_text="Its assessment names a practice that no approval makes lawful"
    )
    registered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    changed_at = models.DateTimeField(
        editable=False, help_text="When its newest version was registered, or else itself; lists are sorted by it"
    )

    ungoverned_fields = frozenset({"changed_at"})

    objects = AIModelQuerySet.as_manager()
    #: Read by `with_assessment`.
    assessment: RiskAssessment | None = None

    class Meta(GovernedModel.Meta):
        ordering = ["name"]
        indexes = [
            models.Index(fields=["changed_at", "id"], name="models_by_change"),
            models.Index(fields=["tier", "name"], name="models_of_tier"),
            models.Index(fields=["team", "name"], name="models_of_team"),
            models.Index(fields=["owner", "name"], name="models_of_owner"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(use_case__isnull=False) | ~Q(use_case_line="") | Q(tier=None),
                name="model_names_its_use_case",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owning_team_id(self) -> int:
        return self.team_id


class ModelVersionQuerySet(VisibleQuerySet):
    def with_status(self) -> ModelVersionQuerySet:
        """Adds `is_retired`, `in_production` and `in_staging`, from which `status` is read."""
        from registry.models.deployments import Deployment, Environment, Retirement

        active = Deployment.objects.filter(version=OuterRef("pk"), ended_at=None)
        return self.annotate(
            is_retired=Exists(Retirement.objects.filter(version=OuterRef("pk"))),
            in_production=Exists(active.filter(environment=Environment.PRODUCTION)),
            in_staging=Exists(active.filter(environment=Environment.STAGING)),
        )

    def of_digest(self, beginning: str) -> ModelVersionQuerySet:
        """Whose artifact's digest begins so; a range, so that an index serves."""
        beginning = beginning.lower()
        return self.filter(artifact_sha256__gte=beginning, artifact_sha256__lt=f"{beginning}g")

    def newest_first(self) -> ModelVersionQuerySet:
        return self.order_by("-created_at", "-pk")


class ModelVersion(GovernedModel):
    """One exact artifact of a model, and what it was made from. Reviews and deployments are about a version."""

    class Status(models.TextChoices):
        DEVELOPMENT = "development", "Development"
        STAGING = "staging", "Staging"
        PRODUCTION = "production", "Production"
        RETIRED = "retired", "Retired"

    model = models.ForeignKey(AIModel, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    summary = models.CharField(max_length=200, blank=True, default="")
    artifact_uri = models.CharField(max_length=500, blank=True, default="")
    artifact_file = models.FileField(upload_to="", max_length=200, blank=True, default="")
    artifact_sha256 = models.CharField(
        max_length=64, blank=True, default="", validators=[sha256_validator], help_text="Empty: imported without it"
    )
    artifact_size = models.PositiveBigIntegerField(null=True, blank=True, help_text="Bytes")
    code_repository = models.CharField(max_length=300, blank=True, default="")
    code_commit = models.CharField(max_length=64, blank=True, default="", validators=[commit_validator])
    training_data = models.ForeignKey(
        "registry.Dataset", on_delete=models.PROTECT, null=True, blank=True, related_name="trained_versions"
    )
    hyperparameters = models.JSONField(default=dict, blank=True)
    training_run = models.CharField(max_length=200, blank=True, default="")
    built_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="descendants")
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ModelVersionQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["model", "-number"]
        indexes = [
            models.Index(fields=["-created_at", "-id"]),
            models.Index(fields=["artifact_sha256"]),
        ]
        constraints = [models.UniqueConstraint(fields=["model", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return f"{self.model.name} v{self.number}"

    def ledger_root(self) -> models.Model:
        return self.model

    @property
    def owning_team_id(self) -> int:
        return self.model.team_id

    @property
    def status(self) -> str:
        """Derived from deployments and retirement, never stored. Needs `with_status()`."""
        if self.is_retired:
            return self.Status.RETIRED
        if self.in_production:
            return self.Status.PRODUCTION
        return self.Status.STAGING if self.in_staging else self.Status.DEVELOPMENT

    def get_status_display(self) -> str:
        return self.Status(self.status).label


def next_environment(status: str) -> Environment | None:
    """Where a version of this status goes next, None when it has arrived or ended."""
    from registry.models.deployments import Environment

    return {"development": Environment.STAGING, "staging": Environment.PRODUCTION}.get(status)
