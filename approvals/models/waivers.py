"""Waivers: a version may pass although a required check says no, for a time, because two people stand behind it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from approvals.models.policies import Check
from audit.governed import GovernedModel, GovernedQuerySet
from registry.models import Environment, ModelVersion, Person


class WaiverQuerySet(GovernedQuerySet):
    def open(self) -> WaiverQuerySet:
        return self.filter(status__in=Waiver.OPEN)

    def visible_to(self, person: Person) -> WaiverQuerySet:
        return self if person.has_perm("registry.view_registry") else self.none()


class Waiver(GovernedModel):
    """What one check found of a version holds up no deployment to one environment, until a day, and for as long as
    what the check looked at is unchanged."""

    class Status(models.TextChoices):
        ASKED = "asked", "Asked for"
        GRANTED = "granted", "Granted"
        DECLINED = "declined", "Declined"
        ENDED = "ended", "Ended"

    OPEN = (Status.ASKED, Status.GRANTED)

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="waivers")
    check_name = models.CharField(max_length=20, choices=Check)
    environment = models.CharField(max_length=20, choices=Environment)
    status = models.CharField(max_length=20, choices=Status, default=Status.ASKED)
    reason = models.TextField(help_text="Why it should pass all the same")
    ends_on = models.DateField(help_text="The last day on which it counts")
    evidence = models.JSONField(help_text="Digest of each part that the check looks at")
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, default="", help_text="Why it was granted or declined")
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = WaiverQuerySet.as_manager()

    class Meta(GovernedModel.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["status", "asked_at", "id"], name="waivers_of_status_by_age")]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "check_name", "environment"],
                condition=Q(status__in=["asked", "granted"]),
                name="one_open_waiver_of_a_check",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["asked", "granted", "declined", "ended"]), name="waiver_status"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None, answer="", status__in=["asked", "ended"])
                | (
                    Q(decided_by__isnull=False, decided_at__isnull=False, status__in=["granted", "declined", "ended"])
                    & ~Q(answer="")
                    & ~Q(decided_by=F("asked_by"))
                ),
                name="waiver_is_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(status="ended", ended_by__isnull=False, ended_at__isnull=False)
                | (~Q(status="ended") & Q(ended_by=None, ended_at=None)),
                name="waiver_is_ended_whole",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"W-{self.pk}"
