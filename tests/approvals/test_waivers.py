"""Waivers: a version passes although a required check says no, for a time, with two people behind it."""

from __future__ import annotations

import datetime
import html
import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.urls import reverse

from approvals import duties, gates
from approvals import facts as version_facts
from approvals.actions import deployments, waivers
from approvals.models import Check, Waiver
from audit.models import Event, OutboxMessage
from registry import days
from registry.models import Deployment, ModelVersion, Person
from tests import builders
from tests.approvals.test_approvals_that_count import codes, requirement
from tests.approvals.test_checks import making_of
from tests.approvals.test_whose_rights import give
from tests.builders import Cast
from tests.mails import reached
from tests.registry.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

REASON = "The holdout is being collected, and ends in March."
ANSWER = "Two weeks are acceptable."


def text_of(answer: HttpResponse) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def in_days(number: int) -> datetime.date:
    return days.today() + datetime.timedelta(days=number)


def missing_plan(cast: Cast) -> ModelVersion:
    """Everything that production asks is met, but monitoring."""
    version = builders.approved_version(cast)
    builders.deploy(cast, version, "staging")
    builders.write_release_plan(cast, version, seen_revision=1, monitoring_url="")
    return version


def ask(cast: Cast, version: ModelVersion, by: Person | None = None, **changes: Any) -> Waiver:
    given = {"check": "monitoring", "environment": "production", "reason": REASON, "ends_on": in_days(14)}
    return waivers.ask(version=version, by=by or cast.author, **given | changes)


def grant(cast: Cast, waiver: Waiver, by: Person | None = None) -> Waiver:
    return waivers.grant(waiver=waiver, reason=ANSWER, by=by or cast.compliance)


def monitoring(version: ModelVersion, *, in_days: int = 0) -> str:
    wanted = ModelVersion.objects.filter(pk=version.pk)
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=in_days)
    return requirement(version_facts.load(wanted, now=now)[0], "monitoring-configured").state


def refused(act: Any, **given: Any) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        act(**given)
    return codes(refusal)


class TestWhatItDoes:
    def test_it_lets_pass_what_was_waived_and_nothing_else(self, cast: Cast) -> None:
        version = missing_plan(cast)
        waiver = ask(cast, version)
        assert monitoring(version) == "unmet"
        grant(cast, waiver)
        answer = gates.ask(version_facts.of(version), "production")
        assert answer.allowed
        found = next(each for each in answer.requirements if each.code == "monitoring-configured")
        assert found.state == "waived"
        assert found.detail.endswith(f"Compliance waived it until {waiver.ends_on:%-d %b %Y}: {REASON}")
        deployments.record(version=version, environment="production", by=cast.release)
        told = Event.objects.filter(kind="approvals.deployment.recorded").latest("pk")
        assert told.facts["waivers"] == [waiver.pk]

    def test_of_one_environment_it_says_nothing_about_another(self, cast: Cast) -> None:
        version = builders.build_version(cast, code_repository="", code_commit="", training_run="")
        grant(cast, ask(cast, version, check="lineage", environment="staging"))
        facts = version_facts.of(version)
        assert requirement(facts, "lineage-complete", "staging").state == "waived"
        assert requirement(facts, "lineage-complete", "production").state == "unmet"

    def test_after_its_last_day_the_check_holds_it_up_again(self, cast: Cast) -> None:
        version = missing_plan(cast)
        grant(cast, ask(cast, version, ends_on=in_days(3)))
        assert [monitoring(version, in_days=number) for number in (0, 3, 4)] == ["waived", "waived", "unmet"]

    def test_with_a_change_of_what_was_checked_it_counts_no_more(self, cast: Cast) -> None:
        version = missing_plan(cast)
        waiver = grant(cast, ask(cast, version))
        builders.write_release_plan(cast, version, seen_revision=2, alerts_url="")
        assert monitoring(version) == "unmet"
        page = text_of(signed_in(cast.auditor).get(reverse("approvals:waiver_detail", args=[waiver.pk])))
        assert "What was checked has changed since it was asked for, so it counts no more." in page

    def test_a_stricter_policy_takes_it_away(self, cast: Cast) -> None:
        version = missing_plan(cast)
        grant(cast, ask(cast, version))
        making_of(cast, {Check.MONITORING: "strict"})
        assert monitoring(version) == "unmet"

    def test_ended_it_counts_no_more(self, cast: Cast) -> None:
        version = missing_plan(cast)
        waiver = grant(cast, ask(cast, version))
        waivers.end(waiver=waiver, reason="The monitoring is late.", by=cast.release)
        assert monitoring(version) == "unmet"
        assert refused(waivers.end, waiver=waiver, reason="Again.", by=cast.release) == ["wrong-state"]


