"""What else a stage asks of whoever decides: a checklist, a signature, and an answer in time."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals import facts as version_facts
from approvals import presenting, tasks
from approvals.actions import chasing, reviews
from approvals.models import AwaitedStage, Decision, Review
from audit.models import Event, OutboxMessage
from registry import days
from registry.actions import people
from registry.models import ModelVersion, Person
from tests import builders, policies
from tests.builders import Cast
from tests.mails import reached
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-and-quiet-river"
POINTS = ("I have read the code.", "The figures can be computed again.")


def asking(cast: Cast, tier: str = "low", **terms: Any) -> Review:
    """A review in a tier whose first stage asks for this."""
    first, *others = policies.terms_of(tier).stages
    policies.published(cast, tier, stages=(replace(first, **terms), *others))
    return builders.ask_for_review(cast, builders.ready_version(cast, tier))


def approve(review: Review, by: Person, **given: Any) -> Decision:
    return reviews.approve(review=review, stage="technical", rationale="It is sound.", by=by, **given)


def codes(refused: pytest.ExceptionInfo[ValidationError]) -> list[str]:
    return [error.code for error in getattr(refused.value, "error_dict", {}).get("checklist", ())] or [
        error.code for error in refused.value.error_list
    ]


class TestChecklist:
    def test_whoever_approves_confirms_each_point_and_the_decision_keeps_their_words(self, cast: Cast) -> None:
        review = asking(cast, checklist=POINTS)
        for confirmed in ((), POINTS[:1], ("Something else.",)):
            with pytest.raises(ValidationError) as refused:
                approve(review, cast.technical, checklist=confirmed)
            assert codes(refused) == ["not-confirmed"]
        decision = approve(review, cast.technical, checklist=POINTS)
        assert decision.checklist == list(POINTS)
        assert Event.objects.get(kind="approvals.review.approved").facts["checklist"] == list(POINTS)

    def test_saying_no_confirms_nothing(self, cast: Cast) -> None:
        review = asking(cast, checklist=POINTS)
        decision = reviews.request_changes(review=review, stage="technical", rationale="No.", by=cast.technical)
        assert decision.checklist == []

    def test_the_form_shows_the_points_and_says_which_is_missing(self, cast: Cast) -> None:
        review = asking(cast, checklist=POINTS)
        client = signed_in(cast.technical)
        address = reverse("approvals:review_approve", args=[review.pk])
        page = client.get(address).content.decode()
        assert all(point in page for point in POINTS)
        sent = {"stage": "technical", "rationale": "Fine.", "checklist": [POINTS[0]], "conditions-TOTAL_FORMS": 0}
        sent["conditions-INITIAL_FORMS"] = 0
        refused = client.post(address, sent)
        assert refused.status_code == 422
        assert f"Not confirmed: {POINTS[1]}" in refused.content.decode()
        assert client.post(address, sent | {"checklist": POINTS}).status_code == 302
        assert Decision.objects.get().checklist == list(POINTS)

    def test_the_form_of_a_no_has_no_checklist(self, cast: Cast) -> None:
        review = asking(cast, checklist=POINTS)
        page = signed_in(cast.technical).get(reverse("approvals:review_reject", args=[review.pk])).content.decode()
        assert POINTS[0] not in page

    def test_two_policies_ask_for_the_points_of_both(self, cast: Cast) -> None:
        review = asking(cast, checklist=POINTS[:1])
        [only] = policies.terms_of("low").stages
        policies.published(cast, "low", stages=(replace(only, checklist=POINTS[1:]),))
        [stage] = version_facts.of(review.version).stages
        assert sorted(stage.checklist) == sorted(POINTS)


class TestSignature:
    @pytest.fixture
    def review(self, cast: Cast) -> Review:
        return asking(cast, is_signed=True)

    def post(self, client: Client, review: Review, verb: str = "approve") -> Any:
        sent = {"stage": "technical", "rationale": "Fine.", "conditions-TOTAL_FORMS": 0, "conditions-INITIAL_FORMS": 0}
        return client.post(reverse(f"approvals:review_{verb}", args=[review.pk]), sent)

    def shown(self, client: Client, ago: datetime.timedelta) -> None:
        """The session began so long ago."""
        session = client.session
        session["began"] = int((timezone.now() - ago).timestamp())
        session["account_authentication_methods"] = []
        session.save()

    @pytest.mark.parametrize("ago", [None, datetime.timedelta(minutes=6)])
    def test_without_having_shown_who_one_is_nothing_is_decided(
        self, cast: Cast, review: Review, ago: datetime.timedelta | None
    ) -> None:
        cast.technical.confirmed_at = timezone.now() - ago if ago else None
        for decide in (reviews.approve, reviews.request_changes, reviews.reject):
            with pytest.raises(ValidationError) as refused:
                decide(review=review, stage="technical", rationale="It is sound.", by=cast.technical)
            assert codes(refused) == ["sign-again"]
        assert not Decision.objects.exists()

    def test_the_decision_keeps_when_they_had_shown_it(self, cast: Cast, review: Review) -> None:
        cast.technical.confirmed_at = timezone.now() - datetime.timedelta(minutes=1)
        decision = approve(review, cast.technical)
        assert decision.signed_at == cast.technical.confirmed_at
        event = Event.objects.get(kind="approvals.review.approved")
        assert event.facts["signed_at"] == int(decision.signed_at.timestamp())

    def test_where_nothing_is_signed_nothing_is_kept(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        cast.technical.confirmed_at = timezone.now()
        assert approve(review, cast.technical).signed_at is None

    def test_in_the_browser_the_password_is_asked_for_and_the_decision_then_made(
        self, cast: Cast, review: Review
    ) -> None:
        people.change_password(person=cast.technical, password=PASSWORD, by=cast.technical)
        client = signed_in(cast.technical)
        self.shown(client, datetime.timedelta(minutes=10))
        asked = self.post(client, review)
        assert asked.status_code == 302
        assert asked["Location"].startswith(reverse("account_reauthenticate"))
        assert not Decision.objects.exists()
        made = client.post(asked["Location"], {"password": PASSWORD})
        assert (made.status_code, made["Location"]) == (302, reverse("approvals:review_detail", args=[review.pk]))
        decision = Decision.objects.get()
        assert (decision.rationale, decision.outcome) == ("Fine.", "approved")
        assert timezone.now() - decision.signed_at < datetime.timedelta(minutes=1)

    def test_a_wrong_password_decides_nothing(self, cast: Cast, review: Review) -> None:
        people.change_password(person=cast.technical, password=PASSWORD, by=cast.technical)
        client = signed_in(cast.technical)
        self.shown(client, datetime.timedelta(minutes=10))
        asked = self.post(client, review)
        client.post(asked["Location"], {"password": "not it"})
        assert not Decision.objects.exists()

    def test_a_form_with_a_mistake_says_so_before_it_asks(self, cast: Cast, review: Review) -> None:
        people.change_password(person=cast.technical, password=PASSWORD, by=cast.technical)
        client = signed_in(cast.technical)
        self.shown(client, datetime.timedelta(minutes=10))
        sent = {"stage": "technical", "rationale": "", "conditions-TOTAL_FORMS": 0, "conditions-INITIAL_FORMS": 0}
        assert client.post(reverse("approvals:review_approve", args=[review.pk]), sent).status_code == 422


class TestServiceLevel:
    @pytest.fixture
    def review(self, cast: Cast) -> Review:
        return asking(cast, service_level_days=3, fallback=str(cast.admin.pk))

    def told(self) -> list[str]:
        return reached()

    def put_off(self, **due: datetime.timedelta) -> AwaitedStage:
        """As if it had been due then."""
        awaited = AwaitedStage.objects.get()
        AwaitedStage.objects.update(due_at=timezone.now() + datetime.timedelta(**due))
        OutboxMessage.objects.all().delete()
        return awaited

    def test_it_is_due_so_many_business_days_after_it_opened(self, cast: Cast, review: Review) -> None:
        assert AwaitedStage.objects.get().due_at == days.business_days_after(review.submitted_at, 3)

    def test_a_later_stage_is_due_from_when_it_opens(self, cast: Cast) -> None:
        technical, business = policies.terms_of("medium").stages
        policies.published(cast, "medium", stages=(technical, replace(business, service_level_days=2)))
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        assert AwaitedStage.objects.get().due_at is None
        builders.approve_stage(cast, review, "technical")
        given = Decision.objects.get().decided_at
        assert AwaitedStage.objects.get().due_at == days.business_days_after(given, 2)

    def test_nobody_is_told_while_there_is_time(self, cast: Cast, review: Review) -> None:
        self.put_off(hours=30)
        assert tasks.chase_what_is_due() == 0
        assert not OutboxMessage.objects.exists()

    @pytest.mark.engines
    def test_a_day_before_those_who_decide_are_told_once(self, cast: Cast, review: Review) -> None:
        self.put_off(hours=20)
        assert [tasks.chase_what_is_due(), tasks.chase_what_is_due()] == [1, 0]
        assert self.told() == ["technical@example.org"]
        event = Event.objects.get(kind="approvals.review.chased")
        assert (event.facts["overdue"], event.facts["told"], event.facts["stage"]) == (False, 1, "technical")

    @pytest.mark.engines
    def test_once_it_is_overdue_the_named_one_is_told_too_and_nothing_is_approved(
        self, cast: Cast, review: Review
    ) -> None:
        self.put_off(hours=-1)
        assert [tasks.chase_what_is_due(), tasks.chase_what_is_due()] == [1, 0]
        assert self.told() == ["admin@example.org", "technical@example.org"]
        assert "is overdue" in OutboxMessage.objects.first().payload["subject"]
        review.refresh_from_db()
        assert review.status == Review.Status.IN_REVIEW
        assert not Decision.objects.exists()

    def test_what_was_decided_meanwhile_is_not_chased(self, cast: Cast, review: Review) -> None:
        awaited = self.put_off(hours=-1)
        approve(review, cast.technical)
        assert not chasing.chase(awaited, by=Person.objects.system())
        assert not Event.objects.filter(kind="approvals.review.chased").exists()

    def test_who_left_is_told_nothing(self, cast: Cast, review: Review) -> None:
        people.deactivate(person=cast.technical, reason="Left.", by=cast.admin)
        self.put_off(hours=-1)
        tasks.chase_what_is_due()
        assert self.told() == ["admin@example.org"]

    def test_page_list_and_my_work_say_by_when(self, cast: Cast, review: Review) -> None:
        client, pages = (
            signed_in(cast.technical),
            ("/", "/reviews/", reverse("approvals:review_detail", args=[review.pk])),
        )
        last = days.of(AwaitedStage.objects.get().due_at - datetime.timedelta(seconds=1))
        for address in pages:
            assert f"due {last:%a %-d %b}" in client.get(address).content.decode(), address

    def test_what_is_overdue_is_said_to_have_been_due(
        self, cast: Cast, review: Review, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        later = review.submitted_at + datetime.timedelta(days=9)
        facts = version_facts.load(ModelVersion.objects.filter(pk=review.version_id), now=later)[0]
        assert presenting.first_due(facts).startswith("was due ")


@pytest.mark.parametrize(
    ("opened", "count", "ends"),
    [
        ("2026-11-26T10:00", 1, "2026-11-28"),  # Thursday: Friday’s end
        ("2026-11-27T10:00", 1, "2026-12-01"),  # Friday: Monday’s end
        ("2026-11-28T10:00", 1, "2026-12-01"),  # Saturday
        ("2026-11-27T23:59", 5, "2026-12-05"),
        ("2026-11-23T00:00", 3, "2026-11-27"),
    ],
)
def test_business_days_are_those_of_the_week(opened: str, count: int, ends: str) -> None:
    moment = timezone.make_aware(datetime.datetime.fromisoformat(opened), timezone.get_default_timezone())
    found = timezone.localtime(days.business_days_after(moment, count), timezone.get_default_timezone())
    assert found.isoformat()[:16] == f"{ends}T00:00"
