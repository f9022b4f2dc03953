from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser
from django.db import connection

from audit import keys
from audit.actions import ledger
from audit.management.base import DatabaseCommand
from audit.models import Event


class Command(DatabaseCommand):
    help = "Makes the ledger's first key, if there is none. Keep a copy of it apart from the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rotate", action="store_true", help="make the next key, which seals every event from now on"
        )

    def handle(self, *args: Any, rotate: bool, **options: Any) -> None:
        if not keys.exist():
            self._make_first()
        elif rotate:
            made = ledger.rotate_key(by=get_user_model().objects.system())
            self.stdout.write(f"Made ledger key {made}. Keep the older ones: they go on checking what they sealed.")
        else:
            self.stdout.write("The ledger has a key.")

    def _make_first(self) -> None:
        if self._has_events():
            raise CommandError(
                f"The ledger holds events, but none of its keys is in {settings.LEDGER_KEYS}. "
                "Put the lost keys back from their copy; a new key proves nothing that was signed before."
            )
        self.stdout.write(f"Made ledger key {keys.create()}.")

    def _has_events(self) -> bool:
        """The first key may be made before the first migrate."""
        return Event._meta.db_table in connection.introspection.table_names() and Event.objects.exists()
