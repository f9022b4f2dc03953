"""The ledger's page in a real browser, while it is verified and while the portal is read-only."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from audit import halts
from audit.models import AskedProof
from tests.audit.test_checkpoints import sign
from tests.browser.conftest import cast  # noqa: F401 - a fixture
from tests.browser.test_accessibility import faults_in_every_look
from tests.browser.visitors import Reception
from tests.builders import Cast

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("signer_of_its_own")]


def read(count: int) -> None:
    """As the worker's thread says it."""
    now = timezone.now()
    AskedProof.objects.update(began_at=now, seen_at=now, reading="events", count=count, total=5000)


def test_the_page_follows_a_proof_by_itself_to_its_end(cast: Cast, reception: Reception) -> None:  # noqa: F811
    sign()
    auditor = reception.let_in(cast.auditor)
    page = auditor.page
    auditor.open("/ledger/")
    auditor.press("Verify now")
    auditor.sees("A verification waits for the worker since")
    assert faults_in_every_look(page) == []
    for count in (1250, 2500):
        read(count)
        expect(page.get_by_role("progressbar", name="Events read")).to_have_attribute("value", str(count))
    assert faults_in_every_look(page) == []
    AskedProof.objects.all().delete()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_role("status").last).to_have_text("Ledger: Signed, not verified yet")


def test_without_scripts_a_link_shows_how_far_it_is(cast: Cast, reception: Reception) -> None:  # noqa: F811
    sign()
    auditor = reception.let_in(cast.auditor, java_script_enabled=False)
    auditor.open("/ledger/")
    auditor.press("Verify now")
    read(1250)
    auditor.follow("Show how far it is now")
    auditor.sees("of 5 000 events read")


def test_a_read_only_portal_is_readable_to_everybody(cast: Cast, reception: Reception) -> None:  # noqa: F811
    sign()
    auditor = reception.let_in(cast.auditor)
    auditor.open("/ledger/")
    halts.begin("The ledger holds 3 events, and 5 were signed for")
    for address in ("/ledger/", "/accounts/login/"):
        auditor.open(address)
        auditor.sees("and 5 were signed for")
        assert faults_in_every_look(auditor.page) == []
