"""Mail once a day: everything of a day in one, at 7 in the morning of whoever reads it."""

from __future__ import annotations

import datetime
import uuid
from textwrap import indent
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from approvals.actions import reviews, stops
from audit import outbox
from audit.models import Event, OutboxMessage
from registry import days
from registry.actions import people, sign_in
from registry.models import Person
from tests import builders
from tests.builders import Cast
from tests.registry.pages import signed_in
from tests.threads import overtaking

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


@pytest.fixture
def reviewer(cast: Cast) -> Person:
    sign_in.choose_time_zone(time_zone="Pacific/Auckland", by=cast.technical)
    sign_in.choose_mail(is_daily=True, by=cast.technical)
    return cast.technical


def morning_comes() -> int:
    """Until everything that waits is due. Returns how many messages were told."""
    OutboxMessage.objects.filter(sent_at=None).update(due_at=timezone.now())
    return outbox.deliver_due()


def asked_twice(cast: Cast) -> None:
    for _ in range(2):
        builders.ask_for_review(cast, builders.ready_version(cast))


def test_it_comes_at_once_unless_somebody_wants_it_otherwise(cast: Cast) -> None:
    asked_twice(cast)
    assert outbox.deliver_due() == 2
    assert [sent.to for sent in mail.outbox] == [["technical@example.org"]] * 2


def test_everything_of_a_day_is_one_mail_in_the_morning(cast: Cast, reviewer: Person) -> None:
    asked_twice(cast)
    assert outbox.deliver_due() == 0
    due = {message.due_at for message in OutboxMessage.objects.all()}
    assert due == {days.next_morning("Pacific/Auckland")}
    assert morning_comes() == 2
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["technical@example.org"], "2 messages from Gatehouse")
    for message in OutboxMessage.objects.all():
        assert message.payload["subject"] in sent.body
        assert indent(message.payload["text"], "    ") in sent.body
    assert "Your account" in sent.body
    assert outbox.deliver_due() == 0


def test_one_message_of_a_day_is_a_mail_as_ever(cast: Cast, reviewer: Person) -> None:
    builders.ask_for_review(cast, builders.ready_version(cast))
    morning_comes()
    [sent] = mail.outbox
    assert sent.subject.startswith("Technical review of")


def test_others_are_told_at_once_and_by_themselves(cast: Cast, reviewer: Person) -> None:
    builders.build_person("second", "technical-reviewer")
    asked_twice(cast)
    assert outbox.deliver_due() == 2
    assert [sent.to for sent in mail.outbox] == [["second@example.org"]] * 2


def test_what_stops_an_approval_does_not_wait(cast: Cast) -> None:
    version = builders.approved_version(cast)
    sign_in.choose_mail(is_daily=True, by=cast.author)
    OutboxMessage.objects.all().delete()
    stops.suspend(review=version.reviews.get(), reason="The figures were wrong.", by=cast.compliance)
    assert outbox.deliver_due() == 1
    assert mail.outbox[0].to == ["author@example.org"]


def test_whoever_has_left_by_then_gets_none(cast: Cast, reviewer: Person) -> None:
    asked_twice(cast)
    people.deactivate(person=reviewer, reason="Left.", by=cast.admin)
    assert morning_comes() == 2
    assert mail.outbox == []


def test_it_goes_where_somebody_is_reached_by_then(cast: Cast, reviewer: Person) -> None:
    asked_twice(cast)
    people.change_person(person=reviewer, email="new@example.org", by=cast.admin)
    morning_comes()
    assert [sent.to for sent in mail.outbox] == [["new@example.org"]]


def test_what_a_mail_server_does_not_take_stays_together(cast: Cast, reviewer: Person, settings: Any) -> None:
    asked_twice(cast)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 9
    assert morning_comes() == 0
    waiting = OutboxMessage.objects.all()
    assert {each.attempts for each in waiting} == {1}
    assert all(each.last_error and each.due_at > timezone.now() for each in waiting)
    assert len({each.due_at for each in waiting}) == 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert morning_comes() == 2
    assert len(mail.outbox) == 1


