import django.core.validators
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0004_policy_drafts"),
        ("registry", "0007_words_of_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="awaitedstage",
            name="spent",
            field=models.TextField(
                blank=True, default="", help_text="Ids of those who have had their say in favour already"
            ),
        ),
        migrations.AddField(
            model_name="historicalpolicy",
            name="approval_valid_days",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Empty: an approval counts for good",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.AddField(
            model_name="historicalpolicy",
            name="is_one_stage_each",
            field=models.BooleanField(default=False, help_text="Nobody approves two stages of one version"),
        ),
        migrations.AddField(
            model_name="historicalpolicystage",
            name="quorum",
            field=models.PositiveSmallIntegerField(default=1, help_text="How many people approve it"),
        ),
        migrations.AddField(
            model_name="policy",
            name="approval_valid_days",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Empty: an approval counts for good",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="is_one_stage_each",
            field=models.BooleanField(default=False, help_text="Nobody approves two stages of one version"),
        ),
        migrations.AddField(
            model_name="policystage",
            name="quorum",
            field=models.PositiveSmallIntegerField(default=1, help_text="How many people approve it"),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.CheckConstraint(
                condition=models.Q(("approval_valid_days", None), ("approval_valid_days__gte", 1), _connector="OR"),
                name="approvals_count_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="policystage",
            constraint=models.CheckConstraint(condition=models.Q(("quorum__gte", 1)), name="somebody_approves_a_stage"),
        ),
    ]
