from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0016_what_was_judged"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicalwaiver",
            name="check_name",
            field=models.CharField(
                choices=[
                    ("lineage", "Code, data and configuration are named"),
                    ("thresholds", "Figures keep their thresholds"),
                    ("code", "The code was tested, and its tests pass"),
                    ("scan", "The model file was scanned, and nothing was found"),
                    ("card", "The model card is written"),
                    ("monitoring", "Monitoring and alerts are set up"),
                    ("rollback", "The rollback is written down and was tried"),
                    ("staging", "The version ran in staging first"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="waiver",
            name="check_name",
            field=models.CharField(
                choices=[
                    ("lineage", "Code, data and configuration are named"),
                    ("thresholds", "Figures keep their thresholds"),
                    ("code", "The code was tested, and its tests pass"),
                    ("scan", "The model file was scanned, and nothing was found"),
                    ("card", "The model card is written"),
                    ("monitoring", "Monitoring and alerts are set up"),
                    ("rollback", "The rollback is written down and was tried"),
                    ("staging", "The version ran in staging first"),
                ],
                max_length=20,
            ),
        ),
    ]
