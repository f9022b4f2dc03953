from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from audit.actions import ledger
from audit.management.base import DatabaseCommand


class Command(DatabaseCommand):
    help = (
        "Lets a portal be written to again that was read-only because its ledger was not the one that was signed for. "
        "Where events are lost for good, this opens a new epoch, which says so to everybody who verifies the ledger."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="what happened; it stands in the ledger for good")

    def handle(self, *args: Any, reason: str, **options: Any) -> None:
        try:
            begun = ledger.resume(reason=reason, by=get_user_model().objects.system())
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        if begun:
            self.stdout.write(f"Epoch {begun.epoch} of the ledger begins with {begun.head.size} events.")
        else:
            self.stdout.write("The ledger is what was signed for. The portal is written to again; no event was lost.")
