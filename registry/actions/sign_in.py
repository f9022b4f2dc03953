"""What people do with their own ways of signing in, and what sign-in tells the ledger.

Second factors, passkeys and sessions are rows of allauth. The actions that are context managers make its change and our
event one transaction: the door lets allauth write inside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError

from audit import ledger, outbox
from registry import mail_lock, rules
from registry.actions.people import managing
from registry.models import Person

#: What allauth keeps encrypted of an authenticator app and of recovery codes.
SEALED = ("secret", "seed")


def record_sign_in(*, person: Person, ways: list[str]) -> None:
    """`ways` are what they showed: password, totp, webauthn, recovery_codes, or the name of an identity provider."""
    with ledger.entry("registry.person.signed_in", by=person, subject=person) as entry:
        entry.facts = {"with": ways}


def record_sign_out(*, person: Person) -> None:
    with ledger.entry("registry.person.signed_out", by=person, subject=person):
        pass


def record_failed_sign_in(*, username: str, **_: Any) -> None:
    """Written under the account that was tried, in whatever case: sign-in ignores it too.

    Of a name nobody has only that it was tried: it may be a mistyped password.
    """
    person = Person.objects.filter(username__iexact=username).first()
    if person is None:
        refuse_sign_in(code="unknown-name")
        return
    with ledger.entry("registry.person.sign_in_failed", by=Person.objects.system(), subject=person):
        pass


def record_failed_second_factor(*, person: Person) -> None:
    """The password was right, or they were signed in already, and then the code was wrong."""
    with ledger.entry("registry.second_factor.failed", by=Person.objects.system(), subject=person):
        pass


def refuse_sign_in(*, code: str, person: Person | None = None) -> None:
    """Leaves `registry.person.signed_in.refused`, at most once a minute for the same person, with a count.

    Without `person` nobody here is known to be meant.
    """
    system = Person.objects.system()
    with suppress(ValidationError), ledger.entry("registry.person.signed_in", by=system, subject=person or system):
        raise ValidationError("Not signed in.", code=code)


def tie_identity(*, person: Person, provider: str, subject: str) -> SocialAccount:
    """From now on the provider's `subject` is `person`. Raises ValidationError (inactive, tied to another subject)."""
    with ledger.entry("registry.identity.tied", by=Person.objects.system(), subject=person) as entry:
        person = managing.locked(entry, person)
        is_tied = SocialAccount.objects.filter(user=person, provider=provider).exists()
        managing.refuse(rules.against_tying(person, is_tied=is_tied))
        account = SocialAccount(user=person, provider=provider, uid=subject)
        account.save()
    return account


def choose_time_zone(*, time_zone: str, by: Person) -> None:
    """The zone in which `by` is shown moments; "" leaves it to their browser. Which one is nobody's evidence."""
    with ledger.entry("registry.person.time_zone_chosen", by=by, subject=by):
        by.time_zone = time_zone
        by.save(update_fields=["time_zone"])


def choose_mail(*, is_daily: bool, by: Person) -> None:
    """Whether `by` is told everything of a day in one mail. What waits for the next one is told now to whoever wants
    mail at once."""
    with ledger.entry("registry.person.mail_chosen", by=by, subject=by):
        mail_lock.hold([by.pk], alone=True)
        by.mail_is_daily = is_daily
        by.save(update_fields=["mail_is_daily"])
        if not is_daily:
            outbox.hasten("mail", str(by.pk))


def end_sessions(*, sessions: Iterable[UserSession], person: Person, by: Person) -> None:
    """Signs `person` out of these sessions, which are theirs; one event for all of them."""
    keys = [session.session_key for session in sessions]
    with ledger.entry("registry.session.ended", by=by, subject=person) as entry:
        if by.pk != person.pk:
            managing.require_manager(entry)
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(session_key__in=keys, user=person).delete()
        entry.facts = {"sessions": len(keys)}


def sign_out_everywhere(*, person: Person, reason: str, by: Person) -> int:
    """Ends every session of `person`, for an administrator. Returns how many there were."""
    with ledger.entry("registry.person.signed_out_everywhere", by=by, subject=person, reason=reason) as entry:
        managing.require_manager(entry)
        managing.refuse(rules.against_signing_out(reason=reason))
        sessions = list(UserSession.objects.filter(user=person))
        end_sessions(sessions=sessions, person=person, by=by)
        entry.facts = {"sessions": len(sessions)}
    return len(sessions)


@contextmanager
def add_second_factor(*, factor: str, by: Person) -> Iterator[None]:
    with ledger.entry("registry.second_factor.added", by=by, subject=by) as entry:
        entry.facts = {"factor": factor}
        yield


@contextmanager
def remove_second_factor(*, factor: str, by: Person) -> Iterator[None]:
    with ledger.entry("registry.second_factor.removed", by=by, subject=by) as entry:
        entry.facts = {"factor": factor}
        yield


@contextmanager
def make_recovery_codes(*, by: Person) -> Iterator[None]:
    """Codes of before open nothing any more."""
    with ledger.entry("registry.recovery_codes.made", by=by, subject=by):
        yield


def reseal_second_factors(*, reseal: Callable[[str], str], by: Person) -> int:
    """Puts every stored secret under another key. Returns of how many people's ways of signing in."""
    with ledger.entry("registry.second_factor.resealed", by=by, subject=by) as entry:
        managing.require_manager(entry)
        held = list(Authenticator.objects.select_for_update().order_by("pk"))
        for each in held:
            each.data |= {name: reseal(each.data[name]) for name in SEALED if name in each.data}
            each.save(update_fields=["data"])
        entry.facts = {"factors": len(held)}
    return len(held)


def reset_second_factor(*, person: Person, reason: str, by: Person) -> None:
    """For somebody who lost their phone: removes second factors, passkeys and recovery codes, and ends every session.

    The tie to an identity of elsewhere goes too, for whoever was given a new one there.
    Raises PermissionDenied for who may not manage people, ValidationError for oneself and without a reason.
    """
    with ledger.entry("registry.second_factor.reset", by=by, subject=person, reason=reason) as entry:
        managing.require_manager(entry)
        managing.refuse(rules.against_resetting_second_factor(person, reason=reason, by=entry.actor))
        factors = Authenticator.objects.filter(user=person)
        identities = SocialAccount.objects.filter(user=person)
        entry.facts = {
            "removed": sorted(factors.values_list("type", flat=True)),
            "identities": identities.count(),
        }
        factors.delete()
        identities.delete()
        end_sessions(sessions=UserSession.objects.filter(user=person), person=person, by=by)
