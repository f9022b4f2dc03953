from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import verify


class Command(BaseCommand):
    help = "Proves the ledger whole, or names the first event that is not. --deep also reads every governed row."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--deep", action="store_true", help="compare every live governed row with the ledger")

    def handle(self, *args: Any, deep: bool, **options: Any) -> None:
        with verify.snapshot():
            self._report(verify.events_whole(), "events")
            if deep:
                self._report(verify.rows_as_recorded(), "rows")

    def _report(self, proof: verify.Proof, what: str) -> None:
        if proof.fault:
            raise CommandError(f"Not whole after {proof.count} {what}: {proof.fault}.")
        self.stdout.write(f"Whole: {proof.count} {what}.")
