"""What versions are made from and who depends on them."""

from django.db import models
from django.db.models import Q

from audit.governed import GovernedModel
from registry.models.catalog import ModelVersion, sha256_validator
from registry.models.people import Person


class Dataset(GovernedModel):
    """One exact state of a set of data. A name may stand for many states; name and digest together for one."""

    name = models.CharField(max_length=120)
    reference = models.CharField(max_length=300, blank=True, default="", help_text="Where it is kept, or which version")
    sha256 = models.CharField(max_length=64, validators=[sha256_validator])
    source = models.TextField(blank=True, default="")
    period = models.CharField(max_length=120, blank=True, default="")
    row_count = models.PositiveBigIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta(GovernedModel.Meta):
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["name", "sha256"], name="dataset_state_once")]

    def __str__(self) -> str:
        return self.name


class Consumer(GovernedModel):
    """A system or service that declared that it uses a version, until it says that it stopped."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="consumers")
    name = models.CharField(max_length=120)
    contact = models.CharField(max_length=200)
    declared_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(GovernedModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["version", "name"], condition=Q(ended_at=None), name="consumer_once"),
            models.CheckConstraint(
                condition=Q(ended_by=None, ended_at=None) | Q(ended_by__isnull=False, ended_at__isnull=False),
                name="consumer_end_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name
