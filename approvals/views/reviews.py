"""Asking for a review, and the page where a stage is decided with the evidence beside the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F, OuterRef, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals import deciders, places, presenting, rights, rules, threads
from approvals import facts as version_facts
from approvals.actions import reviews
from approvals.facts import StageFact, VersionFacts
from approvals.facts.loading import JSONRows, moment
from approvals.forms.comments import AnswerForm, CommentForm
from approvals.forms.reviews import (
    DecisionForm,
    ReviewRequestForm,
    SubmitAgainForm,
    conditions,
    filled,
    with_another_condition,
)
from approvals.models import Condition, Decision, Review
from approvals.rights import SUBMIT, Right
from approvals.views.saying import page, say_no
from approvals.workflow import DECIDING, STOP, review_verb
from registry import confirming, questionnaires
from registry.models import Person
from registry.views import doors

#: How many user names are offered beside the form of a comment.
MOST_CALLED = 12
#: verb -> (the action, what choosing it means)
DECISIONS = {
    "approve": (reviews.approve, "Counts until something it rests on changes"),
    "request_changes": (
        reviews.request_changes,
        "Goes back to {author}; other approvals stay as long as what they rest on does not change",
    ),
    "reject": (reviews.reject, "Ends this review"),
}
#: verb -> what it means for the gates of an approved version
STOPS = {
    "suspend": "Closes its gates until it is reinstated",
    "reinstate": "Opens its gates again, as far as nothing has changed",
    "revoke": "Closes its gates for good; all is decided anew",
}
#: verb -> what is said when it is done; an approval is said by `_approved`
SAID = {"request_changes": "Changes requested. {author} is told.", "reject": "Rejected. {author} is told."}


# Asking for a review


@require_http_methods(["GET", "HEAD", "POST"])
def open_review(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = doors.find_version(request, name, number)
    form = ReviewRequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        begin = reviews.open_draft if request.POST.get("then") == "draft" else reviews.ask
        try:
            review = begin(version=version, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
        else:
            messages.success(request, _opened(review))
            return redirect("approvals:review_detail", review.pk)
    facts = version_facts.of(version)
    if request.method != "POST" and facts.open_review:
        return redirect("approvals:review_detail", facts.open_review.id)
    return page(request, "review_open.html", _opening(request, facts, form), refused=bool(form.errors))


def _opening(request: HttpRequest, facts: VersionFacts, form: forms.Form) -> dict[str, Any]:
    against_opening = rules.against_opening(facts)
    holders = rights.active_holders(facts.version.model.tier)
    missing = presenting.with_links([*rules.against_submitting(facts), *against_opening], facts)
    asked = [_asked(facts, stage, holders, request.user) for stage in facts.stages]
    return {
        "version": facts.version,
        "form": form,
        "may_ask": request.user.has_perm(SUBMIT, facts.version),
        "missing": missing,
        "concerns": [] if missing else presenting.concerns(facts),
        "against_draft": presenting.with_links(against_opening, facts),
        "asked": asked,
        "said_no": _said_no(facts),
        "administrators": list(Person.objects.administrators()) if any(each["lacks"] for each in asked) else [],
    }


def _said_no(facts: VersionFacts) -> presenting.Request | None:
    no = facts.earlier_no
    found = Decision.objects.filter(pk=no.id).select_related("review", "decided_by") if no else ()
    return presenting.earlier_no(facts, found)


def _asked(
    facts: VersionFacts, stage: StageFact, holders: Mapping[str, Mapping[Person, Right]], asker: Person
) -> dict[str, Any]:
    """`needs` are the approvals that are still asked for, `lacks` how many of them nobody is there to give."""
    able = [each for each in deciders.able(facts, stage, holders) if each.identity != asker.identity]
    needs = max(0, stage.quorum - len(facts.approvals[stage.stage]))
    return {
        "label": stage.stage.label,
        "question": presenting.question(stage),
        "deciders": able,
        "needs": needs,
        "lacks": max(0, needs - len(able)),
        "given": facts.approvals[stage.stage][-1] if facts.is_approved(stage.stage) else None,
    }


def _opened(review: Review) -> str:
    if review.status == Review.Status.DRAFT:
        return f"{review} is saved as a draft. Nobody is asked yet."
    again = f" again, for round {review.round}" if review.round > 1 else ""
    return f"{review} is submitted{again}. Those who may decide are told by e-mail."


# The review


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, find(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, "approve")


@require_http_methods(["GET", "HEAD", "POST"])
def request_changes(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, "request_changes")


@require_http_methods(["GET", "HEAD", "POST"])
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, "reject")


@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    review = find(request, pk)
    form = _request_form(review, request.POST)
    if form.is_valid():
        try:
            review = reviews.submit(review=review, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
        else:
            messages.success(request, _opened(review))
            return redirect("approvals:review_detail", review.pk)
    return show(request, find(request, pk), request_form=form)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _take_back(request, pk, reviews.withdraw, "is withdrawn")


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    return _take_back(request, pk, reviews.discard, "is thrown away")


def _take_back(request: HttpRequest, pk: int, action: Any, done: str) -> HttpResponse:
    review = find(request, pk)
    try:
        action(review=review, by=request.user)
    except ValidationError as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, f"{review} {done}.")
    return redirect("approvals:review_detail", pk)


def _decide(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    review = find(request, pk)
    people = _owners(review) if verb == "approve" else {}
    if request.method != "POST":
        return show(request, review, verb=verb, conditions_form=_conditions(verb, None, people))
    asked = version_facts.of(review.version).stage(request.POST.get("stage", ""))
    checklist = _checklist(verb, asked)
    if "more_rows" in request.POST and verb == "approve":
        typed, rows = DecisionForm.as_typed(request.POST, checklist), with_another_condition(request.POST, people)
        return show(request, review, verb=verb, decision_form=typed, conditions_form=rows)
    form, rows = DecisionForm(request.POST, checklist=checklist), _conditions(verb, request.POST, people)
    if form.is_valid() & (rows is None or rows.is_valid()):
        if asked and asked.is_signed and not confirming.is_recent(confirming.shown_at(request)):
            raise confirming.asking(request)
        given = form.cleaned_data | ({"conditions": filled(rows)} if rows is not None else {})
        try:
            decision = DECISIONS[verb][0](review=review, by=confirming.signing(request), **given)
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
        else:
            messages.success(request, _decided(verb, decision))
            return redirect("approvals:review_detail", pk)
    return show(request, find(request, pk), verb=verb, decision_form=form, conditions_form=rows)


def _checklist(verb: str, asked: StageFact | None) -> Sequence[str]:
    """Only who approves confirms anything."""
    return asked.checklist if asked and verb == "approve" else ()


def _conditions(verb: str, data: Any, people: dict[str, Person]) -> forms.BaseFormSet | None:
    return conditions(data, people) if verb == "approve" else None


def _decided(verb: str, decision: Decision) -> str:
    if verb == "approve":
        return _approved(decision)
    return SAID[verb].format(author=decision.review.requested_by.name)


def _approved(decision: Decision) -> str:
    said = presenting.said_on_approving(decision.stage.label, decision.conditions.count())
    if decision.review.status != Review.Status.APPROVED:
        return said
    still_open = Condition.objects.counting().open().filter(decision__review__version=decision.review.version).count()
    return f"{said} {presenting.said_when_complete(still_open)}"


def _owners(review: Review) -> dict[str, Person]:
    """Who may own a condition, by key."""
    return {str(person.pk): person for person in rights.keepers(review.version)}


def find(request: HttpRequest, pk: int, thread: int | None = None) -> Review:
    """With its rounds, and the page of its comments that the address asks for, or which has this `thread`. Raises
    Http404 when it is not visible."""
    found = Review.objects.visible_to(request.user).select_related(
        "version__model__tier",
        "version__model__use_case__sponsor",
        "policy__tier",
        "requested_by",
        "submitted_by",
        "stopped_by",
    )
    return get_object_or_404(found.annotate(rounds=_rounds(), **threads.beside(request.GET, thread)), pk=pk)


def _rounds() -> JSONRows:
    """Each round as it was submitted, newest first: of earlier ones only the history of the review tells."""
    submitted = Review.history.filter(id=OuterRef("pk"), status=Review.Status.IN_REVIEW)
    return JSONRows(
        submitted.order_by("-round"),
        round=F("round"),
        by=F("submitted_by__name"),
        at=F("submitted_at"),
        text=F("message"),
    )


def show(
    request: HttpRequest,
    review: Review,
    *,
    verb: str = "",
    decision_form: DecisionForm | None = None,
    conditions_form: forms.BaseFormSet | None = None,
    request_form: ReviewRequestForm | None = None,
    comment_form: CommentForm | None = None,
    answered: tuple[int, AnswerForm] | None = None,
) -> HttpResponse:
    """The review's page. `verb` is the decision whose form is chosen; a bound form that comes along was refused.
    `answered` is one with the thread that it answers."""
    facts = version_facts.of(review.version)
    tier = review.version.model.tier
    decided = _decisions(review)
    holders = rights.active_holders(tier)
    desk = presenting.desk(
        facts,
        review,
        by=request.user,
        held={right: people[request.user] for right, people in holders.items() if request.user in people},
        wanted=request.POST.get("stage") or request.GET.get("stage", ""),
    )
    context = {
        "review": review,
        "facts": facts,
        "version": facts.version,
        **_promised(review, decided),
        "policies": presenting.policies_of(facts),
        "stages": presenting.stages(facts, review, decided, holders, request.user),
        "messages_said": [message for message in _messages(review) if message.text],
        "has_rounds": presenting.has_rounds(review),
        "asked_for": presenting.request(facts, decided) if review.status in Review.OPEN else None,
        "said_no": presenting.earlier_no(facts, decided) if review.status in Review.OPEN else None,
        **_evidence(facts, review, decided, request.user),
        **_desk(request, review, facts, desk, verb, decision_form, conditions_form),
        **_author(request, review, facts, request_form),
        **_comments(request, review, facts, holders, comment_form, answered),
        "may_stop": request.user.has_perm(STOP),
        "stops": [] if rules.against_stopping(facts) else _stops(review),
    }
    return page(
        request,
        "review_detail.html",
        context,
        refused=bool(answered) or any(form and form.is_bound for form in (decision_form, request_form, comment_form)),
    )


def _messages(review: Review) -> list[presenting.Message]:
    """What the author said in each round, newest first; of a draft, what it will say."""
    if not review.round:
        return [presenting.Message(0, review.requested_by.name, review.opened_at, review.message)]
    return [presenting.Message(**row | {"at": moment(row["at"])}) for row in review.rounds]


def _decisions(review: Review) -> list[Decision]:
    """All decisions about the version, oldest first, with their conditions."""
    about = Decision.objects.filter(review__version=review.version_id)
    with_owners = Prefetch("conditions", Condition.objects.select_related("owner"))
    return list(about.select_related("review", "decided_by").prefetch_related(with_owners))


def _promised(review: Review, decided: list[Decision]) -> dict[str, Any]:
    """How the review looks, and what was promised with the approvals it rests on; those of a review before stay."""
    made = presenting.promises(decision for decision in decided if _counts_in(review, decision))
    look = presenting.review_look(review, on_conditions=bool(made.made), are_kept=not made.open)
    return {"look": look, "promises": made}


def _counts_in(review: Review, decision: Decision) -> bool:
    return decision.review_id <= review.pk and decision.review.status != Review.Status.WITHDRAWN


def _evidence(facts: VersionFacts, review: Review, decided: list[Decision], reader: Person) -> dict[str, Any]:
    evidence = presenting.evidence(facts)
    kept, bounds = presenting.threshold_tally(evidence)
    concerns = presenting.concerns(facts) if review.status in Review.OPEN else []
    counting = review.version.model.assessments.in_force()
    assessment = counting.select_related("assessed_by", "decided_by", "tier", "questionnaire").first()
    return {
        "use_case": review.version.model.use_case,
        "assessment": assessment,
        "answers": questionnaires.answers_of(assessment),
        "concerns": concerns,
        "concerns_look": "bad" if any(concern["stands_in_the_way"] for concern in concerns) else "info",
        "stale": presenting.stale_approvals(facts, review),
        "since": presenting.since(facts) if presenting.is_live(facts, review) else None,
        "evidence": evidence,
        "kept": kept,
        "bounds": bounds,
        "fairness": presenting.fairness(facts),
        "sections": presenting.card_sections(facts.card),
        "earlier": [_earlier(decision, reader) for decision in reversed(decided)],
        "last": next((each for each in reversed(decided) if each.review_id == review.pk), None),
    }


def _earlier(decision: Decision, reader: Person) -> dict[str, Any]:
    return {
        "decision": decision,
        "look": presenting.decision_look(decision),
        "conditions": presenting.condition_items(decision, reader),
    }


def _desk(
    request: HttpRequest,
    review: Review,
    facts: VersionFacts,
    desk: presenting.Desk,
    verb: str,
    decision_form: DecisionForm | None,
    conditions_form: forms.BaseFormSet | None,
) -> dict[str, Any]:
    asked = facts.stage(desk.stage or "")
    shown = decision_form or DecisionForm(initial={"stage": desk.stage}, checklist=_checklist(verb, asked))
    return {
        "is_signed": asked is not None and asked.is_signed,
        "desk": desk,
        "question": presenting.question(asked) if asked and desk.is_open else "",
        "verb": verb,
        "verb_button": review_verb(verb).button if verb else "",
        "choices": _choices(review, desk, verb),
        "other_stages": _other_stages(request, desk),
        "decision_form": shown if verb and (desk.is_open or decision_form) else None,
        "conditions_form": conditions_form,
        "against_verb": [*desk.objections, *(desk.against_approving if verb == "approve" else ())],
    }


def _choices(review: Review, desk: presenting.Desk, chosen: str) -> list[dict[str, Any]]:
    """The three decisions as links; `against` is why approving is not possible now."""
    query = f"?stage={desk.stage}" if len(desk.stages) > 1 else ""
    return [
        {
            "name": verb,
            "label": review_verb(verb).button,
            "hint": DECISIONS[verb][1].format(author=review.requested_by.name),
            "url": reverse(review_verb(verb).url_name, args=[review.pk]) + query,
            "is_chosen": verb == chosen,
            "against": desk.against_approving if verb == "approve" else (),
        }
        for verb in DECIDING
    ]


def _stops(review: Review) -> list[dict[str, str]]:
    """What can be done to an approval that was given."""
    return [
        {
            "label": review_verb(name).button,
            "hint": hint,
            "url": reverse(review_verb(name).url_name, args=[review.pk]),
        }
        for name, hint in STOPS.items()
        if not rules.against_moving(review, name)
    ]


def _other_stages(request: HttpRequest, desk: presenting.Desk) -> list[dict[str, Any]]:
    """The stages to choose from, when the reader may decide more than one."""
    if len(desk.stages) < 2:
        return []
    return [
        {"label": stage.label, "url": f"{request.path}?stage={stage}", "is_chosen": stage == desk.stage}
        for stage in desk.stages
    ]


def _comments(
    request: HttpRequest,
    review: Review,
    facts: VersionFacts,
    holders: Mapping[str, Mapping[Person, Right]],
    comment_form: CommentForm | None,
    answered: tuple[int, AnswerForm] | None,
) -> dict[str, Any]:
    """What is said about it. `called` are people to call: who asked, and those who decide, but for the reader."""
    thread, refused = answered or (None, None)
    found, at = threads.of(review, facts, request.GET), request.GET.get("at", "")
    people = {review.requested_by, *(person for held in holders.values() for person in held)} - {request.user}
    counted = threads.counted(review)
    return {
        "threads": found,
        "open_threads": [(each, refused if each.id == thread else AnswerForm(thread=each.id)) for each in found.open],
        "refused_answer": refused,
        "refused_thread": thread,
        "open_at": counted,
        "open_comments": counted.total(),
        "places": [place for found in places.of(facts).values() for place in found],
        "comment_form": comment_form or CommentForm(facts=facts, initial={"place": at}),
        "is_commenting": bool(comment_form or at),
        "called": sorted(people, key=lambda person: person.username)[:MOST_CALLED],
    }


def _author(
    request: HttpRequest, review: Review, facts: VersionFacts, request_form: ReviewRequestForm | None
) -> dict[str, Any]:
    """What those who may ask for this review can do with it."""
    can = {
        verb: not rules.against_moving(review, verb) and request.user.has_perm(SUBMIT, review.version)
        for verb in ("submit", "withdraw", "discard")
    }
    return {
        "can": can,
        "is_requester": request.user.pk == review.requested_by_id,
        "missing": presenting.with_links(rules.against_submitting(facts), facts) if can["submit"] else [],
        "request_form": request_form or _request_form(review),
    }


def _request_form(review: Review, data: Any = None) -> ReviewRequestForm:
    """A new round has a message of its own; a draft goes on with the one it was saved with."""
    if review.status == Review.Status.CHANGES_REQUESTED:
        return SubmitAgainForm(data, initial={"ticket_url": review.ticket_url})
    return ReviewRequestForm(data, initial={"message": review.message, "ticket_url": review.ticket_url})
