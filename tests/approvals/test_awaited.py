"""The index of what awaits a decision says what the rules say, whatever changed; and it is mended where it does not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from approvals import awaited, rights, tasks
from approvals import facts as version_facts
from approvals.actions import reviews
from approvals.models import AwaitedStage, Review
from approvals.waiting import awaited_by, stages_waiting
from audit import migrating
from registry.actions import people
from registry.models import ModelVersion, Person
from tests import builders, policies, stories
from tests.builders import Cast

pytestmark = pytest.mark.django_db


def index() -> set[tuple[int, str]]:
    return set(AwaitedStage.objects.values_list("review", "stage"))


def by_the_rules() -> set[tuple[int, str]]:
    """Asked of every version anew."""
    in_review = Review.objects.filter(status=Review.Status.IN_REVIEW)
    found = version_facts.load(ModelVersion.objects.filter(pk__in=in_review.values("version")))
    return {
        (facts.open_review.id, stage.stage)
        for facts in found
        for stage in facts.stages
        if facts.is_open(stage) and not facts.is_approved(stage.stage)
    }


def asked(cast: Cast, *approved: str) -> Review:
    review = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
    for stage in approved:
        builders.approve_stage(cast, review, stage)
    return review


CHANGES: dict[str, Callable[[Cast], object]] = {
    "a draft": lambda cast: reviews.open_draft(version=builders.ready_version(cast), by=cast.author),
    "asked": asked,
    "approved in part": lambda cast: asked(cast, "technical", "business"),
    "approved": lambda cast: asked(cast, "technical", "business", "compliance", "deployment"),
    "withdrawn": lambda cast: reviews.withdraw(review=asked(cast, "technical"), by=cast.author),
    "changes requested": lambda cast: reviews.request_changes(
        review=asked(cast), stage="technical", rationale="Say more.", by=cast.technical
    ),
    "rejected": lambda cast: reviews.reject(
        review=asked(cast), stage="technical", rationale="It harms.", by=cast.technical
    ),
    "submitted again": lambda cast: submitted_again(cast),
    "other evidence": lambda cast: builders.write_card(
        cast, asked(cast, "technical", "business").version, seen_revision=1, intended_use="Something else."
    ),
    "another evaluation": lambda cast: builders.attach_evaluation(cast, asked(cast, "technical").version),
    "everything": stories.everything_at_once,
    "another policy": lambda cast: published(cast),
    "one approval of two": lambda cast: approved_by_one_of_two(cast),
    "one stage for each person": lambda cast: approved_where_each_has_one_stage(cast),
}


def submitted_again(cast: Cast) -> Review:
    review = asked(cast, "technical")
    reviews.request_changes(review=review, stage="business", rationale="Not for this clinic.", by=cast.business)
    return reviews.submit(review=review, by=cast.author, unchanged=True)


def published(cast: Cast) -> None:
    """The release plan has changed since the technical approval, and counts for it from now on."""
    version = asked(cast, "technical").version
    builders.write_release_plan(cast, version, seen_revision=1, on_call="Somebody else")
    policies.published_stricter(cast, "high")


def approved_by_one_of_two(cast: Cast) -> None:
    builders.build_person("second", "technical-reviewer")
    first, *others = policies.terms_of("low").stages
    policies.published(cast, "low", stages=(replace(first, quorum=2), *others))
    builders.approve_stage(cast, builders.ask_for_review(cast, builders.ready_version(cast)), "technical")


def approved_where_each_has_one_stage(cast: Cast) -> None:
    policies.published(cast, "medium", is_one_stage_each=True)
    people.grant_role(person=cast.technical, role="business-reviewer", decides="business", by=Person.objects.system())
    review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    builders.approve_stage(cast, review, "technical")


@pytest.mark.parametrize("change", CHANGES)
def test_the_index_says_what_the_rules_say(cast: Cast, change: str) -> None:
    CHANGES[change](cast)
    assert index() == by_the_rules()


@pytest.mark.engines
def test_for_everybody_it_is_what_deciding_asks(cast: Cast) -> None:
    """Who is barred stands in SQL as well as in the rules: asker, submitter, registrar, owner, maker of evidence, and
    who gave somebody the right."""
    system = Person.objects.system()
    for person in (cast.author, cast.colleague):
        people.grant_role(person=person, role="technical-reviewer", decides="technical", by=system)
    for change in CHANGES.values():
        change(cast)
    people.grant_role(person=cast.auditor, role="technical-reviewer", decides="technical", by=cast.admin)
    version = builders.ready_version(cast)
    builders.attach_evaluation(cast, version, by=cast.colleague)
    builders.ask_for_review(cast, version)
    found = version_facts.load(ModelVersion.objects.filter(reviews__status=Review.Status.IN_REVIEW))
    seen = 0
    for person in Person.objects.all():
        decided = rights.tiers_decided_by(person)
        waiting = {
            (facts.open_review.id, stage.stage) for facts in found for stage in stages_waiting(facts, person, decided)
        }
        assert set(awaited_by(person, decided).values_list("review", "stage")) == waiting, person
        seen += len(waiting)
    assert seen > 10


@pytest.mark.engines
def test_what_was_refused_leaves_the_index_alone(cast: Cast) -> None:
    review = asked(cast)
    before = index()
    with pytest.raises(RuntimeError), transaction.atomic():
        builders.approve_stage(cast, review, "technical")
        raise RuntimeError
    assert index() == before != set()


@pytest.mark.engines
def test_the_worker_mends_it_and_says_so(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    asked(cast, "technical")
    right = index()
    assert tasks.keep_awaited() == 0
    lost, closed = AwaitedStage.objects.earliest("pk"), asked(cast, "technical", "business", "compliance", "deployment")
    AwaitedStage.objects.create(review=closed, stage="technical", tier=lost.tier, submitted_at=lost.submitted_at)
    lost.delete()
    with caplog.at_level(logging.ERROR):
        assert tasks.keep_awaited() == 2
    assert index() == right
    assert "2 places" in caplog.text


def test_a_new_release_asks_the_rules_anew(cast: Cast) -> None:
    asked(cast)
    right = index()
    AwaitedStage.objects.all().delete()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert index() == right


def test_a_migrate_that_leaves_something_to_migrate_lays_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of another room may still be those of an older release."""
    asked(cast)
    AwaitedStage.objects.all().delete()
    monkeypatch.setattr(migrating, "is_migrated", lambda connection: False)
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert not AwaitedStage.objects.exists()


@pytest.mark.engines
def test_mending_the_index_locks_versions_only_in_the_order_of_their_keys(cast: Cast) -> None:
    """A model that is locked too, by somebody who then wants the version, makes two wait for each other."""
    asked(cast)
    AwaitedStage.objects.all().delete()
    with CaptureQueriesContext(connection) as captured:
        assert awaited.keep_all() == 1
    locking = [query["sql"] for query in captured if "FOR NO KEY UPDATE" in query["sql"]]
    assert len(locking) == (connection.vendor == "postgresql")
    for sql in locking:
        assert "JOIN" not in sql
        assert 'ORDER BY "registry_modelversion"."id"' in sql or "ORDER BY 1" in sql