class TestWhatCanBeWaived:
    def test_only_what_a_policy_requires_and_holds_up_now(self, cast: Cast) -> None:
        version = missing_plan(cast)
        asking = {"version": version, "environment": "production", "reason": REASON, "ends_on": in_days(1)}
        assert refused(waivers.ask, check="card", by=cast.author, **asking) == ["nothing-to-waive"]
        making_of(cast, {Check.MONITORING: "strict"})
        assert refused(waivers.ask, check="monitoring", by=cast.author, **asking) == ["waiver-not-allowed"]

    @pytest.mark.parametrize("number", [-1, 367])
    def test_for_a_time_that_is_neither_over_nor_endless(self, cast: Cast, number: int) -> None:
        with pytest.raises(ValidationError) as refusal:
            ask(cast, missing_plan(cast), ends_on=in_days(number))
        assert codes(refusal) == ["waiver-end"]

    def test_once(self, cast: Cast) -> None:
        version = missing_plan(cast)
        waiver = ask(cast, version)
        with pytest.raises(ValidationError) as refusal:
            ask(cast, version)
        assert codes(refusal) == ["waiver-open"]
        waivers.end(waiver=waiver, reason="Another day.", by=cast.author)
        ask(cast, version)

    def test_anew_says_in_the_ledger_that_the_earlier_one_is_ended(self, cast: Cast) -> None:
        version = missing_plan(cast)
        spent = grant(cast, ask(cast, version))
        builders.write_release_plan(cast, version, seen_revision=2, alerts_url="")
        ask(cast, version)
        ended = Event.objects.get(kind="approvals.waiver.ended")
        assert (ended.facts["waiver"], ended.actor) == (str(spent), cast.author.pk)

    def test_anew_for_one_environment_leaves_the_other_alone(self, cast: Cast) -> None:
        version = builders.build_version(cast, code_repository="", code_commit="", training_run="")
        staging = grant(cast, ask(cast, version, check="lineage", environment="staging"))
        ask(cast, version, check="lineage", environment="production")
        staging.refresh_from_db()
        assert staging.status == "granted"

    @pytest.mark.parametrize("is_granted", [False, True])
    def test_anew_once_it_counts_no_more(self, cast: Cast, is_granted: bool) -> None:
        version = missing_plan(cast)
        spent = ask(cast, version)
        if is_granted:
            spent = grant(cast, spent)
        builders.write_release_plan(cast, version, seen_revision=2, alerts_url="")
        again = ask(cast, version)
        spent.refresh_from_db()
        assert (spent.status, again.status) == ("ended", "asked")
        grant(cast, again)
        assert monitoring(version) == "waived"


