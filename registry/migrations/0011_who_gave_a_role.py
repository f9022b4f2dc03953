import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0010_advice_at_deployments"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalrolegrant",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, help_text="When a second administrator agreed", null=True),
        ),
        migrations.AddField(
            model_name="historicalrolegrant",
            name="confirmed_by",
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
            model_name="historicalrolegrant",
            name="given_at",
            field=models.DateTimeField(
                blank=True, help_text="Empty for what was given before this was kept", null=True
            ),
        ),
        migrations.AddField(
            model_name="historicalrolegrant",
            name="given_by",
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
            model_name="rolegrant",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, help_text="When a second administrator agreed", null=True),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="confirmed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="given_at",
            field=models.DateTimeField(
                blank=True, help_text="Empty for what was given before this was kept", null=True
            ),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="given_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("given_at", None), ("given_by", None)),
                    models.Q(("given_at__isnull", False), ("given_by__isnull", False)),
                    _connector="OR",
                ),
                name="role_is_given_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at", None), ("confirmed_by", None)),
                    models.Q(
                        ("confirmed_at__isnull", False),
                        ("confirmed_by__isnull", False),
                        models.Q(("confirmed_by", models.F("given_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="role_is_confirmed_by_another",
            ),
        ),
    ]
