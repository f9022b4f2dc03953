"""Signs somebody out, or everybody: after a break-in, or when nobody gets to the page that does it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from audit.management.base import DatabaseCommand
from registry.actions import sign_in
from registry.models import Person


class Command(DatabaseCommand):
    help = "Ends every session of the people named, or of everybody. They may sign in again; tokens stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="*")
        parser.add_argument("--everybody", action="store_true")
        parser.add_argument("--reason", required=True, help="Stands in the ledger.")

    def handle(self, *, username: list[str], everybody: bool, reason: str, **options: Any) -> None:
        if bool(username) == everybody:
            raise CommandError("Name people, or say --everybody.")
        people = Person.objects.known().filter(kind=Person.Kind.HUMAN)
        found = list(people if everybody else people.filter(username__in=username))
        unknown = set(username) - {person.username for person in found}
        if unknown:
            raise CommandError(f"Nobody here has the user name {', '.join(sorted(unknown))}.")
        system = Person.objects.system()
        ended = sum(sign_in.sign_out_everywhere(person=person, reason=reason, by=system) for person in found)
        self.stdout.write(f"{ended} sessions have ended.")
