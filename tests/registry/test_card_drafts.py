"""What is typed of a card is kept: without a button, for nobody else's eyes, and never over another window's words."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client

from audit.models import Event
from registry import cards
from registry.actions import cards as card_actions
from registry.models import CardDraft, Dataset, ModelCard, ModelVersion
from tests.builders import Cast, build_version, write_card
from tests.registry.pages import address, retire, signed_in
from tests.statements import counted

MOST_STATEMENTS = 4


@pytest.fixture
def version(cast: Cast) -> ModelVersion:
    return build_version(cast)


def typed(draft: int, seen_revision: int = 0, **texts: str) -> dict[str, object]:
    return dict.fromkeys(cards.FIELD_NAMES, "") | texts | {"draft": draft, "seen_revision": seen_revision}


def keep(client: Client, version: ModelVersion, draft: int = 0, seen_revision: int = 0, **texts: str) -> HttpResponse:
    return client.post(address("card_draft", version), typed(draft, seen_revision, **texts))


@pytest.mark.engines
class TestKeeping:
    def test_what_was_typed_stands_in_the_form_next_time(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)
        first = keep(client, version, overview="It reads")
        assert "Kept as your draft" in first.content.decode()
        assert 'name="draft" value="1"' in first.content.decode()
        assert 'name="draft" value="2"' in keep(client, version, 1, overview="It reads digits.").content.decode()

        page = client.get(address("card_revise", version)).content.decode()
        assert "This is your draft" in page
        assert "It reads digits.</textarea>" in page
        assert 'name="draft" value="2"' in page
        assert not ModelCard.objects.exists()
        assert not Event.objects.filter(kind__startswith="registry.card").exists()

    def test_nobody_else_sees_it(self, cast: Cast, version: ModelVersion) -> None:
        keep(signed_in(cast.author), version, overview="Half a thought")
        page = signed_in(cast.colleague).get(address("card_revise", version)).content.decode()
        assert "Half a thought" not in page
        assert "your draft of" not in page

    def test_what_is_saved_is_no_draft_any_more(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)
        keep(client, version, overview="It reads digits.")
        keep(signed_in(cast.colleague), version, overview="Mine.")
        client.post(address("card_revise", version), typed(1, overview="It reads digits."))
        assert ModelCard.objects.get().overview == "It reads digits."
        assert CardDraft.objects.get().author == cast.colleague

    def test_what_is_refused_leaves_the_draft(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version, overview="Theirs.")
        client = signed_in(cast.author)
        keep(client, version, overview="Mine.")
        assert client.post(address("card_revise", version), typed(1, overview="Mine.")).status_code == 422
        assert CardDraft.objects.get().texts["overview"] == "Mine."

    def test_another_window_is_not_written_over(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)
        keep(client, version, overview="One", fairness="Same")
        keep(client, version, 1, overview="Two", fairness="Same")
        answer = keep(client, version, 1, overview="<i>Other</i>", fairness="Same")
        said = answer.content.decode()
        assert answer.status_code == 409
        assert "You went on in another window" in said
        assert "What it does, there" in said
        assert "Two" in said
        assert "fairness" not in said.lower()
        assert 'name="draft" value="1"' in said, "Until its author chooses, this window knows no newer one."
        assert CardDraft.objects.get().texts["overview"] == "Two"

        assert keep(client, version, 2, overview="<i>Other</i>", fairness="Same").status_code == 200
        assert CardDraft.objects.get().texts["overview"] == "<i>Other</i>"

    def test_a_first_window_is_not_written_over_either(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)
        keep(client, version, overview="One")
        assert keep(client, version, 0, overview="Other").status_code == 409
        assert CardDraft.objects.get().texts["overview"] == "One"

    def test_an_answer_that_was_lost_on_the_way_is_no_conflict(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)
        keep(client, version, overview="One")
        keep(client, version, 1, overview="Two")
        answer = keep(client, version, 1, overview="Two")
        assert answer.status_code == 200
        assert 'name="draft" value="2"' in answer.content.decode()

    def test_somebody_saved_meanwhile_and_both_texts_stand_there(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)
        keep(client, version, overview="Mine.", fairness="Same.")
        card_actions.revise_card(
            version=version, by=cast.colleague, seen_revision=0, overview="Theirs.", fairness="Same."
        )
        page = client.get(address("card_revise", version)).content.decode()
        assert "Colleague wrote revision 1 meanwhile" in page
        assert "Mine.</textarea>" in page
        assert page.count("Revision 1 says something else here") == 1
        assert "Theirs." in page

    def test_it_is_discarded_by_its_author_alone(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)
        keep(client, version, overview="Mine.")
        signed_in(cast.colleague).post(address("card_draft_discard", version))
        assert CardDraft.objects.exists()
        page = client.post(address("card_draft_discard", version), follow=True).content.decode()
        assert "Your draft is gone" in page
        assert "Mine." not in page
        assert keep(client, version, 1, overview="Again.").status_code == 200

    def test_going_on_takes_four_statements_at_most(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)
        keep(client, version, overview="One")
        told = counted(lambda: keep(client, version, 1, overview="Two"))
        assert len(told) <= MOST_STATEMENTS, "\n".join(told)


class TestRefusing:
    @pytest.mark.parametrize(
        ("field", "text", "said"),
        [
            ("overview", "a\x00b", "What it does"),
            ("overview", "x" * 20_001, "What it does"),
            ("training_period", "x" * 121, "Period"),
        ],
    )
    def test_what_could_not_be_saved_is_not_kept(
        self, cast: Cast, version: ModelVersion, field: str, text: str, said: str
    ) -> None:
        answer = keep(signed_in(cast.author), version, **{field: text})
        assert answer.status_code == 422
        assert f"{said}:" in answer.content.decode()
        assert not CardDraft.objects.exists()

    @pytest.mark.parametrize("number", ["", "x", "-1", "99999999999999999999"])
    def test_a_number_that_is_none(self, cast: Cast, version: ModelVersion, number: str) -> None:
        sent = typed(0, overview="Kept?") | {"draft": number}
        assert signed_in(cast.author).post(address("card_draft", version), sent).status_code == 422
        assert not CardDraft.objects.exists()

    @pytest.mark.parametrize("who", ["auditor", "technical", "compliance", "admin", "stranger"])
    def test_who_does_not_belong_to_the_team(self, cast: Cast, version: ModelVersion, who: str) -> None:
        client = signed_in(getattr(cast, who))
        assert keep(client, version, overview="Mine now.").status_code == 403
        assert client.get(address("card_draft", version)).status_code == 403
        assert client.post(address("card_draft_discard", version)).status_code == 403
        assert not CardDraft.objects.exists()

    def test_a_retired_version(self, cast: Cast, version: ModelVersion) -> None:
        retire(cast, version)
        answer = keep(signed_in(cast.author), version, overview="Late.")
        assert answer.status_code == 422
        assert "is retired" in answer.content.decode()
        assert not CardDraft.objects.exists()


class TestCarryingOver:
    def test_the_next_version_begins_with_the_card_of_the_one_before(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version, overview="It reads digits.")
        following = build_version(cast, model=version.model)
        page = signed_in(cast.author).get(address("card_revise", following)).content.decode()
        assert "Carried over from the card of v1" in page
        assert "It reads digits.</textarea>" in page
        assert not ModelCard.objects.filter(version=following).exists()

    def test_a_card_of_its_own_carries_nothing_over(self, cast: Cast, version: ModelVersion) -> None:
        write_card(cast, version, overview="It reads digits.")
        following = build_version(cast, model=version.model)
        write_card(cast, following, overview="It reads letters.")
        page = signed_in(cast.author).get(address("card_revise", following)).content.decode()
        assert "Carried over" not in page
        assert "It reads letters.</textarea>" in page

    def test_it_says_what_may_not_fit(self) -> None:
        old, new = Dataset(pk=1, name="digits"), Dataset(pk=2, name="letters")
        before, version = ModelVersion(number=1, training_data=old), ModelVersion(number=2, training_data=old)
        assert set(cards.to_look_at(version, before)) == {"evaluation", "fairness"}
        version.training_data = new
        assert cards.to_look_at(version, before)["training-data"] == "v2 was trained on letters, v1 on digits"
        version.training_data = Dataset(pk=3, name="digits")
        assert "other rows of digits" in cards.to_look_at(version, before)["training-data"]
        version.training_data = None
        assert "nothing named" in cards.to_look_at(version, before)["training-data"]
