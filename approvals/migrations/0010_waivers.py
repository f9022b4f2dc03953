import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0009_checks_of_a_policy"),
        ("registry", "0010_advice_at_deployments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalWaiver",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "check_name",
                    models.CharField(
                        choices=[
                            ("lineage", "Code, data and configuration are named"),
                            ("thresholds", "Figures keep their thresholds"),
                            ("code", "The code was tested, and its tests pass"),
                            ("card", "The model card is written"),
                            ("monitoring", "Monitoring and alerts are set up"),
                            ("rollback", "The rollback is written down and was tried"),
                            ("staging", "The version ran in staging first"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "environment",
                    models.CharField(choices=[("staging", "Staging"), ("production", "Production")], max_length=20),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("asked", "Asked for"),
                            ("granted", "Granted"),
                            ("declined", "Declined"),
                            ("ended", "Ended"),
                        ],
                        default="asked",
                        max_length=20,
                    ),
                ),
                ("reason", models.TextField(help_text="Why it should pass all the same")),
                ("ends_on", models.DateField(help_text="The last day on which it counts")),
                ("evidence", models.JSONField(help_text="Digest of each part that the check looks at")),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("answer", models.TextField(blank=True, default="", help_text="Why it was granted or declined")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("history_user_id", models.UUIDField(null=True)),
                ("history_id", models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="registry.modelversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical waiver",
                "verbose_name_plural": "historical waivers",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Waiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "check_name",
                    models.CharField(
                        choices=[
                            ("lineage", "Code, data and configuration are named"),
                            ("thresholds", "Figures keep their thresholds"),
                            ("code", "The code was tested, and its tests pass"),
                            ("card", "The model card is written"),
                            ("monitoring", "Monitoring and alerts are set up"),
                            ("rollback", "The rollback is written down and was tried"),
                            ("staging", "The version ran in staging first"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "environment",
                    models.CharField(choices=[("staging", "Staging"), ("production", "Production")], max_length=20),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("asked", "Asked for"),
                            ("granted", "Granted"),
                            ("declined", "Declined"),
                            ("ended", "Ended"),
                        ],
                        default="asked",
                        max_length=20,
                    ),
                ),
                ("reason", models.TextField(help_text="Why it should pass all the same")),
                ("ends_on", models.DateField(help_text="The last day on which it counts")),
                ("evidence", models.JSONField(help_text="Digest of each part that the check looks at")),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("answer", models.TextField(blank=True, default="", help_text="Why it was granted or declined")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="waivers", to="registry.modelversion"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["status", "asked_at", "id"], name="waivers_of_status_by_age")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["asked", "granted"])),
                        fields=("version", "check_name", "environment"),
                        name="one_open_waiver_of_a_check",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["asked", "granted", "declined", "ended"])),
                        name="waiver_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer", ""),
                                ("decided_at", None),
                                ("decided_by", None),
                                ("status__in", ["asked", "ended"]),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("status__in", ["granted", "declined", "ended"]),
                                models.Q(("answer", ""), _negated=True),
                                models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="waiver_is_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False), ("status", "ended")),
                            models.Q(
                                models.Q(("status", "ended"), _negated=True), ("ended_at", None), ("ended_by", None)
                            ),
                            _connector="OR",
                        ),
                        name="waiver_is_ended_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="waiver_has_a_reason"
                    ),
                ],
            },
        ),
    ]
