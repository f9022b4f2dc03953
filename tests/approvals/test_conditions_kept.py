"""What a condition holds up before it is kept, and who is reminded of it."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError

from approvals import duties, gates, tasks
from approvals import facts as version_facts
from approvals.actions import chasing, conditions, reviews, stops
from approvals.models import Condition, Review
from audit.models import Event, OutboxMessage
from governance.my_work import waiting
from registry import days
from registry.actions import people
from registry.models import ModelVersion, Person
from tests import builders
from tests.builders import Cast
from tests.mails import reached
from tests.registry.pages import signed_in
from tests.tampering.scene import plain

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

BLOCK, LATE, WARN = Condition.Consequence


def in_days(number: int) -> datetime.date:
    return days.today() + datetime.timedelta(days=number)


def promised(cast: Cast, consequence: str, *, due: int = 5) -> Condition:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    condition = {"text": "Watch it.", "owner": cast.author, "due_on": in_days(due), "consequence": consequence}
    reviews.approve(review=review, stage="technical", rationale="Fine.", conditions=[condition], by=cast.technical)
    return Condition.objects.get(decision__review=review)


def state(condition: Condition, *, later: int = 0) -> tuple[str, str]:
    wanted = ModelVersion.objects.filter(pk=condition.decision.review.version_id)
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=later)
    facts = version_facts.load(wanted, now=now)[0]
    found = gates.ask(facts, "staging").requirements
    kept = next((each for each in found if each.condition), None)
    return (kept.code, kept.state) if kept else ("", "")


def made_overdue(condition: Condition) -> Condition:
    """As time would: its day has passed."""
    plain(Condition).filter(pk=condition.pk).update(due_on=in_days(-2))
    return Condition.objects.get(pk=condition.pk)


@pytest.mark.parametrize(
    ("consequence", "before", "after"),
    [
        (BLOCK, ("condition-open", "unmet"), ("condition-overdue", "unmet")),
        (LATE, ("condition-open", "open"), ("condition-overdue", "unmet")),
        (WARN, ("condition-open", "open"), ("condition-overdue", "open")),
    ],
)
def test_what_it_holds_up_was_said_when_it_was_made(
    cast: Cast, consequence: str, before: tuple[str, str], after: tuple[str, str]
) -> None:
    condition = promised(cast, consequence)
    assert (state(condition), state(condition, later=6)) == (before, after)
    conditions.fulfil(condition=condition, fulfilment="Kept.", by=cast.author)
    assert state(condition, later=6) == ("", "")


def test_a_condition_from_before_holds_up_once_it_is_overdue(cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    given = [{"text": "Watch it.", "owner": cast.author, "due_on": in_days(5)}]
    reviews.approve(review=review, stage="technical", rationale="Fine.", conditions=given, by=cast.technical)
    assert Condition.objects.get().consequence == LATE


def test_the_form_asks_for_it_and_the_page_says_it(cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    browser = signed_in(cast.technical)
    body = {
        "stage": "technical",
        "rationale": "Fine.",
        "conditions-TOTAL_FORMS": "2",
        "conditions-INITIAL_FORMS": "0",
        "conditions-0-text": "Watch it.",
        "conditions-0-owner": str(cast.author.pk),
        "conditions-0-due_on": in_days(9).isoformat(),
        "conditions-0-consequence": "block",
        "conditions-1-text": "",
        "conditions-1-consequence": "late",
    }
    assert browser.post(f"/reviews/{review.pk}/approve/", body).status_code == 302
    assert [each.consequence for each in Condition.objects.all()] == [BLOCK]
    assert Review.objects.get(pk=review.pk).status == Review.Status.APPROVED
    assert "Nothing is deployed before it is kept" in browser.get(f"/reviews/{review.pk}/").content.decode()


def test_my_work_says_whether_it_holds_something_up(cast: Cast) -> None:
    for consequence in Condition.Consequence:
        promised(cast, consequence)
    rows = {row.holds_up for row in waiting.rows(duties.of(cast.author)) if row.title.startswith("Condition")}
    assert rows == {"", "Every deployment of this version"}
    held = [duty for duty in duties.of(cast.author).conditions if duty.consequence == BLOCK]
    assert waiting.rows(duties.Duties(cast.author, conditions=held))[0].holds_up == "Every deployment of this version"


class TestReminders:
    def told(self) -> list[str]:
        found = reached()
        OutboxMessage.objects.all().delete()
        return found

    def test_whoever_keeps_it_is_reminded_once_before_its_day(self, cast: Cast) -> None:
        promised(cast, LATE, due=3)
        promised(cast, LATE, due=4)
        self.told()
        assert [tasks.chase_what_is_due(), tasks.chase_what_is_due()] == [1, 0]
        assert self.told() == ["author@example.org"]
        facts = Event.objects.get(kind="approvals.condition.chased").facts
        assert (facts["overdue"], facts["told"]) == (False, 1)

    def test_overdue_whoever_asked_for_it_is_told_as_well(self, cast: Cast) -> None:
        made_overdue(promised(cast, WARN))
        self.told()
        assert [tasks.chase_what_is_due(), tasks.chase_what_is_due()] == [1, 0]
        assert self.told() == ["author@example.org", "technical@example.org"]

    def test_what_was_kept_or_counts_no_more_is_not_chased(self, cast: Cast) -> None:
        kept, withdrawn = promised(cast, LATE, due=1), promised(cast, LATE, due=1)
        conditions.fulfil(condition=kept, fulfilment="Kept.", by=cast.author)
        assert not chasing.chase_condition(kept, by=Person.objects.system())
        review = withdrawn.decision.review
        stops.revoke(review=review, reason="No.", by=cast.compliance)
        assert tasks.chase_what_is_due() == 0
        assert not Event.objects.filter(kind="approvals.condition.chased").exists()

    def test_linking_an_account_to_its_owner_gives_nobody_a_say_in_it(self, cast: Cast) -> None:
        condition = promised(cast, LATE)
        second = builders.build_person("second", "author")
        people.link_accounts(person=second, other=cast.author, reason="One contract.", by=cast.admin)
        with pytest.raises(ValidationError) as refused:
            conditions.fulfil(condition=condition, fulfilment="Kept.", by=Person.objects.get(pk=second.pk))
        assert [error.code for error in refused.value.error_list] == ["not-the-owner"]
