from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0005_names_say_what_they_take"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="usecase",
            index=models.Index(fields=["status", "title", "id"], name="use_cases_of_status"),
        ),
    ]
