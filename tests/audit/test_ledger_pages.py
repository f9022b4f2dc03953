"""The ledger for readers: conditions, pages, one event, and sentences with names."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from approvals.actions import reviews
from audit import differences, filters, kinds, merkle, presenting, tree, words
from audit.models import Event, StreamWord
from registry.actions import consumers, people, sign_in
from registry.models import Person, Team
from tests import builders
from tests.attacks import past_the_guards
from tests.builders import Cast
from tests.statements import statements

pytestmark = pytest.mark.django_db
BACKEND = "governance.roles.SignInBackend"
LEDGER = "/ledger/"


@pytest.fixture
def reader(client: Client, cast: Cast) -> Client:
    client.force_login(cast.auditor, backend=BACKEND)
    return client


def shown(client: Client, query: str = "") -> list[Event]:
    answer = client.get(LEDGER + query)
    assert answer.status_code == 200
    return answer.context["page"].rows


def test_it_lists_everything_newest_first(reader: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    events = shown(reader)
    assert [event.pk for event in events] == sorted((event.pk for event in events), reverse=True)
    assert f"registered {version}" in reader.get(LEDGER).content.decode()


def test_a_line_is_a_sentence_and_its_code_comes_after(reader: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    page = reader.get(LEDGER).content.decode()
    sentence = f'<span class="event__what"><b>Author</b> registered {version}</span>'
    assert f'{sentence}<span class="event__kind">registry.version.registered</span>' in page


def test_a_role_has_the_name_that_people_know(reader: Client, cast: Cast) -> None:
    page = reader.get(LEDGER).content.decode()
    assert "gave Author the role Data scientist" in page
    assert "the role author" not in page


def test_only_readers_of_the_ledger_come_in(client: Client, cast: Cast) -> None:
    event = Event.objects.first()
    for person in (cast.pipeline, cast.stranger):
        client.force_login(person, backend=BACKEND)
        assert client.get(LEDGER).status_code == 403
        assert client.get(f"{LEDGER}{event.uid}/").status_code == 403
    client.logout()
    assert client.get(LEDGER).status_code == 302


def test_conditions_narrow_the_list(reader: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    builders.attach_evaluation(cast, version)
    assert {event.kind for event in shown(reader, "?kind=registry.version.registered")} == {
        "registry.version.registered"
    }
    assert {event.actor for event in shown(reader, "?actor=author")} == {cast.author.pk}
    assert shown(reader, "?actor=nobody") == []
    assert {event.label for event in shown(reader, f"?q={version.model.name} v1")} == {str(version)}
    assert all(event.kind.startswith("approvals.") for event in shown(reader, "?room=approvals"))
    assert all(
        event.subject == f"registry.modelversion:{version.pk}"
        for event in shown(reader, f"?subject=registry.modelversion:{version.pk}")
    )


def test_a_person_is_found_by_a_part_of_the_name_in_what_they_did_and_what_was_done_to_them(
    reader: Client, cast: Cast
) -> None:
    version = builders.build_version(cast)
    found = shown(reader, "?q=AUTH")
    assert str(version) in {event.label for event in found if event.actor == cast.author.pk}
    assert any(event.subject == f"registry.person:{cast.author.pk}" for event in found if event.actor != cast.author.pk)
    assert {event.actor for event in shown(reader, "?actor=AUTH")} == {cast.author.pk}


@pytest.mark.engines
@pytest.mark.parametrize(
    "text",
    [
        "{event.pk}",
        "event {event.pk}",
        "%23{event.pk}",
        "place {event.leaf.index}",
        "{event.uid}",
        "PLACE {event.leaf.index}",
    ],
)
def test_an_event_is_found_by_its_number_its_place_and_its_id(reader: Client, cast: Cast, text: str) -> None:
    """Another event says as its number what this one has as its place. The id of a person may begin with any number,
    and is found by it as well."""
    tree.integrate()
    event = Event.objects.select_related("leaf").latest("pk")
    assert event.leaf.index != event.pk
    number = str(event.pk)
    found = shown(reader, f"?q={text.format(event=event)}")
    assert event in found
    assert [each for each in found if not any(word.startswith(number) for word in each.label.split())] in ([event], [])


@pytest.mark.engines
def test_who_did_something_is_found_by_the_id_that_the_ledger_prints(reader: Client, cast: Cast) -> None:
    builders.build_model(cast)
    key = str(cast.author.pk)
    for written in (key, key.upper(), key.replace("-", ""), key[:8], f"person {key[:8]}"):
        assert {event.actor for event in shown(reader, f"?actor={written}")} == {cast.author.pk}, written
    assert shown(reader, f"?actor={uuid.uuid4()}") == []


@pytest.mark.engines
@pytest.mark.parametrize("few", [1000, 1])
def test_a_name_is_found_from_the_beginning_of_a_word_on(
    reader: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Whether it is looked up by its words or, where many have them, while reading on."""
    monkeypatch.setattr(words, "MOST_NAMED", few)
    for name in ("form-digit-reader", "form-letter-reader"):
        builders.build_version(cast, model=builders.build_model(cast, name=name))
    digits = {"form-digit-reader", "form-digit-reader v1"}
    assert {event.label for event in shown(reader, "?q=Form-Digit")} == digits
    assert {event.label for event in shown(reader, "?q=digit-reader v1")} == {"form-digit-reader v1"}
    assert {event.label for event in shown(reader, "?q=form-")} == digits | {
        "form-letter-reader",
        "form-letter-reader v1",
    }
    assert shown(reader, "?q=form-reader") == []


