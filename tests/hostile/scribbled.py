"""A portal in which every text that people can write is a payload, written through real actions.

`unwritten` finds the columns of governed models that no payload reached: a new one is named on the day it is born.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.files.base import ContentFile
from django.core.validators import EmailValidator, RegexValidator
from django.db import models
from django.db.models.functions import Cast as As
from django.utils import timezone
from fido2 import cose
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from approvals import terms
from approvals.actions import (
    assessments,
    comments,
    conditions,
    deployments,
    performance_reviews,
    policies,
    retirement,
    reviews,
    stops,
    waivers,
)
from approvals.facts import ThresholdFact
from approvals.models import Comment, Condition, PerformanceReview, PolicyDraft, Review, Waiver
from audit import tasks
from audit.governed import governed_models
from audit.models import Event
from registry import cards, drafts, preferences
from registry.actions import consumers, evaluations, people, use_cases
from registry.drafts import Typed
from registry.models import (
    AIModel,
    Consumer,
    ImportRun,
    ModelVersion,
    Person,
    Purpose,
    Questionnaire,
    RiskAssessment,
    RiskTier,
    UseCase,
)
from registry.questionnaires import FIRST
from registry.rules import Choice, Question
from tests import builders, imports, questionnaires
from tests.builders import Cast
from tests.hostile.payloads import Quill
from tests.permissions.story import Story, asked_waiver, commented
from tests.policies import seen as seen_of
from tests.registry.pages import signed_in

DIGEST = "ab" * 32
PLAN_PROSE = ("steps", "rollback_procedure")


def scribble(cast: Cast, quill: Quill) -> Story:
    tasks.beat()
    _names(cast, quill)
    use_case, proposed = _use_cases(cast, quill)
    version = _ready_version(cast, quill, use_case)
    reviewed = reviews.ask(
        version=version,
        message=quill.prose("Review.message"),
        by=cast.author,
    )
    _approve(cast, quill, reviewed)
    _run(cast, quill, version)
    elsewhere = _ended_deployment(cast, quill)
    spare = _retirement(cast, quill)
    objects = {
        "version": version,
        "approved version": elsewhere,
        "uploaded version": _uploaded(cast, quill),
        "ready version": builders.ready_version(cast),
        "unassessed version": _imported(cast, quill),
        "use_case": proposed,
        "event": Event.objects.filter(kind="approvals.review.approved").latest("pk"),
        "consumer": Consumer.objects.latest("pk"),
        "condition": Condition.objects.latest("pk"),
        "deployment": version.deployments.get(ended_at=None, environment="production"),
        "clearance": spare,
        "performance_review": PerformanceReview.objects.open().latest("pk"),
        "review": _reviews_said_no_to(cast, quill),
        "draft review": reviews.open_draft(version=builders.ready_version(cast, "medium"), by=cast.author),
        "policy": RiskTier.objects.get(slug="low"),
        "unplanned version": builders.build_version(cast),
        "waiver": _waivers(cast, quill),
        **_comments(cast, quill),
        **_policies(cast, quill),
        "approved review": Review.objects.filter(version=elsewhere, status=Review.Status.APPROVED).latest("pk"),
        "suspended review": _suspended(cast, quill),
        "person": cast.stranger,
        "author": cast.author,
        "deactivated person": _deactivated(cast, quill),
        "reviewer": cast.technical,
        "further account": _further_account(cast, quill),
        "token": people.issue_token(
            person=cast.author, label=quill.line("ApiToken.label", 80), scopes=["read"], by=cast.author
        )[0],
        "team": cast.team,
        "import": _draft_of_an_import(cast, quill),
        "session": UserSession.objects.create(
            user=cast.author,
            ip="192.0.2.1",
            user_agent=quill.line("user agent", 200),
            session_key=signed_in(cast.author).session.session_key,
        ),
        "view": preferences.save_view(
            person=cast.author, page="registry:model_list", name=quill.line("SavedView.name", 40), query="tier=high"
        ),
        "handed back review": Review.objects.get(status=Review.Status.CHANGES_REQUESTED),
        "technically approved review": reviewed,
        "reviewed but for deployment": reviewed,
        **_questionnaires(cast, quill),
    }
    passkey(cast.author, quill.line("passkey", 60))
    return Story(cast, objects)


def passkey(person: Person, name: str) -> Authenticator:
    """A passkey as allauth keeps one, of a device that is nowhere."""
    key = cose.ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    of_device = AttestedCredentialData.create(Aaguid.NONE, os.urandom(16), key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    shown = AuthenticatorData.create(sha256(b"127.0.0.1").digest(), flags, 0, of_device)
    response = {
        "attestationObject": websafe_encode(AttestationObject.create("none", shown, {})),
        "clientDataJSON": websafe_encode(
            CollectedClientData.create("webauthn.create", b"challenge", "http://127.0.0.1")
        ),
    }
    credential = {"id": "YQ", "rawId": "YQ", "type": "public-key", "response": response}
    return Authenticator.objects.create(
        user=person, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": credential}
    )


def _names(cast: Cast, quill: Quill) -> None:
    for name in ("author", "colleague", "technical", "business", "compliance", "release", "auditor", "stranger"):
        people.change_person(person=getattr(cast, name), name=quill.line("Person.name", 120), by=cast.admin)
    people.change_person(person=cast.admin, name=quill.line("Person.name", 120), by=cast.superuser)
    people.rename_team(team=cast.team, name=quill.line("Team.name", 120), by=cast.admin)
    for each in vars(cast).values():
        each.refresh_from_db()


def _use_cases(cast: Cast, quill: Quill) -> tuple[UseCase, UseCase]:
    def proposed(slug: str) -> UseCase:
        return use_cases.propose(
            slug=slug,
            title=quill.line("UseCase.title", 120),
            problem=quill.prose("UseCase.problem"),
            requirement=quill.prose("UseCase.requirement"),
            acceptance_criteria=quill.prose("UseCase.acceptance_criteria"),
            affected_people=quill.prose("UseCase.affected_people"),
            sponsor=cast.business,
            is_regulated=True,
            by=cast.author,
        )

    use_case = proposed("scribbled")
    use_cases.approve(use_case=use_case, reason=quill.prose("UseCase.decision_reason"), by=cast.business)
    return UseCase.objects.get(pk=use_case.pk), proposed("scribbled-too")


def _ready_version(cast: Cast, quill: Quill, use_case: UseCase) -> ModelVersion:
    model = builders.build_model(cast, "high", use_case=use_case, purpose=quill.line("AIModel.purpose", 200))
    base = builders.build_version(cast, model=model)
    version = builders.build_version(
        cast,
        model=model,
        summary=quill.line("ModelVersion.summary", 200),
        artifact_uri=quill.line("ModelVersion.artifact_uri", 500),
        code_repository=quill.line("ModelVersion.code_repository", 300),
        training_data={
            "name": quill.line("Dataset.name", 120),
            "sha256": DIGEST,
            "reference": quill.line("Dataset.reference", 300),
            "source": quill.prose("Dataset.source"),
            "period": quill.line("Dataset.period", 120),
        },
        hyperparameters={
            quill.line("hyperparameter name", 200): quill.line("hyperparameter", 200),
            "nested": {quill.line("nested name", 200): [quill.line("nested value", 200)]},
        },
        training_run=quill.line("ModelVersion.training_run", 200),
        built_on=base,
    )
    for purpose in ("staging", "production"):
        _evaluate(cast, quill, version, purpose)
    evaluations.report_code_check(
        version=version,
        by=cast.pipeline,
        commit="c" * 40,
        test_coverage=90,
        tests_passed=1,
        tests_failed=0,
        lint_findings=0,
        type_findings=0,
        artifact_findings=1,
        artifact_scanner=quill.line("CodeCheck.artifact_scanner", 60),
        review_url=quill.address("CodeCheck.review_url"),
        pipeline_url=quill.address("CodeCheck.pipeline_url"),
    )
    texts = {name: quill.prose(f"ModelCard.{name}") for name in cards.FIELD_NAMES}
    builders.write_card(cast, version, **texts | {"training_period": quill.line("ModelCard.training_period", 120)})
    drafted = {name: quill.prose(f"CardDraft.{name}") for name in cards.FIELD_NAMES}
    drafts.begin(version, cast.colleague, Typed(drafted, seen_revision=1, seen_draft=0))
    builders.write_release_plan(
        cast,
        version,
        **{name: quill.prose(f"ReleasePlan.{name}") for name in PLAN_PROSE},
        monitoring_url=quill.address("ReleasePlan.monitoring_url"),
        alerts_url=quill.address("ReleasePlan.alerts_url"),
        on_call=quill.line("ReleasePlan.on_call", 200),
        rollback_test_evidence=quill.line("ReleasePlan.rollback_test_evidence", 500),
    )
    return version


def _evaluate(cast: Cast, quill: Quill, version: ModelVersion, purpose: str) -> None:
    group = quill.line("Measurement.group", 60)
    slices = [
        {"metric": "false_positive_rate", "value": builders.Decimal("0.1"), "group": group, "slice": name}
        for name in (quill.line("Measurement.slice", 120), "everybody else")
    ]
    overall = [{"metric": metric, "value": builders.Decimal(value)} for metric, value in builders.GOOD.items()]
    builders.attach_evaluation(
        cast,
        version,
        purpose,
        measurements=overall + slices,
        note=quill.line("Evaluation.note", 300),
        dataset={"name": quill.line("Dataset.name", 120), "sha256": f"{hash(purpose) % 16**8:064x}"},
    )


def _approve(cast: Cast, quill: Quill, review: reviews.Review) -> None:
    due = timezone.localdate() + builders.datetime.timedelta(days=30)
    promised = [{"text": quill.prose("Condition.text"), "owner": cast.author, "due_on": due} for _ in range(2)]
    for stage in ("technical", "business", "compliance", "deployment"):
        more = {"conditions": promised} if stage == "technical" else {}
        builders.approve_stage(cast, review, stage, rationale=quill.prose("Decision.rationale"), **more)
    first = Condition.objects.earliest("pk")
    conditions.fulfil(condition=first, fulfilment=quill.prose("Condition.fulfilment"), by=cast.author)


def _run(cast: Cast, quill: Quill, version: ModelVersion) -> None:
    for environment in ("staging", "production"):
        deployments.record(
            version=version,
            environment=environment,
            reference=quill.line("Deployment.reference", 300),
            by=cast.release,
        )
    consumers.declare(
        version=version,
        name=quill.line("Consumer.name", 120),
        contact=quill.line("Consumer.contact", 200),
        by=cast.author,
    )
    for days in (91, 182):
        later = timezone.now() + builders.datetime.timedelta(days=days)
        performance_reviews.open_due(by=Person.objects.system(), now=later)
    first = PerformanceReview.objects.earliest("pk")
    performance_reviews.close(
        performance_review=first, finding="watch", summary=quill.prose("PerformanceReview.summary"), by=cast.author
    )
    clearance = retirement.ask_clearance(
        version=version, reason=quill.prose("Clearance.reason"), replacement=None, by=cast.author
    )
    retirement.compute_clearance(clearance=clearance, by=Person.objects.system())


def _ended_deployment(cast: Cast, quill: Quill) -> ModelVersion:
    line = quill.line("AIModel.use_case_line", 200)
    version = builders.deployed_version(
        cast, environment="staging", model=builders.build_model(cast, use_case_line=line)
    )
    deployments.end(
        deployment=version.deployments.get(),
        reason=quill.line("Deployment.end_reason", 300),
        by=cast.release,
    )
    return version


def _retirement(cast: Cast, quill: Quill) -> retirement.Clearance:
    """One version is retired; of another it is asked whether it may be."""
    clearances = [
        retirement.compute_clearance(
            clearance=retirement.ask_clearance(
                version=builders.build_version(cast),
                reason=quill.prose("Retirement.reason"),
                replacement=None,
                by=cast.author,
            ),
            by=Person.objects.system(),
        )
        for _ in range(2)
    ]
    retirement.retire(clearance=clearances[0], by=cast.author)
    return clearances[1]


def _uploaded(cast: Cast, quill: Quill) -> ModelVersion:
    file = ContentFile(b"weights", name=quill.line("name of a file", 200).replace("/", "_"))
    return builders.build_version(cast, artifact=file, artifact_uri="", artifact_sha256="", artifact_size=None)


def _imported(cast: Cast, quill: Quill) -> ModelVersion:
    written = io.StringIO()
    pen = csv.writer(written)
    pen.writerow(["name", "version", "purpose", "summary", "tag:domain", "param:depth", "source"])
    name = f"xss {quill.line('Origin.name', 60)[:55]}"
    on_pages_of_its_own = Quill(start=quill.start)  # which nobody opens here
    texts = [on_pages_of_its_own.line(place, 90) for place in ("purpose", "summary", "tag", "parameter", "source")]
    pen.writerow([name, "1", *texts])
    imports.imported(cast, written.getvalue().encode())
    return ModelVersion.objects.select_related("model").get(model__origins__name=name, number=1)


def _draft_of_an_import(cast: Cast, quill: Quill) -> ImportRun:
    written = io.StringIO()
    pen = csv.writer(written)
    pen.writerow(["name", "version", "created_at"])
    pen.writerow([quill.line("ImportRow.name", 200), "1", "no date, so that it is refused"])
    return imports.drafted(cast, written.getvalue().encode())


def _reviews_said_no_to(cast: Cast, quill: Quill) -> reviews.Review:
    """One rejected, one handed back, one that waits in its second round."""
    for verb in (reviews.reject, reviews.request_changes):
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        verb(review=review, stage="technical", rationale=quill.prose("Decision.rationale"), by=cast.technical)
    waiting = reviews.ask(
        version=builders.ready_version(cast, "high"), message=quill.prose("Review.message"), by=cast.author
    )
    builders.approve_stage(cast, waiting, "technical", rationale=quill.prose("Decision.rationale"))
    reviews.request_changes(
        review=waiting, stage="business", rationale=quill.prose("Decision.rationale"), by=cast.business
    )
    return reviews.submit(
        review=waiting,
        message=quill.prose("Review.message of round 2"),
        ticket_url=quill.address("Review.ticket_url"),
        by=cast.author,
        unchanged=True,
    )


def _comments(cast: Cast, quill: Quill) -> dict[str, Comment]:
    """One that is open, with an answer, and one that was resolved."""

    def text(place: str) -> str:
        """A payload that calls somebody is refused, for there is nobody of that name."""
        return quill.prose(place).replace("@xss", ".@xss")

    thread, resolved = (commented(cast, text("Comment.text")) for _ in range(2))
    comments.answer(thread=thread, text=text("Comment.text of an answer"), by=cast.author)
    return {"comment": thread, "resolved comment": comments.resolve(thread=resolved, by=cast.author)}


def _waivers(cast: Cast, quill: Quill) -> Waiver:
    """One that is asked for; one was granted, and one declined."""
    for act in (waivers.grant, waivers.decline):
        asked = asked_waiver(cast, quill.prose("Waiver.reason"))
        act(waiver=asked, reason=quill.prose("Waiver.answer"), by=cast.compliance)
    return asked_waiver(cast, quill.prose("Waiver.reason"))


def _questionnaires(cast: Cast, quill: Quill) -> dict[str, Questionnaire | RiskAssessment]:
    """A draft with a question of its own, and a lower tier that is proposed; another one was declined."""
    declined = questionnaires.proposed_lower(cast, quill.prose("RiskAssessment.reason"))
    assessments.decline(assessment=declined, reason=quill.prose("RiskAssessment.decision_reason"), by=cast.compliance)
    proposed = questionnaires.proposed_lower(cast, quill.prose("RiskAssessment.reason"))
    choices = (Choice("yes", quill.line("Questionnaire.questions", 120)), Choice("no", "No", "high"))
    question = Question("asked", quill.line("Questionnaire.questions", 200), quill.line("a hint", 400), choices)
    reason = quill.prose("Questionnaire.reason")
    draft = questionnaires.written(cast, (*FIRST, question), reason, by=cast.superuser)
    return {"assessment": proposed, "questionnaire": draft}


def _further_account(cast: Cast, quill: Quill) -> Person:
    person = builders.build_person("colleague-2", "auditor")
    people.change_person(person=person, name=quill.line("Person.name", 120), by=cast.admin)
    return people.link_accounts(person=person, other=cast.colleague, reason=quill.prose("a reason"), by=cast.superuser)


def _deactivated(cast: Cast, quill: Quill) -> Person:
    person = builders.build_person("gone", "auditor")
    people.change_person(person=person, name=quill.line("Person.name", 120), by=cast.admin)
    return people.deactivate(person=person, reason=quill.prose("a reason"), by=cast.admin)


#: Texts that nobody types: made by Gatehouse, laid as seeds, or of one form.
NOT_TYPED = {
    "approvals.Comment.about",
    "approvals.Comment.digest",
    "approvals.Decision.evidence",
    "approvals.Decision.right",
    "approvals.Decision.stage",
    "approvals.Policy.card_sections",
    "approvals.Policy.checks",
    "approvals.PolicyDraft.authors",
    "approvals.PolicyStage.deciders",
    "approvals.PolicyStage.fallback",
    "approvals.PolicyStage.rests_on",
    "approvals.PolicyStage.right",
    "approvals.PolicyStage.stage",
    "approvals.Waiver.evidence",
    "registry.ApiToken.prefix",
    "registry.ApiToken.digest",
    "registry.ApiToken.scopes",
    "registry.Deployment.advised",
    "registry.EvidencePart.digest",
    "registry.ModelVersion.artifact_file",
    "registry.Origin.reference",
    "registry.Person.password",
    "registry.Person.time_zone",
    "registry.Questionnaire.authors",
    "registry.RiskAssessment.answers",
    "registry.RiskAssessment.explanation",
    "registry.RiskTier.name",
    "registry.RiskTier.description",
}


def _policies(cast: Cast, quill: Quill) -> dict[str, PolicyDraft]:
    """One published with a threshold that no model here is held against, one proposed and one begun."""

    def written(tier: str) -> PolicyDraft:
        draft = policies.draft(tier=RiskTier.objects.get(slug=tier), by=cast.admin)
        wanted = terms.of_plain(draft.terms)
        figure = ThresholdFact(
            task=AIModel.Task.RANKING,
            purpose=Purpose.DEVELOPMENT,
            metric="ndcg",
            group=quill.line("Threshold.group", 60),
            bound="at_most",
            limit=Decimal("0.5"),
        )
        first, *others = wanted.stages
        first = replace(
            first,
            checklist=(quill.line("PolicyStage.checklist", 200),),
            question=quill.line("PolicyStage.question", 200),
        )
        wanted = replace(wanted, thresholds=(*wanted.thresholds, figure), stages=(first, *others))
        reason = quill.prose("PolicyDraft.reason")
        return policies.revise(draft=draft, wanted=wanted, reason=reason, seen=seen_of(draft), by=cast.admin)

    def proposed(tier: str) -> PolicyDraft:
        draft = written(tier)
        return policies.propose(draft=draft, seen=seen_of(draft), by=cast.admin)

    published = proposed("medium")
    policies.publish(draft=published, seen=seen_of(published), reason=quill.prose("a reason"), by=cast.superuser)
    return {"policy draft": written("medium"), "proposed policy": proposed("high")}


def _suspended(cast: Cast, quill: Quill) -> Review:
    """Approved under the policy that was published, by somebody who confirmed its checklist."""
    review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    builders.approve_stage(cast, review, "technical", checklist=review.policy.stages.first().checklist)
    builders.approve_stage(cast, review, "business")
    review.refresh_from_db()
    return stops.suspend(review=review, reason=quill.prose("Review.stop_reason"), by=cast.compliance)


def unwritten() -> Iterator[str]:
    """Columns of governed models that take free text and hold no payload."""
    for model in governed_models():
        for column in model._meta.concrete_fields:
            if is_free_text(column) and f"{model._meta.label}.{column.name}" not in NOT_TYPED:
                rows = model._base_manager.annotate(said=As(column.name, models.TextField()))
                if not rows.filter(said__contains="xss").exists():
                    yield f"{model._meta.label}.{column.name}"


def is_free_text(column: models.Field) -> bool:
    if not isinstance(column, models.CharField | models.TextField | models.JSONField | models.FileField):
        return False
    of_one_form = any(isinstance(each, RegexValidator | EmailValidator) for each in column.validators)
    return not column.choices and (not of_one_form or isinstance(column, models.URLField))
