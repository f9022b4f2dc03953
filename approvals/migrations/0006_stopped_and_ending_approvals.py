import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0005_what_a_stage_asks"),
        ("registry", "0007_words_of_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ToldOfExpiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("until", models.DateTimeField(help_text="When the approval ends")),
                ("days", models.PositiveSmallIntegerField(help_text="How long before that it was said")),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="review",
            name="review_status",
        ),
        migrations.AddField(
            model_name="historicalreview",
            name="stop_reason",
            field=models.TextField(blank=True, default="", help_text="Why its approval was suspended or revoked"),
        ),
        migrations.AddField(
            model_name="historicalreview",
            name="stopped_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="historicalreview",
            name="stopped_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="stop_reason",
            field=models.TextField(blank=True, default="", help_text="Why its approval was suspended or revoked"),
        ),
        migrations.AddField(
            model_name="review",
            name="stopped_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="review",
            name="stopped_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="historicalreview",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("in_review", "In review"),
                    ("changes_requested", "Changes requested"),
                    ("approved", "Approved"),
                    ("rejected", "Rejected"),
                    ("withdrawn", "Withdrawn"),
                    ("discarded", "Discarded"),
                    ("suspended", "Suspended"),
                    ("revoked", "Revoked"),
                ],
                default="draft",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("in_review", "In review"),
                    ("changes_requested", "Changes requested"),
                    ("approved", "Approved"),
                    ("rejected", "Rejected"),
                    ("withdrawn", "Withdrawn"),
                    ("discarded", "Discarded"),
                    ("suspended", "Suspended"),
                    ("revoked", "Revoked"),
                ],
                default="draft",
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            "draft",
                            "in_review",
                            "changes_requested",
                            "approved",
                            "rejected",
                            "withdrawn",
                            "discarded",
                            "suspended",
                            "revoked",
                        ],
                    )
                ),
                name="review_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("status__in", ["suspended", "revoked"]),
                        ("stopped_at__isnull", False),
                        ("stopped_by__isnull", False),
                        models.Q(("stop_reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("status__in", ["suspended", "revoked"]), _negated=True),
                        ("stop_reason", ""),
                        ("stopped_at", None),
                        ("stopped_by", None),
                    ),
                    _connector="OR",
                ),
                name="review_is_stopped_whole",
            ),
        ),
        migrations.AddField(
            model_name="toldofexpiry",
            name="version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.modelversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="toldofexpiry",
            constraint=models.UniqueConstraint(fields=("version", "until", "days"), name="told_of_expiry_once"),
        ),
    ]
