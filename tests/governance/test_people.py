"""Adding people: the page, the first administrator, and the one-time link from end to end."""

from __future__ import annotations

import io
import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from audit.models import Event
from governance import invitations
from governance.roles import ROLES
from registry.actions import people
from registry.models import Person, RiskTier, RoleGrant, Team
from tests import builders
from tests.builders import Cast
from tests.statements import statements

pytestmark = pytest.mark.django_db
BACKEND = "governance.roles.SignInBackend"
PASSWORD = "a-long-and-quiet-river"
ADD = "/people/add/"
NEW = {"name": "Ada Okafor", "username": "ada", "email": "ada@example.org"}


@pytest.fixture
def admin_client(client: Client, cast: Cast) -> Client:
    client.force_login(cast.admin, backend=BACKEND)
    return client


def link_in(text: str) -> str:
    return re.search(r"https?://[^\s<\"]+/accounts/password/reset/key/[^\s<\"]+", text).group()


def path_of(link: str) -> str:
    return re.sub(r"^https?://[^/]+", "", link)


def set_password(path: str, password: str = PASSWORD) -> None:
    """What somebody does who opened the link."""
    visitor = Client()
    opened = visitor.get(path, follow=True)
    answer = visitor.post(opened.request["PATH_INFO"], {"password1": password, "password2": password})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("account_reset_password_from_key_done")


def signs_in(username: str, password: str = PASSWORD) -> bool:
    visitor = Client()
    visitor.post(reverse("account_login"), {"login": username, "password": password})
    return "_auth_user_id" in visitor.session


def test_a_person_is_added_with_team_and_roles_in_one_go(admin_client: Client, cast: Cast) -> None:
    answer = admin_client.post(
        ADD,
        NEW | {"team": cast.team.pk, "roles": ["author", "technical-reviewer"]},
        headers={"X-Request-ID": "add-ada-1"},
    )
    assert answer.status_code == 200
    added = Person.objects.get(username="ada")
    assert added.standing.roles == {"author", "technical-reviewer"}
    assert added.standing.teams == {cast.team.pk}
    assert builders.stages_decided(added, RiskTier.objects.get(slug="high")) == {"technical"}
    outer = Event.objects.get(kind="registry.person.invited")
    assert outer.request_id == "add-ada-1"
    assert outer.facts == {"team": "Clinical ML", "roles": ["author", "technical-reviewer"]}
    assert Event.objects.filter(cause=outer.uid).count() == 4


def test_a_new_team_is_made_with_the_person(admin_client: Client) -> None:
    admin_client.post(ADD, NEW | {"new_team": "Logistics ML"})
    assert Person.objects.get(username="ada").standing.teams == {Team.objects.get(slug="logistics-ml").pk}


def test_the_link_sets_a_password_once_and_the_person_signs_in(admin_client: Client) -> None:
    page = admin_client.post(ADD, NEW).content.decode()
    path = path_of(link_in(page))
    set_password(path)
    assert signs_in("ada")
    assert Event.objects.filter(kind="registry.person.password_changed").count() == 1
    again = Client().get(path, follow=True)
    assert 'name="password1"' not in again.content.decode()


def test_the_link_is_shown_once_and_not_kept(admin_client: Client) -> None:
    answer = admin_client.post(ADD, NEW)
    assert "no-store" in answer["Cache-Control"]
    key = path_of(link_in(answer.content.decode())).rstrip("/").rpartition("/")[2]
    for path in (ADD, "/people/", "/ledger/"):
        assert key not in admin_client.get(path).content.decode()
    assert key not in "".join(bytes(event.canonical).decode() for event in Event.objects.all())


