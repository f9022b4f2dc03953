from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0009_who_stands_behind_a_right"),
    ]

    operations = [
        migrations.AddField(
            model_name="deployment",
            name="advised",
            field=models.JSONField(blank=True, default=list, help_text="Checks that were shown and would have said no"),
        ),
        migrations.AddField(
            model_name="historicaldeployment",
            name="advised",
            field=models.JSONField(blank=True, default=list, help_text="Checks that were shown and would have said no"),
        ),
    ]
