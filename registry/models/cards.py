"""What a version's readers have to know: its model card and its release plan. History keeps every revision; what is
still being typed is a draft."""

from django.db import models
from django.db.models import Q

from audit.governed import GovernedModel
from registry.models.catalog import ModelVersion
from registry.models.people import Person


class ModelCard(GovernedModel):
    """The seven sections (`registry.cards` says which field belongs to which). One row, revised in place."""

    version = models.OneToOneField(ModelVersion, on_delete=models.PROTECT, related_name="card")
    revision = models.PositiveIntegerField()
    overview = models.TextField(blank=True, default="")
    intended_use = models.TextField(blank=True, default="")
    not_intended_use = models.TextField(blank=True, default="")
    training_data = models.TextField(blank=True, default="")
    training_source = models.TextField(blank=True, default="")
    training_period = models.CharField(max_length=120, blank=True, default="")
    data_usage = models.TextField(blank=True, default="")
    evaluation = models.TextField(blank=True, default="")
    fairness = models.TextField(blank=True, default="")
    limitations = models.TextField(blank=True, default="")
    operational_requirements = models.TextField(blank=True, default="")
    revised_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    revised_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"card of {self.version}"


class CardDraft(models.Model):
    """What somebody has typed of a card and not saved as a revision. Theirs alone, and nobody's evidence."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="card_drafts")
    author = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="card_drafts")
    seen_revision = models.PositiveIntegerField(help_text="The revision of the card that it started from")
    number = models.PositiveIntegerField(help_text="How often it was kept: a window that knows an older one is told")
    texts = models.JSONField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "author"], name="draft_of_card_once_a_person")]

    def __str__(self) -> str:
        return f"draft of the card of {self.version}"


class ReleasePlan(GovernedModel):
    """How a version is put live, watched and taken back. One row, revised in place."""

    class TestResult(models.TextChoices):
        PASSED = "passed", "It worked"
        FAILED = "failed", "It did not work"

    version = models.OneToOneField(ModelVersion, on_delete=models.PROTECT, related_name="release_plan")
    revision = models.PositiveIntegerField()
    steps = models.TextField(blank=True, default="")
    monitoring_url = models.URLField(max_length=500, blank=True, default="")
    alerts_url = models.URLField(max_length=500, blank=True, default="")
    on_call = models.CharField(max_length=200, blank=True, default="")
    rollback_procedure = models.TextField(blank=True, default="")
    rollback_tested_on = models.DateField(null=True, blank=True)
    rollback_test_result = models.CharField(max_length=10, choices=TestResult, blank=True, default="")
    rollback_test_evidence = models.CharField(max_length=500, blank=True, default="")
    revised_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    revised_at = models.DateTimeField()

    class Meta(GovernedModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(rollback_tested_on=None, rollback_test_result="")
                | (Q(rollback_tested_on__isnull=False) & ~Q(rollback_test_result="")),
                name="rollback_test_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"release plan of {self.version}"