@pytest.mark.engines
def test_a_name_that_something_no_longer_has_is_still_found(reader: Client, cast: Cast) -> None:
    team = people.create_team(slug="harbour", name="Harbour", by=cast.admin)
    for name in ("Payments", "Billing"):
        people.rename_team(team=Team.objects.get(pk=team.pk), name=name, by=cast.admin)
    assert [event.label for event in shown(reader, "?q=harbour")] == ["Harbour", "Harbour"]
    assert [event.label for event in shown(reader, "?q=payments")] == ["Payments"]


@pytest.mark.engines
@pytest.mark.parametrize("limit", [(words, "MOST_NAMED"), (filters, "MOST_COUNTED")])
@pytest.mark.parametrize("most", [1000, 0])
def test_a_search_finds_the_same_however_much_there_is_of_anything(
    reader: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, limit: tuple[Any, str], most: int
) -> None:
    """Saved views and exports say what was looked for, and have to mean it tomorrow."""
    monkeypatch.setattr(*limit, most)
    for name in ("preform-reader", "supermodel", "reader"):
        builders.build_model(cast, name=name)
    found = {text: {event.label for event in shown(reader, f"?q={text}")} for text in ("form", "reader", "model", "-")}
    assert found["form"] == found["-"] == set()
    assert found["reader"] == {"preform-reader", "reader"}
    assert "supermodel" not in {event.label for event in shown(reader, "?q=model") if "model." not in event.kind}


@pytest.mark.engines
def test_streams_without_words_get_them_with_the_next_migrate(reader: Client, cast: Cast) -> None:
    builders.build_model(cast, name="form-digit-reader")
    kept = set(StreamWord.objects.values_list("stream", "word"))
    StreamWord.objects.all().delete()
    assert shown(reader, "?q=form-digit-reader") == []
    connection.check_constraints()  # a migration begins with nothing left to check of before
    for _ in range(2):
        emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
        assert set(StreamWord.objects.values_list("stream", "word")) == kept
    assert {event.label for event in shown(reader, "?q=form-digit-reader")} == {"form-digit-reader"}


