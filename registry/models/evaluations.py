"""How well a version does: measurements on named data, and what the pipeline found in its code and its file."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from audit.governed import GovernedModel
from registry.models.catalog import ModelVersion, commit_validator
from registry.models.lineage import Dataset
from registry.models.people import Person


class Purpose(models.TextChoices):
    DEVELOPMENT = "development", "Development"
    STAGING = "staging", "Staging"
    PRODUCTION = "production", "Production"


class Evaluation(GovernedModel):
    """One run of a version over one dataset, for one purpose. The newest one of a purpose counts."""

    class Source(models.TextChoices):
        FORM = "form", "Form"
        UPLOAD = "upload", "JSON upload"
        API = "api", "API"

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="evaluations")
    purpose = models.CharField(max_length=20, choices=Purpose)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="evaluations")
    source = models.CharField(max_length=10, choices=Source)
    note = models.CharField(max_length=300, blank=True, default="")
    attached_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    attached_at = models.DateTimeField()

    class Meta(GovernedModel.Meta):
        ordering = ["-attached_at", "-id"]

    def __str__(self) -> str:
        return f"E-{self.pk}"


class Measurement(GovernedModel):
    """One figure: overall when `group` is empty, else for one slice of a group, such as sex = female."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="measurements")
    metric = models.SlugField(max_length=60)
    value = models.DecimalField(max_digits=15, decimal_places=6)
    group = models.CharField(max_length=60, blank=True, default="")
    slice = models.CharField(max_length=120, blank=True, default="")
    sample_size = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta(GovernedModel.Meta):
        ordering = ["metric", "group", "slice"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "metric", "group", "slice"], name="measured_once"),
            models.CheckConstraint(
                condition=Q(group="", slice="") | (~Q(group="") & ~Q(slice="")), name="slice_names_its_group"
            ),
        ]

    def __str__(self) -> str:
        where = f" ({self.group} {self.slice})" if self.group else ""
        return f"{self.metric}{where} {self.value.normalize():f}"


class CodeCheck(GovernedModel):
    """What a pipeline found in the code of a version, and in its file where it scanned that. The newest one counts."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="code_checks")
    commit = models.CharField(max_length=64, validators=[commit_validator])
    test_coverage = models.DecimalField(
        max_digits=5, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(100)], help_text="Percent"
    )
    tests_passed = models.PositiveIntegerField()
    tests_failed = models.PositiveIntegerField()
    lint_findings = models.PositiveIntegerField()
    type_findings = models.PositiveIntegerField()
    artifact_findings = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: the file was not scanned")
    artifact_scanner = models.CharField(max_length=60, blank=True, default="", help_text="What scanned the file")
    review_url = models.URLField(max_length=500, blank=True, default="")
    pipeline_url = models.URLField(max_length=500, blank=True, default="")
    reported_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()

    class Meta(GovernedModel.Meta):
        ordering = ["-reported_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(test_coverage__gte=0, test_coverage__lte=100), name="coverage_is_percent"
            ),
            models.CheckConstraint(
                condition=Q(artifact_findings=None, artifact_scanner="")
                | (Q(artifact_findings__isnull=False) & ~Q(artifact_scanner="")),
                name="scan_names_its_scanner",
            ),
        ]

    def __str__(self) -> str:
        return f"code check of {self.commit[:12]}"
