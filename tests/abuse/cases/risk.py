"""Answering for less risk than there is."""

from __future__ import annotations

import datetime

from approvals.actions import assessments
from registry.actions import people
from registry.actions import questionnaires as questionnaire_actions
from registry.models import Person, RiskAssessment
from registry.questionnaires import FIRST, NAMES_BEFORE
from tests import builders, questionnaires
from tests.abuse.doors import IGNORED, SUCCEEDED, page, rest, sql
from tests.abuse.grounds import also, asked, deploying
from tests.abuse.table import Attempt, abuse
from tests.builders import Cast

LONG_AGO = datetime.timedelta(days=30)


def confirming(proposal: RiskAssessment, by: Person) -> Attempt:
    return Attempt(
        proposal,
        "confirm",
        by,
        {
            "page": page(by, "approvals:assessment_confirm", proposal.pk, reason="As said."),
            "code": lambda: assessments.confirm(assessment=proposal, reason="As said.", by=by),
        },
    )


@abuse(
    "Lowering the tier of one's own model alone",
    who="the author, who is compliance reviewer as well",
    held_by="`registry.rules.against_deciding_lower`: another person confirms what lowers a tier",
    page="422 own-proposal, logged",
    code="own-proposal, logged",
    database="found by --deep",
)
def tier_lowered(cast: Cast) -> Attempt:
    proposal = questionnaires.proposed_lower(cast)
    attempt = confirming(proposal, also(cast, cast.author, "compliance-reviewer"))
    statement = "UPDATE registry_aimodel SET tier_id = %s WHERE id = %s"
    return Attempt(
        proposal,
        "confirm",
        attempt.by,
        attempt.doors | {"database": sql(statement, proposal.tier_id, proposal.model_id)},
    )


@abuse(
    "Having a colleague propose it, and confirming it for one's own model",
    who="the owner of the model, who is an administrator as well",
    held_by="`registry.rules.against_deciding_lower`: neither who proposed it nor who answers for the model",
    page="422 own-model, logged",
    code="own-model, logged",
)
def tier_lowered_by_owner(cast: Cast) -> Attempt:
    model = builders.build_model(cast, "medium")
    with questionnaires.later(days=-2):
        proposal = assessments.assess(model=model, answers=builders.NO_RISK, reason="It reads less.", by=cast.colleague)
    return confirming(proposal, also(cast, cast.author, "admin"))


@abuse(
    "Confirming a lower tier with a second account",
    who="the author, from an account that administrators have linked with theirs",
    held_by="`Person.identity` is one for all accounts of one human",
    page="422 own-proposal, logged",
    code="own-proposal, logged",
)
def second_account(cast: Cast) -> Attempt:
    account = builders.build_person("author-two", "compliance-reviewer")
    people.link_accounts(person=account, other=cast.author, reason="The same badge.", by=cast.admin)
    return confirming(questionnaires.proposed_lower(cast), Person.objects.get(pk=account.pk))


@abuse(
    "Making somebody compliance reviewer, to have one's own proposal confirmed",
    who="somebody whom the author, an administrator as well, gave the role",
    held_by="`registry.rules.against_chosen`: nobody alone chooses who decides about their own",
    page="422 role-from-party, logged",
    code="role-from-party, logged",
)
def chosen_for_it(cast: Cast) -> Attempt:
    admin = also(cast, cast.author, "admin")
    puppet = builders.build_person("puppet", "")
    people.grant_role(person=puppet, role="compliance-reviewer", decides="compliance", by=admin)
    return confirming(questionnaires.proposed_lower(cast), Person.objects.get(pk=puppet.pk))


@abuse(
    "Confirming a lower tier before a day has passed",
    who="a compliance reviewer in a hurry",
    held_by="`registry.rules.against_confirming_now`, by the database's clock",
    page="422 too-early, logged",
    code="too-early, logged",
)
def too_early(cast: Cast) -> Attempt:
    return confirming(questionnaires.proposed_lower(cast, days=0), cast.compliance)


@abuse(
    "Writing an earlier day on a proposal, to confirm it at once",
    who="somebody with the database",
    held_by="assessments are governed rows",
    database="found by --deep",
)
def earlier_day(cast: Cast) -> Attempt:
    proposal = questionnaires.proposed_lower(cast, days=0)
    statement = "UPDATE registry_riskassessment SET assessed_at = %s WHERE id = %s"
    database = sql(statement, proposal.assessed_at - LONG_AGO, proposal.pk)
    return Attempt(proposal, "confirm", cast.compliance, {"database": database})


@abuse(
    "Deploying by the policy of a lower tier that is only proposed",
    who="a release manager and the pipeline, after the author proposed it",
    held_by="until it is confirmed the old tier counts everywhere",
    page="422 business-approval, logged",
    REST="409 business-approval, logged",
    code="business-approval, logged",
)
def only_proposed(cast: Cast) -> Attempt:
    review = asked(cast, "medium")
    builders.approve_stage(cast, review, "technical")
    builders.deploy(cast, review.version, "staging")
    model = review.version.model
    assessments.assess(model=model, answers=builders.NO_RISK, reason="It reads less.", by=cast.author)
    return deploying(cast, review.version, "production")


