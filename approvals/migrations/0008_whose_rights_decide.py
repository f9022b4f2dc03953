import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0007_forecasts_are_claimed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="awaitedstage",
            name="barred",
            field=models.TextField(
                blank=True, default="", help_text="Ids of those who do not decide it, whatever they may"
            ),
        ),
        migrations.AddField(
            model_name="awaitedstage",
            name="no_choosers",
            field=models.TextField(blank=True, default="", help_text="Ids of those who alone choose no decider"),
        ),
        migrations.AddField(
            model_name="decision",
            name="right_given_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Who alone gave the right it was made by",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="historicaldecision",
            name="right_given_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Who alone gave the right it was made by",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