def test_whoever_wants_it_at_once_again_is_told_what_waited(cast: Cast, reviewer: Person) -> None:
    asked_twice(cast)
    builders.build_person("second", "technical-reviewer")
    sign_in.choose_mail(is_daily=False, by=reviewer)
    assert outbox.deliver_due() == 2
    assert [sent.subject for sent in mail.outbox] == ["2 messages from Gatehouse"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who_begins", ["the notice", "the choice"])
def test_what_is_written_at_the_moment_of_the_choice_waits_for_no_morning(
    cast: Cast, reviewer: Person, monkeypatch: pytest.MonkeyPatch, who_begins: str
) -> None:
    """Whoever comes second does so while the other has done everything but to commit."""
    draft = reviews.open_draft(version=builders.ready_version(cast), by=cast.author)
    acts = [
        lambda: reviews.submit(review=draft, by=cast.author),
        lambda: sign_in.choose_mail(is_daily=False, by=reviewer),
    ]
    stops_behind = {"the notice": (outbox, "put"), "the choice": (outbox, "hasten")}
    first, second = acts if who_begins == "the notice" else reversed(acts)
    assert overtaking(monkeypatch, stops_behind[who_begins], first, second) == []
    assert OutboxMessage.objects.get(sink="mail").due_at <= timezone.now()


def test_what_others_wait_for_stays_theirs(cast: Cast, reviewer: Person) -> None:
    second = builders.build_person("second", "technical-reviewer")
    sign_in.choose_mail(is_daily=True, by=second)
    asked_twice(cast)
    sign_in.choose_mail(is_daily=False, by=reviewer)
    assert outbox.deliver_due() == 2
    assert [sent.to for sent in mail.outbox] == [["technical@example.org"]]


def test_whoever_may_read_nothing_any_more_gets_none(cast: Cast, reviewer: Person) -> None:
    asked_twice(cast)
    people.revoke_role(person=reviewer, role="technical-reviewer", decides="technical", by=cast.admin)
    assert morning_comes() == 2
    assert mail.outbox == []


def test_an_address_of_two_people_reaches_whoever_is_left(cast: Cast) -> None:
    second = builders.build_person("second", "technical-reviewer")
    people.change_person(person=second, email=cast.technical.email, by=cast.admin)
    builders.ask_for_review(cast, builders.ready_version(cast))
    people.deactivate(person=cast.technical, reason="Left.", by=cast.admin)
    outbox.deliver_due()
    assert [sent.to for sent in mail.outbox] == [["technical@example.org"]]


def test_one_person_s_mail_however_much_takes_one_place(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [outbox.Telling("mail", said(cast.technical, f"No. {each}"), together="one") for each in range(6)]
    outbox.put([*told, outbox.Telling("mail", said(cast.business, "Urgent"))], event=uuid.uuid4())
    monkeypatch.setattr(outbox, "BATCH", 2)
    monkeypatch.setattr(outbox, "MOST_TOGETHER", 4)
    assert outbox.deliver_due() == 5
    assert [sent.subject for sent in mail.outbox] == ["4 messages from Gatehouse", "Urgent"]
    assert outbox.deliver_due() == 2


def test_nobody_s_words_look_like_a_further_message(cast: Cast) -> None:
    forged = "It holds.\n\n3. The approval is revoked\n\nhttps://evil.example/"
    told = [outbox.Telling("mail", said(cast.technical, "A comment", forged), together="one") for _ in range(2)]
    outbox.put(told, event=uuid.uuid4())
    outbox.deliver_due()
    numbered = [line for line in mail.outbox[0].body.splitlines() if line[:1].isdigit()]
    assert numbered == ["1. A comment", "2. A comment"]


def said(person: Person, subject: str, text: str = "Text.") -> dict[str, str]:
    return {"person": str(person.pk), "subject": subject, "text": text}


@pytest.mark.parametrize(
    ("zone", "now", "morning"),
    [
        ("Europe/Berlin", "2026-11-27T05:59:59+00:00", "2026-11-27T06:00:00+00:00"),
        ("Europe/Berlin", "2026-11-27T06:00:00+00:00", "2026-11-28T06:00:00+00:00"),
        # The night in which clocks go forward, and the one in which they go back.
        ("Europe/Berlin", "2026-03-28T12:00:00+00:00", "2026-03-29T05:00:00+00:00"),
        ("Europe/Berlin", "2026-10-24T12:00:00+00:00", "2026-10-25T06:00:00+00:00"),
        ("Pacific/Auckland", "2026-11-27T12:00:00+00:00", "2026-11-27T18:00:00+00:00"),
        ("../../etc", "2026-11-27T05:00:00+00:00", "2026-11-27T07:00:00+00:00"),
        ("Nowhere/Never", "2026-11-27T05:00:00+00:00", "2026-11-27T07:00:00+00:00"),
        ("", "2026-11-27T08:00:00+00:00", "2026-11-28T07:00:00+00:00"),
    ],
)
def test_the_morning_is_that_of_the_reader(
    zone: str, now: str, morning: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TIME_ZONE = "UTC"
    monkeypatch.setattr(days.timezone, "now", lambda: datetime.datetime.fromisoformat(now))
    assert days.next_morning(zone) == datetime.datetime.fromisoformat(morning)


class TestTheAccountPage:
    def test_both_are_chosen_there(self, cast: Cast) -> None:
        client, page = signed_in(cast.technical), reverse("governance:account_mail")
        answer = client.post(page, {"when": "daily"}, follow=True)
        assert "You get mail once a day from now on." in answer.content.decode()
        assert answer.context["mail"]["when"].value() == "daily"
        assert Person.objects.get(pk=cast.technical.pk).mail_is_daily
        assert Event.objects.latest("pk").kind == "registry.person.mail_chosen"
        answer = client.post(page, {"when": "at-once"}, follow=True)
        assert "You get mail at once from now on." in answer.content.decode()
        assert not Person.objects.get(pk=cast.technical.pk).mail_is_daily

    def test_without_an_address_there_is_nothing_to_choose(self, cast: Cast) -> None:
        cast.technical.email = ""
        cast.technical.save(update_fields=["email"])
        answer = signed_in(cast.technical).get(reverse("governance:account"))
        assert "knows no e-mail address of yours" in answer.content.decode()
        assert "Save mail" not in answer.content.decode()
