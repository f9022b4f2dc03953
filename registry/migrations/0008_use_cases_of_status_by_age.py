from django.db import migrations, models


class Migration(migrations.Migration):
    """SQLite takes no index of a part of the table when the status comes as a parameter."""

    dependencies = [
        ("registry", "0007_words_of_people"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="usecase",
            name="use_cases_proposed",
        ),
        migrations.AddIndex(
            model_name="usecase",
            index=models.Index(fields=["status", "proposed_at", "id"], name="use_cases_of_status_by_age"),
        ),
    ]
