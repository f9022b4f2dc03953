from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from audit import bundles, halts
from audit.actions import ledger
from audit.bundles import Scope
from audit.management.base import DatabaseCommand
from audit.models import Event
from audit.tree import Damaged


class Command(DatabaseCommand):
    help = (
        "Writes evidence as one zip file: events, signed checkpoints, proofs, and the program that checks them without "
        "this portal. docs/evidence.md says what to do with it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="where to write; nothing must be there yet")
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--about", help="everything about one subject: its name in the ledger, such as a model's")
        scope.add_argument(
            "--range", nargs=2, type=int, metavar=("FIRST", "END"), help="places from FIRST to before END"
        )

    def handle(self, *args: Any, file: Path, about: str | None, range: list[int] | None, **options: Any) -> None:
        scope = _scope(about, range)
        if file.exists():
            raise CommandError(f"{file} is there already.")
        try:
            checkpoint = ledger.record_export(scope=scope, by=get_user_model().objects.system())
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        try:
            with file.open("xb") as bundle:
                bundles.write(bundle, scope, checkpoint)
        except Damaged as damage:
            file.unlink()
            raise CommandError(f"{damage}. Evidence of the whole ledger can still be taken out.") from damage
        self.stdout.write(
            f"Wrote {file}: evidence of {scope.about}, proved with the checkpoint of {checkpoint.size} events."
        )
        if halts.current() is not None:
            self.stdout.write(
                "The portal is read-only. That this was taken out is in its log now, and in the ledger once the portal "
                "is written to again."
            )


def _scope(about: str | None, between: list[int] | None) -> Scope:
    """Raises CommandError when there is no such subject or range."""
    if about:
        return Scope(about=about, stream=_stream(about))
    if between:
        first, end = between
        if not 0 <= first < end:
            raise CommandError("A range goes from a place, the first of which is 0, to a later one.")
        return Scope(about=f"the events from place {first} to before {end}", first=first, end=end)
    return Scope()


def _stream(about: str) -> str:
    streams = Event.objects.filter(label=about).order_by().values_list("stream", flat=True).distinct()[:2]
    if len(streams) != 1:
        found = "more than one subject is" if streams else "nothing is"
        raise CommandError(f"In the ledger {found} called “{about}”.")
    return streams[0]
