"""Which accounts are one human's, so that two accounts are not two pairs of eyes."""

from __future__ import annotations

from audit import ledger
from audit.ledger import Entry
from registry import rules
from registry.actions.people.managing import locked, refuse, require_manager
from registry.models import Person


def link_accounts(*, person: Person, other: Person | None, reason: str, by: Person) -> Person:
    """Says that `person` is a further account of whoever has the account `other`. From then on the rules take both for
    one; what was decided before stays decided, and is one person's."""
    with ledger.entry("registry.account.linked", by=by, subject=person, reason=reason) as entry:
        require_manager(entry)
        person, other = _both_locked(entry, person, other)
        has_further = person.further_accounts.exists()
        refuse(rules.against_linking(person, other, has_further=has_further, reason=reason))
        person.same_as = other
        person.save()
        entry.facts = {"with": other.ledger_label()}
    return person


def separate_account(*, person: Person, reason: str, by: Person) -> Person:
    """Takes it back: the account is somebody's of their own."""
    with ledger.entry("registry.account.separated", by=by, subject=person, reason=reason) as entry:
        require_manager(entry)
        person = locked(entry, person)
        refuse(rules.against_separating(person, reason=reason, by=entry.actor))
        entry.facts = {"with": person.same_as.ledger_label()}
        person.same_as = None
        person.save()
    return person


def _both_locked(entry: Entry, person: Person, other: Person | None) -> tuple[Person, Person | None]:
    """In one order, whoever links whom."""
    keys = {each.pk for each in (person, other) if each}
    held = {each.pk: each for each in entry.lock(Person.objects.known().filter(pk__in=keys).order_by("pk"))}
    return held[person.pk], held.get(other.pk) if other else None
