from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from audit import halts
from audit.actions import ledger
from audit.management.base import DatabaseCommand


class Command(DatabaseCommand):
    help = (
        "Lets a signer that has its key and not its memory go on from the newest checkpoint that the database or an "
        "anchor knows. Without --size it says which one that is, and does nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="what happened; it stands in the ledger for good")
        parser.add_argument("--size", type=int, help="how many events it is of, to say yes: nobody else signs")

    def handle(self, *args: Any, reason: str, size: int | None, **options: Any) -> None:
        try:
            adopted = ledger.adopt(size=size, reason=reason, by=get_user_model().objects.system())
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        if halt := halts.current():
            raise CommandError(f"The portal is read-only: {halt}. See manage.py ledger_resume.")
        self.stdout.write(f"The signer goes on from the checkpoint of {adopted.head.size} events.")
