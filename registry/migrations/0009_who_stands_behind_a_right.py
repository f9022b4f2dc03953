import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("registry", "0008_use_cases_of_status_by_age"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalperson",
            name="same_as",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="The account that stands for the same human; rules about who is who take both for one",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="historicalrisktieruserobjectpermission",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, help_text="When a second administrator agreed", null=True),
        ),
        migrations.AddField(
            model_name="historicalrisktieruserobjectpermission",
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
            model_name="historicalrisktieruserobjectpermission",
            name="given_at",
            field=models.DateTimeField(
                blank=True, help_text="Empty for what was given before this was kept", null=True
            ),
        ),
        migrations.AddField(
            model_name="historicalrisktieruserobjectpermission",
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
            model_name="person",
            name="same_as",
            field=models.ForeignKey(
                blank=True,
                help_text="The account that stands for the same human; rules about who is who take both for one",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="further_accounts",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="risktieruserobjectpermission",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, help_text="When a second administrator agreed", null=True),
        ),
        migrations.AddField(
            model_name="risktieruserobjectpermission",
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
            model_name="risktieruserobjectpermission",
            name="given_at",
            field=models.DateTimeField(
                blank=True, help_text="Empty for what was given before this was kept", null=True
            ),
        ),
        migrations.AddField(
            model_name="risktieruserobjectpermission",
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
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("same_as", models.F("id")), _negated=True), name="account_of_somebody_else"
            ),
        ),
        migrations.AddConstraint(
            model_name="risktieruserobjectpermission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("given_at", None), ("given_by", None)),
                    models.Q(("given_at__isnull", False), ("given_by__isnull", False)),
                    _connector="OR",
                ),
                name="right_is_given_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="risktieruserobjectpermission",
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
                name="right_is_confirmed_by_another",
            ),
        ),
    ]
