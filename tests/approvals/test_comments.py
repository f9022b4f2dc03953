"""Comments on a review: written and never changed, at a place, and told to those whom they concern."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from approvals import duties, mentions, places, threads
from approvals import facts as version_facts
from approvals.actions import comments
from approvals.models import Comment, CommentMention, Review
from approvals.places import Place
from approvals.rules import comments as rules
from audit.models import Event, OutboxMessage
from registry.actions import people, sign_in
from registry.models import Person
from tests import builders
from tests.builders import Cast
from tests.registry.pages import signed_in
from tests.statements import counted, statements
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

WHOLE, FAIRNESS, ACCURACY = places.WHOLE, Place("section", "fairness"), Place("metric", "accuracy")


def asked(cast: Cast) -> Review:
    return builders.ask_for_review(cast, builders.ready_version(cast))


def thread_of(cast: Cast, text: str = "Why did the gap grow?", **changes: Any) -> Comment:
    given = {"place": FAIRNESS, "by": cast.technical} | changes
    review = given.pop("review", None) or asked(cast)
    return comments.write(review=review, text=text, **given)


def refused(act: Any, **asked_for: Any) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        act(**asked_for)
    return [each.code for each in as_list(refusal.value)]


def as_list(error: ValidationError) -> list[ValidationError]:
    return (
        [each for found in error.error_dict.values() for each in found]
        if hasattr(error, "error_dict")
        else error.error_list
    )


def told() -> dict[str, str]:
    """Who got which subject; a second mail to anybody would show as a missing one."""
    mails = [message.payload for message in OutboxMessage.objects.filter(sink="mail")]
    found = {Person.objects.get(pk=mail["person"]).email: mail["subject"] for mail in mails}
    assert len(found) == len(mails), mails
    OutboxMessage.objects.all().delete()
    return found


class TestWriting:
    def test_it_stands_at_its_place_with_what_stood_there(self, cast: Cast) -> None:
        thread = thread_of(cast)
        assert (thread.place, thread.about, thread.written_by) == ("section", "fairness", cast.technical)
        assert thread.digest and thread.resolved_at is None
        event = Event.objects.get(kind="approvals.comment.written")
        assert event.reason == "Why did the gap grow?"
        assert event.facts["place"] == "Model card: Fairness"
        assert event.subject == f"registry.modelversion:{thread.review.version_id}"
        assert event.stream == f"registry.aimodel:{thread.review.version.model_id}"  # so it is in the model's evidence

    @pytest.mark.parametrize("place", [WHOLE, FAIRNESS, ACCURACY])
    def test_the_digest_tells_whether_it_has_changed(self, cast: Cast, place: Place) -> None:
        thread = thread_of(cast, place=place)
        version = thread.review.version
        assert places.digest(version_facts.of(version), place) == thread.digest
        builders.write_card(cast, version, seen_revision=1, fairness="We looked again.")
        builders.attach_evaluation(cast, version, figures={"accuracy": "0.77"})
        changed = places.digest(version_facts.of(version), place) != thread.digest
        assert changed is (place != WHOLE)

    def test_of_figures_those_that_the_version_has(self, cast: Cast) -> None:
        """The policy of the tier asks for more, and for other tasks than the model's."""
        version = builders.ready_version(cast)
        found = [place.about for place in places.of(version_facts.of(version))["metric"]]
        assert found == ["accuracy", "false_positive_rate", "recall", "roc_auc"]

    @pytest.mark.parametrize(
        "place", [Place("section", "no-such"), Place("metric", "no-such"), Place("nonsense"), Place("review", "x")]
    )
    def test_there_is_no_other_place(self, cast: Cast, place: Place) -> None:
        assert refused(comments.write, review=asked(cast), place=place, text="Here.", by=cast.technical) == [
            "unknown-place"
        ]
        assert not Comment.objects.exists()

    def test_not_when_the_review_is_over(self, cast: Cast) -> None:
        review = Review.objects.get(version=builders.approved_version(cast))
        assert refused(comments.write, review=review, place=WHOLE, text="Late.", by=cast.technical) == ["review-closed"]

    @pytest.mark.parametrize("who", ["author", "technical", "business", "auditor", "admin"])
    def test_whoever_reads_the_review_may(self, cast: Cast, who: str) -> None:
        assert thread_of(cast, by=getattr(cast, who)).written_by == getattr(cast, who)

    def test_a_stranger_may_not(self, cast: Cast) -> None:
        thread = thread_of(cast)
        for act in (
            lambda: comments.write(review=thread.review, place=WHOLE, text="Hm.", by=cast.stranger),
            lambda: comments.answer(thread=thread, text="Hm.", by=cast.stranger),
            lambda: comments.resolve(thread=thread, by=cast.stranger),
            lambda: comments.reopen(thread=thread, by=cast.stranger),
        ):
            with pytest.raises(PermissionDenied):
                act()
        assert Comment.objects.count() == 1

    def test_nor_somebody_whose_account_is_closed(self, cast: Cast) -> None:
        review = asked(cast)
        people.deactivate(person=cast.technical, reason="Left.", by=cast.admin)
        with pytest.raises(PermissionDenied):
            thread_of(cast, review=review)

    def test_nor_a_machine(self, cast: Cast) -> None:
        thread = thread_of(cast)
        for by in (builders.with_token(cast.technical, "read", "register"), cast.pipeline):
            assert refused(comments.write, review=thread.review, place=WHOLE, text="Beep.", by=by) == [
                "person-required"
            ]
            assert refused(comments.answer, thread=thread, text="Beep.", by=by) == ["person-required"]
            assert refused(comments.resolve, thread=thread, by=by) == ["person-required"]


