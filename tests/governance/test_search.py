"""The search page and the palette's options: everything one can go to, and nothing one may not open."""

from __future__ import annotations

import re

import pytest

from audit import words
from governance.finding import find
from registry import search
from registry.actions import use_cases
from registry.models import AIModel, ModelWord, Person, PersonWord, UseCaseWord
from tests import builders
from tests.builders import Cast
from tests.registry.pages import signed_in
from tests.statements import statements

pytestmark = pytest.mark.django_db


def found(person: Person, text: str) -> dict[str, list[str]]:
    """Titles by kind."""
    fresh = Person.objects.get(pk=person.pk)
    return {group.label: [hit.title for hit in group.hits] for group in find(fresh, text)}


def test_a_model_is_found_with_its_newest_version(cast: Cast) -> None:
    model = builders.build_model(cast, name="form-digit-reader")
    for _ in range(2):
        builders.build_version(cast, model=model)
    assert found(cast.technical, "digit") == {"Models": ["form-digit-reader"], "Versions": ["form-digit-reader v2"]}


@pytest.mark.parametrize(
    "text", ["form-digit-reader v1", "digit v1", "  digit   1 ", "DIGIT V1", "form-digit-readerv1"]
)
def test_a_version_is_found_by_its_number(cast: Cast, text: str) -> None:
    model = builders.build_model(cast, name="form-digit-reader")
    for _ in range(2):
        builders.build_version(cast, model=model)
    assert found(cast.technical, text)["Versions"] == ["form-digit-reader v1"]


def test_a_version_is_found_by_the_beginning_of_its_digest(cast: Cast) -> None:
    version = builders.build_version(cast, artifact_sha256="ab12cd" + "0" * 57 + "1")
    builders.build_version(cast)
    for text in ("ab12cd", "sha256:AB12CD00"):
        assert found(cast.auditor, text)["Versions"] == [str(version)]


def test_use_cases_pages_and_verbs_are_found_by_their_words(cast: Cast) -> None:
    use_case = builders.build_use_case(cast)
    assert found(cast.auditor, use_case.title)["Use cases"] == [use_case.title]
    assert found(cast.author, "reg mod") == {"Do": ["Register a model"]}
    assert found(cast.admin, "peop")["Pages"] == ["People"]


def test_nobody_is_led_to_what_they_may_not_open(cast: Cast) -> None:
    version = builders.build_version(cast)
    assert found(cast.auditor, "register") == {}
    assert "Pages" not in found(cast.author, "people")
    assert found(cast.admin, "compli") == {"People": ["Compliance"]}
    assert found(cast.author, "compli") == {}
    assert find(cast.stranger, version.model.name) == []


def test_without_a_text_there_is_what_one_can_begin_and_where_one_can_go(cast: Cast) -> None:
    assert found(cast.author, "  ")["Do"] == ["Register a model", "Import models", "Propose a use case"]
    assert {"My work", "Imports"} <= set(found(cast.author, "")["Pages"])


def test_each_kind_is_cut(cast: Cast) -> None:
    for number in range(9):
        builders.build_model(cast, name=f"reader-{number}")
    assert len(found(cast.author, "reader")["Models"]) == 6


@pytest.mark.engines
@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("form", True),
        ("DIGIT", True),
        ("digit-read", True),
        ("form-digit-reader", True),
        ("reader digit", True),
        ("digit zebra", False),
        ("igit", False),
        ("schalter", True),
        ("Ｓｃｈａｌｔｅｒ", True),
        ("schalter.", True),
        ("straße", True),
        ("STRASSE", True),
        ("模型", True),
        ("型", False),
        ("Author", True),
    ],
)
def test_a_model_is_found_by_what_its_words_begin_with(cast: Cast, text: str, is_found: bool) -> None:
    """In its name, in its purpose, and its owner by any part; with several words by all of them."""
    builders.build_model(cast, name="form-digit-reader", purpose="Reads forms (Schalter 7, Hohe Straße, 模型).")
    models = found(cast.technical, text).get("Models", [])
    assert models == (["form-digit-reader"] if is_found else [])


