from django.db import migrations, models
from django.db.models import F


def decide_by_their_own_rights(apps, schema_editor):
    """What waits keeps the right that it took so far, so that nobody's list is empty until the next sweep."""
    apps.get_model("approvals", "AwaitedStage").objects.update(right=F("stage"))


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0013_tickets"),
        ("registry", "0011_who_gave_a_role"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="awaitedstage",
            name="longest_awaited",
        ),
        migrations.AddField(
            model_name="awaitedstage",
            name="named",
            field=models.TextField(blank=True, default="", help_text="Who of those who hold the right; empty: each"),
        ),
        migrations.AddField(
            model_name="awaitedstage",
            name="right",
            field=models.CharField(default="", help_text="The stage whose right decides it", max_length=20),
        ),
        migrations.AddField(
            model_name="historicalpolicystage",
            name="deciders",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Who of those who hold the right, as `StageFact.deciders`; empty: each",
            ),
        ),
        migrations.AddField(
            model_name="historicalpolicystage",
            name="question",
            field=models.CharField(
                blank=True, default="", help_text="What its reviewers judge, if not the usual", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="historicalpolicystage",
            name="right",
            field=models.CharField(
                blank=True, default="", help_text="The stage whose right decides it; empty: its own", max_length=20
            ),
        ),
        migrations.AddField(
            model_name="policystage",
            name="deciders",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Who of those who hold the right, as `StageFact.deciders`; empty: each",
            ),
        ),
        migrations.AddField(
            model_name="policystage",
            name="question",
            field=models.CharField(
                blank=True, default="", help_text="What its reviewers judge, if not the usual", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="policystage",
            name="right",
            field=models.CharField(
                blank=True, default="", help_text="The stage whose right decides it; empty: its own", max_length=20
            ),
        ),
        migrations.AlterField(
            model_name="awaitedstage",
            name="stage",
            field=models.CharField(max_length=20),
        ),
        migrations.AlterField(
            model_name="decision",
            name="stage",
            field=models.CharField(max_length=20),
        ),
        migrations.AlterField(
            model_name="historicaldecision",
            name="stage",
            field=models.CharField(max_length=20),
        ),
        migrations.AlterField(
            model_name="historicalpolicystage",
            name="stage",
            field=models.CharField(max_length=20),
        ),
        migrations.AlterField(
            model_name="policystage",
            name="stage",
            field=models.CharField(max_length=20),
        ),
        migrations.RunPython(decide_by_their_own_rights, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="awaitedstage",
            index=models.Index(fields=["submitted_at", "review", "right", "tier"], name="longest_awaited"),
        ),
        migrations.AddConstraint(
            model_name="policystage",
            constraint=models.CheckConstraint(
                condition=models.Q(("right__in", ["", "technical", "business", "compliance", "deployment"])),
                name="stage_is_decided_by_a_right",
            ),
        ),
    ]
