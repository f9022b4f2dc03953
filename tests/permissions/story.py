"""What is asked about: an object for each route's address, and a body that is honest, so that only rights say no.

An address is made of its arguments' names. A route about a version, a review and so on that needs another one than the
first has a line in `ABOUT`; a route that takes a body has one in `BODIES` (pages) or `API_BODIES`.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from functools import partial
from typing import Any

from allauth.usersessions.models import UserSession
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_resolver, reverse
from django.utils import timezone

from approvals import places
from approvals.actions import comments, retirement, reviews, stops, waivers
from approvals.models import Comment, Condition, PerformanceReview, Review, Waiver
from audit import kinds, tasks
from audit.models import Event, Heartbeat
from registry import days, preferences
from registry.actions import people
from registry.imports import runs
from registry.imports.planner import fingerprint
from registry.models import Consumer, Deployment, ModelVersion, Person, Questionnaire, RiskTier, Team, UseCase
from tests import builders, imports, policies, questionnaires, stories
from tests.builders import Cast
from tests.imports import imported_version
from tests.permissions.table import Key
from tests.registry.pages import signed_in
from tests.snapshots import told_once

UPLOADED = {"artifact_uri": "", "artifact_sha256": "", "artifact_size": None}
DATASET = {"name": "holdout", "sha256": "c" * 64}
INVENTORY = imports.table("Scan sorter,1,Sorts scans.", "Scan sorter,2,", "模型,1,No name that fits.")


@dataclass(frozen=True)
class Story:
    """`objects` by the noun that an address names, or by the name that `ABOUT` gives to a further one."""

    cast: Cast
    objects: dict[str, Any]

    def object_for(self, route: str, case: str, noun: str) -> Any:
        name = ABOUT.get((route, case)) or ABOUT.get((route, "")) or noun
        if name not in self.objects:
            raise LookupError(f"Nothing in tests/permissions/story.py is what {route} is about: add it to `tell`")
        return self.objects[name]


@partial(told_once, is_long=True)
def tell(cast: Cast) -> Story:
    tasks.beat()
    # Asking every cell may take longer than a sign of life counts.
    Heartbeat.objects.update(at=timezone.now() + datetime.timedelta(hours=1))
    running = stories.everything_at_once(cast)
    approved = builders.approved_version(cast)
    unused = builders.build_version(cast)
    clearance = retirement.ask_clearance(version=unused, reason="Not used.", replacement=None, by=cast.author)
    objects = {
        "version": running,
        "approved version": approved,
        "unassessed version": imported_version(cast),
        "uploaded version": builders.build_version(cast, **UPLOADED, artifact=ContentFile(b"weights", "model.skops")),
        "ready version": builders.ready_version(cast),
        "use_case": UseCase.objects.get(status=UseCase.Status.PROPOSED),
        "event": Event.objects.filter(kind__in=kinds.open_to_all()).latest("pk"),
        "consumer": Consumer.objects.latest("pk"),
        "condition": Condition.objects.latest("pk"),
        "deployment": Deployment.objects.latest("pk"),
        "clearance": retirement.compute_clearance(clearance=clearance, by=Person.objects.system()),
        "performance_review": PerformanceReview.objects.latest("pk"),
        "review": builders.ask_for_review(cast, builders.ready_version(cast, "high")),
        "draft review": Review.objects.get(status=Review.Status.DRAFT),
        "handed back review": _handed_back(cast),
        "technically approved review": _review_with(cast, "technical"),
        "reviewed but for deployment": _review_with(cast, "technical", "business", "compliance"),
        "approved review": Review.objects.get(version=approved),
        "suspended review": _suspended(cast),
        "comment": commented(cast),
        "resolved comment": comments.resolve(thread=commented(cast), by=cast.author),
        "unplanned version": builders.build_version(cast),
        "waiver": asked_waiver(cast),
        "assessment": questionnaires.proposed_lower(cast),
        "questionnaire": questionnaires.written(cast, by=cast.superuser),
        "policy": RiskTier.objects.get(slug="low"),
        "policy draft": policies.written(cast, "medium"),
        "proposed policy": policies.proposed(cast, "high"),
        "person": cast.stranger,
        "author": cast.author,
        "deactivated person": _deactivated(cast),
        "reviewer": cast.technical,
        "further account": _further_account(cast),
        "token": builders.with_token(cast.author, "read").token,
        "team": cast.team,
        "session": _session(cast.author),
        "import": imports.drafted(cast, INVENTORY),
        "view": preferences.save_view(person=cast.author, page="registry:model_list", name="Risky", query="tier=high"),
    }
    return Story(cast, objects)


def _deactivated(cast: Cast) -> Person:
    person = builders.build_person("gone", "auditor")
    return people.deactivate(person=person, reason="Left.", by=cast.admin)


def commented(cast: Cast, text: str = "Why did the gap grow, @author?") -> Comment:
    review = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
    return comments.write(review=review, place=places.read("section:fairness"), text=text, by=cast.technical)


def asked_waiver(cast: Cast, reason: str = "It is being set up.") -> Waiver:
    return waivers.ask(
        version=builders.build_version(cast),
        check="monitoring",
        environment="production",
        reason=reason,
        ends_on=days.today() + datetime.timedelta(days=14),
        by=cast.author,
    )


def _further_account(cast: Cast) -> Person:
    person = builders.build_person("colleague-2", "auditor")
    return people.link_accounts(person=person, other=cast.colleague, reason="The same contract.", by=cast.admin)


def _handed_back(cast: Cast) -> Review:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    reviews.request_changes(review=review, stage="technical", rationale="Say more.", by=cast.technical)
    return review


def _suspended(cast: Cast) -> Review:
    approved = Review.objects.get(version=builders.approved_version(cast, summary="Suspended later."))
    return stops.suspend(review=approved, reason="A complaint.", by=cast.compliance)


def _session(person: Person) -> UserSession:
    """A browser that the person left signed in somewhere."""
    key = signed_in(person).session.session_key
    return UserSession.objects.create(user=person, ip="192.0.2.1", session_key=key)


def _review_with(cast: Cast, *stages: str) -> Review:
    review = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
    for stage in stages:
        builders.approve_stage(cast, review, stage)
    return review


#: (route, case) -> the object that it is about, where the first of its kind would not do.
ABOUT = {
    ("governance:person_reactivate", ""): "deactivated person",
    ("governance:person_confirm_role", ""): "reviewer",
    ("governance:person_separate_account", ""): "further account",
    ("governance:person_revoke_role", ""): "author",
    ("governance:person_leave_team", ""): "author",
    ("governance:token_issue", ""): "person",
    ("registry:artifact_download", ""): "uploaded version",
    ("approvals:model_assess", ""): "unassessed version",
    ("approvals:review_open", ""): "ready version",
    ("approvals:comment_reopen", ""): "resolved comment",
    ("approvals:waiver_ask", ""): "unplanned version",
    ("approvals:review_suspend", ""): "approved review",
    ("approvals:review_reinstate", ""): "suspended review",
    ("approvals:review_revoke", ""): "approved review",
    ("approvals:review_submit", ""): "draft review",
    ("approvals:review_submit", "unchanged"): "handed back review",
    ("approvals:review_discard", ""): "draft review",
    ("approvals:review_approve", "business"): "technically approved review",
    ("approvals:review_approve", "compliance"): "technically approved review",
    ("approvals:review_approve", "deployment"): "reviewed but for deployment",
    **{
        (f"approvals:policy_{name}", ""): "policy draft"
        for name in ("draft_detail", "revise", "forecast", "propose", "discard")
    },
    ("approvals:policy_publish", ""): "proposed policy",
    ("approvals:policy_hand_back", ""): "proposed policy",
    ("approvals:deployment_record", ""): "approved version",
    ("approvals:version_retire_confirm", ""): "clearance",
    # Nobody's passkey: whoever has one of their own is asked in tests/proofs/test_passkeys.py.
    ("mfa_edit_webauthn", ""): "session",
    ("mfa_remove_webauthn", ""): "session",
    ("ask_for_review", ""): "ready version",
    ("record_deployment", ""): "approved version",
}


# Pages


def address_of(key: Key, story: Story) -> str:
    """The address of a page about an object of the story. Raises LookupError with what to add for it."""
    names = _arguments(key.route)
    return reverse(key.route, kwargs={name: _argument(name, key, story) for name in names})


def _arguments(route: str) -> list[str]:
    namespace, _, name = route.rpartition(":")
    resolver = get_resolver()
    for part in namespace.split(":") if namespace else []:
        resolver = resolver.namespace_dict[part][1]
    possibilities = resolver.reverse_dict.getlist(name)
    return list(possibilities[0][0][0][1])


def _argument(name: str, key: Key, story: Story) -> Any:
    subject = key.route.split(":")[-1]
    match name:
        case "name":
            return story.object_for(key.route, key.case, "version").model.name
        case "number":
            return story.object_for(key.route, key.case, "version").number
        case "slug":
            return story.object_for(key.route, key.case, _noun(subject, story)).slug
        case "uid":
            return story.object_for(key.route, key.case, "event").uid
        case "pk":
            return story.object_for(key.route, key.case, _noun(subject, story)).pk
        case "username":
            return story.object_for(key.route, key.case, "person").username
        case "team":
            return story.objects["team"].slug
    if name in FIXED:
        return FIXED.get((key.route, name), FIXED[name])
    raise LookupError(f"tests/permissions/story.py has no value for “{name}” in the address of {key.route}")


#: Arguments that name nothing in the database.
FIXED = {
    "rest": "nowhere",
    "guide": "reviewers",
    "role": "author",
    ("governance:person_confirm_role", "role"): "technical-reviewer",
    "uidb36": "0",
    "key": "set-password",
}


def _noun(subject: str, story: Story) -> str:
    """The longest noun of the story with which the route's name begins."""
    nouns = [noun for noun in story.objects if subject.startswith(noun)]
    return max(nouns, key=len, default="")


