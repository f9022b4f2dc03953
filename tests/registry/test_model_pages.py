"""The catalogue, the page of a model, registering one: through the doors people use."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals.actions import assessments
from audit import paging, words
from audit.models import Event
from registry import seeds
from registry.actions import people
from registry.models import AIModel, ModelVersion, Person
from registry.questionnaires import FIRST
from tests import builders
from tests.builders import Cast
from tests.statements import sql_of, statements

LIST = reverse("registry:model_list")
REGISTER = reverse("registry:model_register")
BUDGET = 13


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="governance.roles.SignInBackend")
    return client


def names(client: Client, **conditions: str) -> list[str]:
    return [model.name for model in client.get(LIST, conditions).context["page"].rows]


def typed(cast: Cast, **changes: str) -> dict[str, str]:
    """What a first-day author types for a low-risk model."""
    return {
        "name": "form-digit-reader",
        "purpose": "Reads handwritten digits on paper forms.",
        "task": "classification",
        "use_case": "",
        "use_case_line": "Saves typing of paper forms.",
        "owner": str(cast.author.pk),
        "team": str(cast.team.pk),
        **builders.answers_typed(),
    } | changes


# The list


def test_the_list_says_what_runs_and_what_is_newest(cast: Cast) -> None:
    model = builders.build_model(cast, name="reader")
    builders.deployed_version(cast, model=model)
    builders.build_version(cast, model=model)
    row = signed_in(cast.auditor).get(LIST).context["page"].rows[0]
    assert (row.production_number, row.staging_number) == (1, 1)
    assert (row.newest_number, row.newest_status) == (2, "development")


def test_the_derived_status_in_the_list_is_the_one_of_the_version(cast: Cast) -> None:
    for environment in ("staging", "production"):
        builders.deployed_version(cast, environment=environment)
    builders.build_version(cast)
    for row in signed_in(cast.author).get(LIST).context["page"].rows:
        assert row.newest_status == row.versions.with_status().get().status


def test_search_finds_name_purpose_owner_and_digest(cast: Cast) -> None:
    found = builders.build_model(cast, name="reader", purpose="Reads handwritten digits.", owner=cast.colleague)
    builders.build_version(cast, model=found, artifact_sha256=f"{0xABCDE:064x}")
    builders.build_version(cast, model=found)
    builders.build_model(cast, name="other", purpose="Counts beds.")
    for search in (
        "reader",
        "handwritten",
        "Colleague",
        "00000000000000000000000000000000000000000000000000000000000abcde",
    ):
        assert names(signed_in(cast.author), q=search) == ["reader"], search


def test_search_takes_a_digest_as_it_is_copied_and_names_the_version(cast: Cast) -> None:
    version = builders.build_version(cast, artifact_sha256="ab" * 32)
    page = signed_in(cast.author).get(LIST, {"q": f"sha256:{'ab' * 32}"})
    assert page.context["matched_versions"] == [version]
    assert str(version) in page.content.decode()


def test_filters_stand_in_the_address(cast: Cast) -> None:
    operations = people.create_team(slug="operations", name="Operations", by=Person.objects.system())
    people.join_team(person=cast.colleague, team=operations, by=Person.objects.system())
    live = builders.deployed_version(cast, model=builders.build_model(cast, name="live")).model
    builders.build_version(cast, model=live)
    builders.deployed_version(cast, environment="staging", model=builders.build_model(cast, name="staged"))
    builders.build_model(cast, "high", name="risky", owner=cast.colleague)
    builders.build_model(cast, name="away", team=operations, by=cast.colleague, owner=cast.colleague)
    client = signed_in(cast.author)
    assert names(client, tier="high") == ["risky"]
    assert names(client, status="staging") == ["staged"]
    assert names(client, status="development") == ["live"]
    assert names(client, running="production") == ["live"]
    assert names(client, owner="me") == ["live", "staged"]
    assert names(client, team="operations") == ["away"]
    assert names(client, team="mine") == ["live", "risky", "staged"]
    assert names(client, team="mine", tier="high") == ["risky"]


def test_an_address_that_means_nothing_finds_nothing_and_offers_a_way_out(cast: Cast) -> None:
    builders.build_model(cast)
    for address in ("?tier=banana", "?owner=you", "?q=%00", "?status=x&team=y", "?running=moon"):
        page = signed_in(cast.author).get(LIST + address)
        assert page.status_code == 200, address
        assert page.context["page"].rows == [], address
        assert "Clear the conditions" in page.content.decode(), address


def test_a_text_of_any_number_of_words_is_looked_for(cast: Cast) -> None:
    builders.build_model(cast, name="digit-reader")
    client = signed_in(cast.author)
    words = " ".join(f"w{number}" for number in range(2000))
    assert client.get(LIST, {"q": words}).status_code == 200
    assert names(client, q="digit-reader " * 2000) == ["digit-reader"]


def test_sorting_by_name_and_by_newest(cast: Cast) -> None:
    older = builders.build_model(cast, name="b-older")
    builders.build_model(cast, name="c-newer")
    builders.build_model(cast, name="a-middle")
    builders.build_version(cast, model=older)
    client = signed_in(cast.author)
    assert names(client) == ["a-middle", "b-older", "c-newer"]
    assert names(client, sort="-name") == ["c-newer", "b-older", "a-middle"]
    assert names(client, sort="-changed") == ["b-older", "a-middle", "c-newer"]
    assert names(client, sort="changed") == ["c-newer", "a-middle", "b-older"]
    assert names(client, sort="nonsense") == ["a-middle", "b-older", "c-newer"]


def test_tabs_count_and_mark_the_view_of_the_address(cast: Cast) -> None:
    builders.deployed_version(cast)
    builders.build_model(cast, "high", owner=cast.colleague)
    tabs = signed_in(cast.author).get(LIST, {"owner": "me", "sort": "-changed"}).context["tabs"]
    assert [(tab.label, tab.count) for tab in tabs] == [
        ("All models", 2),
        ("Mine", 1),
        ("In production", 1),
        ("High risk in production", 0),
    ]
    assert [tab.label for tab in tabs if tab.current] == ["Mine"]


def test_an_empty_registry_says_the_first_step_to_those_who_may_take_it(cast: Cast) -> None:
    assert "Register the first model" in signed_in(cast.author).get(LIST).content.decode()
    shown = signed_in(cast.auditor).get(LIST).content.decode()
    assert "No model is registered yet" in shown
    assert REGISTER not in shown


def test_twenty_five_models_a_page_keeping_the_conditions(cast: Cast) -> None:
    for _ in range(30):
        builders.build_model(cast)
    client = signed_in(cast.author)
    first = client.get(LIST, {"owner": "me"}).context["page"]
    assert (len(first.rows), first.count, first.previous_url) == (25, "30 models", "")
    second = client.get(LIST + first.next_url).context["page"]
    assert (len(second.rows), second.count, second.next_url) == (5, "30 models", "")
    assert "owner=me" in second.previous_url
    back = client.get(LIST + second.previous_url).context["page"]
    assert [model.name for model in back.rows] == [model.name for model in first.rows]


def test_the_list_costs_the_same_for_two_models_and_for_twelve(cast: Cast) -> None:
    client = signed_in(cast.author)
    for _ in range(2):
        builders.build_version(cast)
    few = statements(client, LIST), statements(client, LIST + "?q=abcdef12&tier=low&team=mine&status=development")
    for _ in range(10):
        builders.build_version(cast)
    many = statements(client, LIST), statements(client, LIST + "?q=abcdef12&tier=low&team=mine&status=development")
    assert few == many
    assert max(many) <= BUDGET


def test_what_people_typed_is_escaped(cast: Cast) -> None:
    model = builders.build_model(cast, purpose="<script>alert(1)</script>")
    client = signed_in(cast.author)
    for url in (LIST, f"{LIST}?q=%22%3E%3Cscript%3E&owner=%3Cscript%3E", detail_of(model)):
        assert "<script>" not in client.get(url).content.decode()


# One model


def detail_of(model: AIModel) -> str:
    return reverse("registry:model_detail", args=[model.name])


def test_the_page_of_a_model_shows_versions_assessment_and_timeline(cast: Cast) -> None:
    model = builders.build_model(cast, "high")
    builders.deployed_version(cast, "high", model=model, summary="The first one")
    builders.build_version(cast, model=model, code_commit="", training_run="")
    shown = signed_in(cast.auditor).get(detail_of(model))
    words = shown.content.decode()
    assert [row.version.number for row in shown.context["versions"]] == [2, 1]
    assert "v1 in production" in words
    assert "The first one" in words
    assert "Does not name the code commit, the training run" in words
    assert model.assessments.get().explanation in words
    assert all(question.text in words for question in FIRST)
    assert f"<b>Author</b> registered {model} v2" in words
    assert [line.event.kind for line in shown.context["lines"]][:1] == ["registry.version.registered"]


def test_a_model_without_versions_says_how_to_get_one(cast: Cast) -> None:
    model = builders.build_model(cast)
    url = reverse("registry:version_register", args=[model.name])
    shown = signed_in(cast.author).get(detail_of(model)).content.decode()
    assert "Register the first version" in shown
    assert url in shown
    assert url not in signed_in(cast.auditor).get(detail_of(model)).content.decode()


@pytest.mark.engines
class TestNextStepOfWhatRuns:
    """The page of the model and the one of the version say the same."""

    def page(self, cast: Cast, version: ModelVersion) -> str:
        return " ".join(signed_in(cast.auditor).get(detail_of(version.model)).content.decode().split())

    def test_none_while_all_is_met(self, cast: Cast) -> None:
        version = builders.deployed_version(cast)
        assert "None, it is live" in self.page(cast, version)
        assert statements(signed_in(cast.auditor), detail_of(version.model)) <= BUDGET + 1

    def test_asking_for_review_once_the_tier_is_raised(self, cast: Cast) -> None:
        version = builders.deployed_version(cast)
        use_case = builders.build_use_case(cast)
        assessments.assess(model=version.model, answers=builders.ANSWERS["high"], use_case=use_case, by=cast.author)
        page = self.page(cast, version)
        asked = "the policy of high risk asks for business, compliance and deployment approval"
        assert f"Ask for review: {asked}<" in page
        assert "None, it is live" not in page
        road = reverse("governance:version_detail", args=[version.model.name, 1])
        assert "no longer met: " in signed_in(cast.auditor).get(road).content.decode()
        builders.ask_for_review(cast, version)
        named = "business approval, compliance approval and deployment approval"
        assert f"No longer met: {named}<" in self.page(cast, version)

    def test_what_is_prohibited_is_not_reviewed(self, cast: Cast) -> None:
        version = builders.deployed_version(cast)
        assessments.assess(model=version.model, answers=builders.ANSWERS["prohibited"], by=cast.author)
        page = self.page(cast, version)
        assert "No longer met: " in page
        assert "Ask for review" not in page


def test_the_page_of_a_model_costs_the_same_for_two_versions_and_for_thirty(cast: Cast) -> None:
    model = builders.build_model(cast, "medium")
    client = signed_in(cast.author)
    for _ in range(2):
        builders.build_version(cast, model=model)
    few = statements(client, detail_of(model))
    for _ in range(28):
        builders.build_version(cast, model=model)
    assert few == statements(client, detail_of(model)) <= BUDGET
    next_url = client.get(detail_of(model)).context["page"].next_url
    assert len(client.get(detail_of(model) + next_url).context["versions"]) == 5


def test_strangers_and_visitors_see_no_model(cast: Cast) -> None:
    model = builders.build_model(cast)
    for url in (LIST, detail_of(model), REGISTER):
        assert signed_in(cast.stranger).get(url).status_code == 403
        assert Client().get(url).status_code == 302


def test_an_unknown_model_is_not_found(cast: Cast) -> None:
    assert signed_in(cast.author).get(reverse("registry:model_detail", args=["nothing"])).status_code == 404


# Registering


def test_a_low_risk_model_takes_one_line_and_an_answer_to_each_question(cast: Cast) -> None:
    said = signed_in(cast.author).post(REGISTER, typed(cast), follow=True)
    model = AIModel.objects.get(name="form-digit-reader")
    assert said.redirect_chain == [(detail_of(model), 302)]
    assert (model.tier.slug, model.owner, model.team) == ("low", cast.author, cast.team)
    assert "Registered in the low risk tier: No answer asks for more than low risk." in said.content.decode()


def test_the_answers_and_the_use_case_decide_about_a_high_risk_model(cast: Cast) -> None:
    use_case = builders.build_use_case(cast, approved=False)
    yes = builders.answers_typed("high")
    signed_in(cast.author).post(REGISTER, typed(cast, use_case=str(use_case.pk), use_case_line="", **yes))
    model = AIModel.objects.get()
    assert (model.tier.slug, model.use_case) == ("high", use_case)
    assert model.assessments.get().answers == builders.ANSWERS["high"]


def test_the_form_offers_own_teams_members_and_use_cases_that_are_not_rejected(cast: Cast) -> None:
    people.create_team(slug="operations", name="Operations", by=Person.objects.system())
    proposed, approved = builders.build_use_case(cast, approved=False), builders.build_use_case(cast)
    rejected = builders.build_use_case(cast, approved=False)
    builders.use_cases.reject(use_case=rejected, reason="No.", by=cast.business)
    form = signed_in(cast.author).get(REGISTER).context["form"]
    assert list(form.fields["team"].queryset) == [cast.team]
    assert set(form.fields["use_case"].queryset) == {proposed, approved}
    assert cast.stranger not in form.fields["owner"].queryset
    assert cast.pipeline not in form.fields["owner"].queryset
    assert form["owner"].initial == cast.author.pk
    assert all(question.initial is None for question in form.questions)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Form Reader"}, "name"),
        ({"name": "taken"}, "name"),
        ({"name": "register"}, "name"),
        ({"name": ""}, "name"),
        ({"purpose": "\x00"}, "purpose"),
        ({"task": ""}, "task"),
        ({"use_case_line": ""}, "use_case_line"),
        ({"use_case": "999"}, "use_case"),
        ({"owner": "nobody"}, "owner"),
        ({"team": "999"}, "team"),
        ({"q-autonomy": ""}, "q-autonomy"),
        ({"q-autonomy": "perhaps"}, "q-autonomy"),
    ],
)
def test_wrong_input_is_said_beside_its_field(cast: Cast, change: dict[str, str], field: str) -> None:
    builders.build_model(cast, name="taken")
    answer = signed_in(cast.author).post(REGISTER, typed(cast, **change))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert AIModel.objects.count() == 1


def test_another_team_cannot_be_slipped_in(cast: Cast) -> None:
    other = people.create_team(slug="operations", name="Operations", by=Person.objects.system())
    answer = signed_in(cast.author).post(REGISTER, typed(cast, team=str(other.pk)))
    assert answer.status_code == 422
    assert not AIModel.objects.exists()


def test_who_does_not_build_cannot_register(cast: Cast) -> None:
    for person in (cast.auditor, cast.technical, cast.business, cast.admin, cast.release):
        client = signed_in(person)
        assert client.get(REGISTER).status_code == 403, person
        assert client.post(REGISTER, typed(cast)).status_code == 403, person
    assert not AIModel.objects.exists()


def test_who_cannot_register_hears_only_what_is_missing(cast: Cast) -> None:
    system = Person.objects.system()
    role, team = "takes the role Data scientist", "a team that will own it"

    def said(person: Person) -> str:
        return signed_in(Person.objects.get(pk=person.pk)).get(REGISTER).content.decode()

    assert role in said(cast.auditor)
    assert team in said(cast.auditor)
    people.join_team(person=cast.auditor, team=cast.team, by=system)
    assert role in said(cast.auditor)
    assert team not in said(cast.auditor)
    people.leave_team(person=cast.author, team=cast.team, by=system)
    assert role not in said(cast.author)
    assert team in said(cast.author)


def test_a_refused_name_says_how_names_are_written(cast: Cast) -> None:
    def said(name: str) -> list[str]:
        return signed_in(cast.author).post(REGISTER, typed(cast, name=name)).context["form"].errors["name"]

    assert said("Form Reader") == [
        "Small letters, digits and single hyphens, starting with a letter, such as “form-digit-reader”."
    ]
    assert said("register") == ["“register” is an address of its own. Choose another name."]


def test_what_a_tier_means_is_said_anew_where_it_was_laid_before(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client, told = signed_in(cast.author), Event.objects.filter(kind="registry.risk_tier.described")
    assert seeds.MEDIUM in client.get(REGISTER).content.decode()
    low, medium, high = seeds.TIERS
    monkeypatch.setattr(seeds, "TIERS", (low, medium, (*high[:3], "Harm without a look.")))
    for _ in range(2):
        seeds.lay()
    assert "Harm without a look." in client.get(REGISTER).content.decode()
    assert told.count() == 1


def test_the_register_page_keeps_the_budget(cast: Cast) -> None:
    assert statements(signed_in(cast.author), REGISTER) <= BUDGET


def test_what_very_many_have_is_counted_by_nobody_unless_it_is_narrowed_further(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "MOST_NAMED", 2)
    monkeypatch.setattr(paging, "MOST_COUNTED", 2)
    for number in range(4):
        builders.build_model(cast, "low" if number else "high", name=f"claim-{number}")
    client = signed_in(cast.author)

    with CaptureQueriesContext(connection) as captured:
        page = client.get(LIST, {"q": "claim"}).context["page"]
    assert (len(page.rows), page.count) == (4, "2+ models")
    assert not any("COUNT" in sql and "registry_modelword" in sql for sql in sql_of(captured))

    assert client.get(LIST, {"q": "claim", "tier": "high"}).context["page"].count == "1 model"
    assert client.get(LIST, {"q": "claim-3"}).context["page"].count == "1 model"
