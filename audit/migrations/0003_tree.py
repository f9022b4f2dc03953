import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="Halt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField()),
                ("since", models.DateTimeField()),
                ("only", models.BooleanField(default=True, editable=False, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="TreeNode",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("hash", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("epoch", models.PositiveIntegerField()),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("signed_at", models.DateTimeField()),
                ("note", models.TextField(unique=True)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["size"], name="audit_check_size_60bf9d_idx")],
            },
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "event",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="leaf",
                        to="audit.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WaitingEvent",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="waiting",
                        serialize=False,
                        to="audit.event",
                    ),
                ),
                ("written_at", models.DateTimeField()),
                (
                    "fault",
                    models.CharField(
                        blank=True, default="", help_text="Why it is kept out of the tree", max_length=100
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("fault", "")), fields=["event"], name="waiting_to_be_put_in")
                ],
            },
        ),
        migrations.CreateModel(
            name="Anchoring",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("anchor", models.CharField(max_length=100)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("last_error", models.TextField(blank=True, default="")),
                ("kept_at", models.DateTimeField(null=True)),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="anchorings", to="audit.checkpoint"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("kept_at", None)), fields=["due_at", "id"], name="anchoring_due"),
                    models.Index(fields=["anchor", "-id"], name="anchorings_newest_first"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("checkpoint", "anchor"), name="checkpoint_once_per_anchor")
                ],
            },
        ),
    ]