def body_of(key: Key, story: Story) -> Any:
    if key.method != "POST":
        return None
    build = BODIES.get((key.route, key.case)) or BODIES.get((key.route, ""))
    return build(story) if build else {}


def _deciding(stage: str) -> Any:
    rows = {"conditions-TOTAL_FORMS": "0", "conditions-INITIAL_FORMS": "0"}
    return lambda story: {"stage": stage, "rationale": "The evidence holds."} | rows


def _risk(story: Story) -> dict[str, Any]:
    return {"task": "classification", "use_case_line": "Saves typing."} | builders.answers_typed()


def _seen(story: Story) -> str:
    return Questionnaire.objects.get(pk=story.objects["questionnaire"].pk).changed_at.isoformat()


def _questions(story: Story) -> dict[str, Any]:
    """One question with two answers."""
    total, row, answers = "TOTAL_FORMS", "questions-0", "questions-0-answers"
    counts = {f"questions-{total}": "1", "questions-INITIAL_FORMS": "0", f"{answers}-{total}": "2"}
    question = {f"{row}-name": "audited", f"{row}-text": "Was it audited?", f"{row}-help": "By somebody else."}
    yes = {f"{answers}-0-name": "yes", f"{answers}-0-label": "Yes", f"{answers}-0-least": ""}
    no = {f"{answers}-1-name": "no", f"{answers}-1-label": "No", f"{answers}-1-least": "high"}
    return counts | question | yes | no | {f"{answers}-INITIAL_FORMS": "0", "reason": "Fewer.", "seen": _seen(story)}


