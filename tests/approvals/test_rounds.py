"""Changes are requested, and the review is submitted again: everybody sees what was asked for and what became of it."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.urls import reverse

from approvals import facts, gates
from approvals.actions import reviews, stops
from approvals.models import Review
from audit import outbox, refusals
from audit.models import Event
from registry.models import Person
from tests import builders
from tests.builders import Cast
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db

ASKED_FOR = "Say who confirms each order."


def handed_back(cast: Cast) -> Review:
    """The technical stage approved, the business stage with a request for changes."""
    review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    builders.approve_stage(cast, review, "technical")
    reviews.request_changes(review=review, stage="business", rationale=ASKED_FOR, by=cast.business)
    return Review.objects.get(pk=review.pk)


def rewrite_card(cast: Cast, review: Review, text: str = "A nurse confirms each order.") -> None:
    revision = facts.of(review.version).card.revision
    builders.write_card(cast, review.version, seen_revision=revision, intended_use=text)


def page_of(review: Review, reader: Person) -> str:
    content = signed_in(reader).get(reverse("approvals:review_detail", args=[review.pk])).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", content).split())


def submit(review: Review, by: Person, **given: str) -> int:
    return signed_in(by).post(reverse("approvals:review_submit", args=[review.pk]), given).status_code


class TestTheAuthorSees:
    def test_who_asked_for_what_at_which_stage_and_what_to_do_on_top_of_the_page(self, cast: Cast) -> None:
        page = page_of(handed_back(cast), cast.author)
        top = page[: page.index("Evidence against thresholds")]
        assert "Business requested changes in the business review" in top
        assert ASKED_FOR in top
        assert "Your next step: make the changes, then submit again." in top
        assert "Attach evaluation" in top

    def test_what_they_have_changed_since(self, cast: Cast) -> None:
        review = handed_back(cast)
        assert "Nothing has changed since then." in page_of(review, cast.author)
        rewrite_card(cast, review)
        page = page_of(review, cast.author)
        assert "Nothing has changed" not in page
        assert "Model card , by Author" in page

    def test_a_colleague_may_answer_too_and_others_read_whose_turn_it_is(self, cast: Cast) -> None:
        review = handed_back(cast)
        assert "Your next step" in page_of(review, cast.colleague)
        others = page_of(review, cast.compliance)
        assert "Next: Author makes the changes and submits again." in others
        assert "Your next step" not in others

    def test_the_message_of_the_first_round_is_named_so_and_not_offered_again(self, cast: Cast) -> None:
        review = handed_back(cast)
        assert "Round 1, over Ready for a look." in page_of(review, cast.author)
        form = signed_in(cast.author).get(reverse("approvals:review_detail", args=[review.pk])).content.decode()
        assert "Ready for a look.</textarea>" not in form


class TestSubmittingUnchanged:
    def test_it_is_said_before_and_refused_until_it_is_meant(self, cast: Cast) -> None:
        review = handed_back(cast)
        page = page_of(review, cast.author)
        assert "Nothing has changed since Business requested changes. You may submit all the same" in page
        assert "Submit it unchanged" in page
        assert submit(review, cast.author, message="It is in the card.") == 422
        assert submit(review, cast.author, message="It is in the card.", unchanged="on") == 302
        assert Review.objects.get(pk=review.pk).round == 2

    def test_whoever_changed_something_is_not_asked(self, cast: Cast) -> None:
        review = handed_back(cast)
        rewrite_card(cast, review)
        assert "Submit it unchanged" not in page_of(review, cast.author)
        assert submit(review, cast.author) == 302

    def test_a_change_that_was_taken_back_is_none(self, cast: Cast) -> None:
        review = handed_back(cast)
        before = facts.of(review.version).card.intended_use
        rewrite_card(cast, review)
        rewrite_card(cast, review, before)
        with pytest.raises(Exception) as refusal:
            reviews.submit(review=review, by=cast.author)
        assert refusals.codes(refusal.value) == ["nothing-changed"]

    def test_what_the_asking_stage_does_not_rest_on_counts_as_a_change(self, cast: Cast) -> None:
        review = handed_back(cast)
        builders.write_release_plan(cast, review.version, seen_revision=1, on_call="Somebody else.")
        assert reviews.submit(review=review, by=cast.author).round == 2

    def test_a_draft_is_submitted_without_a_word(self, cast: Cast) -> None:
        draft = reviews.open_draft(version=builders.ready_version(cast), by=cast.author, message="First.")
        assert "Submit it unchanged" not in page_of(draft, cast.author)
        assert reviews.submit(review=draft, by=cast.author).message == "First."


class TestWhoseTurnItIs:
    """A new evaluation answers the business reviewer, and the technical approval no longer rests on what is there."""

    def pages(self, cast: Cast, review: Review, reader: Person) -> list[str]:
        version = reverse("governance:version_detail", args=[review.version.model.name, review.version.number])
        contents = [signed_in(reader).get(url).content.decode() for url in (reverse("governance:home"), version)]
        return [" ".join(re.sub(r"<[^>]+>", " ", content).split()) for content in contents]

    def test_it_is_the_authors_until_they_submit_again_and_the_reviewers_from_then_on(self, cast: Cast) -> None:
        review = handed_back(cast)
        builders.attach_evaluation(cast, review.version, "production")
        for page in self.pages(cast, review, cast.author):
            assert "Changes were requested" in page
            assert "sk for this approval again" not in page
        reviews.submit(review=review, by=cast.author)
        home, version = self.pages(cast, review, cast.author)
        assert "technical reviewer decides" in home
        assert "Next: a technical reviewer decides." in version
        for page in (home, version):
            assert "sk for this approval again" not in page

    def test_a_later_stage_whose_approval_is_stale_too_waits_for_the_first(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
        for stage in ("technical", "business"):
            builders.approve_stage(cast, review, stage)
        reviews.request_changes(review=review, stage="compliance", rationale=ASKED_FOR, by=cast.compliance)
        builders.attach_evaluation(cast, review.version, "production")
        reviews.submit(review=review, by=cast.author)
        answer = gates.ask(facts.of(review.version), "production")
        found = {each.code: each for each in answer.requirements}
        technical, business = found["technical-approval"], found["business-approval"]
        assert (technical.state, technical.remedy) == ("waiting", "A technical reviewer decides.")
        assert (business.state, business.remedy) == ("blocked", "Wait for the stages before it.")
        assert "after Business approved" in business.detail


class TestWhatIsPromised:
    def test_an_approval_stays_only_as_long_as_what_it_rests_on(self, cast: Cast) -> None:
        promise = "ther approvals stay as long as what they rest on does not change."
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        asking = signed_in(cast.technical).get(reverse("approvals:review_request_changes", args=[review.pk]))
        assert promise in asking.content.decode()
        reviews.request_changes(review=review, stage="technical", rationale=ASKED_FOR, by=cast.technical)
        assert promise in page_of(review, cast.business)

    def test_a_stage_opens_on_submitting_again_only_if_nothing_else_comes_before_it(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
        builders.approve_stage(cast, review, "technical")
        reviews.request_changes(review=review, stage="compliance", rationale=ASKED_FOR, by=cast.compliance)
        page = page_of(review, cast.author)
        assert "Business Opens once it is submitted again" in page
        assert "Deployment Opens after business and compliance" in page


class TestTheReviewersSee:
    def test_that_nothing_has_changed(self, cast: Cast) -> None:
        review = handed_back(cast)
        reviews.submit(review=review, by=cast.author, unchanged=True)
        page = page_of(review, cast.business)
        assert "Round 2: nothing has changed since Business requested changes" in page
        assert "Author submitted the same evidence again." in page

    def test_what_has_changed_and_where_the_request_stands(self, cast: Cast) -> None:
        review = handed_back(cast)
        rewrite_card(cast, review)
        reviews.submit(review=review, by=cast.author)
        page = page_of(review, cast.business)
        assert "Round 2: 1 part changed since Business requested changes" in page
        assert "Model card , by Author" in page
        asked = review.decisions.get(stage="business")
        markup = signed_in(cast.business).get(reverse("approvals:review_detail", args=[review.pk])).content.decode()
        assert f'href="#decision-{asked.pk}"' in markup
        assert f'id="decision-{asked.pk}"' in markup
        assert "Business, round 1" in page

    def test_nothing_of_it_any_more_once_the_stage_that_asked_has_approved(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
        reviews.request_changes(review=review, stage="technical", rationale=ASKED_FOR, by=cast.technical)
        reviews.submit(review=review, by=cast.author, unchanged=True)
        builders.approve_stage(cast, review, "technical")
        assert "nothing has changed" not in page_of(review, cast.business)

    def test_each_message_with_its_round(self, cast: Cast) -> None:
        review = handed_back(cast)
        reviews.submit(review=review, by=cast.colleague, message="Written into the card.", unchanged=True)
        page = page_of(review, cast.business)
        assert "Round 2, now Written into the card." in page
        assert "Round 1, over Ready for a look." in page
        assert page.index("Written into the card.") < page.index("Ready for a look.")

    def test_no_message_of_an_earlier_round_as_if_it_were_of_this_one(self, cast: Cast) -> None:
        review = handed_back(cast)
        again = reviews.submit(review=review, by=cast.author, unchanged=True)
        assert again.message == ""
        assert "Round 2, now" not in page_of(review, cast.business)

    def test_it_in_the_mail_and_in_the_ledger(self, cast: Cast) -> None:
        review = handed_back(cast)
        outbox.deliver_due()
        mail.outbox.clear()
        reviews.submit(review=review, by=cast.author, unchanged=True)
        outbox.deliver_due()
        (told,) = mail.outbox
        assert told.to == ["business@example.org"]
        assert "for round 2. Nothing has changed since Business requested changes." in told.body
        assert Event.objects.filter(kind="approvals.review.submitted").latest("pk").facts["changed"] == []


class TestAnEarlierNo:
    """What was asked for outlives the review that it was asked for in, until somebody decides the stage anew."""

    def withdrawn(self, cast: Cast) -> Review:
        review = handed_back(cast)
        return reviews.withdraw(review=review, by=cast.author)

    def rejected(self, cast: Cast) -> Review:
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        reviews.reject(review=review, stage="technical", rationale="It guesses.", by=cast.technical)
        return Review.objects.get(pk=review.pk)

    def asking_page(self, review: Review, reader: Person) -> str:
        version = review.version
        url = reverse("approvals:review_open", args=[version.model.name, version.number])
        return " ".join(re.sub(r"<[^>]+>", " ", signed_in(reader).get(url).content.decode()).split())

    def detail(self, review: Review, stage: str) -> str:
        answer = gates.ask(facts.of(review.version), "production")
        return next(each.detail for each in answer.requirements if each.code == f"{stage}-approval")

    def test_a_request_is_shown_where_it_is_asked_again_in_the_draft_and_in_the_review(self, cast: Cast) -> None:
        first = self.withdrawn(cast)
        said = "Business requested changes in an earlier review"
        page = self.asking_page(first, cast.author)
        assert said in page and ASKED_FOR in page and "Nothing has changed since." in page
        assert f"R-{first.pk} , which was then withdrawn" in page
        draft = reviews.open_draft(version=first.version, by=cast.author)
        top = page_of(draft, cast.author).partition("Evidence against thresholds")[0]
        assert said in top and ASKED_FOR in top
        rewrite_card(cast, draft)
        asked = reviews.submit(review=draft, by=cast.author)
        top = page_of(asked, cast.business).partition("Evidence against thresholds")[0]
        assert said in top and "Changed since then: Model card , by Author" in top
        assert Event.objects.filter(kind="approvals.review.submitted").latest("pk").facts["changed"] == ["card"]

    def test_the_version_s_page_says_it_beside_the_stage(self, cast: Cast) -> None:
        first = self.withdrawn(cast)
        said = f"Business requested changes in R-{first.pk}, an earlier review, on "
        assert self.detail(first, "business").startswith(said)
        assert self.detail(first, "business").endswith(". Nothing has changed since")
        reviews.open_draft(version=first.version, by=cast.author)
        assert self.detail(first, "business").startswith(said)
        assert self.detail(first, "technical") == "The review is a draft"

    def test_until_the_stage_is_decided_anew(self, cast: Cast) -> None:
        first = self.withdrawn(cast)
        second = builders.ask_for_review(cast, first.version)
        builders.approve_stage(cast, second, "technical")
        assert facts.of(first.version).earlier_no.stage == "business"
        reviews.request_changes(review=second, stage="business", rationale="Say more.", by=cast.business)
        known = facts.of(first.version)
        assert known.earlier_no is None and known.requested_changes.review_id == second.pk
        assert "in an earlier review" not in page_of(second, cast.author)

    def test_a_review_that_was_taken_back_undecided_answers_nothing(self, cast: Cast) -> None:
        first = self.withdrawn(cast)
        reviews.discard(review=reviews.open_draft(version=first.version, by=cast.author), by=cast.author)
        reviews.withdraw(review=builders.ask_for_review(cast, first.version), by=cast.author)
        assert facts.of(first.version).earlier_no.review_id == first.pk

    def test_what_was_answered_in_the_same_review_is_no_more_said(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        reviews.request_changes(review=review, stage="technical", rationale=ASKED_FOR, by=cast.technical)
        reviews.submit(review=review, by=cast.author, unchanged=True)
        builders.approve_stage(cast, review, "technical")
        reviews.withdraw(review=Review.objects.get(pk=review.pk), by=cast.author)
        assert facts.of(review.version).earlier_no is None

    def test_an_approval_of_the_whole_answers_it_even_once_it_is_revoked(self, cast: Cast) -> None:
        first = builders.ask_for_review(cast, builders.ready_version(cast))
        reviews.request_changes(review=first, stage="technical", rationale=ASKED_FOR, by=cast.technical)
        reviews.withdraw(review=Review.objects.get(pk=first.pk), by=cast.author)
        second = builders.ask_for_review(cast, first.version)
        builders.approve_stage(cast, second, "technical")
        stops.revoke(review=Review.objects.get(pk=second.pk), reason="It drifts.", by=cast.compliance)
        assert facts.of(first.version).earlier_no is None

    def test_a_rejection_is_said_on_top_and_that_nothing_has_changed(self, cast: Cast) -> None:
        first = self.rejected(cast)
        assert self.detail(first, "technical").startswith("Technical rejected it on ")
        assert "Rejected on" in self.asking_page(first, cast.author)
        second = builders.ask_for_review(cast, first.version)
        top = page_of(second, cast.technical).partition("Evidence against thresholds")[0]
        assert "by Technical" in top and "It guesses." in top and "Nothing has changed since." in top

    @pytest.mark.parametrize("ended", ["withdrawn", "rejected"])
    def test_asking_the_same_once_more_takes_a_word_why(self, cast: Cast, ended: str) -> None:
        first = getattr(self, ended)(cast)
        assert "Say why it should be decided anew, as nothing has changed." in self.asking_page(first, cast.author)
        for message in ("", " \n"):
            with pytest.raises(Exception) as refusal:
                reviews.ask(version=first.version, by=cast.author, message=message)
            assert refusals.codes(refusal.value) == ["no-not-answered"]
        draft = reviews.open_draft(version=first.version, by=cast.author)
        assert "Message to the reviewers Say why it should be decided anew" in page_of(draft, cast.author)
        assert submit(draft, cast.author) == 422
        assert submit(draft, cast.author, message="It was about another version.") == 302

    def test_with_a_change_it_takes_none(self, cast: Cast) -> None:
        first = self.rejected(cast)
        rewrite_card(cast, first)
        assert reviews.ask(version=first.version, by=cast.author).round == 1

    def test_the_reviewers_mail_says_it(self, cast: Cast) -> None:
        first = self.rejected(cast)
        outbox.deliver_due()
        mail.outbox.clear()
        builders.ask_for_review(cast, first.version)
        outbox.deliver_due()
        (told,) = mail.outbox
        assert f"Nothing has changed since Technical rejected it in R-{first.pk}." in told.body
        assert "submitted again" not in told.body


class TestTicket:
    ADDRESS = "https://tickets.example.org/browse/RISK-12"

    def test_it_is_shown_and_told_and_stays_with_the_review(self, cast: Cast) -> None:
        version = builders.ready_version(cast)
        browser = signed_in(cast.author)
        address = reverse("approvals:review_open", args=[version.model.name, version.number])
        browser.post(address, {"message": "Ready.", "ticket_url": self.ADDRESS})
        review = Review.objects.get()
        page = signed_in(cast.technical).get(reverse("approvals:review_detail", args=[review.pk])).content.decode()
        assert f'<a href="{self.ADDRESS}" rel="noopener noreferrer">{self.ADDRESS}</a>' in page
        reviews.request_changes(review=review, stage="technical", rationale="Say more.", by=cast.technical)
        told = Event.objects.filter(kind__startswith="approvals.review.").order_by("pk")
        assert {event.facts["ticket"] for event in told} == {self.ADDRESS}
        again = browser.get(reverse("approvals:review_detail", args=[review.pk])).content.decode()
        assert f'value="{self.ADDRESS}"' in again

    @pytest.mark.parametrize("wrong", ["javascript:alert(1)", "ftp://example.org/1"])
    def test_only_the_address_of_a_page_is_one(self, cast: Cast, wrong: str) -> None:
        version = builders.ready_version(cast)
        address = reverse("approvals:review_open", args=[version.model.name, version.number])
        assert signed_in(cast.author).post(address, {"ticket_url": wrong}).status_code == 422
        assert not Review.objects.exists()
