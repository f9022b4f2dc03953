"""Two people press the same button in the same second: one is first, the other hears it, and nothing is half done.

Real transactions and real threads, through the doors: a page that both had open, or two pipelines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.messages import constants, get_messages
from django.urls import reverse

from approvals.actions import retirement
from audit import verify
from audit.models import Event
from registry.models import ModelVersion, Person
from tests import builders, callers
from tests.permissions import story
from tests.permissions.story import Story
from tests.permissions.table import Key
from tests.registry.pages import signed_in
from tests.threads import answers_at_once

#: The proof of the same name does this on every engine, many times.
pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 1
Press = Callable[[], Any]


@dataclass(frozen=True)
class Race:
    """Who presses what; `kinds` of events of which exactly one is written in each round."""

    presses: Callable[[Story, int], list[Press]]
    kinds: tuple[str, ...]


def page(person: Person, address: str, **body: Any) -> Press:
    client = signed_in(person)
    client.raise_request_exception = False
    return lambda: client.post(address, body)


def form(told: Story, person: Person, route: str, about: Any = None, **changes: Any) -> Press:
    """The form of this route with its honest body, about `about` where its address names something."""
    body = story.body_of(Key(route, "POST"), told) | changes
    if about is None:
        return page(person, reverse(route), **body)
    arguments = [about.model.name, about.number] if isinstance(about, ModelVersion) else [about.pk]
    return page(person, reverse(route, args=arguments), **body)


def both(make: Callable[[Person], Press], *by: Person) -> list[Press]:
    return [make(person) for person in by]


def twice_by_a_pipeline(told: Story, path: str, body: dict[str, Any]) -> list[Press]:
    jobs = [callers.caller(told.cast.pipeline) for _ in range(2)]
    return [lambda job=job: job.post(path, body) for job in jobs]


def a_model(told: Story, number: int) -> list[Press]:
    return both(
        lambda by: form(told, by, "registry:model_register", name=f"same-{number}"),
        told.cast.author,
        told.cast.colleague,
    )


def a_model_by_pipelines(told: Story, number: int) -> list[Press]:
    body = story.API_BODIES["register_model"](told) | {"name": f"piped-{number}"}
    return twice_by_a_pipeline(told, "/models", body)


def a_team(told: Story, number: int) -> list[Press]:
    name = f"Same team {number}"
    return both(lambda by: form(told, by, "governance:team_create", name=name), told.cast.admin, told.cast.superuser)


def a_person(told: Story, number: int) -> list[Press]:
    name = f"twin-{number}"
    return both(lambda by: form(told, by, "governance:person_add", username=name), told.cast.admin, told.cast.superuser)


def a_person_in_a_new_team(told: Story, number: int) -> list[Press]:
    return [
        form(told, by, "governance:person_add", username=f"{by.username}-{number}", new_team=f"Joint team {number}")
        for by in (told.cast.admin, told.cast.superuser)
    ]


def a_role(told: Story, number: int) -> list[Press]:
    person = builders.build_person(f"promoted-{number}", "")
    return both(
        lambda by: form(told, by, "governance:person_grant_role", person, role="technical-reviewer"),
        told.cast.admin,
        told.cast.superuser,
    )


def a_membership(told: Story, number: int) -> list[Press]:
    person = builders.build_person(f"joining-{number}", "")
    return both(lambda by: form(told, by, "governance:person_join_team", person), told.cast.admin, told.cast.superuser)


def a_token(told: Story, number: int) -> list[Press]:
    token = builders.with_token(told.cast.author, "read").token
    return both(lambda by: form(told, by, "governance:token_revoke", token), told.cast.author, told.cast.admin)


def a_use_case(told: Story, number: int) -> list[Press]:
    use_case = builders.build_use_case(told.cast, approved=False)
    return [
        page(by, reverse(f"registry:use_case_{verb}", args=[use_case.slug]), reason="Decided.")
        for by, verb in ((told.cast.business, "approve"), (told.cast.superuser, "reject"))
    ]


def a_card(told: Story, number: int) -> list[Press]:
    version = builders.build_version(told.cast)
    return both(
        lambda by: form(told, by, "registry:card_revise", version, seen_revision=0, overview=by.name),
        told.cast.author,
        told.cast.colleague,
    )


def a_card_of_two_rounds(told: Story, number: int) -> list[Press]:
    version = builders.build_version(told.cast)
    builders.write_card(told.cast, version)
    caller = callers.caller(told.cast.pipeline)
    path = f"/models/{version.model.name}/versions/{version.number}/card"
    return [
        form(told, told.cast.author, "registry:card_revise", version, seen_revision=1, overview="By hand"),
        lambda: caller.put(path, {"seen_revision": 1, "overview": "By the pipeline"}),
    ]


def a_release_plan(told: Story, number: int) -> list[Press]:
    version = builders.build_version(told.cast)
    return both(
        lambda by: form(told, by, "registry:release_plan_revise", version, seen_revision=0, steps=by.name),
        told.cast.author,
        told.cast.colleague,
    )


def a_consumer(told: Story, number: int) -> list[Press]:
    version = builders.build_version(told.cast)
    return both(lambda by: form(told, by, "registry:consumer_declare", version), told.cast.author, told.cast.colleague)


def a_review(told: Story, number: int) -> list[Press]:
    version = builders.ready_version(told.cast)
    return both(lambda by: form(told, by, "approvals:review_open", version), told.cast.author, told.cast.colleague)


def a_stage(told: Story, number: int) -> list[Press]:
    review = builders.ask_for_review(told.cast, builders.ready_version(told.cast))
    second = builders.build_person(f"second-{number}", "technical-reviewer")
    rows = {"conditions-TOTAL_FORMS": "0", "conditions-INITIAL_FORMS": "0"}
    return [
        page(by, reverse(f"approvals:review_{verb}", args=[review.pk]), stage="technical", rationale="So.", **rows)
        for by, verb in ((told.cast.technical, "approve"), (second, "reject"))
    ]


def a_deployment(told: Story, number: int) -> list[Press]:
    version = builders.approved_version(told.cast)
    second = builders.build_person(f"release-{number}", "release-manager")
    return both(lambda by: form(told, by, "approvals:deployment_record", version), told.cast.release, second)


def a_deployment_by_pipelines(told: Story, number: int) -> list[Press]:
    version = builders.approved_version(told.cast)
    path, body = f"/models/{version.model.name}/deployments", {"version": version.number, "environment": "staging"}
    return twice_by_a_pipeline(told, path, body)


def the_end_of_a_deployment(told: Story, number: int) -> list[Press]:
    version = builders.deployed_version(told.cast, environment="staging")
    deployment = version.deployments.get(ended_at=None)
    second = builders.build_person(f"ender-{number}", "release-manager")
    return both(lambda by: form(told, by, "approvals:deployment_end", deployment), told.cast.release, second)


def a_retirement(told: Story, number: int) -> list[Press]:
    version = builders.build_version(told.cast)
    clearance = retirement.ask_clearance(version=version, reason="Unused.", replacement=None, by=told.cast.author)
    clearance = retirement.compute_clearance(clearance=clearance, by=Person.objects.system())
    return both(
        lambda by: form(told, by, "approvals:version_retire_confirm", clearance), told.cast.author, told.cast.release
    )


#: What two press at once -> the kinds of event of which one is written for both.
RACES: dict[str, Race] = {
    "the same model": Race(a_model, ("registry.model.registered",)),
    "the same model, twice by a pipeline": Race(a_model_by_pipelines, ("registry.model.registered",)),
    "the same team": Race(a_team, ("registry.team.created",)),
    "the same person": Race(a_person, ("registry.person.invited",)),
    "two people in the same new team": Race(a_person_in_a_new_team, ("registry.team.created",)),
    "the same role": Race(a_role, ("registry.role.granted",)),
    "the same membership": Race(a_membership, ("registry.team.joined",)),
    "the end of the same token": Race(a_token, ("registry.token.revoked",)),
    "the same use case, yes and no": Race(a_use_case, ("registry.use_case.approved", "registry.use_case.rejected")),
    "the first revision of a card": Race(a_card, ("registry.card.revised",)),
    "the next revision, by hand and by a pipeline": Race(a_card_of_two_rounds, ("registry.card.revised",)),
    "the first release plan": Race(a_release_plan, ("registry.release_plan.revised",)),
    "the same consumer": Race(a_consumer, ("registry.consumer.declared",)),
    "the same review": Race(a_review, ("approvals.review.submitted",)),
    "the same stage, yes and no": Race(a_stage, ("approvals.review.approved", "approvals.review.rejected")),
    "the same deployment": Race(a_deployment, ("approvals.deployment.recorded",)),
    "the same deployment, twice by a pipeline": Race(a_deployment_by_pipelines, ("approvals.deployment.recorded",)),
    "the end of the same deployment": Race(the_end_of_a_deployment, ("approvals.deployment.ended",)),
    "the same retirement": Race(a_retirement, ("approvals.version.retired",)),
}


def test_one_is_first_and_the_other_hears_it() -> None:
    """tests/proofs/test_same_second.py does it again and again."""
    told = Story(builders.build_cast(), {})
    assert [fault for number in range(ROUNDS) for fault in faults_of_a_round(told, number)] == []
    assert verify.rows_as_recorded().fault is None


def faults_of_a_round(told: Story, number: int) -> Iterator[str]:
    for name, race in RACES.items():
        presses = race.presses(told, number)
        before = Event.objects.filter(kind__in=race.kinds).count()
        words = sorted(word_for(answer) for answer in answers_at_once(presses))
        written = Event.objects.filter(kind__in=race.kinds).count() - before
        if written != 1 or words != ["done", "refused"]:
            yield f"{name}: {words}, {written} events"


def word_for(answer: Any) -> str:
    """What a person or a pipeline makes of the answer; only a reason that can be read counts as refused."""
    if answer.status_code in (200, 201):
        return "done"
    if answer.status_code == 302:
        said = get_messages(answer.wsgi_request)
        return "refused" if any(message.level >= constants.ERROR for message in said) else "done"
    is_told = b'id="errors"' in answer.content or b'role="alert"' in answer.content or b'"errors"' in answer.content
    return "refused" if answer.status_code in (409, 422) and is_told else f"status {answer.status_code}"
