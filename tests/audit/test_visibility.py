"""Everybody reads what happens to models; who came in, with which token, and who was refused is not for everybody."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from audit import checkpoints, kinds, tree, verify
from audit.actions import ledger as ledger_actions
from audit.models import Event
from registry.actions import people
from registry.models import Person
from tests import builders
from tests.attacks import past_the_guards
from tests.builders import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signer_of_its_own")]
BACKEND = "governance.roles.SignInBackend"


def seen_by(person: Person) -> set[str]:
    return set(Event.objects.visible_to(Person.objects.get(pk=person.pk)).values_list("kind", flat=True))


def page_for(person: Person, url: str) -> int:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client.get(url).status_code


def test_what_happens_to_models_is_open_to_every_reader(cast: Cast) -> None:
    builders.approved_version(cast, "low")
    for reader in (cast.author, cast.business, cast.compliance, cast.auditor, cast.admin):
        assert {"registry.model.registered", "approvals.review.approved"} <= seen_by(reader)


def test_what_is_about_people_is_open_to_auditors_and_administrators(cast: Cast) -> None:
    about_people = {"registry.person.created", "registry.role.granted", "registry.team.joined"}
    for reader in (cast.auditor, cast.admin):
        assert about_people <= seen_by(reader)
    assert (
        not Event.objects.visible_to(cast.business)
        .filter(kind__in=about_people)
        .exclude(subject=f"registry.person:{cast.business.pk}")
    )


def test_the_events_beside_one_are_those_that_the_reader_sees(cast: Cast) -> None:
    model = builders.build_model(cast)
    people.grant_role(person=cast.colleague, role="auditor", by=cast.admin)
    version = builders.build_version(cast, model=model)
    between = Event.objects.filter(kind="registry.role.granted").latest("pk")
    first, last = (Event.objects.about(each).get() for each in (model, version))

    def beside(person: Person, event: Event) -> tuple[Event | None, Event | None]:
        client = Client()
        client.force_login(person, backend=BACKEND)
        context = client.get(reverse("audit:event_detail", args=[event.uid])).context
        return context["earlier"], context["later"]

    assert (beside(cast.auditor, first)[1], beside(cast.auditor, last)[0]) == (between, between)
    assert (beside(cast.business, first)[1], beside(cast.business, last)[0]) == (last, first)
    assert beside(cast.auditor, Event.objects.earliest("pk"))[0] is None


def test_a_refused_attempt_is_between_who_tried_and_auditors(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        people.create_team(name="Not mine", by=cast.author)
    refused = "registry.team.created.refused"
    assert refused in seen_by(cast.author) & seen_by(cast.auditor)
    assert refused not in seen_by(cast.business)


def test_an_event_that_one_may_not_see_is_not_there(cast: Cast) -> None:
    granted = Event.objects.get(kind="registry.role.granted", subject=f"registry.person:{cast.technical.pk}")
    url = reverse("audit:event_detail", args=[granted.uid])
    assert [page_for(person, url) for person in (cast.auditor, cast.technical, cast.business)] == [200, 200, 404]


def test_the_list_and_what_is_taken_out_of_it_leave_it_out_too(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.business, backend=BACKEND)
    question = "?kind=registry.person.signed_in"
    assert cast.author.name not in _events(client.get(reverse("audit:event_list") + question).content.decode())
    taken = client.post(reverse("audit:event_export") + question)
    rows = b"".join(taken.streaming_content).decode().splitlines()
    assert all(cast.business.name in row for row in rows[1:])


def test_what_an_auditor_asked_about_somebody_is_not_told_to_them(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.auditor, backend=BACKEND)
    client.post(reverse("audit:event_export") + f"?actor={cast.business.username}")
    exported = "audit.ledger.exported"
    assert exported in seen_by(cast.auditor) & seen_by(cast.admin)
    assert exported not in seen_by(cast.business)


def _events(page: str) -> str:
    return page.partition('id="events-h"')[2].partition("</section>")[0]


def test_kinds_are_open_unless_they_are_about_people_or_refusals() -> None:
    confidential = {kind.name for kind in kinds.every() if kind.confidential}
    assert {name.split(".")[1] for name in confidential} <= {
        "account", "person", "second_factor", "recovery_codes", "identity", "session", "team", "role", "token",
        "settings", "ledger",
    }  # fmt: skip
    assert not set(kinds.open_to_all()) & confidential
    assert not [name for name in kinds.open_to_all() if name.endswith(".refused")]


def test_what_the_proof_finds_says_nothing_of_what_is_confidential(cast: Cast) -> None:
    """The finding is an event that everybody reads, and stands at the top of the ledger."""
    with pytest.raises(PermissionDenied):
        people.create_team(name="Not mine", by=cast.author)
    refused = Event.objects.get(kind="registry.team.created.refused")
    tree.integrate()
    with past_the_guards("audit_event"):
        Event.objects.filter(pk=refused.pk).update(reason="Another.")
    reading = verify.events_whole()
    found = verify.Verification({"events": reading.count}, reading.fault)
    ledger_actions.record_verification(verification=found, by=Person.objects.system())
    checkpoints.sign_now()
    found = Event.objects.get(kind="audit.ledger.verified")
    assert found.facts["fault"] == f"event {refused.pk} its columns differ from its signed bytes"
    client = Client()
    client.force_login(cast.business, backend=BACKEND)
    for url in ("/ledger/", reverse("audit:event_detail", args=[found.uid])):
        page = client.get(url).content.decode()
        assert f"event {refused.pk} its columns differ" in page.replace("Event", "event")
        assert "team.created.refused" not in page


def test_evidence_of_somebody_is_named_by_what_names_nobody(cast: Cast) -> None:
    stream = f"registry.team:{cast.team.pk}"
    assert Event.objects.filter(stream=stream).exists()
    client = Client()
    client.force_login(cast.auditor, backend=BACKEND)
    answer = client.post(reverse("audit:evidence_export"), {"about": stream})
    assert b"".join(answer.streaming_content)
    assert answer.status_code == 200
    assert Event.objects.get(kind="audit.evidence.exported").facts["about"] == stream