def test_a_weak_password_is_refused(admin_client: Client) -> None:
    path = path_of(link_in(admin_client.post(ADD, NEW).content.decode()))
    visitor = Client()
    opened = visitor.get(path, follow=True)
    answer = visitor.post(opened.request["PATH_INFO"], {"password1": "short", "password2": "short"})
    assert answer.status_code == 200
    assert not signs_in("ada", "short")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"username": "author"}, "already exists"),
        ({"username": "Ada Okafor"}, "small letters"),
        ({"name": ""}, "required"),
        ({"new_team": "Clinical ML"}, "already exists"),
        ({"new_team": "日本"}, "at least one letter or digit"),
        ({"roles": ["pipeline"]}, "pipeline"),
        ({"name": "nul\x00"}, "a character that nobody sees"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field_and_nothing_is_made(
    admin_client: Client, given: dict, said: str
) -> None:
    teams = Team.objects.count()
    answer = admin_client.post(ADD, NEW | given)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    field = next(iter(given))
    assert answer.context["form"].errors.get(field)
    assert not Person.objects.filter(username="ada").exists()
    assert Team.objects.count() == teams


def test_a_data_scientist_is_added_with_a_team_or_not_at_all(admin_client: Client) -> None:
    builds = NEW | {"roles": ["author"]}
    refused = admin_client.post(ADD, builds)
    assert refused.status_code == 422
    assert refused.context["form"].errors["team"] == [
        "Choose a team or name a new one: models belong to teams, and this role builds them."
    ]
    assert not Person.objects.filter(username="ada").exists()
    assert admin_client.post(ADD, builds | {"new_team": "Logistics ML"}).status_code == 200


def test_the_roles_that_need_a_team_are_those_with_rights_in_their_own_team() -> None:
    assert {role.slug for role in ROLES if role.own_team} == set(RoleGrant.OF_A_TEAM)


def test_choose_a_team_or_name_one(admin_client: Client, cast: Cast) -> None:
    answer = admin_client.post(ADD, NEW | {"team": cast.team.pk, "new_team": "Other"})
    assert "not both" in answer.content.decode()


def test_the_form_says_what_each_role_may_do(admin_client: Client) -> None:
    page = admin_client.get(ADD).content.decode()
    assert "Reads everything, changes nothing." in page
    assert "Decides about no version;" in page


@pytest.mark.parametrize("path", ["/people/", ADD])
def test_only_administrators_come_in(client: Client, cast: Cast, path: str) -> None:
    assert client.get(path).status_code == 302
    client.force_login(cast.author, backend=BACKEND)
    assert client.get(path).status_code == 403
    assert client.post(path, NEW).status_code == 403
    assert not Person.objects.filter(username="ada").exists()


def test_the_action_itself_refuses_everybody_else(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        people.invite_person(username="ada", name="Ada", by=cast.author)
    assert Event.objects.filter(kind="registry.person.invited.refused").exists()


def test_a_refused_role_leaves_no_person_behind(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        people.invite_person(username="ada", name="Ada", roles=[("not a slug", "")], by=cast.admin)
    assert not Person.objects.filter(username="ada").exists()


def test_everybody_is_listed_with_roles_teams_and_kind(admin_client: Client) -> None:
    page = admin_client.get("/people/").content.decode()
    for shown in ("Technical reviewer", "Clinical ML", "Pipeline", "none: sees nothing", "Active"):
        assert shown in page
    assert "Gatehouse itself" not in page


def test_the_list_costs_the_same_with_thirty_more_people(admin_client: Client) -> None:
    before = statements(admin_client, "/people/")
    for number in range(30):
        builders.build_person(f"person-{number}", "auditor")
    assert statements(admin_client, "/people/") == before <= 12
    further = admin_client.get("/people/").context["page"].next_url
    assert "Person-9" in admin_client.get(f"/people/{further}").content.decode()


def test_the_first_administrator_gets_a_link(settings, db: None) -> None:
    settings.PORTAL_URL = "https://gatehouse.example.org"
    out = io.StringIO()
    call_command("first_admin", "ada", "--name", "Ada Okafor", stdout=out)
    link = link_in(out.getvalue())
    assert link.startswith("https://gatehouse.example.org/accounts/password/reset/key/")
    set_password(path_of(link))
    assert signs_in("ada")
    assert Person.objects.get(username="ada").has_perm("registry.manage_people")
    assert Event.objects.get(kind="registry.person.invited").actor == Person.objects.system().pk


def test_there_is_only_one_first_administrator(cast: Cast) -> None:
    with pytest.raises(CommandError, match="There are people already"):
        call_command("first_admin", "ada")


def test_the_first_administrator_needs_a_proper_user_name(db: None) -> None:
    with pytest.raises(CommandError, match="small letters"):
        call_command("first_admin", "Ada Okafor")
    assert not Person.objects.filter(kind="human").exists()


def test_a_link_dies_with_a_password_set_otherwise(cast: Cast) -> None:
    path = path_of(invitations.link_for(cast.auditor))
    people.change_password(person=cast.auditor, password=PASSWORD, by=cast.auditor)
    assert 'name="password1"' not in Client().get(path, follow=True).content.decode()
