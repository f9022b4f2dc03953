"""My work: what waits for a person, and how an empty portal is begun."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.actions import performance_reviews, reviews
from approvals.models import PerformanceReview
from audit import ledger
from governance.outlook import Outlook
from registry.models import Person
from tests import builders
from tests.builders import Cast

pytestmark = pytest.mark.django_db
BACKEND = "governance.roles.SignInBackend"
BUDGET = 12


def page_of(client: Client, person: Person) -> str:
    client.force_login(person, backend=BACKEND)
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


def statements(client: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get("/").status_code == 200
    return sum(not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for query in captured)


def test_an_empty_portal_says_the_three_first_steps(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "python manage.py first_admin USERNAME" in page
    assert "add your people" in page
    assert "Register the first model" in page


def test_a_visitor_is_sent_to_sign_in_once_people_exist(client: Client, cast: Cast) -> None:
    response = client.get("/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/")


def test_before_the_first_model_each_sees_the_steps_that_are_theirs(client: Client, cast: Cast) -> None:
    admins = page_of(client, cast.admin)
    assert "/people/add/" in admins
    assert "/models/register/" not in admins
    authors = page_of(client, cast.author)
    assert "/models/register/" in authors
    assert "/people/add/" not in authors


def test_somebody_without_a_role_sees_nothing_but_what_to_do(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    page = page_of(client, cast.stranger)
    assert "You have no role yet" in page
    assert version.model.name not in page


def test_an_open_stage_waits_for_those_who_decide_it_only(client: Client, cast: Cast) -> None:
    version = builders.ready_version(cast, "medium")
    review = builders.ask_for_review(cast, version)
    title = f"Technical review of {version}"
    assert title in page_of(client, cast.technical)
    assert f"/reviews/{review.pk}/" in page_of(client, cast.technical)
    assert f"Business review of {version}" not in page_of(client, cast.business)
    builders.approve_stage(cast, review, "technical")
    assert title not in page_of(client, cast.technical)
    assert f"Business review of {version}" in page_of(client, cast.business)


def test_a_proposed_use_case_waits_for_the_business_role(client: Client, cast: Cast) -> None:
    builders.build_model(cast)
    use_case = builders.build_use_case(cast, approved=False)
    assert use_case.title in page_of(client, cast.business)
    assert "Use cases to decide" not in page_of(client, cast.technical)
    assert "Use cases to decide" not in page_of(client, cast.author)


def test_what_a_decision_holds_up_follows_its_stage(client: Client, cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    assert "Holds up</span>Staging" in page_of(client, cast.technical)
    builders.approve_stage(cast, review, "technical")
    assert "Holds up</span>Production" in page_of(client, cast.business)


def test_nothing_waits_once_changes_are_requested(client: Client, cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    reviews.request_changes(review=review, stage="technical", rationale="Say more.", by=cast.technical)
    assert "Nothing waits for you" in page_of(client, cast.technical)


def test_nobody_is_asked_to_decide_about_their_own_work(client: Client, cast: Cast) -> None:
    from registry.actions import people

    people.grant_role(person=cast.author, role="technical-reviewer", decides="technical", by=Person.objects.system())
    version = builders.ready_version(cast)
    builders.ask_for_review(cast, version)
    assert "Nothing waits for you" in page_of(client, cast.author)


def test_my_versions_say_what_stands_in_the_way_and_the_next_step(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    page = page_of(client, cast.author)
    assert str(version) in page
    assert "Attach evaluation" in page
    assert f"/models/{version.model.name}/versions/1/evaluations/attach/" in page


def test_only_the_newest_version_of_a_model_is_shown(client: Client, cast: Cast) -> None:
    old = builders.build_version(cast)
    new = builders.build_version(cast, model=old.model)
    page = page_of(client, cast.author)
    assert f"/versions/{new.number}/" in page
    assert f'href="/models/{old.model.name}/versions/{old.number}/"' not in page


def test_reviewers_do_not_see_versions_of_other_teams_as_theirs(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    page = page_of(client, cast.technical)
    assert "My versions" not in page
    assert f'href="/models/{version.model.name}/versions/1/"' not in page


def test_conditions_that_a_person_owes_are_listed_until_kept(client: Client, cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    due = timezone.localdate() + datetime.timedelta(days=3)
    condition = {"text": "Add the leaflet.", "owner": cast.colleague, "due_on": due}
    builders.approve_stage(cast, review, "technical", conditions=[condition])
    assert "Add the leaflet." in page_of(client, cast.colleague)
    assert "Add the leaflet." not in page_of(client, cast.business)


def test_due_performance_reviews_are_seen_by_the_owning_team(client: Client, cast: Cast) -> None:
    version = builders.deployed_version(cast)
    system = Person.objects.system()
    with ledger.entry("approvals.performance_review.opened", by=system, subject=version):
        due = PerformanceReview(
            model=version.model, version=version, period=timezone.localdate(), opened_at=timezone.now()
        )
        due.save()
    address = f"/performance-reviews/{due.pk}/close/"
    assert address in page_of(client, cast.colleague)
    assert address not in page_of(client, cast.technical)
    performance_reviews.close(performance_review=due, finding="as_expected", summary="Fine.", by=cast.author)
    assert address not in page_of(client, cast.colleague)


def test_latest_tells_what_happened_to_models_not_who_signed_in(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    page = page_of(client, cast.author)
    assert f"registered {version}" in page
    assert "signed in" not in page


def test_the_number_of_statements_stays_the_same_with_sixty_models(client: Client, cast: Cast) -> None:
    from registry.actions import people

    people.grant_role(person=cast.author, role="technical-reviewer", decides="technical", by=Person.objects.system())
    client.force_login(cast.author, backend=BACKEND)
    for _ in range(2):
        builders.ask_for_review(cast, builders.ready_version(cast))
    with_two = statements(client)
    for _ in range(58):
        builders.build_version(cast)
    assert statements(client) == with_two
    assert with_two <= BUDGET
    assert "The 20 newest are shown." in client.get("/").content.decode()


def test_the_page_can_only_be_read(client: Client, cast: Cast) -> None:
    client.force_login(cast.author, backend=BACKEND)
    assert client.post("/").status_code == 405


def test_an_outlook_prefers_what_its_reader_can_do(cast: Cast) -> None:
    from approvals import facts, rights

    version = builders.ready_version(cast)
    builders.ask_for_review(cast, version)
    found = facts.of(version)

    def next_for(person: Person) -> str:
        return Outlook(found, person, rights.tiers_decided_by(person)).next_step.title

    assert next_for(cast.technical) == "Technical approval"
    assert Outlook(found, cast.technical, rights.tiers_decided_by(cast.technical)).next_step.yours
    assert not Outlook(found, cast.author, rights.tiers_decided_by(cast.author)).next_step.yours