def _model(story: Story) -> dict[str, Any]:
    return _risk(story) | {
        "name": "new-model",
        "purpose": "Reads forms.",
        "owner": story.cast.author.pk,
        "team": Team.objects.get(slug="clinical-ml").pk,
    }


def _version(story: Story) -> dict[str, Any]:
    return {"artifact_uri": "s3://models/1", "artifact_sha256": "a" * 64, "artifact_size": 1}


def _seen_proposal(story: Story) -> dict[str, Any]:
    return {"seen": policies.seen(story.objects["proposed policy"])}


def _evaluation(story: Story) -> dict[str, Any]:
    rows = {"figures-TOTAL_FORMS": "1", "figures-INITIAL_FORMS": "0"}
    figure = {"figures-0-metric": "accuracy", "figures-0-value": "0.9"}
    return {"purpose": "staging", "dataset_name": "holdout", "dataset_sha256": "c" * 64} | rows | figure


def _evaluation_file(story: Story) -> dict[str, Any]:
    figures = [{"metric": "accuracy", "value": "0.9"}]
    text = json.dumps({"purpose": "staging", "dataset": DATASET, "measurements": figures})
    return {"file": SimpleUploadedFile("evaluation.json", text.encode())}


def _inventory(story: Story) -> dict[str, Any]:
    given = {"team": story.cast.team.pk, "owner": story.cast.author.pk}
    return given | {"file": SimpleUploadedFile("models.csv", INVENTORY)}


