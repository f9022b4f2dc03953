import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0014_artifact_scan"),
    ]

    operations = [
        migrations.CreateModel(
            name="CardDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "seen_revision",
                    models.PositiveIntegerField(help_text="The revision of the card that it started from"),
                ),
                (
                    "number",
                    models.PositiveIntegerField(
                        help_text="How often it was kept: a window that knows an older one is told"
                    ),
                ),
                ("texts", models.JSONField()),
                ("kept_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="card_drafts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="card_drafts",
                        to="registry.modelversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("version", "author"), name="draft_of_card_once_a_person")
                ],
            },
        ),
    ]
