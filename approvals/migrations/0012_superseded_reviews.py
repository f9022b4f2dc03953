from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0011_what_a_condition_holds_up"),
        ("registry", "0010_advice_at_deployments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="review",
            name="review_status",
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
                    ("superseded", "Superseded"),
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
                    ("superseded", "Superseded"),
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
                            "superseded",
                            "suspended",
                            "revoked",
                        ],
                    )
                ),
                name="review_status",
            ),
        ),
    ]