class TestThreads:
    def test_answers_belong_to_the_first_and_have_no_state(self, cast: Cast) -> None:
        thread = thread_of(cast)
        answer = comments.answer(thread=thread, text="A new device.", by=cast.author)
        assert (answer.answers, answer.review, answer.place, answer.digest) == (thread, thread.review, "", "")
        assert refused(comments.answer, thread=answer, text="Again.", by=cast.technical) == ["answer-to-an-answer"]
        assert refused(comments.resolve, thread=answer, by=cast.technical) == ["not-a-thread"]
        assert refused(comments.reopen, thread=answer, by=cast.technical) == ["not-a-thread"]

    def test_resolved_and_reopened_each_an_event(self, cast: Cast) -> None:
        thread = thread_of(cast)
        assert refused(comments.reopen, thread=thread, by=cast.author) == ["comment-open"]
        resolved = comments.resolve(thread=thread, by=cast.author)
        assert resolved.resolved_by == cast.author
        assert refused(comments.resolve, thread=thread, by=cast.author) == ["comment-resolved"]
        assert refused(comments.answer, thread=thread, text="And yet.", by=cast.author) == ["comment-resolved"]
        reopened = comments.reopen(thread=thread, by=cast.technical)
        assert (reopened.resolved_by, reopened.resolved_at) == (None, None)
        kinds = Event.objects.filter(kind__startswith="approvals.comment").order_by("pk").values_list("kind", flat=True)
        assert [kind for kind in kinds if not kind.endswith("refused")] == [
            "approvals.comment.written",
            "approvals.comment.resolved",
            "approvals.comment.reopened",
        ]

    def test_after_the_review_threads_are_answered_and_resolved_but_not_reopened(self, cast: Cast) -> None:
        thread = thread_of(cast)
        builders.approve_stage(cast, thread.review, "technical")
        comments.answer(thread=thread, text="As you say.", by=cast.author)
        comments.resolve(thread=thread, by=cast.author)
        assert refused(comments.reopen, thread=thread, by=cast.author) == ["review-closed"]

    def test_a_thread_takes_so_many_answers(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "MOST_ANSWERS", 1)
        thread = thread_of(cast)
        comments.answer(thread=thread, text="One.", by=cast.author)
        assert refused(comments.answer, thread=thread, text="Two.", by=cast.author) == ["too-many-answers"]

    @pytest.mark.parametrize(
        "change",
        [
            "resolved_at = written_at",
            "resolved_by_id = written_by_id",
            "text = ''",
            "place = '', about = '', digest = ''",
            "place = 'review'",
            "place = 'nonsense'",
        ],
    )
    def test_the_database_knows_a_thread(self, cast: Cast, change: str) -> None:
        self._refuses(change, thread_of(cast))

    @pytest.mark.parametrize(
        "change", ["resolved_at = written_at, resolved_by_id = written_by_id", "place = 'review'", "about = 'fairness'"]
    )
    def test_and_an_answer(self, cast: Cast, change: str) -> None:
        self._refuses(change, comments.answer(thread=thread_of(cast), text="So.", by=cast.author))

    def _refuses(self, change: str, comment: Comment) -> None:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE approvals_comment SET {change} WHERE id = %s", [comment.pk])


