"""The pages about people: lists and filters, one person, what is done there, and what is asked first."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from approvals.facts import person_named, team_named
from audit.models import Event
from governance.roles import ROLES, WORDS
from registry.actions import people
from registry.models import ApiToken, Person, PersonWord, RiskTier, Team
from tests import builders, policies, stories
from tests.builders import Cast
from tests.callers import Caller
from tests.csv_files import table
from tests.registry.pages import signed_in
from tests.statements import statements

pytestmark = pytest.mark.django_db
PEOPLE = "/people/"
TOKENS = "/account/tokens/"


@pytest.fixture
def admin(cast: Cast) -> Client:
    return signed_in(cast.admin)


def of(verb: str, person: Person, **more: str) -> str:
    return reverse(f"governance:{verb}", kwargs={"pk": person.pk} | more)


def text(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def fresh(person: Person) -> Person:
    return Person.objects.get(pk=person.pk)


def listed(admin: Client, query: str) -> list[str]:
    return [row.person.username for row in admin.get(f"{PEOPLE}?{query}").context["rows"]]


def test_a_team_shows_each_of_its_members_once_in_whatever_teams_they_are(cast: Cast, admin: Client) -> None:
    for name in ("Harbour", "Payments"):
        people.join_team(person=cast.author, team=people.create_team(name=name, by=cast.admin), by=cast.admin)
    page = admin.get(reverse("governance:team_detail", args=[cast.team.slug])).context["page"]
    assert [person.username for person in page.rows] == ["author", "colleague", "pipeline"]
    assert page.count == "3 members"


class TestTheList:
    def test_it_is_narrowed_by_what_stands_in_the_address(self, cast: Cast, admin: Client) -> None:
        people.deactivate(person=cast.release, reason="Left.", by=cast.admin)
        assert listed(admin, "role=auditor") == ["auditor"]
        assert listed(admin, "role=none") == ["stranger", "superuser"]
        assert listed(admin, "team=clinical-ml&kind=service") == ["pipeline"]
        assert listed(admin, "team=clinical-ml&kind=human") == ["author", "colleague"]
        assert listed(admin, "account=deactivated") == ["release"]
        assert listed(admin, "q=AUTH") == ["author"]
        assert "release" in listed(admin, "account=all")
        assert "release" not in listed(admin, "")

    @pytest.mark.parametrize("asked", ["ada", "lovelace", "LOVE a", "countess", "a.king@", "king@analytical.example"])
    def test_somebody_is_found_by_the_beginning_of_any_name_and_by_the_address(self, cast: Cast, asked: str) -> None:
        people.create_person(username="countess", name="Ada Lovelace", email="a.king@analytical.example", by=cast.admin)
        assert listed(signed_in(cast.admin), urlencode({"q": asked})) == ["countess"]

    def test_nobody_is_found_by_a_name_they_no_longer_have(self, cast: Cast, admin: Client) -> None:
        person = people.create_person(username="ada", name="Ada Byron", email="", by=cast.admin)
        people.change_person(person=person, name="Ada Lovelace", by=cast.admin)
        assert (listed(admin, "q=byron"), listed(admin, "q=lovelace")) == ([], ["ada"])
        kept = {bytes(word) for word in PersonWord.objects.filter(person=person).values_list("word", flat=True)}
        assert kept == {b"ada", b"lovelace"}

    def test_each_condition_can_be_taken_away_again(self, admin: Client) -> None:
        page = text(admin.get(f"{PEOPLE}?role=auditor&q=aud"))
        assert "Remove filter role is Auditor" in page
        assert 'href="?q=aud"' in page

    @pytest.mark.parametrize("query", ["role=king", "team=%00", "kind=1", "account=x", "q=%00"])
    def test_a_condition_that_is_none_counts_as_none(self, admin: Client, query: str) -> None:
        assert "author" in listed(admin, query)

    def test_it_sorts_by_name_and_by_who_came_last(self, cast: Cast, admin: Client) -> None:
        builders.build_person("zoe", "auditor")
        assert listed(admin, "")[0] == "admin"
        assert listed(admin, "sort=-name")[0] == listed(admin, "sort=-added")[0] == "zoe"
        assert listed(admin, "sort=added")[-1] == "zoe"

    def test_what_is_found_goes_out_as_a_file_for_access_reviews(self, cast: Cast, admin: Client) -> None:
        people.issue_token(person=cast.author, label="laptop", scopes=["read"], by=cast.author)
        ended, _ = people.issue_token(person=cast.author, label="old", scopes=["read"], by=cast.author)
        people.revoke_token(token=ended, by=cast.author)
        people.create_person(username="cmd", name="=cmd", email="cmd@example.org", by=cast.admin)
        rows = table(admin.get(f"{PEOPLE}download/?team=clinical-ml&sort=-name"))
        assert [row["user name"] for row in rows] == ["pipeline", "colleague", "author"]
        assert (rows[-1]["roles"], rows[-1]["teams"]) == ("Data scientist", "Clinical ML")
        assert (rows[-1]["account"], rows[-1]["live tokens"]) == ("active", "1")
        assert [row["name"] for row in table(admin.get(f"{PEOPLE}download/?q=cmd"))] == ["'=cmd"]

    def test_a_view_of_it_is_saved_as_a_tab(self, admin: Client) -> None:
        given = {"page": "governance:person_list", "name": "Auditors", "query": "role=auditor"}
        admin.post(reverse("registry:view_save"), given)
        assert 'href="?role=auditor"' in text(admin.get(PEOPLE))

    def test_nobody_found_is_said_with_a_way_back(self, admin: Client) -> None:
        assert "Nobody matches" in text(admin.get(f"{PEOPLE}?q=nobody-like-this"))


class TestAPerson:
    def test_it_shows_roles_with_sentence_and_giver_teams_tokens_and_events(self, cast: Cast, admin: Client) -> None:
        people.grant_role(person=cast.author, role="auditor", by=cast.admin)
        builders.token_secret(cast.author, "read")
        page = text(admin.get(of("person_detail", cast.author)))
        for shown in (
            "Reads everything, changes nothing.",
            "Given by Admin",
            "Given by Gatehouse",
            "Clinical ML",
            "begins with",
            "gave Author the role Auditor",
        ):
            assert shown in page

    def test_gatehouse_itself_and_nobody_known_have_no_page(self, admin: Client) -> None:
        assert admin.get(of("person_detail", Person.objects.system())).status_code == 404
        assert admin.get("/people/7f0a3c52-0000-4000-8000-000000000000/").status_code == 404

    def test_its_cost_does_not_grow(self, cast: Cast, admin: Client) -> None:
        address = of("person_detail", cast.author)
        admin.get(address)
        before = statements(admin, address)
        for number in range(5):
            team = people.create_team(name=f"Team {number}", by=cast.admin)
            people.join_team(person=cast.author, team=team, by=cast.admin)
            builders.token_secret(cast.author, "read")
        people.grant_role(person=cast.author, role="auditor", by=cast.admin)
        assert statements(admin, address) == before <= 14

    def test_oneself_one_cannot_change_roles_teams_or_close(self, cast: Cast, admin: Client) -> None:
        page = text(admin.get(of("person_detail", cast.admin)))
        assert page.count("Nobody changes their own roles or teams.") == 2
        assert "Nobody deactivates themselves." in page
        assert "Give role" not in page

    def test_change(self, cast: Cast, admin: Client) -> None:
        address = of("person_change", cast.author)
        given = {"name": "Ada Okafor", "username": "ada", "email": "ada@example.org"}
        assert admin.post(address, given | {"username": "colleague"}).status_code == 422
        assert admin.post(address, given).status_code == 302
        assert fresh(cast.author).username == "ada"
        assert "Nothing differs" in text(admin.post(address, given))


def naming(cast: Cast, *named: tuple[str, str], **changes: object) -> None:
    """The technical stage of low risk is decided by those who are named from now on."""
    technical, *others = policies.terms_of("low").stages
    policies.published(cast, "low", stages=(replace(technical, deciders=named, **changes), *others))


class TestClosingAndOpening:
    def test_deactivating_asks_first_and_says_what_hangs_on_them(self, cast: Cast, admin: Client) -> None:
        stories.everything_at_once(cast)
        address = of("person_deactivate", cast.author)
        page = text(admin.get(address))
        assert "They own 2 models." in page
        assert "They own 1 open condition" in page
        assert "Nobody else decides technical reviews" in text(admin.get(of("person_deactivate", cast.technical)))
        assert fresh(cast.author).is_active

    @pytest.mark.engines
    def test_it_says_where_a_policy_names_nobody_else(self, cast: Cast, admin: Client) -> None:
        member, other = (builders.build_person(name, "technical-reviewer") for name in ("member", "other"))
        people.join_team(person=member, team=cast.team, by=cast.admin)
        model = builders.build_model(cast)
        named = ("", person_named(other.pk)), (str(model.pk), team_named(cast.team.pk))
        naming(cast, *named)
        says = "The policy for low risk names nobody else to decide technical reviews"
        assert f"{says}." in text(admin.get(of("person_deactivate", other)))
        assert f"{says} of {model.name}." in text(admin.get(of("person_deactivate", member)))
        assert says not in text(admin.get(of("person_deactivate", cast.technical)))
        page = admin.get(of("person_deactivate", other)).content.decode()
        assert reverse("approvals:policy_detail", args=["low"]) in page
        naming(cast, *named, ("", person_named(cast.technical.pk)))
        assert says not in text(admin.get(of("person_deactivate", other)))
        people.revoke_role(person=other, role="technical-reviewer", decides="technical", by=cast.admin)
        assert says in text(admin.get(of("person_deactivate", cast.technical)))
        assert says not in text(admin.get(of("person_deactivate", other)))

    def test_it_says_where_too_few_are_left_of_those_who_are_named(self, cast: Cast, admin: Client) -> None:
        others = [builders.build_person(name, "technical-reviewer") for name in ("first", "second")]
        naming(cast, *(("", person_named(each.pk)) for each in others), quorum=2)
        says = "The policy for low risk names too few others to decide technical reviews."
        assert says in text(admin.get(of("person_deactivate", others[0])))
        assert says not in text(admin.get(of("person_deactivate", cast.technical)))

    def test_what_policies_name_costs_the_same_however_many_are_named(self, cast: Cast, admin: Client) -> None:
        costs = []
        for number in range(1, 4):
            models = [builders.build_model(cast) for _ in range(number)]
            naming(cast, *((str(model.pk), person_named(cast.technical.pk)) for model in models))
            costs.append(statements(admin, of("person_deactivate", cast.technical)))
        assert len(set(costs)) == 1

    def test_it_takes_a_reason(self, cast: Cast, admin: Client) -> None:
        address = of("person_deactivate", cast.author)
        assert admin.post(address, {"reason": ""}).status_code == 422
        assert admin.post(address, {"reason": "Left."}).status_code == 302
        assert not fresh(cast.author).is_active
        assert "This account is closed" in text(admin.get(of("person_detail", cast.author)))

    def test_what_is_refused_is_said_on_the_page(self, cast: Cast, admin: Client) -> None:
        answer = admin.post(of("person_deactivate", cast.admin), {"reason": "Holidays."})
        assert answer.status_code == 422
        for said in ("Nobody deactivates themselves", "last active administrator"):
            assert said in text(answer)

    @pytest.mark.parametrize("verb", ["person_reset", "person_reactivate"])
    def test_a_new_link_is_shown_once(self, cast: Cast, admin: Client, verb: str) -> None:
        if verb == "person_reactivate":
            people.deactivate(person=cast.author, reason="Left.", by=cast.admin)
        answer = admin.post(of(verb, cast.author))
        assert "no-store" in answer["Cache-Control"]
        key = re.search(r"/password/reset/key/([^/\s<]+)/", answer.content.decode()).group(1)
        assert key not in text(admin.get(of("person_detail", cast.author)))
        assert not any(key in bytes(event.canonical).decode() for event in Event.objects.all())
        assert Client().get(f"/accounts/password/reset/key/{key}/", follow=True).status_code == 200

    def test_a_pipeline_that_is_opened_again_needs_a_new_token(self, cast: Cast, admin: Client) -> None:
        people.deactivate(person=cast.pipeline, reason="Paused.", by=cast.admin)
        answer = admin.post(of("person_reactivate", cast.pipeline))
        assert answer["Location"] == of("token_issue", cast.pipeline)


def test_a_new_password_says_whose_it_is(cast: Cast, admin: Client) -> None:
    people.change_password(person=cast.author, password="a-long-and-quiet-river", by=cast.admin)
    assert "set a new password for Author" in text(admin.get(of("person_detail", cast.author)))
    people.change_password(person=cast.auditor, password="a-long-and-quiet-river", by=cast.auditor)
    assert "set a new password of their own" in text(admin.get(of("person_detail", cast.auditor)))


class TestRolesAndTeams:
    def test_a_role_is_given_with_its_right_and_taken_after_asking(self, cast: Cast, admin: Client) -> None:
        admin.post(of("person_grant_role", cast.auditor), {"role": "technical-reviewer"})
        low = RiskTier.objects.get(slug="low")
        assert builders.stages_decided(fresh(cast.auditor), low) == {"technical"}
        address = of("person_revoke_role", cast.auditor, role="technical-reviewer")
        assert "Decides whether a version is sound" in text(admin.get(address))
        assert builders.stages_decided(fresh(cast.auditor), low) == {"technical"}
        admin.post(address)
        assert builders.stages_decided(fresh(cast.auditor), low) == set()
        assert admin.get(address).status_code == 404

    def test_who_builds_but_is_in_no_team_yet_is_said_to_the_giver(self, cast: Cast, admin: Client) -> None:
        given = admin.post(of("person_grant_role", cast.auditor), {"role": "author"}, follow=True)
        assert "Auditor is in no team yet, so they can build no model." in text(given)
        people.join_team(person=cast.technical, team=cast.team, by=cast.admin)
        given = admin.post(of("person_grant_role", cast.technical), {"role": "author"}, follow=True)
        assert "is in no team yet" not in text(given)

    @pytest.mark.parametrize("role", ["pipeline", "king", "", "auditor"])
    def test_a_role_that_cannot_be_given_is_refused(self, cast: Cast, admin: Client, role: str) -> None:
        admin.post(of("person_grant_role", cast.auditor), {"role": role})
        assert fresh(cast.auditor).standing.roles == {"auditor"}

    def test_nobody_gives_themselves_a_role_through_the_page(self, cast: Cast, admin: Client) -> None:
        answer = admin.post(of("person_grant_role", cast.admin), {"role": "auditor"}, follow=True)
        assert "Nobody changes their own roles or teams." in text(answer)
        assert fresh(cast.admin).standing.roles == {"admin"}

    def test_joining_and_leaving(self, cast: Cast, admin: Client) -> None:
        admin.post(of("person_join_team", cast.auditor), {"team": cast.team.pk})
        assert fresh(cast.auditor).standing.teams == {cast.team.pk}
        admin.post(of("person_leave_team", cast.auditor, team="clinical-ml"))
        assert fresh(cast.auditor).standing.teams == set()
        again = admin.post(of("person_leave_team", cast.auditor, team="clinical-ml"), follow=True)
        assert "Not in this team any more." in text(again)

    def test_teams_are_created_renamed_and_listed_with_their_size(self, cast: Cast, admin: Client) -> None:
        created = admin.post("/people/teams/create/", {"name": "Logistics ML"}, follow=True)
        assert "Nobody is in this team" in text(created)
        assert admin.post("/people/teams/create/", {"name": "Logistics ML"}).status_code == 422
        admin.post("/people/teams/logistics-ml/rename/", {"name": "Logistics models"})
        assert Team.objects.get(slug="logistics-ml").name == "Logistics models"
        builders.build_model(cast)
        rows = {team.slug: (members, models) for team, members, models in admin.get("/people/teams/").context["rows"]}
        assert rows == {"clinical-ml": (3, 1), "logistics-ml": (0, 0)}

    def test_a_team_s_name_needs_a_letter_for_its_address(self, admin: Client) -> None:
        answer = admin.post("/people/teams/create/", {"name": "日本"})
        assert answer.context["form"].errors["name"]


class TestPipelines:
    def test_one_is_added_and_gets_in_with_its_token(self, cast: Cast, admin: Client) -> None:
        given = {"name": "Clinical pipeline", "username": "ci-clinical", "team": cast.team.pk}
        answer = admin.post("/people/add-pipeline/", given)
        added = Person.objects.get(username="ci-clinical")
        assert (added.kind, added.standing.roles, added.standing.teams) == ("service", {"pipeline"}, {cast.team.pk})
        issued = admin.post(answer["Location"], {"label": "CI", "scopes": ["read"], "life": "none"})
        assert Caller(secret_in(issued)).get("/models").status_code == 200
        assert ApiToken.objects.get(person=added).expires_at is None

    def test_it_belongs_to_a_team(self, admin: Client) -> None:
        answer = admin.post("/people/add-pipeline/", {"name": "Lost", "username": "lost"})
        assert answer.status_code == 422
        assert not Person.objects.filter(username="lost").exists()


def secret_in(answer) -> str:
    return re.search(r"gh_[\w-]{40,}", answer.content.decode()).group()


class TestTokens:
    NEW = {"label": "Notebook", "scopes": ["read"], "life": "90"}

    def test_the_secret_is_shown_once_and_works(self, cast: Cast) -> None:
        author = signed_in(cast.author)
        answer = author.post(f"{TOKENS}issue/", self.NEW)
        assert "no-store" in answer["Cache-Control"]
        secret = secret_in(answer)
        assert Caller(secret).get("/models").status_code == 200
        assert secret not in text(author.get(TOKENS))
        assert "Notebook" in text(author.get(TOKENS))

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"life": "none"}, "life"),
            ({"life": "4000"}, "life"),
            ({"scopes": ["root"]}, "scopes"),
            ({"label": ""}, "label"),
        ],
    )
    def test_what_cannot_be_issued_is_said_at_its_field(self, cast: Cast, given: dict, field: str) -> None:
        answer = signed_in(cast.author).post(f"{TOKENS}issue/", self.NEW | given)
        assert answer.status_code == 422
        assert answer.context["form"].errors.get(field)
        assert not ApiToken.objects.exists()

    def test_revoking_asks_first_and_ends_it(self, cast: Cast) -> None:
        author = signed_in(cast.author)
        caller = Caller(secret_in(author.post(f"{TOKENS}issue/", self.NEW)))
        address = reverse("governance:token_revoke", args=[ApiToken.objects.get().pk])
        assert "turned away at once" in text(author.get(address))
        assert caller.get("/models").status_code == 200
        assert author.post(address)["Location"] == TOKENS
        assert caller.get("/models").status_code == 401

    def test_somebody_else_s_token_is_not_there(self, cast: Cast) -> None:
        token = builders.with_token(cast.author, "read").token
        address = reverse("governance:token_revoke", args=[token.pk])
        assert signed_in(cast.colleague).post(address).status_code == 404
        assert signed_in(cast.admin).post(address)["Location"] == of("person_detail", cast.author)

    def test_only_administrators_issue_for_others(self, cast: Cast) -> None:
        address = of("token_issue", cast.author)
        assert signed_in(cast.colleague).post(address, self.NEW).status_code == 403
        assert signed_in(cast.admin).post(address, self.NEW).status_code == 200


class TestTheTableOfRoles:
    def test_every_member_reads_it(self, cast: Cast) -> None:
        page = text(signed_in(cast.author).get("/roles/"))
        for role in ROLES:
            assert role.sentence in page
        assert "The compliance stage of reviews" in page
        assert "Superusers: Superuser" in page

    def test_each_permission_of_a_role_has_words(self) -> None:
        assert {permission for role in ROLES for permission in role.everywhere | role.own_team} == set(WORDS)

    def test_who_is_deactivated_holds_nothing(self, cast: Cast) -> None:
        def holders() -> list[str]:
            roles = signed_in(cast.admin).get("/roles/").context["roles"]
            return next(each.holders for each in roles if each.role.slug == "technical-reviewer")

        assert holders() == ["Technical"]
        people.deactivate(person=cast.technical, reason="Left.", by=cast.admin)
        assert holders() == []
