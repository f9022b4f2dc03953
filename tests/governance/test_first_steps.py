"""The three first steps of a portal: how far they are, whose they are, and how they go away."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from governance.finding import find
from governance.invitations import link_for
from governance.my_work import first_steps
from registry.actions import people
from registry.models import Person
from tests import builders
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db
HOME = reverse("governance:home")
STEPS = reverse("governance:first_steps")


@pytest.fixture
def admin(db: None) -> Person:
    """Somebody made by `manage.py first_admin`, alone."""
    return invite("lena", "admin", by=Person.objects.system())


def invite(username: str, *roles: str, by: Person, new_team: str = "") -> Person:
    decides = {"technical-reviewer": "technical"}
    given = [(role, decides.get(role, "")) for role in roles]
    person = people.invite_person(
        username=username, name=username.title(), email="", roles=given, new_team=new_team, by=by
    )
    return Person.objects.get(pk=person.pk)


def panel(person: Person, address: str = HOME) -> str:
    """The panel's text; "" when it is not there."""
    html = signed_in(Person.objects.get(pk=person.pk)).get(address).content.decode()
    found = re.search(r'<section class="panel" aria-labelledby="first-steps-h">.*?</section>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def first_model(author: Person) -> None:
    """Registered by somebody who is in one team."""
    membership = author.memberships.get()
    builders.build_model(_Alone(author, membership.team))


class _Alone:
    """As much of a cast as registering a low-risk model takes."""

    def __init__(self, author: Person, team: object) -> None:
        self.author, self.team = author, team


def test_a_new_administrator_sees_that_one_of_three_is_done_and_what_is_next(admin: Person) -> None:
    said = panel(admin)
    assert "1 of 3 done" in said
    assert "A data scientist in a team, and somebody else as technical reviewer." in said
    assert "Add a person" in said
    assert "Register a model" not in said


def test_the_second_step_is_done_once_somebody_reviews_what_somebody_else_builds(admin: Person) -> None:
    ada = invite("ada", by=admin)
    people.grant_role(person=ada, role="author", by=admin)
    assert "A data scientist in a team, and" in panel(admin)
    people.join_team(person=ada, team=people.create_team(slug="ml", name="ML", by=admin), by=admin)
    people.grant_role(person=ada, role="technical-reviewer", decides="technical", by=admin)
    assert "Still missing: somebody else as technical reviewer." in panel(admin)
    jonas = invite("jonas", "technical-reviewer", by=admin)
    assert "2 of 3 done" in panel(admin)
    people.deactivate(person=jonas, reason="Left.", by=admin)
    assert "1 of 3 done" in panel(admin)


def test_the_third_step_is_the_data_scientists_and_ends_the_tour_for_everybody(admin: Person) -> None:
    ada = invite("ada", "author", by=admin, new_team="ML")
    jonas = invite("jonas", "technical-reviewer", by=admin)
    assert "Register a model" in panel(ada)
    assert "Register a model" not in panel(jonas)
    first_model(ada)
    assert [panel(person) for person in (admin, ada, jonas)] == ["", "", ""]
    assert "3 of 3 done" in panel(admin, STEPS)


def test_with_a_model_but_nobody_to_review_it_the_administrator_still_has_a_step(admin: Person) -> None:
    ada = invite("ada", "author", by=admin, new_team="ML")
    first_model(ada)
    assert "2 of 3 done" in panel(admin)
    assert panel(ada) == ""


def test_hidden_steps_stay_hidden_for_that_person_until_they_are_brought_back(admin: Person) -> None:
    ada = invite("ada", "author", by=admin, new_team="ML")
    client = signed_in(admin)
    for _ in range(2):
        assert client.post(reverse("governance:first_steps_put_away")).status_code == 302
    assert panel(admin) == ""
    assert "1 of 3 done" in panel(ada)
    assert "1 of 3 done" in panel(admin, STEPS)
    assert "Show these steps on My work" in client.get(STEPS).content.decode()
    client.post(reverse("governance:first_steps_bring_back"))
    assert "1 of 3 done" in panel(admin)


def test_the_way_back_is_found_from_the_account_page_and_by_name(admin: Person) -> None:
    assert f'href="{STEPS}"' in signed_in(admin).get(reverse("governance:account")).content.decode()
    hits = [hit for group in find(Person.objects.get(pk=admin.pk), "first steps") for hit in group.hits]
    assert [hit.url for hit in hits] == [STEPS]


def test_what_waits_is_not_hidden_by_the_first_steps(admin: Person) -> None:
    ada = invite("ada", "author", by=admin, new_team="ML")
    mei = people.invite_person(
        username="mei", name="Mei", email="", roles=[("business-reviewer", "business")], by=admin
    )
    cast = _Alone(ada, None)
    cast.business = mei
    use_case = builders.build_use_case(cast, approved=False)
    page = signed_in(mei).get(HOME).content.decode()
    assert use_case.title in page
    assert "1 of 3 done" in panel(mei)


def test_the_link_of_the_first_administrator_says_as_whom_they_sign_in(admin: Person) -> None:
    client = signed_in(admin)
    client.logout()
    page = client.get(link_for(admin), follow=True).content.decode()
    assert "lena" in page


def test_roles_that_build_and_review_are_those_of_the_table() -> None:
    assert first_steps.BUILDING_ROLES == ["author"]
    assert first_steps.REVIEWING_ROLES == ["technical-reviewer"]
