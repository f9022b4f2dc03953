"""For somebody who lost their phone when no administrator can sign in either."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from audit.management.base import DatabaseCommand
from registry.actions import sign_in
from registry.models import Person


class Command(DatabaseCommand):
    help = "Removes somebody’s second factors, passkeys and recovery codes, and signs them out everywhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="Stands in the ledger: how you made sure it is them.")

    def handle(self, *, username: str, reason: str, **options: Any) -> None:
        person = Person.objects.filter(username=username, kind=Person.Kind.HUMAN).first()
        if person is None:
            raise CommandError(f"Nobody here has the user name {username}.")
        sign_in.reset_second_factor(person=person, reason=reason, by=Person.objects.system())
        self.stdout.write(f"{person.name} signs in with the password alone until they set up a second factor again.")
