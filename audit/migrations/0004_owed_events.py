from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_tree"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwedEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=100)),
                ("actor", models.UUIDField()),
                ("facts", models.JSONField()),
                ("at", models.DateTimeField()),
                ("mac", models.BinaryField()),
                ("key_id", models.CharField(max_length=40)),
            ],
        ),
    ]
