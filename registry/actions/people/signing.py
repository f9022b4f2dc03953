"""What sign-in tells the ledger."""

from __future__ import annotations

from typing import Any

from audit import ledger
from registry.models import Person


def record_sign_in(*, person: Person) -> None:
    with ledger.entry("registry.person.signed_in", by=person, subject=person):
        pass


def record_sign_out(*, person: Person) -> None:
    with ledger.entry("registry.person.signed_out", by=person, subject=person):
        pass


def record_failed_sign_in(*, username: str, **_: Any) -> None:
    """Written under the account that was tried, in whatever case: sign-in ignores it too.

    A name nobody has is not written, it may be a mistyped password.
    """
    person = Person.objects.filter(username__iexact=username).first()
    if person:
        with ledger.entry("registry.person.sign_in_failed", by=Person.objects.system(), subject=person):
            pass
