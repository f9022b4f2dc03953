"""Every form with bad input in each of its fields: refused, said where it was typed, and nothing is written.

The table is `tests/hostile/forms.py`. A form, or a field of one, that is missing there fails.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from registry.actions import people, use_cases
from registry.models import UseCase
from tests import builders
from tests.builders import Cast
from tests.hostile.answers import (
    controls_of,
    errors_for_the_next_page,
    faults_of,
    rows_of_every_table,
    send,
    some_of,
    taken_back,
)
from tests.hostile.forms import (
    BUTTONS,
    FORMS,
    INSTEAD,
    MEANWHILE,
    NEXT_PAGE,
    SENT_BY_THEMSELVES,
    SIGN_IN,
    TOP,
    Bad,
    Meanwhile,
)
from tests.permissions import story
from tests.permissions.story import Story
from tests.permissions.table import Key, Matrix
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db

#: Who fills in a form: the first of these to whom the permission matrix says yes.
WHO = ("owner", "technical", "business", "compliance", "release", "admin", "anonymous")


#: Picks from the rows of a field, by its place.
Choose = Callable[[list[Bad], str], list[Bad]]


@dataclass
class Desk:
    """The forms of a portal where something is under way, each with somebody who may fill it in."""

    told: Story
    clients: dict[str, Client]

    def send(self, key: Key, body: dict[str, Any], address: str = "") -> Any:
        return send(self.clients[filler_of(key)], address or story.address_of(key, self.told), body)

    def opened(self, key: Key) -> str:
        return self.clients[filler_of(key)].get(story.address_of(key, self.told)).content.decode()

    def good_body(self, key: Key) -> dict[str, Any]:
        return story.body_of(key, self.told)

    def value(self, given: Any) -> Any:
        return given(self.told) if callable(given) else given

    def body(self, key: Key, field: str, bad: Bad) -> dict[str, Any]:
        changes = {name: self.value(other) for name, other in bad.others.items()}
        return self.good_body(key) | changes | {field: self.value(bad.value)}


@pytest.fixture(autouse=True)
def _quietly() -> Iterator[None]:
    """Each refusal is a line of the log, and there are hundreds."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def desk(cast: Cast, settings: LazySettings) -> Desk:
    settings.ARTIFACT_MAX_BYTES = 2000
    told = story.tell(cast)
    told.objects["other team"] = people.create_team(name="Others", by=cast.admin)
    told.objects["rejected use case"] = use_cases.reject(
        use_case=builders.build_use_case(cast, approved=False), reason="It serves nobody.", by=cast.business
    )
    return Desk(told, {who: signed_in(cast.author if who == "owner" else getattr(cast, who)) for who in WHO[:-1]})


def filler_of(key: Key) -> str:
    cells = Matrix.read("pages").rows[key]
    return next(who for who in WHO if cells[who] == "yes")


def forms_of_the_portal() -> set[Key]:
    rows = Matrix.read("pages").rows
    return {
        key
        for key, cells in rows.items()
        if key.method == "POST" and not key.route.startswith("api-1:") and not {"yes"}.isdisjoint(cells.values())
    }


def keys() -> list[Key]:
    return [Key(route, "POST", case) for route, case in FORMS]


# The table is whole


def test_every_form_stands_in_the_table() -> None:
    listed = {*keys(), *(Key(route, "POST") for route in {*BUTTONS, *SENT_BY_THEMSELVES, *SIGN_IN})}
    assert sorted(forms_of_the_portal() - listed) == [], "Add them to tests/hostile/forms.py"
    assert sorted(listed - {key for key in Matrix.read("pages").rows if key.method == "POST"}) == []


def test_every_field_of_every_form_stands_in_the_table(desk: Desk) -> None:
    missing = {}
    for key in keys():
        if Matrix.read("pages").rows[Key(key.route, "GET")][filler_of(key)] == "yes":
            asked = controls_of(desk.opened(key), story.address_of(key, desk.told))
            listed = {field for (route, _), fields in FORMS.items() if route == key.route for field in fields}
            missing[str(key)] = sorted(asked - listed)
    assert {key: fields for key, fields in missing.items() if fields} == {}


