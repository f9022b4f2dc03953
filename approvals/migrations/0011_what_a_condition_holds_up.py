import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0010_waivers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ToldOfCondition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("overdue", models.BooleanField(help_text="That it is overdue; else that it is due soon")),
            ],
        ),
        migrations.AddField(
            model_name="condition",
            name="consequence",
            field=models.CharField(
                choices=[
                    ("block", "Nothing is deployed before it is kept"),
                    ("late", "Nothing is deployed once it is overdue"),
                    ("warn", "It is shown, and holds nothing up"),
                ],
                default="late",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="historicalcondition",
            name="consequence",
            field=models.CharField(
                choices=[
                    ("block", "Nothing is deployed before it is kept"),
                    ("late", "Nothing is deployed once it is overdue"),
                    ("warn", "It is shown, and holds nothing up"),
                ],
                default="late",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="condition",
            constraint=models.CheckConstraint(
                condition=models.Q(("consequence__in", ["block", "late", "warn"])), name="condition_has_a_consequence"
            ),
        ),
        migrations.AddField(
            model_name="toldofcondition",
            name="condition",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="told",
                to="approvals.condition",
            ),
        ),
        migrations.AddConstraint(
            model_name="toldofcondition",
            constraint=models.UniqueConstraint(fields=("condition", "overdue"), name="told_of_condition_once"),
        ),
    ]
