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
            name="due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="awaitedstage",
            name="spent",
            field=models.TextField(
                blank=True, default="", help_text="Ids of those who have had their say in favour already"
            ),
        ),
        migrations.AddField(
            model_name="awaitedstage",
            name="told",
            field=models.CharField(
                choices=[("", "Nobody yet"), ("soon", "That it is due soon"), ("overdue", "That it is overdue")],
                default="",
                help_text="Whom the sweep has reminded",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="checklist",
            field=models.JSONField(blank=True, default=list, help_text="What was confirmed, word for word"),
        ),
        migrations.AddField(
            model_name="decision",
            name="signed_at",
            field=models.DateTimeField(blank=True, help_text="When they had shown last who they are", null=True),
        ),
        migrations.AddField(
            model_name="historicaldecision",
            name="checklist",
            field=models.JSONField(blank=True, default=list, help_text="What was confirmed, word for word"),
        ),
        migrations.AddField(
            model_name="historicaldecision",
            name="signed_at",
            field=models.DateTimeField(blank=True, help_text="When they had shown last who they are", null=True),
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
            name="checklist",
            field=models.JSONField(blank=True, default=list, help_text="What each of them confirms, a sentence each"),
        ),
        migrations.AddField(
            model_name="historicalpolicystage",
            name="fallback",
            field=models.CharField(
                blank=True, default="", help_text="Id of who is told once it is overdue", max_length=36
            ),
        ),
        migrations.AddField(
            model_name="historicalpolicystage",
            name="is_signed",
            field=models.BooleanField(default=False, help_text="Whoever decides shows again who they are"),
        ),
        migrations.AddField(
            model_name="historicalpolicystage",
            name="quorum",
            field=models.PositiveSmallIntegerField(default=1, help_text="How many people approve it"),
        ),
        migrations.AddField(
            model_name="historicalpolicystage",
            name="service_level_days",
            field=models.PositiveSmallIntegerField(blank=True, help_text="Business days", null=True),
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
            name="checklist",
            field=models.JSONField(blank=True, default=list, help_text="What each of them confirms, a sentence each"),
        ),
        migrations.AddField(
            model_name="policystage",
            name="fallback",
            field=models.CharField(
                blank=True, default="", help_text="Id of who is told once it is overdue", max_length=36
            ),
        ),
        migrations.AddField(
            model_name="policystage",
            name="is_signed",
            field=models.BooleanField(default=False, help_text="Whoever decides shows again who they are"),
        ),
        migrations.AddField(
            model_name="policystage",
            name="quorum",
            field=models.PositiveSmallIntegerField(default=1, help_text="How many people approve it"),
        ),
        migrations.AddField(
            model_name="policystage",
            name="service_level_days",
            field=models.PositiveSmallIntegerField(blank=True, help_text="Business days", null=True),
        ),
        migrations.AddIndex(
            model_name="awaitedstage",
            index=models.Index(
                condition=models.Q(("told", "overdue"), _negated=True), fields=["due_at"], name="awaited_until"
            ),
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