class TestMentions:
    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("@technical, is that so?", ["technical"]),
            ("Ask @Mei.Tanaka. Or (@jonas_l)!", ["mei.tanaka.", "jonas_l"]),
            ("@a @a @b", ["a", "b"]),
            ("ada@example.org and https://x.org/@ada and a/@ada", []),
            ("`@property` is a word of Python", []),
            ("`a` @b `c`", ["b"]),
            ("``@a ` @b`` @c", ["c"]),
            ("```\n@a\n```\n@b", ["b"]),
            ("~~~\n@a\n~~~", []),
            ("> - ```\n>   @a\n>   ```\n\n@b", ["b"]),
            ("```\n@a is never closed", []),
            ("`one\n@a` of two lines", []),
            ("`@a is no code", ["a"]),
            ("``@a` is none either", ["a"]),
            ("`@a\n\nends with its paragraph, @b`", ["a", "b"]),
            (r"\`@a`", ["a"]),
            ("    @a is moved in", ["a"]),
            ("one\n@a\r\n@b", ["a", "b"]),
            ("[@a]: look", ["a"]),
            ("@ alone, @@twice, @ada@example.org", []),
            ("", []),
        ],
    )
    def test_what_calls_somebody(self, text: str, names: list[str]) -> None:
        assert mentions.names_in(text) == names

    def test_it_is_kept_as_rows(self, cast: Cast) -> None:
        thread = thread_of(cast, "@business. and @Compliance: look, @technical too")
        called = CommentMention.objects.filter(comment=thread)
        assert {each.person for each in called} == {cast.business, cast.compliance}
        event = Event.objects.get(kind="approvals.comment.written")
        assert event.facts["mentioned"] == sorted(str(each.pk) for each in (cast.business, cast.compliance))

    def test_whoever_may_not_read_it_any_more_is_let_in_by_no_mention(self, cast: Cast) -> None:
        thread = thread_of(cast, "@business, look")
        people.revoke_role(person=cast.business, role="business-reviewer", by=cast.admin)
        client = signed_in(cast.business)
        assert client.get(review_page(thread.review)).status_code == 403
        answer = reverse("approvals:comment_answer", args=[thread.pk])
        assert client.post(answer, {"text": "I see."}).status_code == 403
        assert CommentMention.objects.get().person == cast.business

    @pytest.mark.parametrize("name", ["stranger", "pipeline", "nobody", "gatehouse"])
    def test_whoever_may_not_read_it_cannot_be_called(self, cast: Cast, name: str) -> None:
        with pytest.raises(ValidationError) as refusal:
            thread_of(cast, f"@{name} look, and @business.")
        assert [each.code for each in refusal.value.error_dict["text"]] == ["unknown-mention"]
        assert f"@{name}." in refusal.value.messages[0] and "business" not in refusal.value.messages[0]
        assert not Comment.objects.exists()
        assert not any("mentions you" in subject for subject in told().values())

    def test_nor_whose_account_is_closed(self, cast: Cast) -> None:
        people.deactivate(person=cast.business, reason="Left.", by=cast.admin)
        assert refused(thread_of, cast=cast, text="@business?") == ["unknown-mention"]

    def test_only_so_many(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "MOST_MENTIONED", 1)
        assert refused(thread_of, cast=cast, text="@business @compliance") == ["too-many-mentions"]

    def test_twenty_cost_what_one_does(self, cast: Cast) -> None:
        review = asked(cast)
        names = [builders.build_person(f"reader-{number}", "auditor").username for number in range(20)]
        for name in names[10:]:
            sign_in.choose_mail(is_daily=True, by=Person.objects.get(username=name))
        thread_of(cast, f"@{names[-2]}", review=review)  # what the first of its kind writes besides
        costs = [
            counted(lambda called=called: thread_of(cast, " ".join(called), review=review))
            for called in ([f"@{names[-1]}"], [f"@{name}" for name in names])
        ]
        assert len(costs[0]) == len(costs[1]), costs[1]
        assert CommentMention.objects.count() == 22
        assert OutboxMessage.objects.filter(payload__subject__startswith="Technical mentions you").count() == 22


