"""The pages of risk assessments: answering anew, seeing what comes of it, and deciding about a lower tier."""

from __future__ import annotations

import dataclasses
import html
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals import reopened
from approvals.actions import assessments
from registry import assessing, seeds
from registry.models import AIModel, Questionnaire, RiskAssessment, RiskTier
from registry.questionnaires import FIRST, answers_of
from tests import builders
from tests.builders import Cast, answers_typed
from tests.questionnaires import AUDITED, later, proposed_lower, published
from tests.registry.pages import signed_in
from tests.statements import statements

pytestmark = pytest.mark.django_db

BUDGET = 16
WHY = {"reason": "It reads no data about people any more."}


def said(answer: Any) -> str:
    return html.unescape(" ".join(answer.content.decode().split()))


def page_of(model: AIModel) -> str:
    return reverse("approvals:model_assess", args=[model.name])


def at(name: str, assessment: RiskAssessment) -> str:
    return reverse(f"approvals:assessment_{name}", args=[assessment.pk])


class TestAssessing:
    def test_what_was_answered_is_there_already(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        form = signed_in(cast.author).get(page_of(model)).context["form"]
        assert {field.name: field.value() for field in form.questions} == answers_typed("medium")

    def test_of_another_revision_only_what_it_asks_anew_is_open(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        published(cast)
        answer = signed_in(cast.author).get(page_of(model))
        assert {field.name: field.value() for field in answer.context["form"].questions} == answers_typed("medium") | {
            "q-audited": None
        }
        page = said(answer)
        assert "1 question is open, the others are answered as before." in page
        assert page.count("New since it was last answered.") == 1
        assert 'href="#id_q-audited-note"' in page
        assert 'id="id_q-audited-note"' in page

    def test_of_what_is_no_longer_offered_it_says_what_was_answered(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        *first, data, autonomy, scale = FIRST
        assert data.answer("personal")
        fewer = dataclasses.replace(data, answers=tuple(each for each in data.answers if each.id != "personal"))
        asked = dataclasses.replace(autonomy, text="Who looks at its result?")
        published(cast, (*first, fewer, asked, scale))
        answer = signed_in(cast.author).get(page_of(model))
        still_open = {field.name for field in answer.context["form"].questions if field.value() is None}
        assert still_open == {"q-data", "q-autonomy"}
        page = said(answer)
        assert "Before: “Data about people who can be identified”, which is not offered any more." in page
        assert f"Before: “{autonomy.text}” was answered" in page

    def test_of_a_model_that_nobody_has_assessed_nothing_is_new(self, cast: Cast) -> None:
        model = builders.build_model(cast, answers=None)
        page = said(signed_in(cast.author).get(page_of(model)))
        assert "New since" not in page

    @pytest.mark.parametrize(
        ("tier", "words"),
        [
            ("high", "These answers give high risk"),
            ("low", "which is lower than now"),
            ("prohibited", "These answers name a prohibited practice"),
        ],
    )
    def test_looking_keeps_nothing(self, cast: Cast, tier: str, words: str) -> None:
        model = builders.build_model(cast, "medium")
        answer = signed_in(cast.author).post(page_of(model), answers_typed(tier) | {"look": "1"})
        assert (answer.status_code, words in said(answer)) == (200, True)
        assert model.assessments.count() == 1
        assert signed_in(cast.author).post(page_of(model), {"look": "1"}).status_code == 422

    @pytest.mark.engines
    def test_looking_says_which_approvals_what_runs_would_lack(self, cast: Cast) -> None:
        """And says the same as comes of it."""
        use_case, version = builders.build_use_case(cast), builders.deployed_version(cast)
        model, author = version.model, signed_in(cast.author)
        sent = answers_typed("high") | {"use_case": str(use_case.pk)}
        page = said(author.post(page_of(model), sent | {"look": "1"}))
        lacked = "it lacks business, compliance and deployment approval"
        assert f"v1 runs in staging and production. With high risk {lacked} until they are given; it goes on" in page
        foretold = reopened.under(model, RiskTier.objects.get(slug="high"))
        assessments.assess(model=model, answers=builders.ANSWERS["high"], use_case=use_case, by=cast.author)
        assert [each.lacks for each in foretold] == [each.lacks for each in reopened.of(model)] == [foretold[0].lacks]

    @pytest.mark.engines
    def test_what_rests_on_the_answers_would_lapse_and_what_is_asked_already_stays(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        builders.deployed_version(cast, model=model, environment="staging")
        builders.ask_for_review(cast, builders.ready_version(cast, model=model))
        foretold = reopened.under(model, RiskTier.objects.get(slug="high"))
        assert [(each.number, each.lacks) for each in foretold] == [
            (1, ["business", "compliance", "deployment"]),
            (2, ["technical", "business", "compliance", "deployment"]),
        ]
        page = said(signed_in(cast.author).post(page_of(model), answers_typed("high") | {"look": "1"}))
        assert "v1 runs in staging. With high risk it lacks business, compliance and deployment approval for" in page
        assert "v2 is under review. With high risk it lacks technical, business" in page
        assert page.count("it goes on running") == 1
        assert "With medium" not in said(
            signed_in(cast.author).post(page_of(model), answers_typed("medium") | {"look": "1"})
        )

    @pytest.mark.engines
    def test_looking_costs_the_same_for_one_version_and_for_several(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        counts = []
        for _ in range(3):
            builders.ask_for_review(cast, builders.ready_version(cast, model=model))
            with CaptureQueriesContext(connection) as asked:
                reopened.under(model, RiskTier.objects.get(slug="high"))
            counts.append(len(asked))
        assert counts[1] == counts[2] <= 6

    def test_looking_at_what_is_prohibited_says_what_goes_on_running(self, cast: Cast) -> None:
        version = builders.deployed_version(cast)
        page = said(signed_in(cast.author).post(page_of(version.model), answers_typed("prohibited") | {"look": "1"}))
        assert "v1 runs in staging and production, and goes on running: Gatehouse stops nothing by itself." in page

    def test_looking_before_registering(self, cast: Cast) -> None:
        sent = answers_typed("high") | {"look": "1"}
        answer = signed_in(cast.author).post(reverse("registry:model_register"), sent)
        assert (answer.status_code, "These answers give high risk" in said(answer)) == (200, True)
        assert not AIModel.objects.exists()

    def test_a_higher_tier_counts_and_a_lower_one_is_proposed(self, cast: Cast) -> None:
        model, author = builders.build_model(cast, "medium"), signed_in(cast.author)
        answer = author.post(page_of(model), answers_typed("high"), follow=True)
        assert "Put into the high risk tier" in said(answer)
        assert author.post(page_of(model), answers_typed("low")).status_code == 422
        answer = author.post(page_of(model), answers_typed("low") | WHY, follow=True)
        assert "Proposed: low risk." in said(answer)
        assert "Until an administrator or a compliance reviewer lowers the tier, high risk counts." in said(answer)

    def test_what_was_opened_before_another_revision_is_not_taken(self, cast: Cast) -> None:
        model = builders.build_model(cast)
        published(cast)
        sent = answers_typed() | {"q-audited": "yes", "revision": "1", "use_case_line": "Saves typing."}
        answer = signed_in(cast.author).post(page_of(model), sent)
        assert (answer.status_code, "was published since you opened it" in said(answer)) == (422, True)

    def test_what_is_prohibited_is_written_down_without_a_use_case(self, cast: Cast) -> None:
        """It stops the model, and a team that finds it out does not wait for somebody to propose one."""
        model, author = builders.build_model(cast), signed_in(cast.author)
        line = {"use_case_line": "Saves typing of paper forms."}
        refused = author.post(page_of(model), answers_typed("high") | line)
        assert "These answers give high risk, which takes a use case." in said(refused)
        answer = author.post(page_of(model), answers_typed("prohibited") | line, follow=True)
        assert "It does what is prohibited, so nothing of it is approved." in said(answer)
        model.refresh_from_db()
        assert (model.is_prohibited, model.use_case) == (True, None)

    def test_the_answers_lead_to_what_the_questionnaire_in_force_names(self, cast: Cast) -> None:
        model, author = builders.build_model(cast), signed_in(cast.author)
        pages = (page_of(model), reverse("registry:model_register"))
        for page in pages:
            assert "An answer names a practice that may not be approved." in said(author.get(page))
        published(cast, (AUDITED,))
        for page in pages:
            text = said(author.get(page))
            assert [words for _, words in assessing.leads_to(Questionnaire.objects.in_force())] == [
                "No answer asks for more.",
                "No answer asks for it.",
                "An answer asks for it, and none for more.",
            ]
            assert "An answer names a practice" not in text
            assert seeds.HIGH not in text

    def test_what_is_prohibited_is_said_wherever_the_model_is(self, cast: Cast) -> None:
        version = builders.build_version(cast, "high")
        assessments.assess(model=version.model, answers=builders.ANSWERS["prohibited"], by=cast.author)
        reader = signed_in(cast.auditor)
        assert "Nothing of this model is approved" in said(
            reader.get(reverse("registry:model_detail", args=[version.model.name]))
        )
        road = said(reader.get(reverse("governance:version_detail", args=[version.model.name, 1])))
        assert "names a practice that may not be approved at all" in road

    @pytest.mark.parametrize("place", ["model", "review"])
    def test_each_question_is_the_key_and_its_answer_the_value(self, cast: Cast, place: str) -> None:
        """An answer may be a sentence: as a key it stood across its question."""
        review = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
        model = review.version.model
        addresses = {
            "model": reverse("registry:model_detail", args=[model.name]),
            "review": reverse("approvals:review_detail", args=[review.pk]),
        }
        page = said(signed_in(cast.auditor).get(addresses[place]))
        for given in answers_of(model.assessments.get()):
            label = f"<strong>{given.choice.label}</strong>" if given.weighs else given.choice.label
            assert f"<div><dt>{given.question.text}</dt><dd>{label}<" in page

    def test_a_model_of_before_is_read_and_assessed_anew(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        assert "Revision 1 of the" in said(
            signed_in(cast.auditor).get(reverse("registry:model_detail", args=[model.name]))
        )


class TestDeciding:
    def test_whoever_decides_sees_what_differs(self, cast: Cast) -> None:
        proposal = proposed_lower(cast)
        page = signed_in(cast.compliance).get(at("detail", proposal))
        assert [line.before for line in page.context["lines"]][:2] == ["Data about people who can be identified", ""]
        for words in ("Lower the tier", "Keep the tier", proposal.reason):
            assert words in said(page)

    def test_before_a_day_there_is_no_button_and_the_page_says_from_when(self, cast: Cast) -> None:
        page = said(signed_in(cast.compliance).get(at("detail", proposed_lower(cast, days=0))))
        assert "A tier is lowered a day after it was proposed" in page
        assert "Lower the tier</button>" not in page

    def test_who_proposed_it_is_told_why_not(self, cast: Cast) -> None:
        page = said(signed_in(cast.author).get(at("detail", proposed_lower(cast))))
        assert "An administrator or a compliance reviewer decides." in page
        assert "Withdraw the proposal" in page

    @pytest.mark.parametrize(
        ("verb", "status", "tier", "words"),
        [
            ("confirm", "in_force", "low", "The tier is lowered."),
            ("decline", "declined", "medium", "The tier stays as it is."),
        ],
    )
    def test_another_person_decides(self, cast: Cast, verb: str, status: str, tier: str, words: str) -> None:
        proposal, client = proposed_lower(cast), signed_in(cast.compliance)
        assert client.post(at(verb, proposal), {"reason": ""}).status_code == 422
        answer = client.post(at(verb, proposal), {"reason": "As said."}, follow=True)
        assert words in said(answer)
        proposal.refresh_from_db()
        assert (proposal.status, AIModel.objects.get(pk=proposal.model_id).tier.slug) == (status, tier)
        assert client.post(at(verb, proposal), {"reason": "Again."}).status_code == 422

    def test_its_team_takes_it_back(self, cast: Cast) -> None:
        proposal = proposed_lower(cast)
        answer = signed_in(cast.colleague).post(at("withdraw", proposal), follow=True)
        assert "The proposal is withdrawn" in said(answer)

    def test_the_pages_take_few_statements(self, cast: Cast) -> None:
        proposal, client = proposed_lower(cast), signed_in(cast.compliance)
        assert statements(client, at("detail", proposal)) <= BUDGET
        assert statements(signed_in(cast.author), page_of(proposal.model)) <= BUDGET

    def test_a_proposal_to_answers_of_before_is_refused_once_others_are_asked(self, cast: Cast) -> None:
        proposal = proposed_lower(cast)
        published(cast)
        with later(days=0):
            answer = signed_in(cast.compliance).post(at("confirm", proposal), {"reason": "As said."})
        assert "Assess the model by that one." in said(answer)
