from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0013_risk_questionnaire"),
    ]

    operations = [
        migrations.AddField(
            model_name="codecheck",
            name="artifact_findings",
            field=models.PositiveIntegerField(blank=True, help_text="Empty: the file was not scanned", null=True),
        ),
        migrations.AddField(
            model_name="codecheck",
            name="artifact_scanner",
            field=models.CharField(blank=True, default="", help_text="What scanned the file", max_length=60),
        ),
        migrations.AddField(
            model_name="historicalcodecheck",
            name="artifact_findings",
            field=models.PositiveIntegerField(blank=True, help_text="Empty: the file was not scanned", null=True),
        ),
        migrations.AddField(
            model_name="historicalcodecheck",
            name="artifact_scanner",
            field=models.CharField(blank=True, default="", help_text="What scanned the file", max_length=60),
        ),
        migrations.AddConstraint(
            model_name="codecheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("artifact_findings", None), ("artifact_scanner", "")),
                    models.Q(("artifact_findings__isnull", False), models.Q(("artifact_scanner", ""), _negated=True)),
                    _connector="OR",
                ),
                name="scan_names_its_scanner",
            ),
        ),
    ]