def test_what_is_honest_is_taken(desk: Desk) -> None:
    """So that the tables refuse what is bad in a field, and not the form around it."""
    refused = {}
    for key in keys():
        with taken_back():
            answer = desk.send(key, desk.good_body(key))
            if answer.status_code not in (200, 302) or errors_for_the_next_page(answer):
                refused[str(key)] = (answer.status_code, errors_for_the_next_page(answer))
    assert refused == {}


# Each bad value


@pytest.mark.parametrize("room", ["governance", "registry", "approvals"])
def test_what_does_not_belong_there_is_refused_where_it_was_typed(desk: Desk, room: str) -> None:
    """Every other form, and one of each many; tests/proofs/test_hostile_forms.py takes all of both."""
    of_the_room = [key for key in keys() if key.route.startswith(f"{room}:")][::2]
    wrong = [fault for key in of_the_room for fault in faults_of_each(desk, key, some_of)]
    assert wrong == [], "\n" + "\n".join(wrong)


def faults_of_each(desk: Desk, key: Key, chosen: Choose) -> Iterator[str]:
    before = rows_of_every_table()
    for field, rows in FORMS[key.route, key.case].items():
        for bad in chosen(rows, f"{key} {field}"):
            with taken_back():
                body = desk.body(key, field, bad)
                found = list(faults_of(desk.send(key, body), field, bad, body[field]))
                for fault in [*found, *sorted(before ^ rows_of_every_table())]:
                    yield f"{key}, {field}, {bad.name}: {fault}"


def test_somebody_who_was_faster_is_named(desk: Desk) -> None:
    wrong = []
    for route, case in MEANWHILE:
        key = Key(route, "POST", case)
        for number, each in enumerate(MEANWHILE[route, case], start=1):
            with taken_back():
                address = story.address_of(key, desk.told)
                body = desk.good_body(key) | {name: desk.value(value) for name, value in each.others.items()}
                each.done(desk.told)
                before = rows_of_every_table()
                found = faults_after(desk.send(key, body, address), each)
                wrong += [f"{key} {number}: {fault}" for fault in [*found, *(before ^ rows_of_every_table())]]
    assert wrong == [], "\n" + "\n".join(wrong)


def faults_after(answer: Any, each: Meanwhile) -> Iterator[str]:
    if answer.status_code != each.status:
        yield f"status {answer.status_code}, not {each.status}"
    elif each.at == NEXT_PAGE:
        said = errors_for_the_next_page(answer)
        if not any(each.said in words for words in said):
            yield f"the next page says {said}, not “{each.said}”"
    elif each.status == 422:
        yield from faults_of(
            answer, "" if each.at in (TOP, INSTEAD) else each.at, Bad("", "", each.said, each.at), None
        )


# Whole forms


FLOOD = {f"field-{number}": "x" for number in range(1001)}


@pytest.mark.parametrize("flood", [FLOOD, {"more": "x" * 4_194_400}], ids=["a thousand fields", "four megabytes"])
def test_a_flood_is_not_read(desk: Desk, flood: dict[str, str]) -> None:
    before, taken = rows_of_every_table(), {}
    for key in keys()[::3]:  # the same door is before all of them
        with taken_back():
            taken[str(key)] = desk.send(key, desk.good_body(key) | flood).status_code
    assert set(taken.values()) <= {400, 413}, taken
    assert rows_of_every_table() == before


def rejecting(cast: Cast) -> tuple[UseCase, str]:
    use_case = builders.build_use_case(cast, approved=False)
    return use_case, reverse("registry:use_case_reject", args=[use_case.slug])


def test_a_field_given_twice_counts_as_it_was_given_last(cast: Cast) -> None:
    _, address = rejecting(cast)
    assert signed_in(cast.business).post(address, {"reason": ["It serves nobody.", ""]}).status_code == 422
    assert signed_in(cast.business).post(address, {"reason": ["", "It serves nobody."]}).status_code == 302


def test_half_a_character_that_no_browser_sends_is_kept_as_a_sign_of_damage(cast: Cast) -> None:
    """What is no UTF-8 becomes U+FFFD on its way in, as the standard of forms says; nothing breaks and it is seen."""
    use_case, address = rejecting(cast)
    body, kind = b"reason=It serves %ED%A0%80 nobody", "application/x-www-form-urlencoded"
    assert signed_in(cast.business).post(address, body, content_type=kind).status_code == 302
    rejected = UseCase.objects.get(pk=use_case.pk)
    assert rejected.decision_reason == "It serves \ufffd\ufffd\ufffd nobody"
