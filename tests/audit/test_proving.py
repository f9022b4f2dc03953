"""Of proofs that are asked for one waits or runs, and its page shows how far it is."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import proving, record, tasks, verify, wakeups
from audit.actions import ledger
from audit.models import AskedProof, Event
from audit.verify import Progress
from tests.audit.test_checkpoints import sign
from tests.builders import Cast

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.engines,
    pytest.mark.usefixtures("signer_of_its_own"),
]
ASKED = "audit.verification.asked"


@pytest.fixture
def auditor(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.auditor, backend="governance.roles.SignInBackend")
    sign()
    return client


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> list[Progress]:
    """Those that were begun, in the place of the proof itself."""
    made: list[Progress] = []
    monkeypatch.setattr(tasks, "_verify", made.append)
    return made


def state(client: Client) -> str:
    return " ".join(client.get(reverse("audit:ledger_state")).content.decode().split())


def ask(client: Client) -> str:
    return client.post(reverse("audit:ledger_verify"), follow=True).content.decode()


def long_ago() -> datetime.datetime:
    return timezone.now() - datetime.timedelta(hours=9)


def waited_for(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


def test_asking_again_leads_to_the_one_that_waits(
    auditor: Client, proofs: list[Progress], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        assert "A verification waits for the worker since" in ask(auditor)
    assert Event.objects.filter(kind=ASKED).count() == 1
    tasks.verify_asked()
    tasks.verify_asked()
    assert len(proofs) == 1
    ask(auditor)
    tasks.verify_asked()
    assert (len(proofs), Event.objects.filter(kind=ASKED).count()) == (2, 2)


def test_asking_wakes_the_worker_each_time(
    auditor: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(wakeups, "_send", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        ask(auditor)
        ask(auditor)
    assert sent == [tasks.verify_asked.name] * 2


def test_the_one_of_the_night_is_the_one_that_somebody_has_asked_for(auditor: Client, proofs: list[Progress]) -> None:
    ask(auditor)
    tasks.verify_ledger()
    tasks.verify_asked()
    assert len(proofs) == 1
    tasks.verify_ledger()
    assert len(proofs) == 2


def test_while_one_runs_no_other_is_begun(proofs: list[Progress], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "EVERY", 0.01)
    proving.ask()
    with proving.turn() as running:
        assert running is not None
        AskedProof.objects.update(seen_at=long_ago())
        assert waited_for(lambda: proving.asked().seen_at > long_ago()), "It lives, however long it takes."
        tasks.verify_ledger()
        assert proofs == []
    assert proving.asked() is None


def test_one_that_was_killed_is_begun_anew(proofs: list[Progress]) -> None:
    proving.ask()
    AskedProof.objects.update(began_at=timezone.now(), seen_at=timezone.now())
    tasks.verify_asked()
    assert proofs == [], "It has only just begun."
    AskedProof.objects.update(began_at=long_ago(), seen_at=long_ago())
    tasks.verify_asked()
    assert len(proofs) == 1


def test_one_that_fails_stands_in_nobody_s_way(proofs: list[Progress]) -> None:
    proving.ask()
    with pytest.raises(ZeroDivisionError), proving.turn():
        raise ZeroDivisionError
    assert proving.asked() is None


def test_the_page_shows_how_far_it_is_and_its_end(auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "EVERY", 0.01)
    assert "data-running" not in state(auditor)
    ask(auditor)
    waiting = state(auditor)
    assert "data-running" in waiting
    assert "A verification waits for the worker since" in waiting
    with proving.turn() as running:
        running.count, running.total = 1200, 34567
        assert waited_for(lambda: proving.asked().count == 1200)
        page = state(auditor)
        assert "1 200 of 34 567 events read" in page
        assert "data-running" in page
        assert '<progress class="progress__bar" max="34567" value="1200"' in page
        running.what = "rows"
        assert waited_for(lambda: proving.asked().reading == "rows")
        assert "1 200 of 34 567 events read; now rows" in state(auditor)
    assert "data-running" not in state(auditor)


def test_without_scripts_a_link_shows_it_anew(auditor: Client) -> None:
    page = ask(auditor)
    assert f'<noscript><p class="small"><a href="{reverse("audit:event_list")}">' in page


def test_that_no_worker_comes_is_said(auditor: Client) -> None:
    ask(auditor)
    assert "No worker was seen" not in state(auditor)
    AskedProof.objects.update(asked_at=long_ago())
    assert "No worker was seen" in state(auditor)


def test_who_may_not_read_everything_asks_for_nothing(cast: Cast) -> None:
    for _ in range(2):
        with pytest.raises(PermissionDenied):
            ledger.ask_verification(by=cast.author)
        proving.ask()
    assert not Event.objects.filter(kind=ASKED).exists()


def test_the_proof_itself_counts_the_events_it_has_read(cast: Cast) -> None:
    sign()
    made = Progress()
    found = verify.verify(deep=True, every_copy=True, progress=made)
    assert (made.count, made.total) == (Event.objects.count(), Event.objects.count())
    assert made.count == found.read["events"]
    assert made.what != "events"


def test_what_was_found_stands_there_at_the_end(auditor: Client) -> None:
    ask(auditor)
    tasks.verify_asked()
    assert "Intact" in state(auditor)
    assert not record.current().is_asked


def test_a_proof_that_was_given_up_takes_no_claim_away_from_the_one_that_was_begun_anew(auditor: Client) -> None:
    ask(auditor)
    with proving.turn() as slow:
        assert slow is not None
        AskedProof.objects.update(seen_at=timezone.now() - proving.PATIENCE)
        with proving.turn() as anew:
            assert anew is not None
        assert not AskedProof.objects.exists()
        ask(auditor)
    assert AskedProof.objects.get().began_at is None


def test_a_database_that_does_not_answer_once_is_asked_again(auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "EVERY", 0.01)
    real, asked = proving.AskedProof.objects.filter, []

    def failing_once(*args: Any, **kwargs: Any) -> Any:
        asked.append(kwargs)
        if len(asked) == 1:
            raise OperationalError("The connection is gone.")
        return real(*args, **kwargs)

    ask(auditor)
    with proving.turn() as progress:
        assert progress is not None
        monkeypatch.setattr(proving.AskedProof.objects, "filter", failing_once)
        progress.count = 7
        assert waited_for(lambda: AskedProof.objects.get().count == 7)
        monkeypatch.undo()
