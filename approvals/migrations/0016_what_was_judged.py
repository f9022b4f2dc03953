from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0015_comments"),
    ]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="question",
            field=models.TextField(
                blank=True, default="", help_text="What was judged; empty: what the stage usually asks"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="right",
            field=models.CharField(
                blank=True, default="", help_text="Whose right it took; empty: its own", max_length=20
            ),
        ),
        migrations.AddField(
            model_name="historicaldecision",
            name="question",
            field=models.TextField(
                blank=True, default="", help_text="What was judged; empty: what the stage usually asks"
            ),
        ),
        migrations.AddField(
            model_name="historicaldecision",
            name="right",
            field=models.CharField(
                blank=True, default="", help_text="Whose right it took; empty: its own", max_length=20
            ),
        ),
    ]
