from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0006_stopped_and_ending_approvals"),
    ]

    operations = [
        migrations.AddField(
            model_name="forecast",
            name="began_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="forecast",
            name="seen_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
