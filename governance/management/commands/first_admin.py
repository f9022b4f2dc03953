"""The one account that nobody in the portal could make: its first administrator."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from audit.management.base import DatabaseCommand
from governance import invitations
from registry.actions import people
from registry.models import Person


class Command(DatabaseCommand):
    help = "Makes the first administrator and prints the one-time link with which they set their password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="For signing in: small letters, digits, dots, hyphens and underscores.")
        parser.add_argument("--name", default="", help="Their name; by default the user name.")
        parser.add_argument("--email", default="", help="Where Gatehouse may write to them.")

    def handle(self, *, username: str, name: str, email: str, **options: Any) -> None:
        if Person.objects.filter(kind=Person.Kind.HUMAN).exists():
            raise CommandError("There are people already. An administrator adds more of them on the page People.")
        try:
            person = people.invite_person(
                username=username,
                name=name or username,
                email=email,
                roles=[("admin", "")],
                by=Person.objects.system(),
            )
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self.stdout.write(f"{person.name} is the first administrator. This link sets their password; it works once,")
        self.stdout.write(f"within {invitations.days_valid()} days:")
        self.stdout.write(invitations.link_for(person))
