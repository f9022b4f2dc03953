"""How the record stands is said on every page, and a portal that is read-only says so wherever somebody writes."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import checkpoints, halts, record, tree
from audit.actions import ledger
from audit.ledger import entry
from audit.models import Event
from audit.verify import Fault, Verification
from registry.actions import people
from registry.models import ModelVersion, Person
from tests import builders
from tests.builders import Cast
from tests.callers import Caller, caller, codes, secret_for
from tests.registry.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signer_of_its_own")]
BACKEND = "governance.roles.SignInBackend"
PASSWORD = "a-long-and-quiet-river"
REASON = "The ledger holds 3 events, and 5 were signed for"


@pytest.fixture
def page(client: Client, cast: Cast) -> Any:
    client.force_login(cast.author, backend=BACKEND)
    return lambda: client.get("/").content.decode()


def sign() -> int:
    tree.integrate()
    return checkpoints.sign_now().size


def path_of(version: ModelVersion) -> str:
    return f"/models/{version.model.name}/versions/{version.number}"


def verified(fault: Fault | None = None) -> None:
    found = Verification({"events": Event.objects.count(), "rows": 7}, fault)
    ledger.record_verification(verification=found, by=Person.objects.system())


def test_the_record_is_said_to_be_not_signed_yet(page: Any) -> None:
    assert "Record not signed yet" in page()


def test_the_record_is_said_to_be_signed_and_then_verified(page: Any) -> None:
    size = sign()
    assert f"Record signed, {size} events, not verified yet" in page()
    verified()
    assert f"Record intact, {size} events, verified" in page()


def test_a_verification_grows_old(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sign()
    verified()
    later = timezone.now() + record.OVERDUE + datetime.timedelta(minutes=1)
    monkeypatch.setattr(record.timezone, "now", lambda: later)
    assert record.current().state is record.State.OVERDUE


def test_a_broken_record_is_said_to_be_broken(page: Any) -> None:
    sign()
    verified(Fault("event 3", "is gone"))
    assert "Record broken, found" in page()
    verified()
    assert "Record intact" in page()


@pytest.mark.parametrize("kind", [record.VERIFIED, record.BEGUN])
def test_nobody_but_the_portal_is_believed_about_the_record(cast: Cast, kind: str) -> None:
    sign()
    verified(Fault("event 3", "is gone"))
    before = record.current()
    facts = {"fault": "", "rows": 7, "events": 9, "epoch": 2, "lost_size": 9, "size": 7}
    for by, subject in ((cast.admin, None), (Person.objects.system(), cast.admin)):
        with entry(kind, by=by, subject=subject) as forged:
            forged.facts = facts
    assert record.current() == before


def test_a_proof_without_the_rows_takes_nothing_back(page: Any) -> None:
    sign()
    verified(Fault("registry_team 3", "is gone"))
    shallow = Verification({"events": Event.objects.count()})
    ledger.record_verification(verification=shallow, by=Person.objects.system())
    assert "Record broken, found" in page()
    verified()
    assert "Record intact" in page()


def test_a_signer_that_has_fallen_silent_is_said_to(page: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    sign()
    verified()
    people.create_team(name="New", by=cast.admin)
    tree.integrate()
    stands = record.current()
    assert (stands.state, stands.unsigned) == (record.State.INTACT, 2), "The last checkpoint is of a moment ago."
    later = timezone.now() + record.LATE
    monkeypatch.setattr(record.timezone, "now", lambda: later)
    assert record.current().state is record.State.LATE
    assert "Record not signed since" in page()


def test_a_database_from_before_the_first_checkpoint_is_said_to_be_read_only(page: Any) -> None:
    halts.begin(REASON)
    assert REASON in page()
    assert record.current().state is record.State.HALTED


def test_the_line_costs_one_statement(cast: Cast, django_assert_num_queries: Any) -> None:
    sign()
    with django_assert_num_queries(1):
        record.current()


class TestReadOnly:
    @pytest.fixture
    def secret(self, cast: Cast) -> str:
        return secret_for(cast.author)

    @pytest.fixture
    def admin(self, cast: Cast) -> Client:
        client = Client()
        client.force_login(cast.admin, backend=BACKEND)
        return client

    @pytest.fixture
    def approved(self, cast: Cast) -> ModelVersion:
        return builders.approved_version(cast)

    @pytest.fixture
    def deployer(self, cast: Cast) -> Caller:
        return caller(cast.pipeline)

    @pytest.fixture(autouse=True)
    def halted(
        self, signer_of_its_own: Path, cast: Cast, secret: str, admin: Client, approved: ModelVersion, deployer: Caller
    ) -> int:
        """How many events there are, and stay."""
        people.change_password(person=cast.author, password=PASSWORD, by=cast.author)
        sign()
        halts.begin(REASON)
        return Event.objects.count()

    def test_every_page_says_so(self, admin: Client) -> None:
        page = admin.get("/").content.decode()
        assert REASON in page
        assert "Read-only: the record is not what was signed" in page

    def test_the_ledger_blames_no_event(self, admin: Client) -> None:
        page = admin.get(reverse("audit:event_list")).content.decode()
        assert 'class="event__seq"' in page
        assert "Waiting<" not in page
        halts.end()
        assert "In tree" in admin.get(reverse("audit:event_list")).content.decode()

    @pytest.mark.parametrize("route", ["governance:team_create", "governance:account", "account_login"])
    def test_a_button_that_cannot_work_says_so_before_anybody_types(
        self, admin: Client, client: Client, route: str
    ) -> None:
        visitor = client if route == "account_login" else admin
        said = "Not while the portal is read-only"
        assert said in visitor.get(reverse(route)).content.decode()
        halts.end()
        assert said not in visitor.get(reverse(route)).content.decode()

    def test_what_works_all_the_same_stays_open(self, cast: Cast) -> None:
        halts.end()
        auditor = signed_in(cast.auditor)
        halts.begin(REASON)
        page = auditor.get(reverse("audit:event_list")).content.decode()
        shut = re.findall(r'aria-disabled="true" aria-describedby[^>]*>(?:<svg.*?</svg>)?([^<]+)<', page, re.S)
        assert shut == ["Verify now"]
        assert "Download evidence" in page

    def test_a_form_says_so_and_nothing_is_written(self, admin: Client, halted: int) -> None:
        answer = admin.post(reverse("governance:team_create"), {"name": "New"}, follow=True)
        assert (answer.status_code, answer["Retry-After"]) == (503, "300")
        page = answer.content.decode()
        assert "the portal is read-only" in page
        assert 'value="New"' in page, "What was typed stays."
        assert Event.objects.count() == halted

    def test_a_form_that_is_filled_in_wrongly_is_refused_as_ever_once_the_portal_is_written_to(
        self, admin: Client
    ) -> None:
        halts.end()
        answer = admin.post(reverse("governance:team_create"), {"name": ""})
        assert answer.status_code == 422
        assert "Retry-After" not in answer

    def test_a_pipeline_is_told_to_come_back(self, cast: Cast, secret: str, halted: int) -> None:
        body = {"name": "new-model", "purpose": "Sorts.", "task": "classification", "team": cast.team.slug}
        body |= {"owner": cast.author.username, "answers": builders.ANSWERS["low"], "use_case_line": "Saves time."}
        answer = Caller(secret).post("/models", body)
        assert (answer.status_code, answer["Retry-After"]) == (503, "300"), answer.content
        assert [error["code"] for error in answer.json()["errors"]] == ["read-only"]
        assert Event.objects.count() == halted

    def test_a_pipeline_may_still_ask(self, secret: str) -> None:
        assert Caller(secret).get("/models").status_code == 200

    def test_the_gate_lets_nothing_pass_that_may_have_been_revoked_since(
        self, approved: ModelVersion, deployer: Caller
    ) -> None:
        gate = deployer.get(f"{path_of(approved)}/gate", environment="staging").json()
        assert (gate["allowed"], [reason["code"] for reason in gate["reasons"]]) == (False, ["read-only"])
        assert REASON in gate["reasons"][0]["message"]

    def test_no_deployment_is_recorded_and_the_pipeline_is_told_to_come_back(
        self, approved: ModelVersion, deployer: Caller, halted: int
    ) -> None:
        body = {"version": approved.number, "environment": "staging"}
        answer = deployer.post(f"/models/{approved.model.name}/deployments", body)
        assert (answer.status_code, answer["Retry-After"]) == (503, "300"), answer.content
        assert codes(answer) == ["read-only"]
        assert Event.objects.count() == halted

    def test_no_page_calls_it_cleared(self, approved: ModelVersion, admin: Client) -> None:
        for name in ("governance:version_detail", "approvals:deployment_record"):
            page = admin.get(reverse(name, args=[approved.model.name, approved.number])).content.decode()
            assert "Not cleared for" in page, name
            assert "Record as it was signed" in page, name
            assert "Cleared for" not in page and "staging is open" not in page, name

    def test_whoever_is_not_signed_in_is_told_before_they_try(self, client: Client) -> None:
        for address in (reverse("account_login"), "/no-such-page/"):
            page = client.get(address).content.decode()
            assert "Nobody can sign in at the moment" in page, address
            assert REASON in page, address
        halts.end()
        assert "read-only" not in client.get(reverse("account_login")).content.decode()

    def test_somebody_without_a_role_is_told_as_well(self, client: Client, cast: Cast) -> None:
        halts.end()
        client.force_login(cast.stranger, backend=BACKEND)
        assert REASON not in client.get(reverse("governance:account")).content.decode()
        halts.begin(REASON)
        assert REASON in client.get(reverse("governance:account")).content.decode()

    def test_nobody_signs_in_since_that_could_not_be_written_down(self, client: Client, cast: Cast) -> None:
        answer = client.post(reverse("account_login"), {"login": cast.author.username, "password": PASSWORD})
        assert answer.status_code == 503
        assert REASON in answer.content.decode()
        assert f'href="{reverse("account_login")}">Back to sign-in<' in answer.content.decode()
        assert client.get("/models/").status_code == 302

    def test_whoever_is_signed_in_can_leave(self, admin: Client) -> None:
        assert admin.get("/models/").status_code == 200
        assert admin.post(reverse("account_logout")).status_code == 302
        assert admin.get("/models/").status_code == 302
