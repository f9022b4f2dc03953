"""What every command does that works on the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from audit import retries


class DatabaseCommand(BaseCommand):
    def execute(self, *args: Any, **options: Any) -> Any:
        """Where there is no database, or it cannot be used, one sentence says so; --traceback shows the rest."""
        try:
            return super().execute(*args, **options)
        except DatabaseError as error:
            raise CommandError(
                f"The database cannot be used: {_first_line(error)}. If it is new, run manage.py migrate first."
            ) from error


def _first_line(error: DatabaseError) -> str:
    return retries.reason(error).partition("\n")[0].rstrip(".")
