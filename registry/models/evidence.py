"""What a decision rests on: a digest for each part of a version's evidence."""

from django.db import models

from audit.governed import GovernedModel
from registry.models.catalog import ModelVersion
from registry.models.people import Person


class Part(models.TextChoices):
    ARTIFACT = "artifact", "Artifact"
    LINEAGE = "lineage", "Code, data and run"
    CONFIGURATION = "configuration", "Hyperparameters"
    EVALUATIONS = "evaluations", "Evaluation results"
    CARD = "card", "Model card"
    RELEASE_PLAN = "release_plan", "Release plan"
    RISK = "risk", "Risk assessment and use case"


class EvidencePart(GovernedModel):
    """The state of one part. Kept by every action that changes the part; a decision remembers the digests it saw."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="evidence")
    part = models.CharField(max_length=20, choices=Part)
    digest = models.CharField(max_length=64)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta(GovernedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "part"], name="evidence_part_once")]

    def __str__(self) -> str:
        return f"{self.part} of version {self.version_id}"
