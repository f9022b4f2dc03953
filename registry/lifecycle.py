"""The registry's workflows as tables: use cases are proposed and decided, questionnaires drafted and published."""

from audit.verbs import Verb

USE_CASE = (
    Verb(
        noun="use_case",
        name="propose",
        sources=(),
        target="proposed",
        event="registry.use_case.proposed",
        button="Propose use case",
        url_name="registry:use_case_propose",
        action="registry.actions.use_cases.propose",
        permission="registry.propose_use_case",
    ),
    Verb(
        noun="use_case",
        name="approve",
        sources=("proposed",),
        target="approved",
        event="registry.use_case.approved",
        button="Approve use case",
        url_name="registry:use_case_approve",
        action="registry.actions.use_cases.approve",
        permission="registry.decide_use_case",
    ),
    Verb(
        noun="use_case",
        name="reject",
        sources=("proposed",),
        target="rejected",
        event="registry.use_case.rejected",
        button="Reject use case",
        url_name="registry:use_case_reject",
        action="registry.actions.use_cases.reject",
        permission="registry.decide_use_case",
    ),
)

CHANGE_QUESTIONNAIRE, PUBLISH_QUESTIONNAIRE = "registry.change_questionnaire", "registry.publish_questionnaire"

QUESTIONNAIRE = (
    Verb(
        noun="questionnaire",
        name="draft",
        sources=(),
        target="draft",
        event="registry.questionnaire.drafted",
        button="Change the questionnaire",
        url_name="registry:questionnaire_draft",
        action="registry.actions.questionnaires.draft",
        permission=CHANGE_QUESTIONNAIRE,
    ),
    Verb(
        noun="questionnaire",
        name="revise",
        sources=("draft",),
        target="draft",
        event="registry.questionnaire.revised",
        button="Save the draft",
        url_name="registry:questionnaire_revise",
        action="registry.actions.questionnaires.revise",
        permission=CHANGE_QUESTIONNAIRE,
    ),
    Verb(
        noun="questionnaire",
        name="publish",
        sources=("draft",),
        target="published",
        event="registry.questionnaire.published",
        button="Publish",
        url_name="registry:questionnaire_publish",
        action="registry.actions.questionnaires.publish",
        permission=PUBLISH_QUESTIONNAIRE,
    ),
    Verb(
        noun="questionnaire",
        name="discard",
        sources=("draft",),
        target="discarded",
        event="registry.questionnaire.discarded",
        button="Discard the draft",
        url_name="registry:questionnaire_discard",
        action="registry.actions.questionnaires.discard",
        permission=CHANGE_QUESTIONNAIRE,
    ),
)


def use_case_verb(name: str) -> Verb:
    return next(verb for verb in USE_CASE if verb.name == name)


def questionnaire_verb(name: str) -> Verb:
    return next(verb for verb in QUESTIONNAIRE if verb.name == name)
