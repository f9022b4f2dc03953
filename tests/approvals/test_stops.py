"""An approval is suspended, reinstated or revoked: the gates close at once, and everybody concerned hears of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from approvals import facts as version_facts
from approvals import gates
from approvals.actions import deployments, retirement, reviews, stops
from approvals.models import Review
from audit.models import Event, OutboxMessage
from registry import days
from registry.actions import people
from registry.models import ModelVersion, Person
from tests import builders
from tests.builders import Cast
from tests.mails import reached
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db
ENVIRONMENTS = ("staging", "production")


@pytest.fixture
def review(cast: Cast) -> Review:
    return Review.objects.get(version=builders.deployed_version(cast))


def findings(version: ModelVersion, environment: str) -> list[str]:
    return [finding.code for finding in gates.ask(version_facts.of(version), environment).findings]


def codes(refused: pytest.ExceptionInfo[ValidationError]) -> list[str]:
    return [error.code for error in refused.value.error_list]


class TestSuspending:
    @pytest.mark.engines
    def test_every_gate_is_closed_at_once_and_says_who_and_why(self, cast: Cast, review: Review) -> None:
        stops.suspend(review=review, reason="It sends the wrong people home.", by=cast.compliance)
        for environment in ENVIRONMENTS:
            assert findings(review.version, environment) == ["approval-suspended"]
        [finding] = gates.ask(version_facts.of(review.version), "production").findings
        assert "Compliance suspended it on" in finding.message
        assert "It sends the wrong people home." in finding.message
        with pytest.raises(ValidationError) as refused:
            deployments.record(version=review.version, environment="production", by=cast.release)
        assert "approval-suspended" in codes(refused)

    def test_owner_and_asker_hear_where_it_runs(self, cast: Cast, review: Review) -> None:
        OutboxMessage.objects.all().delete()
        stops.suspend(review=review, reason="A complaint.", by=cast.release)
        [message] = OutboxMessage.objects.all()
        assert reached() == ["author@example.org"]
        assert "It still runs in staging and production" in message.payload["text"]
        assert Event.objects.first().facts["running_in"] == ["staging", "production"]

    @pytest.mark.engines
    def test_reinstated_it_counts_again(self, cast: Cast, review: Review) -> None:
        stops.suspend(review=review, reason="A complaint.", by=cast.compliance)
        reinstated = stops.reinstate(review=review, reason="It was about another model.", by=cast.release)
        assert (reinstated.status, reinstated.stopped_by, reinstated.stop_reason) == ("approved", None, "")
        assert [findings(review.version, each) for each in ENVIRONMENTS] == [[], []]

    def test_nobody_reinstates_their_own_work(self, cast: Cast, review: Review) -> None:
        people.grant_role(person=cast.author, role="release-manager", decides="deployment", by=cast.admin)
        stops.suspend(review=review, reason="A complaint.", by=cast.author)
        with pytest.raises(ValidationError) as refused:
            stops.reinstate(review=review, reason="All is well.", by=cast.author)
        assert codes(refused) == ["own-request"]
        assert findings(review.version, "staging") == ["approval-suspended"]

    def test_another_review_does_not_get_round_it(self, cast: Cast) -> None:
        """Neither one that is opened then, nor one that was open already."""
        version = builders.approved_version(cast)
        first = Review.objects.get(version=version)
        builders.attach_evaluation(cast, version)
        second = builders.ask_for_review(cast, version)
        stops.suspend(review=first, reason="A complaint.", by=cast.compliance)
        builders.approve_stage(cast, second, "technical")
        assert findings(version, "staging") == ["approval-suspended"]
        builders.attach_evaluation(cast, version)
        with pytest.raises(ValidationError) as refused:
            reviews.open_draft(version=version, by=cast.author)
        assert codes(refused) == ["approval-suspended"]

    def test_conditions_and_signatures_are_those_from_before(self, cast: Cast, review: Review) -> None:
        before = version_facts.of(review.version).approvals
        stops.suspend(review=review, reason="A complaint.", by=cast.compliance)
        assert version_facts.of(review.version).approvals == before


class TestRevoking:
    @pytest.mark.engines
    @pytest.mark.parametrize("begins", ["approved", "suspended"])
    def test_what_was_decided_counts_no_more_and_review_begins_anew(
        self, cast: Cast, review: Review, begins: str
    ) -> None:
        if begins == "suspended":
            stops.suspend(review=review, reason="A complaint.", by=cast.compliance)
        stops.revoke(review=review, reason="It was trained on stolen data.", by=cast.compliance)
        assert findings(review.version, "staging") == ["approval-revoked", "technical-approval"]
        assert version_facts.of(review.version).decisions == ()
        again = builders.ask_for_review(cast, review.version)
        assert findings(review.version, "staging") == ["approval-revoked", "technical-approval"]
        builders.approve_stage(cast, again, "technical")
        assert [findings(review.version, each) for each in ENVIRONMENTS] == [[], []]

    def test_approvals_of_earlier_reviews_go_with_it(self, cast: Cast) -> None:
        version = builders.approved_version(cast, "medium")
        builders.write_card(cast, version, seen_revision=1, intended_use="Another use.")
        second = builders.ask_for_review(cast, version)
        builders.approve_stage(cast, second, "business")
        second.refresh_from_db()
        stops.revoke(review=second, reason="No longer.", by=cast.compliance)
        assert version_facts.of(version).decisions == ()
        assert {"technical-approval", "business-approval"} <= set(findings(version, "production"))

    def test_its_conditions_are_owed_no_more(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        owed = [{"text": "Watch it.", "owner": cast.author, "due_on": days.today()}]
        builders.approve_stage(cast, review, "technical", conditions=owed)
        assert version_facts.of(review.version).open_conditions
        review.refresh_from_db()
        stops.revoke(review=review, reason="No longer.", by=cast.compliance)
        assert version_facts.of(review.version).open_conditions == ()

    def test_it_is_for_good(self, cast: Cast, review: Review) -> None:
        stops.revoke(review=review, reason="No longer.", by=cast.compliance)
        for act in (stops.reinstate, stops.suspend, stops.revoke):
            with pytest.raises(ValidationError) as refused:
                act(review=review, reason="Again.", by=cast.release)
            assert codes(refused) == ["wrong-state"]


@pytest.mark.parametrize("act", [stops.suspend, stops.revoke])
@pytest.mark.parametrize("who", ["author", "technical", "business", "admin", "auditor", "pipeline", "superuser"])
def test_only_those_with_the_right_stop_an_approval(
    cast: Cast, review: Review, act: Callable[..., Review], who: str
) -> None:
    person: Person = getattr(cast, who)
    if person.is_superuser:
        act(review=review, reason="No.", by=person)
        return
    with pytest.raises(PermissionDenied):
        act(review=review, reason="No.", by=person)
    review.refresh_from_db()
    assert review.status == Review.Status.APPROVED


def test_what_is_not_approved_cannot_be_stopped(cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    with pytest.raises(ValidationError) as refused:
        stops.suspend(review=review, reason="No.", by=cast.compliance)
    assert codes(refused) == ["wrong-state"]


def test_nothing_rests_on_what_is_retired(cast: Cast) -> None:
    version = builders.approved_version(cast)
    clearance = retirement.ask_clearance(version=version, reason="Not used.", replacement=None, by=cast.author)
    clearance = retirement.compute_clearance(clearance=clearance, by=Person.objects.system())
    retirement.retire(clearance=clearance, by=cast.author)
    review = Review.objects.get(version=version)
    with pytest.raises(ValidationError) as refused:
        stops.suspend(review=review, reason="No.", by=cast.compliance)
    assert codes(refused) == ["retired"]
    page = signed_in(cast.compliance).get(reverse("approvals:review_detail", args=[review.pk])).content.decode()
    assert "Suspend the approval" not in page


class TestPages:
    def test_the_review_offers_it_to_those_who_may_and_says_what_was_done(self, cast: Cast, review: Review) -> None:
        address = reverse("approvals:review_detail", args=[review.pk])
        assert "Suspend the approval" not in signed_in(cast.technical).get(address).content.decode()
        client = signed_in(cast.compliance)
        assert "Suspend the approval" in client.get(address).content.decode()
        form = reverse("approvals:review_suspend", args=[review.pk])
        asked = client.get(form).content.decode()
        assert "runs in production since" in asked
        assert client.post(form, {"reason": ""}).status_code == 422
        assert client.post(form, {"reason": "A complaint."}).status_code == 302
        shown = client.get(address).content.decode()
        assert "Compliance suspended it" in shown
        assert "A complaint." in shown
        assert "Reinstate the approval" in shown

    def test_the_road_of_the_version_leads_there(self, cast: Cast, review: Review) -> None:
        stops.suspend(review=review, reason="A complaint.", by=cast.compliance)
        version = review.version
        page = signed_in(cast.author).get(
            reverse("governance:version_detail", args=[version.model.name, version.number])
        )
        assert "Compliance suspended it on" in page.content.decode()

    def test_the_list_finds_what_is_suspended(self, cast: Cast, review: Review) -> None:
        stops.suspend(review=review, reason="A complaint.", by=cast.compliance)
        page = signed_in(cast.author).get(reverse("approvals:review_list"), {"status": "suspended"})
        assert str(review) in page.content.decode()
