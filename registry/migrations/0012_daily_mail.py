from django.db import migrations, models


def addressed_to_people(apps, schema_editor):
    """Mail that waits says whom it is for instead of where they were reached; who has left gets none."""
    messages = apps.get_model("audit", "OutboxMessage").objects.filter(sink="mail", sent_at=None)
    people = apps.get_model("registry", "Person").objects.filter(is_active=True).order_by("created_at")
    for message in messages:
        person = people.filter(email__in=message.payload.pop("to")).first()
        if person is None:
            message.delete()
        else:
            message.payload["person"] = str(person.pk)
            message.save(update_fields=["payload"])


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0011_who_gave_a_role"),
        ("audit", "0007_told_together"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="mail_is_daily",
            field=models.BooleanField(default=False, help_text="Everything of a day in one mail, instead of at once"),
        ),
        migrations.RunPython(addressed_to_people, migrations.RunPython.noop),
    ]
