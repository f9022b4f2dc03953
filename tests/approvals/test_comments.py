"""Comments on a review: written and never changed, at a place, and told to those whom they concern."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction

from approvals import duties, mentions, places
from approvals import facts as version_facts
from approvals.actions import comments
from approvals.models import Comment, CommentMention, Review
from approvals.places import Place
from approvals.rules import comments as rules
from audit.models import Event, OutboxMessage
from registry.actions import people
from registry.models import Person
from tests import builders
from tests.builders import Cast
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
    found = {mail["to"][0]: mail["subject"] for mail in mails}
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

    @pytest.mark.parametrize("place", [WHOLE, FAIRNESS, ACCURACY])
    def test_the_digest_tells_whether_it_has_changed(self, cast: Cast, place: Place) -> None:
        thread = thread_of(cast, place=place)
        version = thread.review.version
        assert places.digest(version_facts.of(version), place) == thread.digest
        builders.write_card(cast, version, seen_revision=1, fairness="We looked again.")
        builders.attach_evaluation(cast, version, figures={"accuracy": "0.77"})
        changed = places.digest(version_facts.of(version), place) != thread.digest
        assert changed is (place != WHOLE)

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
            ("@ alone, @@twice, @ada@example.org", []),
            ("", []),
        ],
    )
    def test_what_calls_somebody(self, text: str, names: list[str]) -> None:
        assert mentions.names_in(text) == names

    def test_it_is_kept_as_rows_and_gives_nobody_any_right(self, cast: Cast) -> None:
        thread = thread_of(cast, "@business. and @Compliance: look, @technical too")
        called = CommentMention.objects.filter(comment=thread)
        assert {each.person for each in called} == {cast.business, cast.compliance}
        event = Event.objects.get(kind="approvals.comment.written")
        assert event.facts["mentioned"] == sorted(str(each.pk) for each in (cast.business, cast.compliance))

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
