from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0006_asked_proof"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxmessage",
            name="together",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Messages of a sink with the same word here are told as one",
                max_length=60,
            ),
        ),
    ]
