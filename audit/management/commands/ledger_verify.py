from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser

from audit import checkpoints, halts, record, tables, verify
from audit.actions import ledger
from audit.management.base import DatabaseCommand

NOT_READ = 3


class Command(DatabaseCommand):
    help = (
        "Proves the ledger whole, or names the first thing that is not: seals, tree, checkpoints and anchors. "
        "--deep also reads every governed row and its history. What was found is written into the ledger."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scope", action="store_true", help="print what is covered, table by table, and why")
        parser.add_argument(
            "--deep", action="store_true", help="compare every governed row, and every copy in the anchors"
        )

    def handle(self, *args: Any, deep: bool, scope: bool, **options: Any) -> None:
        """Exits with 1 when something is not whole, with 3 when an anchor could not be read and the rest is whole."""
        if scope:
            self._print_scope()
            return
        # Of a ledger that was set back nothing is written, not even that: it would stand where lost events were.
        checkpoints.look_back()
        found = verify.verify(deep=deep, every_copy=deep)
        if halts.current() is None:
            ledger.record_verification(verification=found, by=get_user_model().objects.system())
        if found.fault:
            raise CommandError(str(found))
        if found.unread:
            raise CommandError(str(found), returncode=NOT_READ)
        self.stdout.write(str(found))
        if loss := record.current().loss:
            self.stdout.write(f"{loss}.")

    def _print_scope(self) -> None:
        for table in tables.every():
            self.stdout.write(f"{table.standing.value:<12} {table.name:<44} {table.reason}")
