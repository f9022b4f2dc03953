"""The risk questionnaire: what answers come to, and changing the questions by two administrators."""

from __future__ import annotations

import dataclasses
import html
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from approvals.actions import assessments
from audit import canonical, ledger, refusals
from audit.models import Event
from registry import differing, evidence, rejudging
from registry import questionnaires as known
from registry.actions import models, people, questionnaires
from registry.models import AIModel, ModelVersion, Part, Person, Questionnaire, RiskAssessment
from registry.questionnaires import BEFORE, FIRST
from registry.rules import PROHIBITED, Choice, Question, risk
from tests import builders
from tests.approvals.test_whose_rights import confirm, give
from tests.builders import ANSWERS, NO_RISK, Cast
from tests.questionnaires import AUDITED, begun, other_admin, published, written
from tests.registry.pages import signed_in
from tests.statements import counted, statements

RANKS = {"low": 1, "medium": 2, "high": 3}
BUDGET = 14
SOMETHING = st.fixed_dictionaries(
    {question.id: st.sampled_from([answer.id for answer in question.answers]) for question in FIRST}
)


def refused(act: Any, *args: Any, **given_too: Any) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        act(*args, **given_too)
    return refusals.codes(refusal.value)


def seen(draft: Questionnaire) -> str:
    return Questionnaire.objects.get(pk=draft.pk).changed_at.isoformat()


class TestWhatAnswersComeTo:
    @pytest.mark.parametrize(
        ("changes", "tier", "said"),
        [
            ({}, "low", "No answer asks for more than low risk."),
            ({"data": "personal"}, "medium", "“Data about people who can be identified”, which takes at least medium"),
            (
                {"harm": "serious", "data": "personal"},
                "high",
                "“Health, a living, or a right”, which takes at least hi",
            ),
            ({"area": "employment"}, "high", "“Who is hired, promoted, dismissed, or given which work”"),
            ({"meets_people": "talks"}, "medium", "“It talks with people”"),
        ],
    )
    def test_the_highest_tier_that_an_answer_asks_for(self, changes: dict[str, str], tier: str, said: str) -> None:
        found = risk.judge(FIRST, NO_RISK | changes, RANKS)
        assert (found.tier, found.rank, found.is_prohibited) == (tier, RANKS[tier], False)
        assert said in found.explanation

    def test_only_what_asked_for_that_tier_is_named(self) -> None:
        found = risk.judge(FIRST, NO_RISK | {"harm": "serious", "data": "personal"}, RANKS)
        assert "identified" not in found.explanation

    def test_what_is_prohibited_comes_before_all(self) -> None:
        found = risk.judge(FIRST, NO_RISK | {"practice": "scrapes_faces", "harm": "serious"}, RANKS)
        assert (found.tier, found.is_prohibited) == ("high", True)
        assert found.explanation.count("was answered") == 1
        assert "is a practice that may not be approved at all" in found.explanation

    @given(SOMETHING)
    def test_every_judgement_says_why(self, answers: dict[str, str]) -> None:
        found = risk.judge(FIRST, answers, RANKS)
        assert found.explanation.endswith(".")
        assert found.rank in RANKS.values()

    @given(SOMETHING, st.sampled_from(FIRST))
    def test_an_answer_that_asks_for_more_never_lowers_the_tier(
        self, answers: dict[str, str], question: Question
    ) -> None:
        weights = {"": 0, **RANKS, PROHIBITED: 9}
        before = risk.judge(FIRST, answers, RANKS)
        now = weights[question.answer(answers[question.id]).least]
        for choice in question.answers:
            if weights[choice.least] >= now:
                assert risk.judge(FIRST, answers | {question.id: choice.id}, RANKS).weight >= before.weight

    def test_a_tier_that_is_gone_counts_as_the_highest(self) -> None:
        asked = (Question("one", "One?", "", (Choice("no", "No"), Choice("yes", "Yes", "severe"))),)
        assert risk.judge(asked, {"one": "yes"}, RANKS).tier == "high"

    def test_answers_that_do_not_fit_are_named(self) -> None:
        partly = {name: answer for name, answer in NO_RISK.items() if name != "harm"}
        wrong = partly | {"data": "secret", "weather": "fine"}
        codes = [objection.code for objection in risk.against_answers(FIRST, wrong)]
        assert codes == ["unknown-question", "answer-missing", "unknown-answer"]


