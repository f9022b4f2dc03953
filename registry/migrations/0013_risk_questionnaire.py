import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0012_daily_mail"),
    ]

    operations = [
        migrations.AddField(
            model_name="aimodel",
            name="is_prohibited",
            field=models.BooleanField(
                default=False, help_text="Its assessment names a practice that no approval makes lawful"
            ),
        ),
        migrations.AddField(
            model_name="historicalaimodel",
            name="is_prohibited",
            field=models.BooleanField(
                default=False, help_text="Its assessment names a practice that no approval makes lawful"
            ),
        ),
        migrations.AddField(
            model_name="historicalriskassessment",
            name="answers",
            field=models.JSONField(
                blank=True, default=dict, help_text="The answer to each question, both by their ids"
            ),
        ),
        migrations.AddField(
            model_name="historicalriskassessment",
            name="decided_at",
            field=models.DateTimeField(blank=True, help_text="When what was proposed was decided or ended", null=True),
        ),
        migrations.AddField(
            model_name="historicalriskassessment",
            name="decided_by",
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
            model_name="historicalriskassessment",
            name="decision_reason",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="historicalriskassessment",
            name="is_prohibited",
            field=models.BooleanField(default=False, help_text="An answer names what may not be done at all"),
        ),
        migrations.AddField(
            model_name="historicalriskassessment",
            name="reason",
            field=models.TextField(blank=True, default="", help_text="Why it was assessed anew"),
        ),
        migrations.AddField(
            model_name="historicalriskassessment",
            name="status",
            field=models.CharField(
                choices=[
                    ("proposed", "Proposed"),
                    ("in_force", "In force"),
                    ("declined", "Declined"),
                    ("withdrawn", "Withdrawn"),
                ],
                default="in_force",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="riskassessment",
            name="answers",
            field=models.JSONField(
                blank=True, default=dict, help_text="The answer to each question, both by their ids"
            ),
        ),
        migrations.AddField(
            model_name="riskassessment",
            name="decided_at",
            field=models.DateTimeField(blank=True, help_text="When what was proposed was decided or ended", null=True),
        ),
        migrations.AddField(
            model_name="riskassessment",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="riskassessment",
            name="decision_reason",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="riskassessment",
            name="is_prohibited",
            field=models.BooleanField(default=False, help_text="An answer names what may not be done at all"),
        ),
        migrations.AddField(
            model_name="riskassessment",
            name="reason",
            field=models.TextField(blank=True, default="", help_text="Why it was assessed anew"),
        ),
        migrations.AddField(
            model_name="riskassessment",
            name="status",
            field=models.CharField(
                choices=[
                    ("proposed", "Proposed"),
                    ("in_force", "In force"),
                    ("declined", "Declined"),
                    ("withdrawn", "Withdrawn"),
                ],
                default="in_force",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="aimodel",
            name="tier",
            field=models.ForeignKey(
                blank=True,
                help_text="None: nobody has assessed its risk yet",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="models",
                to="registry.risktier",
            ),
        ),
        migrations.AlterField(
            model_name="historicalaimodel",
            name="tier",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="None: nobody has assessed its risk yet",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="registry.risktier",
            ),
        ),
        migrations.AlterField(
            model_name="historicalriskassessment",
            name="acts_without_review",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="historicalriskassessment",
            name="affects_health_money_or_rights",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="historicalriskassessment",
            name="decides_about_people",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="historicalriskassessment",
            name="uses_personal_data",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="riskassessment",
            name="acts_without_review",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="riskassessment",
            name="affects_health_money_or_rights",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="riskassessment",
            name="decides_about_people",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="riskassessment",
            name="uses_personal_data",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="Questionnaire",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "revision",
                    models.PositiveIntegerField(
                        blank=True, help_text="Empty until it is published", null=True, unique=True
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published"), ("discarded", "Discarded")],
                        default="draft",
                        max_length=20,
                    ),
                ),
                ("questions", models.JSONField(help_text="As `registry.rules.risk` reads them")),
                ("reason", models.TextField(blank=True, default="", help_text="Why other questions should be asked")),
                ("authors", models.JSONField(blank=True, default=list, help_text="Ids of everybody who wrote in it")),
                ("drafted_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, help_text="When it was published or discarded", null=True),
                ),
                (
                    "based_on",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="registry.questionnaire",
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="HistoricalQuestionnaire",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "revision",
                    models.PositiveIntegerField(
                        blank=True, db_index=True, help_text="Empty until it is published", null=True
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published"), ("discarded", "Discarded")],
                        default="draft",
                        max_length=20,
                    ),
                ),
                ("questions", models.JSONField(help_text="As `registry.rules.risk` reads them")),
                ("reason", models.TextField(blank=True, default="", help_text="Why other questions should be asked")),
                ("authors", models.JSONField(blank=True, default=list, help_text="Ids of everybody who wrote in it")),
                ("drafted_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, help_text="When it was published or discarded", null=True),
                ),
                ("history_user_id", models.UUIDField(null=True)),
                ("history_id", models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "changed_by",
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
                    "closed_by",
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
                    "drafted_by",
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
                    "based_on",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="registry.questionnaire",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical questionnaire",
                "verbose_name_plural": "historical questionnaires",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddField(
            model_name="historicalriskassessment",
            name="questionnaire",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="registry.questionnaire",
            ),
        ),
        migrations.AddField(
            model_name="riskassessment",
            name="questionnaire",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assessments",
                to="registry.questionnaire",
            ),
        ),
        migrations.AddConstraint(
            model_name="riskassessment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "proposed")), fields=("model",), name="one_proposed_assessment_of_a_model"
            ),
        ),
        migrations.AddConstraint(
            model_name="riskassessment",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["proposed", "in_force", "declined", "withdrawn"])),
                name="assessment_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="riskassessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("acts_without_review__isnull", False),
                        ("affects_health_money_or_rights__isnull", False),
                        ("decides_about_people__isnull", False),
                        ("questionnaire", None),
                        ("uses_personal_data__isnull", False),
                    ),
                    models.Q(
                        ("acts_without_review", None),
                        ("affects_health_money_or_rights", None),
                        ("decides_about_people", None),
                        ("questionnaire__isnull", False),
                        ("uses_personal_data", None),
                    ),
                    _connector="OR",
                ),
                name="assessment_answers_what_was_asked",
            ),
        ),
        migrations.AddConstraint(
            model_name="riskassessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("status", "proposed")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("status__in", ["declined", "withdrawn"]),
                    ),
                    ("status", "in_force"),
                    _connector="OR",
                ),
                name="assessment_is_decided_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="riskassessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "in_force"), _negated=True),
                    models.Q(("decided_at", None), ("decided_by", None)),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        models.Q(("decided_by", models.F("assessed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="assessment_is_confirmed_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "draft")), fields=("status",), name="one_draft_of_the_questionnaire"
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["draft", "published", "discarded"])), name="questionnaire_status"
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("closed_by", None), ("status", "draft")),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("closed_by__isnull", False),
                        ("status__in", ["published", "discarded"]),
                    ),
                    _connector="OR",
                ),
                name="questionnaire_is_closed_when_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("revision__isnull", False), ("status", "published"), models.Q(("reason", ""), _negated=True)
                    ),
                    models.Q(models.Q(("status", "published"), _negated=True), ("revision", None)),
                    _connector="OR",
                ),
                name="questionnaire_is_published_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "published"), _negated=True),
                    ("based_on", None),
                    models.Q(
                        models.Q(("closed_by", models.F("changed_by")), _negated=True),
                        models.Q(("closed_by", models.F("drafted_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="questionnaire_is_published_by_another",
            ),
        ),
    ]