def test_a_kind_finds_its_refused_attempts_too(reader: Client, cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    with pytest.raises(Exception, match="decide"):
        reviews.approve(review=review, stage="technical", rationale="Fine.", by=cast.author)
    assert [event.kind for event in shown(reader, "?kind=approvals.review.approved")] == [
        "approvals.review.approved.refused"
    ]


def test_a_refused_attempt_is_told_by_its_title_and_by_what_it_was_about(reader: Client, cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    with pytest.raises(Exception, match="decide"):
        reviews.approve(review=review, stage="technical", rationale="Fine.", by=cast.author)
    with pytest.raises(PermissionDenied):
        people.create_team(name="Harbour", by=cast.author)
    told = [line.sentence for line in presenting.lines(Event.objects.filter(kind__endswith=".refused").order_by("pk"))]
    assert told == [f"was refused “Review approved” for {review.version}", "was refused “Team created”"]


def test_who_left_something_out_is_told_so_and_not_as_somebody_who_was_refused(reader: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    with pytest.raises(ValidationError):
        builders.ask_for_review(cast, version)
    with pytest.raises(ValidationError):
        sign_in.sign_out_everywhere(person=cast.author, reason=" ", by=cast.admin)
    lines = presenting.lines(Event.objects.filter(kind__endswith=".refused").order_by("pk"))
    assert [line.sentence for line in lines] == [
        f"left something out, so “Review submitted” for {version} did not happen",
        f"left something out, so “Person signed out everywhere” for {lines[1].label} did not happen",
    ]
    assert {(line.icon, line.state) for line in lines} == {("info", "quiet")}


@pytest.mark.parametrize("codes", [["evaluation-missing", "retired"], ["permission-denied"], []])
def test_what_is_refused_for_more_than_that_is_told_as_refused(codes: list[str]) -> None:
    kind = kinds.declared("approvals.review.submitted.refused")
    assert kind.told_of({"codes": codes, "times": 1}) == kind


def test_what_was_left_out_of_a_kind_that_is_no_more_declared_is_still_shown() -> None:
    event = Event(kind="registry.thing.made.refused", facts={"codes": ["required"], "times": 1})
    kind = presenting.kind_of(event)
    assert kind.told_of(event.facts) == kind


def test_days_are_those_of_the_portal(reader: Client, cast: Cast) -> None:
    today = timezone.localdate()
    tomorrow = today + datetime.timedelta(days=1)
    assert shown(reader, f"?since={today}&until={today}")
    assert shown(reader, f"?since={tomorrow}") == []
    assert shown(reader, f"?until={today - datetime.timedelta(days=1)}") == []


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_first_and_the_last_day_are_days(reader: Client, zone: str) -> None:
    with timezone.override(zone):
        assert shown(reader, "?since=0001-01-02&until=9999-12-30")


def test_conditions_can_be_taken_away_one_by_one(reader: Client, cast: Cast) -> None:
    answer = reader.get(f"{LEDGER}?room=registry&actor=author")
    assert {condition.url for condition in answer.context["applied"]} == {"?actor=author", "?room=registry"}


@pytest.mark.parametrize(
    "query",
    [
        "?since=yesterday",
        "?until=9999-12-31",
        "?since=9999-12-31",
        "?since=0001-01-01",
        "?kind=unknown.kind",
        "?room=cellar",
        "?q=%00",
    ],
)
def test_conditions_that_make_no_sense_show_nothing_and_say_so(reader: Client, query: str) -> None:
    answer = reader.get(LEDGER + query)
    assert answer.status_code == 422
    assert answer.context["page"].rows == []
    assert "These conditions were not understood" in answer.content.decode()


@pytest.mark.parametrize("query", ["?before=x", "?after=-1", "?before=99999999999999999999", "?before=²", "?after="])
def test_pages_that_cannot_be_are_not_found(reader: Client, query: str) -> None:
    assert reader.get(LEDGER + query).status_code == 404


def test_pages_keep_the_conditions_and_cost_the_same(reader: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    few = statements(reader, LEDGER + "?room=registry")
    for number in range(60):
        consumers.declare(version=version, name=f"c-{number}", contact="a@example.org", by=cast.author)
    first = reader.get(f"{LEDGER}?room=registry").context["page"]
    assert len(first.rows) == 50
    assert not first.previous_url
    assert "room=registry" in first.next_url
    assert statements(reader, LEDGER + "?room=registry") == few <= 13
    second = reader.get(LEDGER + first.next_url).context["page"]
    assert second.rows[0].pk < first.rows[-1].pk
    back = reader.get(LEDGER + second.previous_url).context["page"]
    assert [event.pk for event in back.rows] == [event.pk for event in first.rows]


def test_an_empty_answer_says_the_next_step(reader: Client) -> None:
    assert "Show all events" in reader.get(f"{LEDGER}?q=nothing-has-this-name").content.decode()


def test_one_event_shows_everything_that_was_signed(reader: Client, cast: Cast) -> None:
    version = builders.approved_version(cast)
    event = Event.objects.get(kind="approvals.review.approved")
    answer = reader.get(f"{LEDGER}{event.uid}/")
    page = answer.content.decode()
    for said in (event.key_id, str(event.uid), "The evidence holds.", event.rows[0]["digest"], bytes(event.mac).hex()):
        assert said in page
    assert answer.context["canonical"].encode() == bytes(event.canonical)
    assert f"gave the technical approval for {version}" in page
    assert "Evidence artifact" in page


def test_its_bytes_are_there_to_copy_and_to_download(reader: Client, cast: Cast) -> None:
    event = Event.objects.about(builders.build_version(cast)).get()
    page = reader.get(f"{LEDGER}{event.uid}/").content.decode()
    sealed = bytes(event.canonical)
    assert f'data-copy="{escape(sealed.decode())}"' in page
    assert f"{len(sealed):,} bytes of canonical JSON".replace(",", "\N{NO-BREAK SPACE}") in page
    assert f'href="{LEDGER}{event.uid}/bytes/"' in page
    assert merkle.leaf_hash(sealed).hex() in page
    for row in event.rows:
        assert row["digest"] in page
        assert f"history {row['history']}<" in page


def test_a_cause_that_one_may_not_see_is_named_by_its_id(reader: Client, cast: Cast) -> None:
    review = reviews.ask(version=builders.ready_version(cast), by=cast.author)
    inner = Event.objects.about(review.version).get(kind="approvals.review.opened")
    with past_the_guards("audit_event"):
        Event.objects.filter(uid=inner.cause).update(kind="registry.person.created", actor=cast.admin.pk)
    client = Client()
    client.force_login(cast.business, backend=BACKEND)
    page = client.get(f"{LEDGER}{inner.uid}/").content.decode()
    assert f"<code>{inner.cause}</code>" in page
    assert f'href="{LEDGER}{inner.cause}/"' not in page


def test_of_many_rows_it_says_how_many_are_shown(reader: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "MOST_ROWS", 2)
    event = Event.objects.about(builders.build_version(cast)).get()
    assert len(event.rows) > 2
    assert "The first 2 are shown" in reader.get(f"{LEDGER}{event.uid}/").content.decode()


def test_an_inner_event_leads_to_the_outer_one(reader: Client, cast: Cast) -> None:
    people.invite_person(username="ada", name="Ada Okafor", roles=[("auditor", "")], by=cast.admin)
    outer = Event.objects.get(kind="registry.person.invited")
    inner = Event.objects.get(kind="registry.role.granted", cause=outer.uid)
    page = reader.get(f"{LEDGER}{inner.uid}/").content.decode()
    assert f"{LEDGER}{outer.uid}/" in page
    assert "Admin invited Ada Okafor" in page


def test_the_request_id_of_the_answer_finds_its_event(cast: Cast) -> None:
    people.change_password(person=cast.author, password="a-long-and-quiet-river", by=cast.author)
    visitor = Client()
    answer = visitor.post(
        "/accounts/login/",
        {"login": "author", "password": "a-long-and-quiet-river"},
        headers={"X-Request-ID": "sign-in-0001"},
    )
    assert answer["X-Request-ID"] == "sign-in-0001"
    event = Event.objects.get(kind="registry.person.signed_in")
    assert event.request_id == "sign-in-0001"
    visitor.force_login(cast.auditor, backend=BACKEND)
    assert "sign-in-0001" in visitor.get(f"{LEDGER}{event.uid}/").content.decode()


def test_an_event_that_is_not_there_is_not_found(reader: Client) -> None:
    assert reader.get(f"{LEDGER}{uuid.uuid4()}/").status_code == 404


def test_hostile_text_is_escaped(reader: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    consumers.declare(version=version, name="<script>alert(1)</script>", contact="a@example.org", by=cast.author)
    event = Event.objects.first()
    for path in (LEDGER, f"{LEDGER}{event.uid}/"):
        page = reader.get(path).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


# Sentences


def line_of(event: Event, **changes: object) -> presenting.Line:
    for name, value in changes.items():
        setattr(event, name, value)
    return presenting.lines([event])[0]


def test_people_are_named_as_actor_and_as_subject(cast: Cast) -> None:
    line = line_of(Event.objects.filter(kind="registry.role.granted").order_by("pk")[0])
    assert (line.who, line.sentence) == ("Gatehouse", "gave Author the role Data scientist")


def test_somebody_forgotten_is_shown_as_an_id(cast: Cast) -> None:
    line = line_of(Event.objects.first(), actor=uuid.UUID("1a2b3c4d" + "0" * 24))
    assert line.who == "person 1a2b3c4d"
    cast.author.name = ""
    cast.author.save(update_fields=["name"])
    event = Event.objects.filter(subject=f"registry.person:{cast.author.pk}").first()
    assert f"person {str(cast.author.pk)[:8]}" in line_of(event).sentence


def test_a_fact_that_is_missing_is_left_out_visibly(cast: Cast) -> None:
    event = Event.objects.filter(kind="registry.role.granted").first()
    assert "the role …" in line_of(event, facts={}).sentence


def test_facts_with_braces_and_a_fact_named_label_are_harmless(cast: Cast) -> None:
    event = Event.objects.filter(kind="registry.role.granted").first()
    line = line_of(event, facts={"role": "{label.__class__}", "label": "forged"})
    assert "{label.__class__}" in line.sentence
    assert "forged" not in line.sentence


def test_a_kind_that_is_no_longer_declared_still_reads(cast: Cast) -> None:
    assert "registry.bygone.done: " in line_of(Event.objects.first(), kind="registry.bygone.done").sentence


def test_names_take_one_statement_or_none(cast: Cast) -> None:
    events = list(Event.objects.all())
    with CaptureQueriesContext(connection) as captured:
        presenting.lines(events)
    assert len(captured) == 1
    with CaptureQueriesContext(connection) as captured:
        presenting.lines(events, {Person.objects.system().pk: "Gatehouse"})
    assert len(captured) == 1


def test_lines_are_grouped_by_day(cast: Cast) -> None:
    listed = presenting.lines(Event.objects.all()[:3])
    assert [day for day, _ in presenting.by_day(listed)] == [timezone.localdate()]


def test_what_the_portal_says_of_itself_is_found_by_its_kind(db: None) -> None:
    """As an actor it has done very much; SQLite would read all of that, on every page."""
    plan = Event.objects.by_the_portal("audit.ledger.verified").order_by("-pk").explain()
    assert "INDEX audit_event_kind" in plan
    assert "actor" not in plan