class TestWhatMakesAQuestionnaire:
    @pytest.mark.parametrize("questions", [FIRST, BEFORE])
    def test_those_that_gatehouse_comes_with(self, questions: tuple[Question, ...]) -> None:
        assert risk.against_questions(questions, RANKS) == []
        assert risk.read(risk.plain(questions)) == questions

    @pytest.mark.parametrize(
        ("questions", "code"),
        [
            ((), "question-missing"),
            (FIRST * 3, "too-many-questions"),
            ((*FIRST, FIRST[0]), "question-twice"),
            ((dataclasses.replace(AUDITED, id="Audited"),), "question-name"),
            ((dataclasses.replace(AUDITED, text=" "),), "question-text"),
            ((dataclasses.replace(AUDITED, answers=AUDITED.answers[1:]),), "answers-count"),
            ((dataclasses.replace(AUDITED, answers=(*AUDITED.answers, Choice("no", "Never"))),), "answer-twice"),
            ((dataclasses.replace(AUDITED, answers=(*AUDITED.answers, Choice("nein", "no"))),), "answer-twice"),
            ((dataclasses.replace(AUDITED, answers=(*AUDITED.answers, Choice("?", "Perhaps"))),), "answer-name"),
            ((dataclasses.replace(AUDITED, answers=(*AUDITED.answers, Choice("p", ""))),), "answer-label"),
            ((dataclasses.replace(AUDITED, answers=(*AUDITED.answers, Choice("p", "P", "x"))),), "answer-tier"),
            ((dataclasses.replace(AUDITED, answers=(Choice("a", "A"), Choice("b", "B"))),), "no-demand"),
        ],
    )
    def test_and_what_keeps_others_from_being_one(self, questions: tuple[Question, ...], code: str) -> None:
        assert code in {objection.code for objection in risk.against_questions(questions, RANKS)}


