from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0012_superseded_reviews"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalreview",
            name="ticket_url",
            field=models.URLField(blank=True, default="", help_text="The same question elsewhere", max_length=500),
        ),
        migrations.AddField(
            model_name="review",
            name="ticket_url",
            field=models.URLField(blank=True, default="", help_text="The same question elsewhere", max_length=500),
        ),
    ]
