"""The help page: what one's roles do and where, what the words mean, whom to ask."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import reverse

from audit import checkpoints
from audit.actions import ledger as ledger_actions
from audit.models import Event
from governance import manual
from governance.guides import GUIDES, Guide, guide_of
from governance.roles import ROLES
from registry.actions import people
from registry.models import Person
from tests import builders
from tests.audit.test_checkpoints import lose, sign
from tests.builders import Cast
from tests.registry.pages import MOST_STATEMENTS, signed_in
from tests.statements import statements

pytestmark = pytest.mark.django_db
HELP = reverse("governance:help")
DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_it_begins_with_what_the_reader_does(cast: Cast) -> None:
    page = signed_in(cast.business).get(HELP).content.decode()
    assert "Decides about use cases, and whether a version serves its use case." in page
    assert f'href="{reverse("approvals:review_list")}">Open Reviews' in page
    assert "Adds people, gives them teams" not in page


def test_it_names_the_administrators_who_are_there_now(cast: Cast) -> None:
    people.grant_role(person=cast.auditor, role="admin", by=cast.admin)
    page = signed_in(cast.author).get(HELP).content.decode()
    assert "new passwords: Admin, Auditor." in page
    people.deactivate(person=cast.admin, reason="Left.", by=cast.auditor)
    assert "new passwords: Auditor." in signed_in(cast.author).get(HELP).content.decode()


def test_the_words_of_the_record_lead_to_what_they_mean(cast: Cast, signer_of_its_own: Path) -> None:
    builders.build_version(cast)
    sign()
    client = signed_in(cast.auditor)
    event = Event.objects.filter(kind="registry.version.registered").latest("pk")
    pages = [reverse("audit:event_list"), reverse("audit:event_detail", args=[event.uid])]
    linked = {
        word for page in pages for word in re.findall(rf'href="{HELP}#([a-z]+)"', client.get(page).content.decode())
    }
    assert linked >= {"root", "checkpoint", "key", "anchor", "tree", "proof", "leaf", "seal"}
    said = client.get(HELP).content.decode()
    for word in linked | {"epoch"}:
        sentence = said.partition(f'<span id="{word}">')[2].partition("</span>")[0]
        assert re.fullmatch(r"[A-Z][^.]+\.|[A-Z].+; .+\.", sentence), word


def test_the_epoch_of_an_event_leads_to_what_it_means(cast: Cast, signer_of_its_own: Path) -> None:
    builders.build_version(cast)
    sign()
    lose(1)
    checkpoints.look_back()
    ledger_actions.resume(reason="The disk had to be replaced.", by=Person.objects.system())
    event = Event.objects.get(kind="audit.epoch.opened")
    page = signed_in(cast.auditor).get(reverse("audit:event_detail", args=[event.uid]))
    assert f'href="{HELP}#epoch">Epoch</a>' in page.content.decode()


def test_every_role_has_a_guide_that_is_there(cast: Cast) -> None:
    assert {guide_of(role) for role in ROLES} == set(GUIDES)
    assert [guide.file for guide in GUIDES if not (DOCS / guide.file).is_file()] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.slug)
def test_each_guide_is_a_page_of_the_portal(cast: Cast, guide: Guide) -> None:
    client = signed_in(cast.author)
    address = reverse("governance:guide", args=[guide.slug])
    assert f'href="{address}">{guide.title}</a>' in client.get(HELP).content.decode()
    page = client.get(address).content.decode()
    assert f"<h1>{guide.title}</h1>" in page
    written = (DOCS / guide.file).read_text()
    assert written.startswith(f"# {guide.title}\n")
    for heading in re.findall(r"^## (.+)$", written, re.MULTILINE):
        assert f"<h2>{heading}</h2>" in page
    assert statements(client, address) <= MOST_STATEMENTS


def test_the_links_of_a_guide_stay_in_the_portal(cast: Cast) -> None:
    client = signed_in(cast.author)
    page = client.get(reverse("governance:guide", args=["data-scientists"])).content.decode()
    body = page[page.index('<div class="prose">') :]
    assert ".md" not in "".join(re.findall(r'href="([^"]*)"', body))
    assert f'<a href="{reverse("governance:guide", args=["reviewers"])}">for reviewers</a>' in body
    assert f'<a href="{reverse("governance:role_list")}">who may do what</a>' in body
    assert "how a review moves (<code>docs/workflow.md</code>)" in body


def test_a_table_of_a_guide_names_the_column_in_each_cell(cast: Cast) -> None:
    page = signed_in(cast.author).get(reverse("governance:guide", args=["data-scientists"])).content.decode()
    assert '<td role="cell" data-label="You cannot">give yourself a role</td>' in page
    assert '<td role="cell" data-label="Because">an administrator does</td>' in page


def test_there_is_no_other_guide(cast: Cast) -> None:
    assert signed_in(cast.author).get(reverse("governance:guide", args=["nobody"])).status_code == 404


def test_a_guide_that_was_not_brought_along_is_not_there(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    manual.page_of.cache_clear()
    monkeypatch.setattr(manual, "DOCS", Path("/nowhere"))
    assert signed_in(cast.author).get(reverse("governance:guide", args=["auditors"])).status_code == 404


def test_it_stands_in_the_navigation_and_costs_little(cast: Cast) -> None:
    client = signed_in(cast.author)
    assert f'href="{HELP}"' in client.get("/").content.decode()
    assert statements(client, HELP) <= MOST_STATEMENTS