def _seen_preview(story: Story) -> dict[str, Any]:
    run = story.objects["import"]
    return {"seen": fingerprint(runs.preview(run, run.by))}


def _use_case(story: Story) -> dict[str, Any]:
    texts = ("title", "problem", "requirement", "acceptance_criteria", "affected_people")
    return dict.fromkeys(texts, "Visits come late.") | {"sponsor": story.cast.business.pk, "is_regulated": "no"}


def _person(story: Story) -> dict[str, Any]:
    return {"name": "New Comer", "username": "newcomer"}


def _pipeline(story: Story) -> dict[str, Any]:
    return {"name": "New pipeline", "username": "ci-new", "team": story.cast.team.pk}


def _token(story: Story) -> dict[str, Any]:
    return {"label": "Notebook", "scopes": ["read"], "life": "90"}


#: (route, case) -> the body of a POST that is refused to nobody for its content.
BODIES = {
    ("governance:person_add", ""): _person,
    ("governance:person_change", ""): _person,
    ("governance:person_deactivate", ""): lambda story: {"reason": "Left."},
    ("approvals:review_comment", ""): lambda story: {"place": "review", "text": "Why is that so?"},
    ("approvals:comment_answer", ""): lambda story: {"text": "A new device."},
    ("approvals:waiver_ask", ""): lambda story: {
        "what": "monitoring:production",
        "reason": "It is being set up.",
        "ends_on": (days.today() + datetime.timedelta(days=14)).isoformat(),
    },
    **{(f"approvals:assessment_{name}", ""): lambda story: {"reason": "As said."} for name in ("confirm", "decline")},
    ("registry:questionnaire_revise", ""): _questions,
    ("registry:questionnaire_publish", ""): lambda story: {"reason": "Agreed.", "seen": _seen(story)},
    **{(f"approvals:waiver_{name}", ""): lambda story: {"reason": "As said."} for name in ("grant", "decline", "end")},
    ("governance:account_mail", ""): lambda story: {"when": "daily"},
    ("governance:person_link_account", ""): lambda story: {"username": "colleague", "reason": "One contract."},
    ("governance:person_separate_account", ""): lambda story: {"reason": "They are two."},
    ("governance:person_grant_role", ""): lambda story: {"role": "auditor"},
    ("governance:person_join_team", ""): lambda story: {"team": story.cast.team.pk},
    ("governance:pipeline_add", ""): _pipeline,
    ("governance:team_create", ""): lambda story: {"name": "New team"},
    ("governance:team_rename", ""): lambda story: {"name": "New team"},
    ("governance:token_issue", ""): _token,
    ("governance:own_token_issue", ""): _token,
    ("registry:model_register", ""): _model,
    ("approvals:model_assess", ""): _risk,
    ("registry:version_register", ""): _version,
    ("registry:evaluation_attach", ""): _evaluation,
    ("registry:evaluation_upload", ""): _evaluation_file,
    ("registry:card_draft", ""): lambda story: {"seen_revision": 1, "draft": 0, "overview": "It reads"},
    ("registry:card_revise", ""): lambda story: {"seen_revision": 1, "overview": "It reads."},
    ("registry:release_plan_revise", ""): lambda story: {"seen_revision": 1, "steps": "One by one."},
    ("registry:consumer_declare", ""): lambda story: {"name": "Booking", "contact": "booking@example.org"},
    ("registry:view_save", ""): lambda story: {"page": "registry:model_list", "name": "Low", "query": "tier=low"},
    ("registry:import_begin", ""): _inventory,
    ("registry:import_start", ""): _seen_preview,
    ("registry:use_case_propose", ""): _use_case,
    ("registry:use_case_approve", ""): lambda story: {"reason": "It serves the clinic."},
    ("registry:use_case_reject", ""): lambda story: {"reason": "It serves nobody."},
    ("approvals:review_submit", "unchanged"): lambda story: {"unchanged": "on"},
    ("approvals:review_approve", "technical"): _deciding("technical"),
    ("approvals:review_approve", "business"): _deciding("business"),
    ("approvals:review_approve", "compliance"): _deciding("compliance"),
    ("approvals:review_approve", "deployment"): _deciding("deployment"),
    ("approvals:review_request_changes", ""): _deciding("technical"),
    ("approvals:review_reject", ""): _deciding("technical"),
    ("approvals:review_suspend", ""): lambda story: {"reason": "A complaint."},
    ("approvals:review_reinstate", ""): lambda story: {"reason": "It was about another one."},
    ("approvals:review_revoke", ""): lambda story: {"reason": "No longer needed."},
    ("approvals:policy_revise", ""): lambda story: policies.body_of(story.objects["policy draft"]),
    ("approvals:policy_propose", ""): lambda story: {"seen": policies.seen(story.objects["policy draft"])},
    ("approvals:policy_publish", ""): lambda story: _seen_proposal(story) | {"reason": "As the supervisor asks."},
    ("approvals:policy_hand_back", ""): lambda story: _seen_proposal(story) | {"reason": "Say which supervisor."},
    ("approvals:condition_fulfil", ""): lambda story: {"fulfilment": "Watched for a month."},
    ("approvals:deployment_record", ""): lambda story: {"environment": "staging"},
    ("approvals:deployment_end", ""): lambda story: {"reason": "Done."},
    ("approvals:version_retire", ""): lambda story: {"reason": "Not used.", "replacement": "none"},
    ("approvals:performance_review_close", ""): lambda story: {"finding": "as_expected", "summary": "Fine."},
}


