import uuid

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RowShape",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("table", models.CharField(max_length=63)),
                ("columns", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("kind", models.CharField(max_length=100)),
                ("subject", models.CharField(help_text="app.model:primary-key", max_length=100)),
                (
                    "subject_number",
                    models.PositiveBigIntegerField(help_text="1, 2, 3 … without a gap for each subject"),
                ),
                ("stream", models.CharField(help_text="The subject's root: for a version, its model", max_length=100)),
                ("label", models.CharField(max_length=200)),
                ("actor", models.UUIDField()),
                ("token", models.UUIDField(help_text="The API token used, if one was", null=True)),
                ("on_behalf_of", models.UUIDField(null=True)),
                ("reason", models.TextField()),
                ("cause", models.UUIDField(help_text="The event inside whose action this one happened", null=True)),
                ("request_id", models.CharField(max_length=64)),
                ("at", models.DateTimeField(help_text="The database's clock")),
                ("facts", models.JSONField()),
                (
                    "rows",
                    models.JSONField(help_text="Table, key, shape and SHA-256 of each governed row changed with it"),
                ),
                ("canonical", models.BinaryField()),
                ("mac", models.BinaryField()),
                ("key_id", models.CharField(max_length=32)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["stream", "-id"], name="audit_event_stream_ad4290_idx"),
                    models.Index(fields=["kind", "-id"], name="audit_event_kind_ef4aa5_idx"),
                    models.Index(fields=["actor", "-id"], name="audit_event_actor_71ce38_idx"),
                    models.Index(fields=["at"], name="audit_event_at_34ce9a_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subject", "subject_number"), name="event_number_once_per_subject")
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sink", models.CharField(max_length=40)),
                ("payload", models.JSONField()),
                ("event", models.UUIDField(help_text="The event that says it")),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("last_error", models.TextField(blank=True, default="")),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("sent_at", None)), fields=["due_at", "id"], name="outbox_due")
                ],
            },
        ),
        migrations.CreateModel(
            name="RefusalTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor", models.UUIDField()),
                ("kind", models.CharField(max_length=110)),
                ("subject", models.CharField(max_length=100)),
                ("written_at", models.DateTimeField()),
                ("unwritten", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("actor", "kind", "subject"), name="one_tally_per_refusal")
                ],
            },
        ),
    ]
