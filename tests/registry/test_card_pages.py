"""The model card as a page: read as a document, revised without losing anybody's words."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from registry import cards
from registry.actions import cards as card_actions
from registry.models import ModelCard, ModelVersion
from tests.builders import (
    Cast,
    approve_stage,
    ask_for_review,
    attach_evaluation,
    build_version,
    ready_version,
    write_card,
)
from tests.registry.pages import MOST_STATEMENTS, address, retire, signed_in
from tests.statements import statements


@pytest.fixture
def version(cast: Cast) -> ModelVersion:
    return build_version(cast)


def written(**texts: str) -> dict[str, str]:
    return {name: "" for name in cards.FIELD_NAMES} | texts


class TestReading:
    def test_an_empty_card_says_what_belongs_into_it_and_offers_to_write(
        self, cast: Cast, version: ModelVersion
    ) -> None:
        page = signed_in(cast.author).get(address("card_detail", version))

        assert page.status_code == 200
        assert "Nobody has written the card yet" in page.content.decode()
        assert address("card_revise", version) in page.content.decode()

    def test_seven_sections_and_what_is_missing(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version, fairness="", limitations=" ")

        page = signed_in(cast.author).get(address("card_detail", version))
        text = page.content.decode()
        assert [section.title for section in page.context["missing"]] == ["Fairness", "Limitations"]
        assert "5 of 7" in text
        assert f'href="{address("card_revise", version)}#fairness"' in text
        assert text.count('class="doc__section"') == 7
        assert "Made for" in text
        assert "Not made for" in text

    def test_text_is_text(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version, overview="<script>alert(1)</script>\n\nSecond & last.")

        text = signed_in(cast.auditor).get(address("card_detail", version)).content.decode()
        assert "<script>alert(1)" not in text
        assert "<p>Second &amp; last.</p>" in text

    def test_figures_are_those_of_the_newest_evaluations(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version)
        attach_evaluation(cast, version, "staging", {"accuracy": "0.111111"})
        newest = attach_evaluation(cast, version, "staging", {"accuracy": "0.934567", "false_positive_rate": "0.1"})

        text = signed_in(cast.compliance).get(address("card_detail", version)).content.decode()
        assert "0.935" in text
        assert "0.111" not in text
        assert f"#e-{newest.pk}" in text
        assert "+0.02" in text
        assert "Worst" in text

    def test_who_may_not_write_sees_no_button(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version, fairness="")

        text = signed_in(cast.auditor).get(address("card_detail", version)).content.decode()
        assert address("card_revise", version) not in text

    def test_a_stranger_sees_nothing(self, cast: Cast, version: ModelVersion) -> None:
        assert signed_in(cast.stranger).get(address("card_detail", version)).status_code == 403
        assert Client().get(address("card_detail", version)).status_code == 302

    def test_a_version_that_is_not_there(self, cast: Cast, version: ModelVersion) -> None:
        url = reverse("registry:card_detail", kwargs={"name": version.model.name, "number": 99})
        assert signed_in(cast.author).get(url).status_code == 404


class TestRevisions:
    def test_each_says_who_wrote_it_and_what_changed(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version)
        card_actions.revise_card(version=version, by=cast.colleague, seen_revision=1, fairness="Now compared.")

        newest, first = signed_in(cast.auditor).get(address("card_detail", version)).context["revisions"].rows
        assert (newest.number, newest.who, newest.changed) == (2, "Colleague", ("Fairness",))
        assert (first.number, first.who, len(first.changed)) == (1, "Author", 7)

    def test_an_old_one_is_shown_with_a_notice_and_without_figures(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version, overview="What it was.")
        write_card(cast, version, 1, overview="What it is.")
        attach_evaluation(cast, version, "staging", {"accuracy": "0.934567"})

        text = signed_in(cast.author).get(address("card_detail", version), {"revision": 1}).content.decode()
        assert "You are reading revision 1 of 2" in text
        assert "What it was." in text
        assert "What it is." not in text
        assert "0.935" not in text

    def test_the_number_of_the_newest_is_the_newest(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version)

        text = signed_in(cast.author).get(address("card_detail", version), {"revision": 1}).content.decode()
        assert "You are reading revision" not in text

    @pytest.mark.parametrize("number", ["0", "3", "-1", "x", "1e1", "٣", "9" * 30])
    def test_one_that_was_never_written_is_not_found(self, cast: Cast, version: ModelVersion, number: str) -> None:
        write_card(cast, version)

        assert signed_in(cast.author).get(address("card_detail", version), {"revision": number}).status_code == 404

    def test_twenty_five_stand_on_a_page(self, cast: Cast, version: ModelVersion) -> None:
        for seen in range(28):
            write_card(cast, version, seen, overview=f"Wording {seen + 1}.")
        client = signed_in(cast.author)

        first = client.get(address("card_detail", version)).context["revisions"]
        second = client.get(address("card_detail", version), {"page": 2}).context["revisions"]
        assert [row.number for row in first.rows] == list(range(28, 3, -1))
        assert [row.number for row in second.rows] == [3, 2, 1]
        assert first.rows[-1].changed == ("Overview",)
        assert (first.count, second.count) == ("1–25 of 28", "26–28 of 28")
        assert client.get(address("card_detail", version), {"page": "99"}).context["revisions"] == second


def test_the_number_of_statements_does_not_grow(cast: Cast, version: ModelVersion) -> None:
    many = build_version(cast, model=version.model)
    for one, times in ((version, 2), (many, 30)):
        for seen in range(times):
            write_card(cast, one, seen, overview=f"Wording {seen}.")
        rows = [
            {"metric": "accuracy", "value": Decimal("0.9"), "group": "ward", "slice": f"ward {number}"}
            for number in range(times)
        ]
        for purpose in ("staging", "production"):
            attach_evaluation(cast, one, purpose, measurements=rows)
    client = signed_in(cast.author)

    few = statements(client, address("card_detail", version))
    assert statements(client, address("card_detail", many)) == few <= MOST_STATEMENTS
    assert statements(client, address("card_detail", many) + "?revision=7") <= MOST_STATEMENTS
    assert statements(client, address("card_revise", many)) <= MOST_STATEMENTS


class TestRevising:
    def test_part_of_it_may_be_saved(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)

        answer = client.post(
            address("card_revise", version), written(overview="Reads digits.", seen_revision="0"), follow=True
        )
        assert answer.redirect_chain == [(address("card_detail", version), 302)]
        assert "Still missing: Intended use, Training data" in answer.content.decode()
        card = ModelCard.objects.get(version=version)
        assert (card.revision, card.overview, card.revised_by) == (1, "Reads digits.", cast.author)
        assert Event.objects.filter(kind="registry.card.revised", subject_number=2).exists()

    def test_a_whole_card_is_said_to_be_whole(self, cast: Cast, version: ModelVersion) -> None:
        texts = {name: "Something." for name in cards.FIELD_NAMES}

        answer = signed_in(cast.author).post(
            address("card_revise", version), texts | {"seen_revision": "0"}, follow=True
        )
        assert "All seven sections are written" in answer.content.decode()

    def test_the_form_shows_what_is_written(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version, overview="Reads <digits>.")

        text = signed_in(cast.colleague).get(address("card_revise", version)).content.decode()
        assert "Reads &lt;digits&gt;." in text
        assert text.count("<fieldset") == 7
        assert "In words that somebody outside the team understands." in text
        assert 'name="seen_revision" value="1"' in text

    def test_line_ends_of_a_browser_are_no_change(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version, overview="One.\n\nTwo.")
        stored = ModelCard.objects.get(version=version)
        sent = {name: getattr(stored, name).replace("\n", "\r\n") for name in cards.FIELD_NAMES}

        answer = signed_in(cast.author).post(
            address("card_revise", version), sent | {"seen_revision": "1"}, follow=True
        )
        assert "Nothing was changed" in answer.content.decode()
        assert ModelCard.objects.get(version=version).revision == 1

    def test_somebody_was_faster_and_no_word_is_lost(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version)
        mine = {name: f"What the {name.replace('_', ' ')} is." for name in cards.FIELD_NAMES}
        mine |= {"fairness": "Mine.", "seen_revision": "1"}
        card_actions.revise_card(version=version, by=cast.colleague, seen_revision=1, fairness="Theirs.")
        client = signed_in(cast.author)

        answer = client.post(address("card_revise", version), mine)
        text = answer.content.decode()
        assert answer.status_code == 422
        assert answer.context["form"].has_error("__all__", code="newer-revision")
        assert "Colleague wrote revision 2 meanwhile" in text
        assert "Mine.</textarea>" in text
        assert "Theirs." in text
        assert text.count("Revision 2 says something else here") == 1
        assert ModelCard.objects.get(version=version).fairness == "Theirs."

        again = mine | {"seen_revision": answer.context["form"]["seen_revision"].value()}
        saved = client.post(address("card_revise", version), again)
        assert saved.status_code == 302
        card = ModelCard.objects.get(version=version)
        assert (card.revision, card.fairness) == (3, "Mine.")

    @pytest.mark.parametrize("seen", ["", "x", "-1", "99999999999999999999"])
    def test_a_revision_that_is_no_number_keeps_the_text(self, cast: Cast, version: ModelVersion, seen: str) -> None:
        answer = signed_in(cast.author).post(
            address("card_revise", version), written(overview="Kept.", seen_revision=seen)
        )
        assert answer.status_code == 422
        assert "Kept.</textarea>" in answer.content.decode()
        assert not ModelCard.objects.exists()

    @pytest.mark.parametrize(
        ("field", "text"), [("overview", "a\x00b"), ("overview", "x" * 20_001), ("training_period", "x" * 121)]
    )
    def test_what_cannot_be_kept_is_refused(self, cast: Cast, version: ModelVersion, field: str, text: str) -> None:
        answer = signed_in(cast.author).post(
            address("card_revise", version), written(seen_revision="0") | {field: text}
        )
        assert answer.status_code == 422
        assert answer.context["form"].errors
        assert not ModelCard.objects.exists()

    @pytest.mark.parametrize("who", ["auditor", "technical", "compliance", "admin", "stranger"])
    def test_who_does_not_belong_to_the_team_is_refused(self, cast: Cast, version: ModelVersion, who: str) -> None:
        client = signed_in(getattr(cast, who))

        assert client.get(address("card_revise", version)).status_code == 403
        sent = written(overview="Mine now.", seen_revision="0")
        assert client.post(address("card_revise", version), sent).status_code == 403
        assert client.post(address("card_revise", version), {}).status_code == 403
        assert not ModelCard.objects.exists()

    def test_a_retired_version_changes_no_more(self, cast: Cast) -> None:
        version = build_version(cast)
        write_card(cast, version)
        retire(cast, version)
        client = signed_in(cast.author)

        reading = client.get(address("card_detail", version)).content.decode()
        assert 'aria-disabled="true"' in reading
        assert "is retired, so nothing about it changes any more" in reading
        assert "seen_revision" not in client.get(address("card_revise", version)).content.decode()
        answer = client.post(address("card_revise", version), written(overview="Late.", seen_revision="1"))
        assert answer.status_code == 422
        assert "Late.</textarea>" in answer.content.decode()
        assert ModelCard.objects.get(version=version).revision == 1

    def test_only_get_and_post(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)

        assert client.post(address("card_detail", version)).status_code == 405
        assert client.put(address("card_revise", version)).status_code == 405


def test_a_card_ends_with_who_approved_it_and_what_changed_since(cast: Cast) -> None:
    version = ready_version(cast, "medium")
    review = ask_for_review(cast, version)
    approve_stage(cast, review, "technical")
    client = signed_in(cast.auditor)

    signed = client.get(address("card_detail", version)).content.decode()
    assert re.search(r'signature__name">Technical</p><p>\s*Approved, <time', signed)
    assert 'signature signature--open"><p class="signature__stage">Business' in signed
    assert "No longer current" not in signed

    write_card(cast, version, seen_revision=1, overview="It does something else now.")
    attach_evaluation(cast, version, "staging")
    changed = client.get(address("card_detail", version)).content.decode()
    assert re.search(r"No longer current</span>\s*Evaluation results changed since", changed)


def test_an_older_revision_of_a_card_carries_nobodys_name(cast: Cast, version: ModelVersion) -> None:
    write_card(cast, version)
    write_card(cast, version, seen_revision=1, overview="Another.")
    text = signed_in(cast.author).get(address("card_detail", version) + "?revision=1").content.decode()
    assert 'class="signatures"' not in text
