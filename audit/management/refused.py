"""Commands of simple-history that would take away history, or write some that no event tells of."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Refused(BaseCommand):
    help = "Refused: history is evidence. It is written with each change, and never afterwards or away."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("arguments", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError("History is evidence: it is written with each change, and never afterwards or away.")
