"""Reviews the way people go through them: in the browser, one page at a time."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals import rights
from approvals.actions import reviews
from approvals.models import Condition, Decision, Review
from approvals.waiting import awaited_by
from audit import outbox
from registry.actions import people
from registry.metrics import metric
from registry.models import ModelVersion, Person
from registry.questionnaires import FIRST
from tests import builders
from tests.builders import Cast
from tests.statements import statements

SIGN_IN = "governance.roles.SignInBackend"
BUDGET = 13

pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend=SIGN_IN)
    return client


def version_url(name: str, version: ModelVersion) -> str:
    return reverse(f"approvals:{name}", args=[version.model.name, version.number])


def review_url(name: str, review: Review) -> str:
    return reverse(f"approvals:{name}", args=[review.pk])


def waiting(person: Person) -> set[int]:
    return {row.review_id for row in awaited_by(person, rights.tiers_decided_by(person))}


def said(response: Any) -> str:
    return " ".join(response.content.decode().split())


def ask(cast: Cast, version: ModelVersion, message: str = "Ready for a look.") -> Review:
    given = {"message": message, "then": "submit"}
    response = signed_in(cast.author).post(version_url("review_open", version), given)
    review = Review.objects.get(version=version)
    assert response.status_code == 302
    assert response["Location"] == review_url("review_detail", review)
    return review


def decision(stage: str, rationale: str = "The evidence holds.", **rows: str) -> dict[str, str]:
    management = {"conditions-TOTAL_FORMS": "3", "conditions-INITIAL_FORMS": "0"}
    return {"stage": stage, "rationale": rationale} | management | rows


def condition(owner: Person, due_on: datetime.date, number: int = 0) -> dict[str, str]:
    prefix = f"conditions-{number}"
    return {
        f"{prefix}-text": "A nurse confirms 50% of all orders.",
        f"{prefix}-owner": str(owner.pk),
        f"{prefix}-due_on": due_on.isoformat(),
    }


def decide(person: Person, review: Review, stage: str, verb: str = "approve", **rows: str) -> Any:
    return signed_in(person).post(review_url(f"review_{verb}", review), decision(stage, **rows))


def blocks(response: Any) -> int:
    """How many conditions the form has room for."""
    return said(response).count('<fieldset class="condition"')


def tomorrow() -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=1)


def edit_card(cast: Cast, version: ModelVersion) -> None:
    version.refresh_from_db()
    texts = {name: getattr(version.card, name) for name in ("overview", "fairness")}
    builders.write_card(cast, version, seen_revision=version.card.revision, overview=texts["overview"] + " And more.")


class TestTheWholeWay:
    @pytest.mark.parametrize(
        ("tier", "stages"),
        [
            ("low", ["technical"]),
            ("medium", ["technical", "business"]),
            ("high", ["technical", "compliance", "business", "deployment"]),
        ],
    )
    def test_from_asking_to_approved(self, cast: Cast, tier: str, stages: list[str]) -> None:
        review = ask(cast, builders.ready_version(cast, tier))
        for stage in stages:
            decider = cast.decider(stage)
            page = signed_in(decider).get(review_url("review_detail", review))
            assert f"{stage.capitalize()} review of" in said(page)
            assert review_url("review_approve", review) in said(page)
            assert 'name="rationale"' in said(signed_in(decider).get(review_url("review_approve", review)))
            assert decide(decider, review, stage).status_code == 302
        review.refresh_from_db()
        assert review.status == Review.Status.APPROVED
        assert [each.stage for each in review.decisions.order_by("pk")] == stages
        page = said(signed_in(cast.author).get(review_url("review_detail", review)))
        assert "Approved" in page
        assert "Withdraw</button>" not in page

    def test_the_last_approval_says_so(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        response = signed_in(cast.technical).post(
            review_url("review_approve", review), decision("technical"), follow=True
        )
        assert "Technical approval given. Every approval that this version needs is given." in said(response)

    def test_everybody_concerned_gets_mail(self, cast: Cast) -> None:
        version = builders.ready_version(cast, "medium")
        review = ask(cast, version)
        outbox.deliver_due()
        assert [(each.to, each.subject) for each in mail.outbox] == [
            (["technical@example.org"], f"Technical review of {version} waits for you")
        ]
        mail.outbox.clear()
        decide(cast.technical, review, "technical")
        decide(cast.business, review, "business")
        outbox.deliver_due()
        assert [(each.to, each.subject) for each in mail.outbox] == [
            (["business@example.org"], f"Business review of {version} waits for you"),
            (["author@example.org"], f"{version}: approved"),
        ]
        assert review_url("review_detail", review) in mail.outbox[0].body

    def test_changes_are_requested_made_and_asked_again(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast, "medium"))
        decide(cast.technical, review, "technical")
        assert decide(cast.business, review, "business", "request_changes").status_code == 302
        author = signed_in(cast.author)
        page = said(author.get(review_url("review_detail", review)))
        assert "Business requested changes" in page
        assert "Submit again" in page
        edit_card(cast, review.version)
        response = author.post(review_url("review_submit", review), {"message": "The goal is clearer now."})
        assert response.status_code == 302
        review.refresh_from_db()
        assert (review.status, review.round, review.message) == ("in_review", 2, "The goal is clearer now.")
        assert decide(cast.business, review, "business").status_code == 302
        review.refresh_from_db()
        assert review.status == Review.Status.APPROVED

    def test_a_rejection_ends_it(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        assert decide(cast.technical, review, "technical", "reject").status_code == 302
        page = said(signed_in(cast.author).get(review_url("review_detail", review)))
        assert "Technical rejected it" in page
        assert "The evidence holds." in page


class TestConditions:
    def test_a_filled_row_makes_the_approval_conditional(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        assert decide(cast.technical, review, "technical", **condition(cast.author, tomorrow())).status_code == 302
        given = review.decisions.get()
        assert given.outcome == Decision.Outcome.APPROVED_WITH_CONDITIONS
        promised = given.conditions.get()
        assert (promised.owner, promised.due_on) == (cast.author, tomorrow())
        page = said(signed_in(cast.author).get(review_url("review_detail", review)))
        assert "A nurse confirms 50% of all orders." in page
        assert reverse("approvals:condition_fulfil", args=[promised.pk]) in page

    def test_half_a_row_is_refused_and_kept(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        rows = condition(cast.author, tomorrow()) | {"conditions-1-text": "Watch group B."}
        response = decide(cast.technical, review, "technical", **rows)
        assert response.status_code == 422
        assert "Condition 2: Choose who keeps it." in said(response)
        assert "Condition 2: Choose the day by which it is kept." in said(response)
        assert "Condition 1:" not in said(response)
        assert "Watch group B." in said(response)
        assert not Decision.objects.exists()

    def test_a_block_in_which_nobody_wrote_stays_as_it_was(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        client, address = signed_in(cast.technical), review_url("review_approve", review)
        empty = {f"conditions-0-{name}": "" for name in ("text", "owner", "due_on")} | {
            "conditions-0-consequence": "late"
        }
        refused = client.post(address, decision("technical", "") | {"conditions-TOTAL_FORMS": "1"} | empty)
        assert refused.status_code == 422
        for page in (client.get(address), refused):
            assert '<option value="late" selected>' in said(page)

    def test_one_block_stands_there_and_another_when_it_is_asked_for(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        client, address = signed_in(cast.technical), review_url("review_approve", review)
        assert blocks(client.get(address)) == 1
        body = decision("technical", "Fine, if watched.") | {"conditions-TOTAL_FORMS": "1", "more_rows": "1"}
        more = client.post(address, body | condition(cast.author, tomorrow()))
        assert more.status_code == 200
        assert blocks(more) == 2
        for kept in ("Fine, if watched.", "A nurse confirms 50% of all orders.", tomorrow().isoformat()):
            assert kept in said(more)
        assert f'value="{cast.author.pk}" selected' in said(more)
        assert 'id="errors"' not in said(more)
        assert not Decision.objects.exists()

    def test_there_is_room_for_ten(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        body = decision("technical") | {"conditions-TOTAL_FORMS": "9", "more_rows": "1"}
        full = signed_in(cast.technical).post(review_url("review_approve", review), body)
        assert blocks(full) == 10
        assert "Add another condition" not in said(full)
        again = signed_in(cast.technical).post(
            review_url("review_approve", review), body | {"conditions-TOTAL_FORMS": "999999"}
        )
        assert blocks(again) == 10

    def test_a_block_left_empty_is_left_out_and_the_numbers_are_those_on_the_page(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        yesterday = timezone.localdate() - datetime.timedelta(days=1)
        late = condition(cast.author, tomorrow(), 1) | condition(cast.author, yesterday, 2)
        response = decide(cast.technical, review, "technical", **late)
        assert response.status_code == 422
        assert "Condition 2 is due on a day that has passed." in said(response)
        assert blocks(response) == 2
        assert f'name="conditions-1-due_on" value="{yesterday.isoformat()}"' in said(response)

    def test_those_who_can_keep_one_are_offered_and_nobody_else(self, cast: Cast) -> None:
        reading = builders.build_person("reader", "auditor")
        people.join_team(person=reading, team=cast.team, by=cast.admin)
        outsider = builders.build_person("outsider", "author")
        review = ask(cast, builders.ready_version(cast))
        page = said(signed_in(cast.technical).get(review_url("review_approve", review)))
        offered = set(re.findall(r'<option value="([0-9a-f-]{36})"', page))
        able = (cast.author, cast.colleague, cast.technical, cast.business, cast.compliance, cast.release)
        assert offered == {str(person.pk) for person in able}
        for person in (cast.auditor, cast.admin, cast.stranger, outsider, reading):
            assert decide(cast.technical, review, "technical", **condition(person, tomorrow())).status_code == 422
        assert not Decision.objects.exists()

    def test_a_day_that_has_passed_is_refused(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        yesterday = timezone.localdate() - datetime.timedelta(days=1)
        response = decide(cast.technical, review, "technical", **condition(cast.author, yesterday))
        assert response.status_code == 422
        assert "due on a day that has passed" in said(response)
        assert not Condition.objects.exists()

    def test_a_service_or_somebody_inactive_cannot_own_one(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        response = decide(cast.technical, review, "technical", **condition(cast.pipeline, tomorrow()))
        assert response.status_code == 422
        assert not Condition.objects.exists()

    def test_saying_no_takes_no_conditions(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        page = said(signed_in(cast.technical).get(review_url("review_reject", review)))
        assert "conditions-0-text" not in page
        assert ">Reject</button>" in page


class TestRefusals:
    def test_the_requester_sees_no_decision_and_cannot_post_one(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        page = said(signed_in(cast.author).get(review_url("review_detail", review)))
        assert "You asked for this review, so somebody else decides." in page
        assert review_url("review_approve", review) not in page
        assert "Withdraw" in page
        assert decide(cast.author, review, "technical").status_code == 403

    def test_a_requester_with_the_right_is_refused_all_the_same(self, cast: Cast) -> None:
        people.grant_role(
            person=cast.author, role="technical-reviewer", decides="technical", by=Person.objects.system()
        )
        review = ask(cast, builders.ready_version(cast))
        response = decide(cast.author, review, "technical")
        assert response.status_code == 422
        assert "You asked for a review of this version, so somebody else decides." in said(response)
        assert not Decision.objects.exists()

    def test_whoever_registered_the_version_is_refused(self, cast: Cast) -> None:
        people.grant_role(
            person=cast.author, role="technical-reviewer", decides="technical", by=Person.objects.system()
        )
        version = builders.ready_version(cast)
        review = reviews.ask(version=version, by=cast.colleague)
        response = decide(cast.author, review, "technical")
        assert response.status_code == 422
        assert "You own this model or made part of its evidence, so somebody else decides." in said(response)

    def test_a_superuser_decides_nothing(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        page = said(signed_in(cast.superuser).get(review_url("review_detail", review)))
        assert "You do not hold the right to decide technical reviews here." in page
        assert 'aria-disabled="true"' in page
        assert decide(cast.superuser, review, "technical").status_code == 403
        assert not Decision.objects.exists()

    def test_the_wrong_stage(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast, "medium"))
        response = decide(cast.technical, review, "business")
        assert response.status_code == 422
        assert "You do not hold the right to decide business reviews here." in said(response)
        assert "The evidence holds." in said(response)

    def test_a_stage_that_the_policy_does_not_ask_for(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        page = said(signed_in(cast.compliance).get(review_url("review_detail", review)))
        assert "You do not hold the right to decide technical reviews here." in page
        response = decide(cast.compliance, review, "compliance")
        assert response.status_code == 422
        assert "does not ask for this stage" in said(response)

    def test_a_stage_that_is_not_open_yet(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast, "high"))
        page = said(signed_in(cast.release).get(review_url("review_detail", review)))
        assert "The stages before this one are not approved yet." in page
        assert "Opens after technical, business and compliance" in page
        response = decide(cast.release, review, "deployment")
        assert response.status_code == 422
        assert "The stages before this one are not approved yet." in said(response)

    def test_business_waits_for_the_use_case(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium", use_case=builders.build_use_case(cast, approved=False))
        review = ask(cast, builders.ready_version(cast, "medium", model=model))
        decide(cast.technical, review, "technical")
        client = signed_in(cast.business)
        page = said(client.get(review_url("review_detail", review)))
        assert "Its use case is not approved." in page
        assert review_url("review_approve", review) not in page
        assert review_url("review_reject", review) in page
        response = decide(cast.business, review, "business")
        assert response.status_code == 422
        assert "Its use case is not approved." in said(response)
        assert decide(cast.business, review, "business", "request_changes").status_code == 302

    def test_an_empty_rationale(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        response = signed_in(cast.technical).post(review_url("review_reject", review), decision("technical", " "))
        assert response.status_code == 422
        assert "Rationale: Fill this in." in said(response)

    def test_a_stranger_sees_nothing(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        client = signed_in(cast.stranger)
        assert client.get(reverse("approvals:review_list")).status_code == 403
        assert client.get(review_url("review_detail", review)).status_code == 403
        assert client.post(review_url("review_approve", review), decision("technical")).status_code == 403

    def test_the_second_of_two_deciders_gets_the_sentence(self, cast: Cast) -> None:
        second = builders.build_person("second", "technical-reviewer")
        review = ask(cast, builders.ready_version(cast, "medium"))
        page = said(signed_in(second).get(review_url("review_approve", review)))
        assert 'name="rationale"' in page
        decide(cast.technical, review, "technical")
        response = signed_in(second).post(review_url("review_approve", review), decision("technical", "I agree."))
        assert response.status_code == 422
        assert "This stage is approved already" in said(response)
        assert "I agree." in said(response)
        assert Decision.objects.count() == 1

    def test_whoever_has_approved_reads_that_and_may_change_their_mind(self, cast: Cast) -> None:
        second = builders.build_person("second", "technical-reviewer")
        review = ask(cast, builders.ready_version(cast, "medium"))
        decide(cast.technical, review, "technical")
        page = said(signed_in(cast.technical).get(review_url("review_detail", review)))
        assert "You approved on" in page
        assert "Change your decision" in page
        assert review_url("review_request_changes", review) in page
        assert review_url("review_reject", review) in page
        for untrue in ("You may decide", "Not possible now", "Not to be approved yet", "approved already"):
            assert untrue not in page
        assert "Technical approved on" in said(signed_in(second).get(review_url("review_detail", review)))
        assert decide(cast.technical, review, "technical", "reject").status_code == 302

    def test_whoever_decides_two_stages_begins_with_the_one_that_is_left(self, cast: Cast) -> None:
        people.grant_role(
            person=cast.technical, role="business-reviewer", decides="business", by=Person.objects.system()
        )
        review = ask(cast, builders.ready_version(cast, "medium"))
        decide(cast.technical, review, "technical", **condition(cast.author, timezone.localdate()))
        client = signed_in(cast.technical)
        page = said(client.get(review_url("review_detail", review)))
        assert "Business review of" in page
        page = said(client.get(review_url("review_detail", review) + "?stage=technical"))
        assert "You approved with conditions on" in page

    def test_a_get_decides_nothing(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        for name in ("review_submit", "review_withdraw", "review_discard"):
            assert signed_in(cast.author).get(review_url(name, review)).status_code == 405


class TestTakingBack:
    def test_withdrawn(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast, "medium"))
        decide(cast.technical, review, "technical")
        author = signed_in(cast.author)
        response = author.post(review_url("review_withdraw", review), follow=True)
        assert f"{review} is withdrawn." in said(response)
        again = said(author.post(review_url("review_withdraw", review), follow=True))
        assert f"{review} is withdrawn, so this is not possible now." in again
        assert decide(cast.business, review, "business").status_code == 422
        page = said(signed_in(cast.business).get(review_url("review_detail", review)))
        assert "Withdrawn" in page
        assert "Not decided in this review" in page
        assert "Technical approved" in page

    def test_a_draft_is_kept_submitted_or_thrown_away(self, cast: Cast) -> None:
        version = builders.ready_version(cast)
        author = signed_in(cast.author)
        author.post(version_url("review_open", version), {"message": "Not yet.", "then": "draft"})
        review = Review.objects.get()
        assert review.status == Review.Status.DRAFT
        assert author.get(version_url("review_open", version))["Location"] == review_url("review_detail", review)
        assert "Discard draft" in said(author.get(review_url("review_detail", review)))
        assert "Nobody is asked yet." in said(signed_in(cast.technical).get(review_url("review_detail", review)))
        author.post(review_url("review_discard", review))
        review.refresh_from_db()
        assert review.status == Review.Status.DISCARDED

    def test_somebody_elses_review_is_not_withdrawn(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast))
        assert signed_in(cast.technical).post(review_url("review_withdraw", review)).status_code == 403


class TestAsking:
    def test_the_page_says_who_decides_what(self, cast: Cast) -> None:
        page = said(signed_in(cast.author).get(version_url("review_open", builders.ready_version(cast, "high"))))
        for name in ("Technical", "Business", "Compliance", "Release"):
            assert name in page
        assert "Ready to submit" in page

    def test_the_author_reads_before_submitting_what_the_reviewers_will_read(self, cast: Cast) -> None:
        use_case = builders.build_use_case(cast, approved=False)
        version = builders.ready_version(cast, "high", model=builders.build_model(cast, "high", use_case=use_case))
        builders.attach_evaluation(cast, version, "production", builders.GOOD | {"recall": "0.5"})
        author = signed_in(cast.author)
        asking = said(author.get(version_url("review_open", version)))
        review = said(author.get(review_url("review_detail", ask(cast, version))))
        assert "You may submit. Reviewers will see these 2 points:" in asking
        assert "2 points to look at" in review
        for page in (asking, review):
            assert "is proposed" in page
            assert "Recall is 0.500, must be at least 0.6" in page
        assert "Ready to submit" not in asking

    def test_everything_missing_is_said_at_once_with_links(self, cast: Cast) -> None:
        version = builders.build_version(cast, "medium")
        client = signed_in(cast.author)
        page = said(client.get(version_url("review_open", version)))
        assert "Not ready to submit: 2 reasons" in page
        assert reverse("registry:card_revise", args=[version.model.name, version.number]) in page
        assert reverse("registry:evaluation_attach", args=[version.model.name, version.number]) in page
        response = client.post(version_url("review_open", version), {"message": "Look.", "then": "submit"})
        assert response.status_code == 422
        assert "Not submitted: 2 reasons" in said(response)
        assert "Look.</textarea>" in said(response)
        assert not Review.objects.exists()

    def test_a_draft_that_is_not_ready_stays_a_draft(self, cast: Cast) -> None:
        version = builders.build_version(cast)
        author = signed_in(cast.author)
        author.post(version_url("review_open", version), {"message": "", "then": "draft"})
        review = Review.objects.get()
        response = author.post(review_url("review_submit", review), {"message": "Now."})
        assert response.status_code == 422
        assert "Not submitted: 2 reasons" in said(response)

    def test_only_the_team_asks(self, cast: Cast) -> None:
        version = builders.ready_version(cast)
        page = said(signed_in(cast.technical).get(version_url("review_open", version)))
        assert "You may not ask for review of this model." in page
        given = {"message": "", "then": "submit"}
        assert signed_in(cast.technical).post(version_url("review_open", version), given).status_code == 403

    def test_a_second_review_is_refused(self, cast: Cast) -> None:
        version = builders.ready_version(cast)
        ask(cast, version)
        given = {"message": "", "then": "submit"}
        response = signed_in(cast.author).post(version_url("review_open", version), given)
        assert response.status_code == 422
        assert "A review of this version is open already" in said(response)

    def test_what_is_approved_already_is_not_asked_again(self, cast: Cast) -> None:
        version = builders.approved_version(cast)
        client = signed_in(cast.author)
        assert "There is nothing to ask." in said(client.get(version_url("review_open", version)))
        response = client.post(version_url("review_open", version), {"message": "", "then": "submit"})
        assert response.status_code == 422
        assert "There is nothing to ask." in said(response)
        assert Review.objects.count() == 1


class TestEvidence:
    def test_what_the_page_shows(self, cast: Cast) -> None:
        version = builders.ready_version(cast, "high")
        page = said(signed_in(cast.compliance).get(review_url("review_detail", ask(cast, version))))
        use_case = version.model.use_case
        for text in (use_case.problem, use_case.acceptance_criteria, use_case.affected_people, "Ready for a look."):
            assert text in page
        assert "10 of 10 kept" not in page
        assert "8 of 8 kept" in page
        assert "False positive rate: gap between groups" in page
        assert "What the limitations is." in page
        assert "Point the service at the version before." in page
        assert "at most 0.15" in page
        assert "female" in page

    def test_missed_thresholds_come_first_and_are_said_on_top(self, cast: Cast) -> None:
        version = builders.ready_version(cast, "high")
        builders.attach_evaluation(cast, version, "production", builders.GOOD | {"recall": "0.5"})
        page = said(signed_in(cast.technical).get(review_url("review_detail", ask(cast, version))))
        assert "1 point to look at" in page
        assert "Recall is 0.500, must be at least 0.6" in page
        assert page.index("Share of the real cases that it finds") < page.index("How well it ranks")
        assert "7 of 8 kept" in page

    def test_what_was_not_measured_stands_between_misses_and_what_is_kept(self, cast: Cast) -> None:
        version = builders.ready_version(cast, "high")
        figures = {"accuracy": "0.95", "recall": "0.5", "false_positive_rate": "0.1"}
        builders.attach_evaluation(cast, version, "production", figures)
        page = said(signed_in(cast.technical).get(review_url("review_detail", ask(cast, version))))
        figures = page[page.index("Evidence against thresholds") :]
        assert figures.index("Missed") < figures.index("Not measured yet") < figures.index("Met</span>")
        assert "6 of 8 kept" in figures
        assert "ROC AUC was not measured" in page

    def test_a_changed_card_makes_the_approval_stale(self, cast: Cast) -> None:
        version = builders.ready_version(cast, "medium")
        review = ask(cast, version)
        decide(cast.technical, review, "technical")
        decide(cast.business, review, "business")
        edit_card(cast, version)
        page = said(signed_in(cast.business).get(review_url("review_detail", review)))
        assert "Business approval is stale" in page
        assert "Model card changed on" in page
        assert "by Author, after Business approved" in page
        assert "Technical approval is stale" not in page

    def test_the_stale_stage_is_asked_again(self, cast: Cast) -> None:
        version = builders.approved_version(cast, "medium")
        edit_card(cast, version)
        page = said(signed_in(cast.author).get(version_url("review_open", version)))
        assert "so it is not asked again" in page
        signed_in(cast.author).post(version_url("review_open", version), {"message": "", "then": "submit"})
        review = Review.objects.get(status=Review.Status.IN_REVIEW)
        assert "Business review of" in said(signed_in(cast.business).get(review_url("review_detail", review)))
        assert decide(cast.technical, review, "technical").status_code == 422
        assert decide(cast.business, review, "business").status_code == 302
        review.refresh_from_db()
        assert review.status == Review.Status.APPROVED

    def test_a_review_that_is_over_keeps_its_own_story(self, cast: Cast) -> None:
        version = builders.ready_version(cast)
        first = ask(cast, version)
        decide(cast.technical, first, "technical", "reject")
        second = reviews.ask(version=version, by=cast.author, message="Look again.")
        decide(cast.technical, second, "technical")
        page = said(signed_in(cast.author).get(review_url("review_detail", first)))
        assert "Technical rejected it" in page
        assert f'<a href="{review_url("review_detail", second)}">{second}</a>' in page

    def test_what_people_write_is_escaped(self, cast: Cast) -> None:
        review = ask(cast, builders.ready_version(cast), "<script>alert(1)</script> {{ 7|add:7 }}")
        page = said(signed_in(cast.technical).get(review_url("review_detail", review)))
        assert "<script>alert" not in page
        assert "{{ 7|add:7 }}" in page

    def test_every_metric_has_a_name(self) -> None:
        assert metric("roc_auc").name == "ROC AUC"
        assert metric("time_to_answer").name == "Time to answer"


class TestManyStages:
    def test_somebody_with_two_rights_chooses_the_stage(self, cast: Cast) -> None:
        people.grant_role(
            person=cast.business, role="compliance-reviewer", decides="compliance", by=Person.objects.system()
        )
        review = ask(cast, builders.ready_version(cast, "high"))
        decide(cast.technical, review, "technical")
        client = signed_in(cast.business)
        page = said(client.get(review_url("review_detail", review)))
        assert f"{review_url('review_approve', review)}?stage=business" in page
        chosen = said(client.get(review_url("review_approve", review) + "?stage=compliance"))
        assert '<input type="hidden" name="stage" value="compliance"' in chosen
        assert decide(cast.business, review, "compliance").status_code == 302


class TestTheList:
    def test_what_waits_for_me(self, cast: Cast) -> None:
        mine = ask(cast, builders.ready_version(cast, "medium"))
        other = ask(cast, builders.ready_version(cast, "medium"))
        decide(cast.technical, mine, "technical")
        url = reverse("approvals:review_list") + "?waits=me"
        page = said(signed_in(cast.business).get(url))
        assert review_url("review_detail", mine) in page
        assert review_url("review_detail", other) not in page
        assert waiting(cast.business) == {mine.pk}
        assert waiting(cast.author) == set()
        assert waiting(cast.superuser) == set()
        assert "Nothing waits for you" in said(signed_in(cast.auditor).get(url))

    def test_conditions_in_the_address(self, cast: Cast) -> None:
        low, high = (ask(cast, builders.ready_version(cast, tier)) for tier in ("low", "high"))
        decide(cast.technical, low, "technical")
        client, url = signed_in(cast.auditor), reverse("approvals:review_list")

        def shown(query: str) -> list[Review]:
            page = said(client.get(url + query))
            return [each for each in (low, high) if f'"{review_url("review_detail", each)}"' in page]

        assert shown("") == [high]
        assert shown("?status=approved") == [low]
        assert shown("?status=all") == [low, high]
        assert shown("?status=all&tier=low") == [low]
        assert shown("?status=nonsense") == [high]
        assert "No review matches" in said(client.get(url + "?status=withdrawn"))

    def test_nothing_yet(self, cast: Cast) -> None:
        assert "No review is open" in said(signed_in(cast.auditor).get(reverse("approvals:review_list")))


def test_the_answers_about_the_risk_stand_beside_the_decision(cast: Cast) -> None:
    review = ask(cast, builders.ready_version(cast, "medium"))
    page = said(signed_in(cast.business).get(review_url("review_detail", review)))
    assert "“Data about people who can be identified”, which takes at least medium risk." in page
    for question in FIRST:
        assert question.text in page


class TestStatements:
    def test_the_list_asks_the_same_of_2_and_of_30_and_shows_the_oldest_first(self, cast: Cast) -> None:
        model = builders.build_model(cast)
        client = signed_in(cast.technical)
        urls = [reverse("approvals:review_list") + query for query in ("", "?waits=me", "?status=all")]
        self._ask_many(cast, model, 2)
        few = [statements(client, url) for url in urls]
        for _ in range(20):
            reviews.open_draft(version=builders.build_version(cast, model=model), by=cast.author)
        self._ask_many(cast, model, 8)
        assert [statements(client, url) for url in urls] == few
        assert max(few) <= BUDGET
        answer = client.get(urls[0])
        first, second = said(answer), said(client.get(urls[0] + answer.context["pages"].next_url))
        oldest, next_one, *_, newest = Review.objects.order_by("pk")
        assert "30 reviews" in first
        assert first.index(review_url("review_detail", oldest)) < first.index(review_url("review_detail", next_one))
        assert f'"{review_url("review_detail", newest)}"' in second
        assert f'"{review_url("review_detail", newest)}"' not in first

    def _ask_many(self, cast: Cast, model: Any, count: int) -> None:
        for _ in range(count):
            version = builders.build_version(cast, model=model)
            builders.attach_evaluation(cast, version)
            builders.write_card(cast, version)
            reviews.ask(version=version, by=cast.author)

    def test_the_review_asks_the_same_with_one_decision_and_with_many(self, cast: Cast) -> None:
        version = builders.ready_version(cast, "high")
        review = ask(cast, version)
        client = signed_in(cast.technical)
        urls = [review_url("review_detail", review), review_url("review_approve", review)]
        decide(cast.technical, review, "technical", "request_changes")
        signed_in(cast.author).post(review_url("review_submit", review), {"message": "", "unchanged": "on"})
        few = [statements(client, url) for url in urls]
        for number in range(4):
            builders.attach_evaluation(cast, version, "staging", note=str(number))
            rows = condition(cast.author, tomorrow()) | condition(cast.release, tomorrow(), 1)
            assert decide(cast.technical, review, "technical", **rows).status_code == 302
        builders.attach_evaluation(cast, version, "staging")
        many = [statements(client, url) for url in urls]
        assert max(many) <= BUDGET
        assert many == few

    def test_asking(self, cast: Cast) -> None:
        version = builders.ready_version(cast, "high")
        assert statements(signed_in(cast.author), version_url("review_open", version)) <= BUDGET