@pytest.mark.engines
@pytest.mark.parametrize("most_named", [1000, 2, 0])
def test_many_are_found_as_few_are(cast: Cast, monkeypatch: pytest.MonkeyPatch, most_named: int) -> None:
    """By keys as long as they can be named, else by asking each; in both, what belongs to others is left out."""
    monkeypatch.setattr(words, "MOST_NAMED", most_named)
    for name in ("reader-a", "reader-b", "reader-c"):
        builders.build_model(cast, name=name, purpose="Reads digits.")
    builders.build_model(cast, name="letter-reader", purpose="Reads letters.")
    builders.build_model(cast, name="sorter", purpose="Sorts letters.")
    version = builders.build_version(
        cast, model=AIModel.objects.get(name="reader-a"), artifact_sha256="dec0de" * 10 + "0000"
    )
    readers = ["reader-a", "reader-b", "reader-c"]
    everything = ["letter-reader", *readers, "sorter"]
    for text, names in {
        "reader": ["letter-reader", *readers],
        "digits reader": readers,
        "reader digits": readers,
        "reader-b": ["reader-b"],
        "reader letters": ["letter-reader"],
        "digits letters": [],
        cast.author.name: everything,
        version.artifact_sha256[:8]: ["reader-a"],
    }.items():
        assert [model.name for model in AIModel.objects.matching(text).order_by("name")] == names, text


def test_what_is_from_before_the_index_is_found_after_the_next_migrate(cast: Cast) -> None:
    builders.build_model(cast, name="form-digit-reader")
    builders.build_use_case(cast)
    ModelWord.objects.all().delete()
    UseCaseWord.objects.all().delete()
    PersonWord.objects.all().delete()
    assert found(cast.technical, "digit") == found(cast.admin, "technical") == {}
    search.fill()
    assert found(cast.admin, "technical")["People"] == ["Technical"]
    assert found(cast.technical, "digit") == {"Models": ["form-digit-reader"]}
    assert {bytes(word) for word in UseCaseWord.objects.values_list("word", flat=True)} >= {
        b"plan",
        b"follow-up",
        b"visits",
    }


def test_the_newest_come_first(cast: Cast) -> None:
    for name in ("reader-b", "reader-a", "reader-c"):
        builders.build_model(cast, name=name)
    assert found(cast.author, "reader")["Models"] == ["reader-c", "reader-a", "reader-b"]


@pytest.mark.parametrize("text", ["\0", "%", "_", "'; --", "“", "v999999999999", "x" * 5000, "<script>", "١ v٢"])
def test_odd_texts_are_looked_for_and_shown_as_they_are(cast: Cast, text: str) -> None:
    builders.build_version(cast)
    answer = signed_in(cast.author).get("/search/", {"q": text})
    assert answer.status_code == 200
    assert "<script>" not in re.sub(r"<script src.*?>", "", answer.content.decode())


def test_the_search_page_says_what_to_do_when_nothing_is_found(cast: Cast) -> None:
    page = signed_in(cast.author).get("/search/", {"q": "no such thing"}).content.decode()
    assert "Nothing is called “no such thing”" in page
    assert "first six digits" in page


def test_the_palette_gets_options_and_nothing_of_the_frame(cast: Cast) -> None:
    model = builders.build_model(cast, name="form-digit-reader")
    options = signed_in(cast.author).get("/search/palette/", {"q": "digit"}).content.decode()
    assert f'href="/models/{model.name}/"' in options
    assert options.count('role="option"') == 1
    assert "<html" not in options


def test_a_search_costs_as_many_statements_however_much_there_is(cast: Cast) -> None:
    client = signed_in(cast.admin)

    builders.build_version(cast, model=builders.build_model(cast, name="reader-0"))
    few = statements(client, "/search/palette/?q=reader")
    for number in range(1, 12):
        builders.build_version(cast, model=builders.build_model(cast, name=f"reader-{number}"))
    assert statements(client, "/search/palette/?q=reader") == few <= 10


def test_a_model_is_found_by_what_it_is_for(cast: Cast) -> None:
    model = builders.build_model(cast, purpose="Orders patients by urgency.")
    assert found(cast.author, "urgency")["Models"] == [model.name]


def test_a_title_without_a_word_holds_up_no_migrate(cast: Cast) -> None:
    use_cases.propose(
        slug="dash", title="—", problem="p", requirement="r", acceptance_criteria="a", affected_people="x",
        sponsor=cast.business, is_regulated=False, by=cast.author,
    )  # fmt: skip
    search.fill()
    assert UseCaseWord.objects.count() == 0
