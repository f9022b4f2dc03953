from typing import Any

from django.core.management.base import BaseCommand

from audit import keys


class Command(BaseCommand):
    help = "Makes the ledger's first key, if there is none. Keep a copy of it apart from the database."

    def handle(self, *args: Any, **options: Any) -> None:
        if keys.exist():
            self.stdout.write("The ledger has a key.")
        else:
            self.stdout.write(f"Made ledger key {keys.create()}.")