@abuse(
    "Changing the answers after they were approved",
    who="a release manager and the pipeline, after the author answered otherwise within the tier",
    held_by="the answers are evidence; a stage that rests on them is stale at the gate",
    page="422 business-approval, logged",
    REST="409 business-approval, logged",
    code="business-approval, logged",
)
def answers_changed(cast: Cast) -> Attempt:
    version = builders.approved_version(cast, "medium")
    builders.deploy(cast, version, "staging")
    answers = builders.ANSWERS["medium"] | {"autonomy": "alone"}
    assessments.assess(model=version.model, answers=answers, by=cast.author)
    return deploying(cast, version, "production")


@abuse(
    "Softening the answers that gave the tier",
    who="somebody with the code or the database",
    held_by="assessments are governed rows, and part of the evidence",
    code="refused where it is written",
    database="found by --deep",
)
def answers_softened(cast: Cast) -> Attempt:
    assessment = builders.build_model(cast, "high").assessments.get()

    def save() -> None:
        assessment.answers = builders.NO_RISK
        assessment.save()

    statement = "UPDATE registry_riskassessment SET answers = '{}' WHERE id = %s"
    return Attempt(assessment, "change", cast.author, {"code": save, "database": sql(statement, assessment.pk)})


@abuse(
    "Lowering a tier from a pipeline",
    who="the team's pipeline with a token of every scope",
    held_by="`registry.rules.against_token`; the API assesses nothing but what it registers",
    code="person-required, logged",
)
def pipeline_lowers(cast: Cast) -> Attempt:
    model, pipeline = builders.build_model(cast, "medium"), builders.with_token(cast.pipeline, "register")
    given = {"model": model, "answers": builders.NO_RISK, "reason": "It reads less."}
    return Attempt(model, "assess", cast.author, {"code": lambda: assessments.assess(**given, by=pipeline)})


@abuse(
    "Answering the four questions of formerly, to pass by those that are asked now",
    who="the team's pipeline with a client of old",
    held_by="the model is registered and not assessed, so it goes nowhere",
    REST="409 risk-not-assessed thresholds-missing approval-not-asked, logged",
)
def former_answers(cast: Cast) -> Attempt:
    body = {"name": "old", "purpose": "Reads.", "task": "classification", "owner": "author", "team": "clinical-ml"}
    body |= {"answers": dict.fromkeys(NAMES_BEFORE, False), "use_case_line": "Saves typing."}
    registered = rest(cast.pipeline, "POST", "/models", **body)()
    assert registered.status_code == 201, registered.content
    model = cast.team.models.get(name="old")
    version = builders.build_version(cast, model=model)
    deploy = rest(cast.pipeline, "POST", "/models/old/deployments", version=version.number, environment="staging")
    return Attempt(version, "deploy", cast.release, {"REST": deploy})


@abuse(
    "Deploying what a prohibited practice was answered for",
    who="a superuser and the pipeline",
    held_by="the gate of the risk assessment, which no policy turns off and no waiver passes",
    page="422 prohibited-practice, logged",
    REST="409 prohibited-practice, logged",
    code="prohibited-practice, logged",
)
def prohibited(cast: Cast) -> Attempt:
    version = builders.approved_version(cast, "high")
    assessments.assess(
        model=version.model, answers=builders.ANSWERS["high"] | {"practice": "social_score"}, by=cast.author
    )
    return deploying(cast, version, "staging", by=cast.superuser)


@abuse(
    "Publishing questions that one wrote, so that one's own answers weigh less",
    who="the administrator who drafted them",
    held_by="`registry.rules.against_publishing_questionnaire`: another administrator publishes",
    page="422 own-draft, logged",
    code="own-draft, logged",
)
def own_questions(cast: Cast) -> Attempt:
    draft = questionnaires.written(cast)
    said = {"seen": draft.changed_at.isoformat(), "reason": "Let it be."}
    return Attempt(
        draft,
        "publish",
        cast.admin,
        {
            "page": page(cast.admin, "registry:questionnaire_publish", draft.pk, **said),
            "code": lambda: questionnaire_actions.publish(draft=draft, by=cast.admin, **said),
        },
    )


@abuse(
    "Softening a questionnaire that was published",
    who="an administrator, or somebody with the database",
    held_by="what was published changes no more; questionnaires are governed rows",
    code="wrong-state, logged",
    database="found by --deep",
)
def questions_softened(cast: Cast) -> Attempt:
    newest = questionnaires.published(cast)
    given = {"draft": newest, "questions": FIRST[:1], "reason": "Less.", "by": cast.admin}
    statement = "UPDATE registry_questionnaire SET questions = '[]' WHERE id = %s"
    return Attempt(
        newest,
        "revise",
        cast.admin,
        {
            "code": lambda: questionnaire_actions.revise(**given, seen=newest.changed_at.isoformat()),
            "database": sql(statement, newest.pk),
        },
    )


@abuse(
    "Sending a tier along with answers of high risk, when a model is assessed anew",
    who="the author",
    held_by="the tier follows from the answers; what is sent beside the form is left out of account",
    page="ignored",
)
def tier_sent_along(cast: Cast) -> Attempt:
    model = builders.build_model(cast, "high")
    sent = builders.answers_typed("high") | {"tier": "low", "is_prohibited": "", "status": "in_force"}
    send = page(cast.author, "approvals:model_assess", model.name, **sent)

    def send_and_look() -> str:
        send()
        model.refresh_from_db()
        return IGNORED if model.tier.slug == "high" else SUCCEEDED

    return Attempt(model, "assess", cast.author, {"page": send_and_look})
