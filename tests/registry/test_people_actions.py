"""Managing people: what is done, what is refused and why, and that it holds from the same second on."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals import rights
from audit import refusals
from audit.models import Event
from governance.roles import BY_SLUG, ROLES
from registry.actions import people
from registry.models import ApiToken, Person, RiskTier, RoleGrant, Team
from tests import builders
from tests.builders import Cast
from tests.callers import Caller
from tests.registry.pages import signed_in
from tests.threads import at_once

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-and-quiet-river"
REASON = "Left the organisation."


def codes(verb: Callable) -> list[str]:
    """What stands against the verb; fails when nothing does."""
    with pytest.raises(ValidationError) as refusal:
        verb()
    return refusals.codes(refusal.value)


def fresh(person: Person) -> Person:
    return Person.objects.get(pk=person.pk)


def event(kind: str) -> Event:
    return Event.objects.filter(kind=kind).latest("pk")


def second_admin() -> Person:
    return builders.build_person("second", "admin")


def is_in(client: Client) -> bool:
    return client.get(reverse("registry:model_list")).status_code == 200


class TestChanging:
    def test_what_changed_is_an_event_and_what_it_says_is_not(self, cast: Cast) -> None:
        people.change_person(person=cast.author, name="Ada Lovelace", email="lovelace@example.org", by=cast.admin)
        told = event("registry.person.changed")
        assert told.facts == {"fields": ["name", "e-mail"]}
        assert b"ovelace" not in bytes(told.canonical)
        assert fresh(cast.author).name == "Ada Lovelace"

    def test_a_user_name_stays_one_of_a_kind_and_well_formed(self, cast: Cast) -> None:
        for username in ("colleague", "Ada Lovelace", ""):
            with pytest.raises(ValidationError) as refusal:
                people.change_person(person=cast.author, username=username, by=cast.admin)
            assert "username" in refusal.value.error_dict
        people.change_person(person=cast.author, username="ada", by=cast.admin)
        assert fresh(cast.author).username == "ada"

    def test_nothing_changed_is_no_change(self, cast: Cast) -> None:
        assert codes(lambda: people.change_person(person=cast.author, name="Author", by=cast.admin)) == ["unchanged"]


class TestDeactivating:
    def test_sessions_and_tokens_end_at_once_and_stay_ended(self, cast: Cast) -> None:
        people.change_password(person=cast.author, password=PASSWORD, by=cast.author)
        browser, caller = signed_in(fresh(cast.author)), Caller(builders.token_secret(cast.author, "read"))
        assert is_in(browser)
        assert caller.get("/models").status_code == 200
        people.deactivate(person=cast.author, reason=REASON, by=cast.admin)
        assert not is_in(browser)
        assert caller.get("/models").status_code == 401
        people.reactivate(person=cast.author, by=cast.admin)
        assert not is_in(browser)
        assert caller.get("/models").status_code == 401
        assert not fresh(cast.author).has_usable_password()

    def test_a_session_that_was_not_used_meanwhile_does_not_wake_up_again(self, cast: Cast) -> None:
        browser = signed_in(cast.author)
        people.deactivate(person=cast.author, reason=REASON, by=cast.admin)
        people.reactivate(person=cast.author, by=cast.admin)
        assert not is_in(browser)

    def test_the_reason_is_in_the_ledger_with_each_token_that_ended(self, cast: Cast) -> None:
        builders.token_secret(cast.author, "read")
        people.deactivate(person=cast.author, reason=REASON, by=cast.admin)
        told = event("registry.person.deactivated")
        assert (told.reason, told.facts) == (REASON, {"tokens_ended": 1})
        assert event("registry.token.revoked").cause == told.uid

    def test_who_is_deactivated_decides_nothing_and_gets_it_back_with_the_account(self, cast: Cast) -> None:
        tier = RiskTier.objects.get(slug="low")
        people.deactivate(person=cast.technical, reason=REASON, by=cast.admin)
        assert rights.active_holders(tier)["technical"] == {}
        people.reactivate(person=cast.technical, by=cast.admin)
        assert [*rights.active_holders(tier)["technical"]] == [cast.technical]

    def test_it_takes_a_reason_and_somebody_else(self, cast: Cast) -> None:
        second = second_admin()
        assert codes(lambda: people.deactivate(person=cast.author, reason=" ", by=second)) == ["reason-missing"]
        assert codes(lambda: people.deactivate(person=second, reason=REASON, by=second)) == ["oneself"]
        people.deactivate(person=cast.author, reason=REASON, by=second)
        assert codes(lambda: people.deactivate(person=cast.author, reason=REASON, by=second)) == ["inactive"]

    def test_the_last_active_administrator_stays(self, cast: Cast) -> None:
        second = second_admin()
        people.deactivate(person=second, reason=REASON, by=cast.admin)
        against_last = codes(lambda: people.deactivate(person=cast.admin, reason=REASON, by=cast.superuser))
        assert against_last == ["last-administrator"]
        assert fresh(cast.admin).is_active

    def test_nobody_deactivates_gatehouse_itself(self, cast: Cast) -> None:
        with pytest.raises(Person.DoesNotExist):
            people.deactivate(person=Person.objects.system(), reason=REASON, by=cast.admin)

    def test_who_is_active_is_not_reactivated(self, cast: Cast) -> None:
        assert codes(lambda: people.reactivate(person=cast.author, by=cast.admin)) == ["active"]


class TestResetting:
    def test_password_and_sessions_end_and_tokens_stay(self, cast: Cast) -> None:
        people.change_password(person=cast.author, password=PASSWORD, by=cast.author)
        browser, caller = signed_in(fresh(cast.author)), Caller(builders.token_secret(cast.author, "read"))
        people.reset(person=cast.author, by=cast.admin)
        assert not is_in(browser)
        assert not fresh(cast.author).check_password(PASSWORD)
        assert caller.get("/models").status_code == 200

    def test_not_oneself_nor_a_pipeline_nor_somebody_who_left(self, cast: Cast) -> None:
        assert codes(lambda: people.reset(person=cast.admin, by=cast.admin)) == ["oneself"]
        assert codes(lambda: people.reset(person=cast.pipeline, by=cast.admin)) == ["service"]
        people.deactivate(person=cast.author, reason=REASON, by=cast.admin)
        assert codes(lambda: people.reset(person=cast.author, by=cast.admin)) == ["inactive"]


class TestTeams:
    def test_leaving_takes_the_team_s_rights_away(self, cast: Cast) -> None:
        model = builders.build_model(cast)
        assert fresh(cast.colleague).has_perm("registry.change_model", model)
        people.leave_team(person=cast.colleague, team=cast.team, by=cast.admin)
        assert not fresh(cast.colleague).has_perm("registry.change_model", model)
        assert event("registry.team.left").facts == {"team": "Clinical ML"}

    def test_nobody_joins_twice_or_leaves_what_they_are_not_in(self, cast: Cast) -> None:
        join = codes(lambda: people.join_team(person=cast.author, team=cast.team, by=cast.admin))
        leave = codes(lambda: people.leave_team(person=cast.auditor, team=cast.team, by=cast.admin))
        assert (join, leave) == (["team-joined"], ["team-left"])

    def test_a_renamed_team_keeps_its_address(self, cast: Cast) -> None:
        people.rename_team(team=cast.team, name="Clinical models", by=cast.admin)
        assert Team.objects.get(slug="clinical-ml").name == "Clinical models"
        assert event("registry.team.renamed").facts == {"before": "Clinical ML", "after": "Clinical models"}

    def test_two_teams_do_not_share_a_name(self, cast: Cast) -> None:
        with pytest.raises(ValidationError):
            people.create_team(name="Clinical ML", by=cast.admin)


class TestRoles:
    def test_the_right_to_decide_comes_and_goes_with_the_role(self, cast: Cast) -> None:
        high = RiskTier.objects.get(slug="high")
        people.grant_role(person=cast.auditor, role="compliance-reviewer", decides="compliance", by=cast.admin)
        assert builders.stages_decided(fresh(cast.auditor), high) == {"compliance"}
        people.revoke_role(person=cast.auditor, role="compliance-reviewer", decides="compliance", by=cast.admin)
        assert builders.stages_decided(fresh(cast.auditor), high) == set()
        assert fresh(cast.auditor).standing.roles == {"auditor"}
        assert event("registry.role.revoked").facts == {"role": "compliance-reviewer", "decides": "compliance"}

    @pytest.mark.parametrize("role", ["technical-reviewer", "auditor"])
    def test_nobody_changes_their_own_roles_or_teams(self, cast: Cast, role: str) -> None:
        decides = BY_SLUG[role].decides
        second = second_admin()
        mine = [
            lambda: people.grant_role(person=second, role=role, decides=decides, by=second),
            lambda: people.revoke_role(person=second, role="admin", by=second),
            lambda: people.join_team(person=second, team=cast.team, by=second),
        ]
        assert [codes(verb) for verb in mine] == [["own-rights"]] * 3
        assert fresh(second).standing.roles == {"admin"}

    def test_a_superuser_is_no_exception(self, cast: Cast) -> None:
        grant = {"role": "technical-reviewer", "decides": "technical"}
        assert codes(lambda: people.grant_role(person=cast.superuser, by=cast.superuser, **grant)) == ["own-rights"]

    def test_a_role_is_held_once_and_taken_once(self, cast: Cast) -> None:
        again = codes(lambda: people.grant_role(person=cast.author, role="author", by=cast.admin))
        people.revoke_role(person=cast.author, role="author", by=cast.admin)
        gone = codes(lambda: people.revoke_role(person=cast.author, role="author", by=cast.admin))
        assert (again, gone) == (["role-held"], ["role-not-held"])

    def test_a_pipeline_neither_decides_nor_manages(self, cast: Cast) -> None:
        for role in ("technical-reviewer", "admin"):
            grant = {"role": role, "decides": BY_SLUG[role].decides}
            assert codes(lambda: people.grant_role(person=cast.pipeline, by=cast.admin, **grant)) == ["service"]  # noqa: B023

    def test_the_last_administrator_keeps_the_role(self, cast: Cast) -> None:
        last = codes(lambda: people.revoke_role(person=cast.admin, role="admin", by=cast.superuser))
        assert last == ["last-administrator"]

    def test_only_the_administrators_role_manages_people(self) -> None:
        assert [role.slug for role in ROLES if people.MANAGE in role.everywhere] == [RoleGrant.ADMIN]


class TestTokens:
    def test_everybody_has_tokens_of_their_own(self, cast: Cast) -> None:
        token, secret = people.issue_token(person=cast.auditor, label="Notebook", scopes=["read"], by=cast.auditor)
        assert Caller(secret).get("/models").status_code == 200
        people.revoke_token(token=token, by=cast.auditor)
        assert Caller(secret).get("/models").status_code == 401

    def test_nobody_has_tokens_of_others_but_administrators(self, cast: Cast) -> None:
        token, _ = people.issue_token(person=cast.author, label="Notebook", scopes=["read"], by=cast.admin)
        with pytest.raises(PermissionDenied):
            people.issue_token(person=cast.author, label="Theirs", scopes=["read"], by=cast.colleague)
        with pytest.raises(PermissionDenied):
            people.revoke_token(token=token, by=cast.colleague)
        people.revoke_token(token=token, by=cast.admin)
        assert not ApiToken.objects.live().filter(person=cast.author).exists()

    def test_somebody_without_a_role_has_none(self, cast: Cast) -> None:
        with pytest.raises(PermissionDenied):
            people.issue_token(person=cast.stranger, label="Mine", scopes=["read"], by=cast.stranger)

    def test_a_token_issues_and_ends_no_token_and_manages_nobody(self, cast: Cast) -> None:
        admin = builders.with_token(cast.admin, "read", "register")
        verbs = [
            lambda: people.issue_token(person=cast.admin, label="More", scopes=["read"], by=admin),
            lambda: people.issue_token(person=cast.author, label="More", scopes=["read"], by=admin),
            lambda: people.revoke_token(token=admin.token, by=admin),
            lambda: people.deactivate(person=cast.author, reason=REASON, by=admin),
            lambda: people.grant_role(person=cast.author, role="auditor", by=admin),
        ]
        assert [codes(verb) for verb in verbs] == [["person-required"]] * len(verbs)

    def test_a_person_s_token_ends_after_ninety_days_and_a_pipeline_s_may_last(self, cast: Cast) -> None:
        mine, _ = people.issue_token(person=cast.author, label="Notebook", scopes=["read"], by=cast.author)
        pipelines, _ = people.issue_token(person=cast.pipeline, label="CI", scopes=["read"], by=cast.admin)
        assert (mine.expires_at - timezone.now()).days == 89
        assert pipelines.expires_at is None

    @pytest.mark.parametrize(
        ("days", "scopes", "code"),
        [(366, ["read"], "expiry-too-late"), (-1, ["read"], "expiry-past"), (30, [], "scope"), (30, ["root"], "scope")],
    )
    def test_too_long_too_late_or_for_nothing_known(self, cast: Cast, days: int, scopes: list, code: str) -> None:
        end = timezone.now() + datetime.timedelta(days=days)
        given = {"label": "Notebook", "scopes": scopes, "expires_at": end}
        assert codes(lambda: people.issue_token(person=cast.author, by=cast.author, **given)) == [code]
        assert not ApiToken.objects.exists()

    def test_one_that_has_ended_does_not_end_again(self, cast: Cast) -> None:
        token, _ = people.issue_token(person=cast.author, label="Notebook", scopes=["read"], by=cast.author)
        people.revoke_token(token=token, by=cast.author)
        assert codes(lambda: people.revoke_token(token=token, by=cast.author)) == ["token-ended"]

    def test_nobody_who_is_deactivated_gets_one(self, cast: Cast) -> None:
        people.deactivate(person=cast.author, reason=REASON, by=cast.admin)
        given = {"label": "Notebook", "scopes": ["read"]}
        assert codes(lambda: people.issue_token(person=cast.author, by=cast.admin, **given)) == ["inactive"]

    def test_a_token_never_does_more_than_its_person(self, cast: Cast) -> None:
        caller = Caller(builders.token_secret(cast.author, "read", "register"))
        model = {"name": "visits", "purpose": "Plans visits.", "task": "classification", "team": cast.team.slug}
        body = model | {"owner": "author", "answers": builders.ANSWERS["low"], "use_case_line": "Saves typing."}
        people.revoke_role(person=cast.author, role="author", by=cast.admin)
        assert caller.post("/models", body).status_code == 403
        assert caller.get("/models").status_code == 403

    def test_its_last_use_is_known_to_the_minute(self, cast: Cast) -> None:
        caller = Caller(builders.token_secret(cast.author, "read"))
        token, before = ApiToken.objects.get(person=cast.author), Event.objects.count()
        assert token.last_used_at is None
        caller.get("/models")
        token.refresh_from_db()
        first = token.last_used_at
        caller.get("/models")
        token.refresh_from_db()
        assert token.last_used_at == first
        people.note_use(token=_used_long_ago(token))
        token.refresh_from_db()
        assert token.last_used_at > first
        assert Event.objects.count() == before


def _used_long_ago(token: ApiToken) -> ApiToken:
    token.last_used_at -= datetime.timedelta(minutes=2)
    return token


MANAGING = {
    "change": lambda cast, by: people.change_person(person=cast.colleague, name="Other", by=by),
    "deactivate": lambda cast, by: people.deactivate(person=cast.colleague, reason=REASON, by=by),
    "reactivate": lambda cast, by: people.reactivate(person=cast.colleague, by=by),
    "reset": lambda cast, by: people.reset(person=cast.colleague, by=by),
    "create a team": lambda cast, by: people.create_team(name="Other", by=by),
    "rename a team": lambda cast, by: people.rename_team(team=cast.team, name="Other", by=by),
    "join": lambda cast, by: people.join_team(person=cast.auditor, team=cast.team, by=by),
    "leave": lambda cast, by: people.leave_team(person=cast.colleague, team=cast.team, by=by),
    "grant": lambda cast, by: people.grant_role(person=cast.colleague, role="auditor", by=by),
    "revoke": lambda cast, by: people.revoke_role(person=cast.colleague, role="author", by=by),
}


@pytest.mark.parametrize("verb", MANAGING.values(), ids=MANAGING.keys())
def test_nobody_manages_people_but_administrators(cast: Cast, verb: Callable) -> None:
    for by in (cast.author, cast.release, cast.auditor, cast.stranger, cast.pipeline):
        with pytest.raises(PermissionDenied):
            verb(cast, by)
    assert not Event.objects.filter(actor__in=[cast.author.pk, cast.stranger.pk]).exclude(kind__endswith=".refused")


@pytest.mark.engines
@pytest.mark.django_db(transaction=True)
class TestTheSameSecond:
    def test_two_administrators_who_deactivate_each_other_leave_one(self, cast: Cast) -> None:
        one, other = cast.admin, second_admin()
        failures = at_once(
            [
                lambda: people.deactivate(person=other, reason=REASON, by=one),
                lambda: people.deactivate(person=one, reason=REASON, by=other),
            ]
        )
        assert len(failures) == 1
        assert Person.objects.filter(is_active=True, role_grants__role="admin").count() == 1

    def test_two_administrators_who_take_each_other_s_role_leave_one(self, cast: Cast) -> None:
        one, other = cast.admin, second_admin()
        failures = at_once(
            [
                lambda: people.revoke_role(person=other, role="admin", by=one),
                lambda: people.deactivate(person=one, reason=REASON, by=other),
            ]
        )
        assert len(failures) == 1
        assert Person.objects.filter(is_active=True, role_grants__role="admin").count() == 1

    def test_a_token_issued_while_its_person_is_deactivated_is_dead(self, cast: Cast) -> None:
        at_once(
            [
                lambda: people.issue_token(person=cast.author, label="Late", scopes=["read"], by=cast.author),
                lambda: people.deactivate(person=cast.author, reason=REASON, by=cast.admin),
            ]
        )
        people.reactivate(person=cast.author, by=cast.admin)
        assert not ApiToken.objects.live().filter(person=cast.author).exists()

    def test_a_role_given_twice_is_held_once(self, cast: Cast) -> None:
        grant = {"person": cast.auditor, "role": "author", "by": cast.admin}
        failures = at_once([lambda: people.grant_role(**grant), lambda: people.grant_role(**grant)])
        assert len(failures) == 1
        assert RoleGrant.objects.filter(person=cast.auditor, role="author").count() == 1
