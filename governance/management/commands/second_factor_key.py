"""For a key that somebody else may have read, or that has done its time."""

from __future__ import annotations

from typing import Any

from audit.management.base import DatabaseCommand
from governance import second_factor
from registry.actions import sign_in
from registry.models import Person


class Command(DatabaseCommand):
    help = "Makes a new key for the secrets of second factors and puts all of them under it. Nobody is signed out."

    def handle(self, **options: Any) -> None:
        second_factor.change_key()
        count = sign_in.reseal_second_factors(reseal=second_factor.reseal, by=Person.objects.system())
        second_factor.forget_old_keys()
        self.stdout.write(f"{count} second factors are under the new key in {second_factor.key_path()}. Copy it.")
