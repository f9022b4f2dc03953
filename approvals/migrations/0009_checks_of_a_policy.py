import django.core.validators
from django.conf import settings
from django.db import migrations, models

import approvals.models.policies


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0008_whose_rights_decide"),
        ("registry", "0010_advice_at_deployments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalpolicy",
            name="card_sections",
            field=models.JSONField(
                default=approvals.models.policies.every_card_section, help_text="Those of a model card that are written"
            ),
        ),
        migrations.AddField(
            model_name="historicalpolicy",
            name="checks",
            field=models.JSONField(blank=True, default=dict, help_text="How much is made of each check, as `USUALLY`"),
        ),
        migrations.AddField(
            model_name="historicalpolicy",
            name="least_test_coverage",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Percent of the code that tests run",
                null=True,
                validators=[django.core.validators.MaxValueValidator(100)],
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="card_sections",
            field=models.JSONField(
                default=approvals.models.policies.every_card_section, help_text="Those of a model card that are written"
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="checks",
            field=models.JSONField(blank=True, default=dict, help_text="How much is made of each check, as `USUALLY`"),
        ),
        migrations.AddField(
            model_name="policy",
            name="least_test_coverage",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Percent of the code that tests run",
                null=True,
                validators=[django.core.validators.MaxValueValidator(100)],
            ),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.CheckConstraint(
                condition=models.Q(("least_test_coverage", None), ("least_test_coverage__lte", 100), _connector="OR"),
                name="coverage_asked_is_percent",
            ),
        ),
    ]