@pytest.mark.django_db
@pytest.mark.engines
class TestChangingIt:
    def test_the_first_revision_is_there(self) -> None:
        first = Questionnaire.objects.in_force()
        assert (first.revision, risk.read(first.questions)) == (1, FIRST)

    def test_one_drafts_and_another_publishes(self, cast: Cast) -> None:
        newest = published(cast)
        assert (newest.revision, newest.closed_by.username) == (2, "second-admin")
        assert Questionnaire.objects.in_force() == newest
        kinds = list(Event.objects.filter(kind__startswith="registry.questionnaire").values_list("kind", flat=True))
        assert sorted(kinds)[-4:] == [
            "registry.questionnaire.drafted",
            "registry.questionnaire.published",
            "registry.questionnaire.published",
            "registry.questionnaire.revised",
        ]

    def test_nobody_publishes_what_they_wrote(self, cast: Cast) -> None:
        draft = written(cast)
        given_too = {"draft": draft, "reason": "Agreed.", "seen": seen(draft)}
        assert refused(questionnaires.publish, **given_too, by=cast.admin) == ["own-draft"]
        account = builders.build_person("admin-two", "admin")
        people.link_accounts(person=account, other=cast.admin, reason="Same badge.", by=cast.superuser)
        assert refused(questionnaires.publish, **given_too, by=Person.objects.get(pk=account.pk)) == ["own-draft"]
        for other in (cast.author, cast.compliance, cast.auditor):
            with pytest.raises(PermissionDenied):
                questionnaires.publish(**given_too, by=other)

    def test_nor_whom_they_alone_made_administrator_since(self, cast: Cast) -> None:
        draft = written(cast)
        give(cast.auditor, "admin", cast.admin)
        given_too = {"draft": draft, "reason": "Agreed.", "seen": seen(draft)}
        assert refused(questionnaires.publish, **given_too, by=cast.auditor) == ["role-from-party"]

    def test_only_what_was_read_is_published(self, cast: Cast) -> None:
        draft = written(cast)
        before = seen(draft)
        given_too = {"draft": draft, "questions": FIRST[:3], "reason": "Fewer.", "by": cast.admin}
        questionnaires.revise(**given_too, seen=before)
        assert refused(questionnaires.revise, **given_too, seen=before) == ["stale-form"]
        assert refused(questionnaires.publish, draft=draft, reason="Agreed.", seen=before, by=other_admin()) == [
            "stale-form"
        ]

    def test_a_draft_that_changes_nothing_or_says_no_reason_stays_one(self, cast: Cast) -> None:
        draft = written(cast, FIRST, reason="")
        given_too = {"draft": draft, "reason": "Agreed.", "seen": seen(draft), "by": other_admin()}
        assert refused(questionnaires.publish, **given_too) == ["no-change", "reason-missing"]

    def test_there_is_one_draft(self, cast: Cast) -> None:
        draft = begun(cast)
        assert refused(begun, cast) == ["draft-open"]
        questionnaires.discard(draft=draft, by=cast.admin)
        begun(cast)

    def test_what_was_published_changes_no_more(self, cast: Cast) -> None:
        newest = published(cast)
        for act in (questionnaires.discard,):
            assert refused(act, draft=newest, by=cast.admin) == ["wrong-state"]
        given_too = {"draft": newest, "questions": FIRST, "reason": "Back.", "seen": seen(newest), "by": cast.admin}
        assert refused(questionnaires.revise, **given_too) == ["wrong-state"]

    def test_models_keep_their_tier_until_they_are_assessed_anew(self, cast: Cast) -> None:
        model = builders.build_model(cast)
        published(cast)
        assert AIModel.objects.get(pk=model.pk).tier.slug == "low"

    def test_the_database_wants_another_person_too(self, cast: Cast) -> None:
        draft = written(cast)
        statement = (
            "UPDATE registry_questionnaire SET status = 'published', revision = 2, closed_by_id = changed_by_id,"
            " closed_at = changed_at WHERE id = %s"
        )
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [draft.pk])


class TestWhatADraftAsksOtherwise:
    def told(self, *after: Question) -> list[tuple[str, str, str]]:
        return [(each.part, each.before, each.after) for each in differing.differences((AUDITED, FIRST[0]), after)]

    def test_nothing(self) -> None:
        assert self.told(AUDITED, FIRST[0]) == []

    def test_a_question_more_and_one_less(self) -> None:
        assert self.told(AUDITED, FIRST[0], FIRST[8])[0][:2] == ("New question", "")
        assert self.told(FIRST[0]) == [("Left out", "Yes; No (at least high risk)", "")]

    def test_another_order(self) -> None:
        both = f"{FIRST[0].text}; {AUDITED.text}"
        assert self.told(FIRST[0], AUDITED) == [("Order", f"{AUDITED.text}; {FIRST[0].text}", both)]

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"text": "Audited?"}, ("Question", "Was it audited?", "Audited?")),
            ({"help": ""}, ("Explanation", "By somebody else.", "")),
            (
                {"answers": (AUDITED.answers[0], Choice("no", "No", PROHIBITED))},
                ("Answer", "No (at least high risk)", "No (prohibited)"),
            ),
            ({"answers": (*AUDITED.answers, Choice("in_part", "In part"))}, ("New answer", "", "In part")),
            ({"answers": AUDITED.answers[1:]}, ("Answer left out", "Yes", "")),
            (
                {"answers": AUDITED.answers[::-1]},
                ("Order of answers", "Yes; No", "No; Yes"),
            ),
        ],
    )
    def test_what_is_changed_in_a_question(self, change: dict[str, Any], told: tuple[str, str, str]) -> None:
        assert self.told(dataclasses.replace(AUDITED, **change), FIRST[0]) == [told]


