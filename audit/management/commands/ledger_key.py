from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from audit import keys
from audit.models import Event


class Command(BaseCommand):
    help = "Makes the ledger's first key, if there is none. Keep a copy of it apart from the database."

    def handle(self, *args: Any, **options: Any) -> None:
        if keys.exist():
            self.stdout.write("The ledger has a key.")
        elif self._has_events():
            raise CommandError(
                f"The ledger holds events, but none of its keys is in {settings.LEDGER_KEYS}. "
                "Put the lost keys back from their copy; a new key proves nothing that was signed before."
            )
        else:
            self.stdout.write(f"Made ledger key {keys.create()}.")

    def _has_events(self) -> bool:
        """The first key may be made before the first migrate."""
        return Event._meta.db_table in connection.introspection.table_names() and Event.objects.exists()