class TestWhoIsTold:
    def test_those_called_those_in_the_thread_and_who_asked_each_once(self, cast: Cast) -> None:
        review = asked(cast)
        told()
        thread = thread_of(cast, "@business and @author, look", review=review)
        label = str(review.version)
        calls = f"Technical mentions you in the review of {label}"
        assert told() == {"business@example.org": calls, "author@example.org": calls}
        comments.answer(thread=thread, text="Because of @compliance", by=cast.author)
        assert told() == {
            "compliance@example.org": f"Author mentions you in the review of {label}",
            "technical@example.org": f"Author answers a comment in the review of {label}",
        }
        comments.answer(thread=thread, text="I see.", by=cast.business)
        says = f"Business answers a comment in the review of {label}"
        assert told() == {"technical@example.org": says, "author@example.org": says}

    def test_the_mail_leads_to_the_comment(self, cast: Cast) -> None:
        thread = thread_of(cast, "Is <b> & “that” so?")
        mail = OutboxMessage.objects.get(payload__subject__startswith="Technical comments").payload
        assert f"/reviews/{thread.review_id}/?comment={thread.pk}#comment-{thread.pk}" in mail["text"]
        assert "Is <b> & “that” so?" in mail["text"] and "Model card: Fairness" in mail["text"]

    def test_nobody_who_may_not_read_it_any_more(self, cast: Cast) -> None:
        thread = thread_of(cast, by=cast.business)
        people.revoke_role(person=cast.business, role="business-reviewer", by=cast.admin)
        told()
        comments.answer(thread=thread, text="So it is.", by=cast.technical)
        assert list(told()) == ["author@example.org"]

    def test_a_refused_comment_tells_nobody(self, cast: Cast) -> None:
        review = asked(cast)
        told()
        assert refused(thread_of, cast=cast, review=review, text="@nobody and @business") == ["unknown-mention"]
        assert told() == {}


class TestMyWork:
    def mentioned(self, person: Person) -> list[int]:
        return [each.comment for each in duties.of(Person.objects.get(pk=person.pk)).mentions]

    def test_until_they_answer(self, cast: Cast) -> None:
        thread = thread_of(cast, "@business?")
        assert self.mentioned(cast.business) == [thread.pk]
        assert self.mentioned(cast.compliance) == self.mentioned(cast.technical) == []
        comments.answer(thread=thread, text="Let us see.", by=cast.author)
        assert self.mentioned(cast.business) == [thread.pk]
        comments.answer(thread=thread, text="Yes.", by=cast.business)
        assert self.mentioned(cast.business) == []
        again = comments.answer(thread=thread, text="@business, why?", by=cast.technical)
        assert self.mentioned(cast.business) == [again.pk]

    def test_or_the_thread_is_resolved(self, cast: Cast) -> None:
        thread = thread_of(cast, "@business?")
        comments.answer(thread=thread, text="@business @compliance!", by=cast.author)
        assert len(self.mentioned(cast.business)) == len(self.mentioned(cast.compliance)) == 1
        comments.resolve(thread=thread, by=cast.author)
        assert self.mentioned(cast.business) == self.mentioned(cast.compliance) == []
        comments.reopen(thread=thread, by=cast.author)
        assert len(self.mentioned(cast.compliance)) == 1

    def test_one_row_a_thread(self, cast: Cast) -> None:
        thread = thread_of(cast, "@business?")
        later = comments.answer(thread=thread, text="@business!", by=cast.technical)
        assert self.mentioned(cast.business) == [later.pk]


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_everybody_is_busy_with(cast: Cast) -> None:
    """Nobody waits for somebody who waits for them: each is done or told why not."""
    review = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
    thread = thread_of(cast, review=review)
    failures = at_once(
        [
            lambda: comments.resolve(thread=thread, by=cast.technical),
            lambda: comments.reopen(thread=thread, by=cast.business),
            lambda: comments.answer(thread=thread, text="@business, wait.", by=cast.author),
            lambda: comments.answer(thread=thread, text="@author, so be it.", by=cast.compliance),
            lambda: comments.write(review=review, place=WHOLE, text="And @compliance?", by=cast.business),
            lambda: builders.approve_stage(cast, review, "technical"),
        ]
    )
    allowed = {"comment-open", "comment-resolved"}
    assert {each.code for failure in failures for each in as_list(failure)} <= allowed
    assert Comment.objects.threads().count() == 2
    assert review.decisions.count() == 1


