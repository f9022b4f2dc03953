"""An approval with conditions is never taken for one without: wherever it is said, it says so."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from approvals.actions import conditions, reviews
from approvals.models import Condition, Review
from audit import outbox, presenting
from audit.models import Event
from registry.models import Person
from tests import builders
from tests.builders import Cast
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db

DUE = datetime.timedelta(days=40)


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def due() -> datetime.date:
    return timezone.localdate() + DUE


def approve_on_page(review: Review, by: Person, owner: Person | None = None) -> str:
    """Approves the technical stage, with a condition where somebody is named to keep it; what the next page says."""
    given = {
        "stage": "technical",
        "rationale": "Holds.",
        "conditions-TOTAL_FORMS": "1",
        "conditions-INITIAL_FORMS": "0",
    }
    if owner:
        given |= {"conditions-0-text": "Watch it.", "conditions-0-owner": str(owner.pk)}
        given |= {"conditions-0-due_on": due().isoformat()}
    address = reverse("approvals:review_approve", args=[review.pk])
    return text_of(signed_in(by).post(address, given, follow=True))


def asked(cast: Cast, tier: str = "low") -> Review:
    return builders.ask_for_review(cast, builders.ready_version(cast, tier))


def page_of(review: Review, reader: Person) -> str:
    return signed_in(reader).get(reverse("approvals:review_detail", args=[review.pk])).content.decode()


def chips(page: str) -> list[tuple[str, str]]:
    return re.findall(r'class="chip chip--(\w+)"><svg.*?</svg>([^<]+)<', page)


def keep_it(by: Person) -> None:
    conditions.fulfil(condition=Condition.objects.get(), fulfilment="Watched.", by=by)


def test_a_promise_from_a_review_before_is_said_of_the_one_that_rests_on_it(cast: Cast) -> None:
    """An approval stays when the version is asked about again, and so does what was promised with it."""
    first = asked(cast, "medium")
    builders.approve_stage(
        cast, first, "technical", conditions=[{"text": "Watch it.", "owner": cast.author, "due_on": due()}]
    )
    reviews.reject(review=first, stage="business", rationale="Not now.", by=cast.business)
    second = reviews.ask(version=first.version, by=cast.author, message="It is kept now.")
    address = reverse("approvals:review_approve", args=[second.pk])
    said = text_of(
        signed_in(cast.business).post(
            address,
            {"stage": "business", "rationale": "Now.", "conditions-TOTAL_FORMS": "0", "conditions-INITIAL_FORMS": "0"},
            follow=True,
        )
    )
    assert "Every approval that this version needs is given; 1 condition is open." in said
    assert ("warn", "Approved with conditions") in chips(page_of(second, cast.auditor))
    listed = signed_in(cast.auditor).get(reverse("approvals:review_list"), {"status": "approved"})
    assert "Approved with conditions" in text_of(listed)
    keep_it(cast.author)
    assert ("ok", "Approved with conditions") in chips(page_of(second, cast.auditor))


def test_the_reviewer_hears_it_at_once(cast: Cast) -> None:
    complete = "Every approval that this version needs is given"
    said = approve_on_page(asked(cast), cast.technical, cast.author)
    assert f"Technical approval given with 1 condition. {complete}; 1 condition is open." in said
    said = approve_on_page(asked(cast, "high"), cast.technical, cast.author)
    assert "Technical approval given with 1 condition." in said
    assert complete not in said
    assert f"Technical approval given. {complete}." in approve_on_page(asked(cast), cast.technical)


def test_the_review_says_it_in_banner_and_badge_until_it_is_kept(cast: Cast) -> None:
    review = asked(cast)
    approve_on_page(review, cast.technical, cast.author)
    page = page_of(review, cast.auditor)
    assert 'class="verdict verdict--warn"' in page
    assert f"Its condition is open, due {due():%-d %b %Y}." in page
    assert ("warn", "Approved with conditions") in chips(page)
    assert ("ok", "Approved") not in chips(page.partition("Use case")[0])
    keep_it(cast.author)
    page = page_of(review, cast.auditor)
    assert 'class="verdict verdict--ok"' in page
    assert "Its condition is kept." in page
    assert ("ok", "Approved with conditions") in chips(page)


def test_the_stage_that_gave_it_is_marked_so(cast: Cast) -> None:
    review = asked(cast, "medium")
    approve_on_page(review, cast.technical, cast.author)
    assert "stages__stage--conditions" in page_of(review, cast.business)
    assert "Technical approved with conditions" in page_of(review, cast.business)


def test_the_list_says_it(cast: Cast) -> None:
    review, clean = asked(cast), asked(cast)
    approve_on_page(review, cast.technical, cast.author)
    approve_on_page(clean, cast.technical)
    client = signed_in(cast.auditor)
    address = reverse("approvals:review_list") + "?status=approved"
    assert sorted(chips(client.get(address).content.decode()))[:2] == [
        ("ok", "Approved"),
        ("warn", "Approved with conditions"),
    ]
    keep_it(cast.author)
    assert ("ok", "Approved with conditions") in chips(client.get(address).content.decode())


def test_the_ledger_and_the_history_say_it_also_of_what_happened_before(cast: Cast) -> None:
    for owner in (cast.author, None):
        approve_on_page(asked(cast), cast.technical, owner)
    on_conditions, clean = presenting.lines(Event.objects.filter(kind="approvals.review.approved").order_by("pk"))
    assert on_conditions.sentence.endswith("with conditions")
    assert (on_conditions.state, clean.state) == ("warn", "ok")
    assert "with conditions" not in clean.sentence


def test_the_author_s_mail_names_what_is_open(cast: Cast) -> None:
    review = asked(cast)
    outbox.deliver_due()
    mail.outbox.clear()
    approve_on_page(review, cast.technical, cast.colleague)
    outbox.deliver_due()
    (told,) = mail.outbox
    assert told.subject == f"{review.version}: approved with conditions"
    assert "- Watch it. (Colleague, due " in told.body


def test_the_page_of_deciders_and_the_version_say_it(cast: Cast) -> None:
    review = asked(cast)
    approve_on_page(review, cast.technical, cast.author)
    version = review.version
    client = signed_in(cast.auditor)
    where = [version.model.name, version.number]
    deciders = client.get(reverse("governance:decider_list", args=where)).content.decode()
    assert ("warn", "Approved with conditions") in chips(deciders)
    assert "Every stage that this version needs is approved." in deciders
    assert "with conditions," in text_of(client.get(reverse("governance:version_detail", args=where)))


def test_of_several_it_says_how_many_are_open_and_which_falls_due_first(cast: Cast) -> None:
    review = asked(cast)
    later, sooner = (
        {"text": text, "owner": cast.author, "due_on": due() - datetime.timedelta(days=days)}
        for text, days in (("Later.", 0), ("Sooner.", 9))
    )
    builders.approve_stage(cast, review, "technical", conditions=[later, sooner])
    assert f"2 conditions are open, the first due {sooner['due_on']:%-d %b %Y}." in page_of(review, cast.auditor)
    conditions.fulfil(condition=Condition.objects.get(text="Sooner."), fulfilment="Done.", by=cast.author)
    assert f"1 of 2 conditions is open, due {due():%-d %b %Y}." in page_of(review, cast.auditor)
    conditions.fulfil(condition=Condition.objects.get(text="Later."), fulfilment="Done.", by=cast.author)
    assert "Its 2 conditions are kept." in page_of(review, cast.auditor)