@pytest.mark.django_db
@pytest.mark.engines
class TestWhatADraftWouldDo:
    def test_models_that_would_come_into_another_tier_are_named(self, cast: Cast) -> None:
        low, medium = builders.build_model(cast, "low"), builders.build_model(cast, "medium")
        builders.build_model(cast, "prohibited")
        softer = tuple(each for each in FIRST if each.id != "data")
        stricter = dataclasses.replace(
            FIRST[7], answers=tuple(dataclasses.replace(each, least="high") for each in FIRST[7].answers)
        )
        found = rejudging.outlook((*FIRST[:7], stricter, FIRST[8]))
        moves = {each.model: (each.before, each.after, each.is_higher) for each in found.moved}
        assert moves == {low.name: ("Low risk", "High risk", True), medium.name: ("Medium risk", "High risk", True)}
        assert (found.judged, found.unfit) == (3, 0)
        assert rejudging.outlook(softer).unfit == 3

    def test_of_a_model_that_was_assessed_anew_the_newest_answers_count(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        assessments.assess(model=model, answers=ANSWERS["high"], by=cast.author)
        assessments.assess(model=model, answers=ANSWERS["low"], reason="Less.", by=cast.author)
        found = rejudging.outlook(FIRST)
        assert (found.judged, found.moved) == (1, ())

    def test_however_many_there_are_it_takes_two_statements(self, cast: Cast) -> None:
        for _ in range(3):
            builders.build_model(cast)
        assert len(counted(lambda: rejudging.outlook(FIRST))) == 2


@pytest.mark.django_db
class TestPages:
    def typed(self, client: Client, draft: Questionnaire) -> dict[str, Any]:
        """What a browser sends of the page as it stands."""
        forms = client.get(reverse("registry:questionnaire_revise", args=[draft.pk])).context["forms"]
        sent: dict[str, Any] = {}
        rows = [forms.questions, *(row.answers for row in forms.questions)]
        for form in [forms.draft, *(row.management_form for row in rows), *(form for row in rows for form in row)]:
            values = {form.add_prefix(name): form[name].value() for name in form.fields}
            sent |= {name: "" if value is None else value for name, value in values.items()}
        return sent

    def test_everybody_reads_what_is_asked(self, cast: Cast) -> None:
        page = signed_in(cast.auditor).get(reverse("registry:questionnaire_detail")).content.decode()
        assert all(question.text in page for question in FIRST)
        assert "Change the questionnaire" not in page
        assert (
            signed_in(cast.auditor).get(reverse("registry:questionnaire_detail"), {"revision": "9"}).status_code == 404
        )

    def test_a_change_goes_from_the_draft_of_one_to_the_publication_by_another(self, cast: Cast) -> None:
        admin, second = signed_in(cast.admin), signed_in(other_admin())
        builders.build_model(cast)
        admin.post(reverse("registry:questionnaire_draft"))
        draft = Questionnaire.objects.get(status="draft")
        sent = self.typed(admin, draft)
        assert sent["questions-TOTAL_FORMS"] == len(FIRST) + 1
        new = f"questions-{len(FIRST)}"
        sent |= {
            "reason": "Auditors ask for it.",
            f"{new}-name": "audited",
            f"{new}-text": "Was it audited?",
            f"{new}-answers-0-name": "yes",
            f"{new}-answers-0-label": "Yes",
            f"{new}-answers-1-name": "no",
            f"{new}-answers-1-label": "No",
            f"{new}-answers-1-least": "high",
        }
        answer = admin.post(reverse("registry:questionnaire_revise", args=[draft.pk]), sent)
        assert answer["Location"] == reverse("registry:questionnaire_draft_detail", args=[draft.pk])
        draft.refresh_from_db()
        assert risk.read(draft.questions)[-1] == dataclasses.replace(AUDITED, help="")
        page = second.get(reverse("registry:questionnaire_draft_detail", args=[draft.pk])).content.decode()
        assert "The answers of the one model that is assessed do not fit these questions" in page
        assert page.index("What changes") < page.index("What publishing would do") < page.index("<details")
        assert "New question" in page
        own = admin.get(reverse("registry:questionnaire_draft_detail", args=[draft.pk])).content.decode()
        assert "You wrote in this draft" in own
        publish = reverse("registry:questionnaire_publish", args=[draft.pk])
        assert second.post(publish, {"reason": "", "seen": seen(draft)}).status_code == 422
        assert second.post(publish, {"reason": "Agreed.", "seen": seen(draft)}).status_code == 302
        assert Questionnaire.objects.in_force().pk == draft.pk

    def test_it_says_who_can_publish_and_who_cannot_yet(self, cast: Cast) -> None:
        draft = written(cast)
        address = reverse("registry:questionnaire_draft_detail", args=[draft.pk])

        def said(reader: Person) -> str:
            return html.unescape(signed_in(reader).get(address).content.decode())

        assert "Nobody can publish" not in said(cast.auditor)
        given_too = {"draft": draft, "questions": (*FIRST[:8], AUDITED), "reason": "Agreed.", "seen": seen(draft)}
        questionnaires.revise(**given_too, by=cast.superuser)
        assert "Nobody else holds the right to publish it." in said(cast.admin)
        give(cast.auditor, "admin", cast.admin)
        words = "role was given by {} alone; it counts once another administrator has confirmed it."
        assert f"{cast.auditor.name}’s {words.format('you')}" in said(cast.admin)
        assert f"{cast.auditor.name}’s {words.format(cast.admin.name)}" in said(cast.author)
        assert "Nobody can publish this yet." in said(cast.author)
        confirm(cast.auditor, "admin", cast.superuser)
        assert "alone; it counts" not in said(cast.admin)
        assert cast.auditor.name in said(cast.admin).split("It can be published by")[1]

    def test_rows_are_added_without_losing_what_was_typed(self, cast: Cast) -> None:
        admin, draft = signed_in(cast.admin), begun(cast)
        address = reverse("registry:questionnaire_revise", args=[draft.pk])
        sent = self.typed(admin, draft) | {"reason": "Half a sent"}
        more = admin.post(address, sent | {"more_rows": "questions"}).context["forms"]
        assert (len(more.questions.forms), more.draft["reason"].value()) == (len(FIRST) + 2, "Half a sent")
        more = admin.post(address, sent | {"more_rows": "questions-0-answers"}).context["forms"]
        assert len(more.questions.forms[0].answers.forms) == len(FIRST[0].answers) + 3

    @pytest.mark.parametrize("rows", ["nobody", "questions-99-answers", "__class__", ""])
    def test_rows_that_are_not_there_are_not_added(self, cast: Cast, rows: str) -> None:
        admin, draft = signed_in(cast.admin), begun(cast)
        sent = self.typed(admin, draft)
        answer = admin.post(reverse("registry:questionnaire_revise", args=[draft.pk]), sent | {"more_rows": rows})
        assert (answer.status_code, len(answer.context["forms"].questions.forms)) == (200, len(FIRST) + 1)

    def test_what_is_emptied_is_left_out(self, cast: Cast) -> None:
        admin, draft = signed_in(cast.admin), begun(cast)
        sent = self.typed(admin, draft)
        last = f"questions-{len(FIRST) - 1}-"
        sent |= {name: "" for name in sent if name.startswith(last) and "_FORMS" not in name}
        sent |= {"questions-0-answers-1-name": "", "questions-0-answers-1-label": ""}
        assert admin.post(reverse("registry:questionnaire_revise", args=[draft.pk]), sent).status_code == 302
        draft.refresh_from_db()
        questions = risk.read(draft.questions)
        assert [question.id for question in questions] == [question.id for question in FIRST[:-1]]
        assert len(questions[0].answers) == len(FIRST[0].answers) - 1

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"questions-0-name": "Not a name"}, "Write a small letter"),
            ({"questions-0-text": ""}, "Fill this in."),
            ({"questions-0-answers-0-label": ""}, "Fill this in."),
            ({"questions-0-answers-0-least": "severe"}, "Select a valid choice"),
            ({"questions-1-name": "practice"}, "Two questions are called “practice”"),
            ({"seen": "2020-01-01T00:00:00+00:00"}, "has saved this draft since you opened it"),
        ],
    )
    def test_wrong_input_is_said(self, cast: Cast, change: dict[str, str], said: str) -> None:
        admin, draft = signed_in(cast.admin), begun(cast)
        answer = admin.post(
            reverse("registry:questionnaire_revise", args=[draft.pk]), self.typed(admin, draft) | change
        )
        assert answer.status_code == 422
        assert said in answer.content.decode()

    def test_the_page_of_a_draft_takes_few_statements(self, cast: Cast) -> None:
        draft = written(cast)
        for _ in range(5):
            builders.build_model(cast)
        address = reverse("registry:questionnaire_draft_detail", args=[draft.pk])
        assert statements(signed_in(cast.auditor), address) <= BUDGET