@pytest.mark.django_db(transaction=True)
def test_resolving_and_answering_in_the_same_second(cast: Cast) -> None:
    """Either the answer came first, or it is told that the thread is resolved."""
    for _ in range(3):
        thread = thread_of(cast, place=WHOLE)
        failures = at_once(
            [
                lambda thread=thread: comments.resolve(thread=thread, by=cast.technical),
                lambda thread=thread: comments.answer(thread=thread, text="Wait.", by=cast.author),
            ]
        )
        thread.refresh_from_db()
        assert thread.resolved_at is not None
        assert thread.answered.count() + len(failures) == 1
        assert [each.code for failure in failures for each in as_list(failure)] in ([], ["comment-resolved"])


def text_in(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def review_page(review: Review, query: str = "") -> str:
    return reverse("approvals:review_detail", args=[review.pk]) + query


class TestPages:
    def test_from_the_link_beside_a_section_to_the_answer_and_the_end(self, cast: Cast) -> None:
        review = asked(cast)
        technical, author = signed_in(cast.technical), signed_in(cast.author)
        page = technical.get(review_page(review)).content.decode()
        assert "Nobody has commented yet." in page
        link = review_page(review, "?at=section%3Afairness#comment-form")
        assert link in page and review_page(review, "?at=metric%3Aaccuracy#comment-form") in page
        begun = technical.get(review_page(review, "?at=section%3Afairness")).content.decode()
        assert '<option value="section:fairness" selected>' in begun
        address = reverse("approvals:review_comment", args=[review.pk])
        body = {"place": "section:fairness", "text": "Why, @author?"}
        written = technical.post(address, body)
        thread = Comment.objects.get()
        assert written["Location"] == review_page(review, f"?comment={thread.pk}#comment-{thread.pk}")
        assert "You are mentioned" in author.get("/").content.decode()
        page = author.get(review_page(review)).content.decode()
        assert "Model card: Fairness, to Author" in text_in(page) and f'id="comment-{thread.pk}"' in page
        assert page.count("1 open comment") == 2  # on the section, and beside its link
        author.post(reverse("approvals:comment_answer", args=[thread.pk]), {"text": "A new device."})
        assert "You are mentioned" not in author.get("/").content.decode()
        assert "1 comment is open." in text_in(technical.get(review_page(review)).content.decode())
        technical.post(reverse("approvals:comment_resolve", args=[thread.pk]))
        page = technical.get(review_page(review)).content.decode()
        assert "No comment is open." in page and "1 resolved comment" in page and "1 comment is open" not in page
        assert page.count('<details class="comment__more">') == 1
        asked_for = technical.get(review_page(review, f"?comment={Comment.objects.latest('pk').pk}")).content.decode()
        assert '<details class="comment__more" open>' in asked_for
        author.post(reverse("approvals:comment_reopen", args=[thread.pk]))
        assert Comment.objects.open().get() == thread

    def test_what_is_written_is_text_and_nothing_else(self, cast: Cast) -> None:
        thread = thread_of(cast, "<script>alert(1)</script>\n\n**so**")
        page = signed_in(cast.author).get(review_page(thread.review)).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script>alert(1)" not in page

    def test_a_refused_one_keeps_what_was_typed(self, cast: Cast) -> None:
        review = asked(cast)
        client = signed_in(cast.technical)
        body = {"place": "metric:accuracy", "text": "Is it so, @stranger?"}
        answer = client.post(reverse("approvals:review_comment", args=[review.pk]), body)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "has the user name @stranger" in page and "Is it so, @stranger?" in page
        assert '<option value="metric:accuracy" selected>' in page

    def test_so_does_an_answer_that_came_too_late(self, cast: Cast) -> None:
        thread = thread_of(cast)
        comments.resolve(thread=thread, by=cast.technical)
        answer = signed_in(cast.author).post(
            reverse("approvals:comment_answer", args=[thread.pk]), {"text": "But wait."}
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "This comment is resolved. Reopen it to go on." in page and "But wait.</textarea>" in page

    def test_nobody_writes_in_the_name_of_another(self, cast: Cast) -> None:
        review = asked(cast)
        body = {
            "place": "review",
            "text": "Mine.",
            "written_by": str(cast.author.pk),
            "by": str(cast.author.pk),
            "resolved_by": str(cast.author.pk),
        }
        signed_in(cast.technical).post(reverse("approvals:review_comment", args=[review.pk]), body)
        found = Comment.objects.get()
        assert (found.written_by, found.resolved_by) == (cast.technical, None)

    def test_a_stranger_finds_nothing(self, cast: Cast) -> None:
        thread = thread_of(cast)
        client = signed_in(cast.stranger)
        for address in (
            reverse("approvals:review_comment", args=[thread.review_id]),
            *(reverse(f"approvals:comment_{verb}", args=[thread.pk]) for verb in ("answer", "resolve", "reopen")),
        ):
            assert client.post(address, {"place": "review", "text": "Hm."}).status_code in {403, 404}
        assert Comment.objects.count() == 1 and Comment.objects.open().count() == 1

    def test_a_refused_button_says_why(self, cast: Cast) -> None:
        thread = thread_of(cast)
        comments.resolve(thread=thread, by=cast.technical)
        said = signed_in(cast.author).post(reverse("approvals:comment_resolve", args=[thread.pk]), follow=True)
        assert "This comment is resolved already." in said.content.decode()

    def test_about_offers_what_the_version_has_and_a_comment_outlives_its_figure(self, cast: Cast) -> None:
        thread = thread_of(cast, place=ACCURACY)
        client = signed_in(cast.technical)
        page = client.get(review_page(thread.review)).content.decode()
        assert '<option value="metric:accuracy">' in page and '<option value="metric:mae">' not in page
        for purpose in ("staging", "production"):
            builders.attach_evaluation(cast, thread.review.version, purpose, figures={"log_loss": "0.3"})
        page = client.get(review_page(thread.review)).content.decode()
        assert '<option value="metric:log_loss">' in page and '<option value="metric:accuracy">' not in page
        assert "Figures: Accuracy" in text_in(page) and "Why did the gap grow?" in page
        assert "?at=metric%3Aaccuracy" not in page  # though the policy asks for it, and it is not measured

    def test_a_changed_section_is_marked(self, cast: Cast) -> None:
        thread = thread_of(cast)
        client = signed_in(cast.technical)
        assert "Changed since" not in client.get(review_page(thread.review)).content.decode()
        builders.write_card(cast, thread.review.version, seen_revision=1, fairness="We looked again.")
        assert "Changed since" in client.get(review_page(thread.review)).content.decode()

    def test_a_review_that_is_over_takes_no_more(self, cast: Cast) -> None:
        thread = thread_of(cast)
        builders.approve_stage(cast, thread.review, "technical")
        page = signed_in(cast.author).get(review_page(thread.review)).content.decode()
        assert 'id="comment-form"' not in page and "?at=" not in page
        assert reverse("approvals:comment_resolve", args=[thread.pk]) in page

    def test_many_threads_make_pages_and_the_one_asked_for_is_on_the_first(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(threads, "ROWS", 2)
        review = asked(cast)
        first, *_, last = [thread_of(cast, str(number), review=review, place=WHOLE) for number in range(5)]
        client = signed_in(cast.author)

        def shown(query: str) -> list[int]:
            page = client.get(review_page(review, query)).context["threads"]
            return [each.id for each in [*page.open, *page.resolved]]

        assert shown("") == [first.pk, first.pk + 1]
        assert shown("?comments=3") == [last.pk]
        assert shown("?comments=99") == shown("?comments=4") == []
        assert shown("?comments=nonsense") == shown("")
        assert shown(f"?comment={last.pk}") == [last.pk, first.pk]
        answer = comments.answer(thread=last, text="So.", by=cast.author)
        assert shown(f"?comment={answer.pk}")[0] == last.pk
        following = client.get(review_page(review)).context["threads"].next_url
        assert shown(following.partition("#")[0]) == [first.pk + 2, first.pk + 3]
        comments.resolve(thread=first, by=cast.author)
        assert shown("")[0] == first.pk + 1 and shown("?comments=3") == [first.pk]

    def test_it_costs_the_same_for_none_and_for_many(self, cast: Cast) -> None:
        review = asked(cast)
        client = signed_in(cast.technical)
        url = review_page(review)
        client.get(url)
        none = statements(client, url)
        for number in range(4):
            thread = thread_of(cast, f"{number} @business @author", review=review)
            for _ in range(3):
                comments.answer(thread=thread, text="@compliance", by=cast.author)
        comments.resolve(thread=thread, by=cast.author)
        assert statements(client, url) == none <= 13