# The API


def api_address_of(key: Key, path: str, story: Story) -> str:
    """`path` as the description of the API has it, with an object of the story in it."""
    version: ModelVersion = story.object_for(key.route, key.case, "version")
    found = {"id": story.objects["deployment"].pk, "uid": story.objects["event"].uid}
    address = path.format(name=version.model.name, number=version.number, **found)
    return address + QUERIES.get(key.route, "")


#: operation id -> what it is asked with.
QUERIES = {
    "ask_gate": "?environment=staging",
    "read_past": "?at=2026-03-03T10:00:00Z",
    "list_past": "?at=2026-03-03T10:00:00Z",
}


def api_body_of(key: Key, story: Story) -> bytes:
    return json.dumps(API_BODIES[key.route](story) if key.route in API_BODIES else {}).encode()


def _model_for_api(story: Story) -> dict[str, Any]:
    return {
        "name": "new-model",
        "purpose": "Reads forms.",
        "task": "classification",
        "use_case_line": "Saves typing.",
        "owner": "author",
        "team": "clinical-ml",
        "answers": builders.NO_RISK,
    }


#: operation id -> a body that is refused to nobody for its content.
API_BODIES = {
    "register_model": _model_for_api,
    "register_version": lambda story: {
        "artifact_uri": "s3://models/1",
        "artifact_sha256": "a" * 64,
        "artifact_size": 1,
    },
    "attach_evaluation": lambda story: {
        "purpose": "staging",
        "dataset": DATASET,
        "measurements": [{"metric": "accuracy", "value": "0.9"}],
    },
    "report_code_check": lambda story: {
        "commit": "a" * 40,
        "test_coverage": 90,
        "tests_passed": 1,
        "tests_failed": 0,
        "lint_findings": 0,
        "type_findings": 0,
    },
    "revise_card": lambda story: {"seen_revision": 1, "overview": "It reads."},
    "revise_release_plan": lambda story: {"seen_revision": 1, "steps": "One by one."},
    "record_deployment": lambda story: {"version": 1, "environment": "staging"},
    "end_deployment": lambda story: {"reason": "Done."},
}