class TestWho:
    def test_a_second_person_who_has_no_part_in_the_version(self, cast: Cast) -> None:
        version = missing_plan(cast)
        for role in ("compliance-reviewer", "release-manager"):
            give(cast.author, role, cast.admin)
        give(cast.colleague, "compliance-reviewer", cast.admin)
        waiver = ask(cast, version)
        assert refused(grant, cast=cast, waiver=waiver, by=Person.objects.get(pk=cast.author.pk)) == ["own-waiver"]
        builders.attach_evaluation(cast, version, by=cast.colleague)
        colleague = Person.objects.get(pk=cast.colleague.pk)
        assert refused(grant, cast=cast, waiver=waiver, by=colleague) == ["own-work"]
        assert grant(cast, waiver, cast.release).decided_by == cast.release

    def test_nobody_without_the_right(self, cast: Cast) -> None:
        version = missing_plan(cast)
        with pytest.raises(PermissionDenied):
            ask(cast, version, by=cast.technical)
        waiver = ask(cast, version)
        with pytest.raises(PermissionDenied):
            grant(cast, waiver, cast.technical)
        assert refused(waivers.end, waiver=waiver, reason="No.", by=cast.colleague) == ["not-yours"]

    def test_no_token(self, cast: Cast) -> None:
        waiver = ask(cast, missing_plan(cast))
        with_token = builders.with_token(cast.compliance, "read")
        assert refused(grant, cast=cast, waiver=waiver, by=with_token) == ["person-required"]

    def test_the_database_knows_it_as_well(self, cast: Cast) -> None:
        waiver = ask(cast, missing_plan(cast))
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE approvals_waiver SET status = 'granted', decided_by_id = asked_by_id, decided_at = asked_at, "
                "answer = 'Mine.' WHERE id = %s",
                [waiver.pk],
            )

    def test_it_is_said_once_and_to_those_who_decide(self, cast: Cast) -> None:
        version = missing_plan(cast)
        OutboxMessage.objects.all().delete()
        waiver = ask(cast, version)
        told = reached()
        assert told == ["compliance@example.org", "release@example.org", "superuser@example.org"]
        assert [each.id for each in duties.of(cast.compliance).waivers] == [waiver.pk]
        assert duties.of(cast.author).waivers == duties.of(cast.technical).waivers == []
        OutboxMessage.objects.all().delete()
        waivers.decline(waiver=waiver, reason="Set it up first.", by=cast.compliance)
        assert reached() == ["author@example.org"]
        assert duties.of(cast.compliance).waivers == []


class TestPages:
    def test_from_the_version_to_the_deployment(self, cast: Cast) -> None:
        version = missing_plan(cast)
        author, compliance = signed_in(cast.author), signed_in(cast.compliance)
        address = reverse("approvals:waiver_ask", args=[version.model.name, version.number])
        home = author.get(reverse("governance:version_detail", args=[version.model.name, version.number]))
        assert address in home.content.decode()
        assert "Monitoring and alerts are set up (production)" in text_of(author.get(address))
        body = {"what": "monitoring:production", "reason": REASON, "ends_on": in_days(14).isoformat()}
        asked = author.post(address, body, follow=True)
        waiver = Waiver.objects.get()
        assert "It does nothing before another person grants it." in text_of(asked)
        assert "Waiver for" in text_of(compliance.get("/"))
        compliance.post(reverse("approvals:waiver_grant", args=[waiver.pk]), {"reason": ANSWER})
        recording = reverse("approvals:deployment_record", args=[version.model.name, version.number])
        said = text_of(signed_in(cast.release).get(recording))
        assert "1 check is waived for a time." in said
        assert Deployment.objects.filter(environment="production").count() == 0

    def test_the_gate_tells_pipelines(self, cast: Cast) -> None:
        version = missing_plan(cast)
        grant(cast, ask(cast, version))
        headers = {"Authorization": f"Bearer {builders.token_secret(cast.pipeline, 'read')}"}
        url = f"/api/v1/models/{version.model.name}/versions/{version.number}/gate?environment=production"
        answer = signed_in(cast.auditor).get(url, headers=headers).json()
        assert answer["allowed"] is True
        assert [each["code"] for each in answer["waived"]] == ["monitoring-configured"]

    def test_whoever_may_not_is_told_why_and_shown_no_form(self, cast: Cast) -> None:
        waiver = ask(cast, missing_plan(cast))
        page = signed_in(cast.technical).get(reverse("approvals:waiver_detail", args=[waiver.pk])).content.decode()
        assert "A compliance reviewer or a release manager who has no part in this version can." in page
        assert 'name="reason"' not in page

    def test_there_is_a_word_where_nothing_can_be_waived(self, cast: Cast) -> None:
        version = builders.approved_version(cast)
        builders.deploy(cast, version, "staging")
        address = reverse("approvals:waiver_ask", args=[version.model.name, version.number])
        assert "No check that could be waived holds this version up now." in text_of(
            signed_in(cast.author).get(address)
        )