@pytest.mark.django_db
@pytest.mark.engines
class TestAssessmentsOfBefore:
    """Rows that were written when four questions stood in the code."""

    def before(self, cast: Cast) -> ModelVersion:
        version = builders.build_version(cast, "medium")
        with ledger.entry("registry.model.assessed", by=cast.author, subject=version.model) as entry:
            four = dict.fromkeys(known.NAMES_BEFORE, False) | {"uses_personal_data": True}
            RiskAssessment(
                model=version.model,
                tier=version.model.tier,
                explanation="It reads personal data.",
                assessed_by=cast.author,
                assessed_at=timezone.now(),
                **four,
            ).save()
            entry.facts = {"tier": "medium"}
            evidence.keep(entry.lock_one(version), Part.RISK, by=cast.author)
        return version

    def test_they_are_read_as_revision_0(self, cast: Cast) -> None:
        version = self.before(cast)
        assessment = version.model.assessments.in_force().first()
        answers = {each.question.id: each.choice.id for each in known.answers_of(assessment)}
        assert answers == dict.fromkeys(known.NAMES_BEFORE, "no") | {"uses_personal_data": "yes"}
        assert [each.question.id for each in known.answers_of(assessment) if each.weighs] == ["uses_personal_data"]
        page = signed_in(cast.auditor).get(reverse("registry:model_detail", args=[version.model.name]))
        assert "Before there was a" in page.content.decode()

    def test_their_evidence_has_the_digest_that_it_had(self, cast: Cast) -> None:
        version = self.before(cast)
        use_case = version.model.use_case
        content = {
            "tier": version.model.tier_id,
            "answers": dict.fromkeys(known.NAMES_BEFORE, False) | {"uses_personal_data": True},
            "use_case": {name: getattr(use_case, name) for name in evidence.USE_CASE_FIELDS},
        }
        told = canonical.digest(canonical.plain({"part": "risk", "content": content}))
        assert version.evidence.get(part=Part.RISK).digest == told
        assert evidence.parts_whole().fault is None

    def test_they_are_lowered_and_raised_like_all_others(self, cast: Cast) -> None:
        version = self.before(cast)
        low = assessments.assess(model=version.model, answers=NO_RISK, reason="Less.", by=cast.author)
        assert low.status == RiskAssessment.Status.PROPOSED
        assert assessments.assess(model=version.model, answers=ANSWERS["high"], by=cast.author).tier.slug == "high"

    def test_no_draft_judges_them(self, cast: Cast) -> None:
        self.before(cast)
        assert rejudging.outlook(FIRST).unfit == 1

    def test_a_row_answers_the_one_or_the_other(self, cast: Cast) -> None:
        version = self.before(cast)
        statement = "UPDATE registry_riskassessment SET uses_personal_data = NULL WHERE model_id = %s"
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [version.model_id])


@pytest.mark.django_db
def test_registering_judges_by_the_newest(cast: Cast) -> None:
    published(cast)
    given_too = {"name": "n", "purpose": "p", "task": "other", "owner": cast.author, "team": cast.team}
    assert refused(
        models.register_model, **given_too, answers=NO_RISK, use_case_line="Saves time.", by=cast.author
    ) == ["answer-missing"]
