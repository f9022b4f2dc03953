from django.db import migrations, models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce


def look_up_changes(apps, schema_editor):
    versions = apps.get_model("registry", "ModelVersion").objects.filter(model=OuterRef("pk")).order_by("-number")
    models_here = apps.get_model("registry", "AIModel").objects.all()
    models_here.update(changed_at=Coalesce(Subquery(versions.values("created_at")[:1]), "registered_at"))


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_words")]

    operations = [
        migrations.AddField("aimodel", "changed_at", models.DateTimeField(editable=False, null=True)),
        migrations.RunPython(look_up_changes, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "aimodel",
            "changed_at",
            models.DateTimeField(
                editable=False,
                help_text="When its newest version was registered, or else itself; lists are sorted by it",
            ),
        ),
        migrations.AddIndex("aimodel", models.Index(fields=["changed_at", "id"], name="models_by_change")),
        migrations.AddIndex("aimodel", models.Index(fields=["tier", "name"], name="models_of_tier")),
        migrations.AddIndex("aimodel", models.Index(fields=["team", "name"], name="models_of_team")),
        migrations.AddIndex("aimodel", models.Index(fields=["owner", "name"], name="models_of_owner")),
        migrations.AddIndex("usecase", models.Index(fields=["proposed_at", "id"], name="use_cases_by_age")),
        migrations.AddIndex(
            "usecase",
            models.Index(
                models.ExpressionWrapper(models.Q(decided_at__isnull=False), models.BooleanField()),
                "title",
                "id",
                name="use_cases_waiting_first",
            ),
        ),
    ]
