"""Policies: what each risk tier asks, drafts of what it should ask, and publishing them by a second person."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals import advice, forecasting, naming, rules, terms
from approvals.actions import policies
from approvals.facts import PolicyTerms
from approvals.facts.loading import policy_fact, revisions_compared
from approvals.forms.policies import PolicyForms, ReasonForm, with_more_rows
from approvals.models import Forecast, Policy, PolicyDraft
from approvals.presenting import policies as looks
from approvals.views.saying import page, say_no
from approvals.workflow import CHANGE, PUBLISH
from audit.paging import page_of
from registry import metrics, seconds
from registry.models import Person, RiskTier
from registry.views.doors import put_refusal

SECONDS_UNTIL_ANOTHER_LOOK = 2


@require_safe
def list_policies(request: HttpRequest) -> HttpResponse:
    newest = {policy.tier_id: policy for policy in Policy.objects.current().prefetch_related("stages", "thresholds")}
    drafts = {draft.tier_id: draft for draft in PolicyDraft.objects.open().select_related("drafted_by")}
    lines = [
        {"tier": tier, "policy": newest.get(tier.pk), "draft": drafts.get(tier.pk)} for tier in RiskTier.objects.all()
    ]
    return page(request, "policy_list.html", {"lines": lines})


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest revision, or the one that the address names."""
    tier = get_object_or_404(RiskTier, slug=slug)
    revisions = list(tier.policies.select_related("published_by", "published_from"))
    shown = next((policy for policy in revisions if _is_asked_for(request, policy)), None)
    if shown is None:
        raise Http404("There is no such revision.")
    wanted = policy_fact(shown)
    checks = looks.check_lines(wanted, advice.refused_in(tier))
    context = {
        "tier": tier,
        "policy": shown,
        "newest": revisions[0],
        "revisions": revisions,
        "wanted": wanted,
        "stages": looks.stage_lines(wanted, naming.names(wanted)),
        "validity": terms.validity_words(wanted),
        "thresholds": looks.thresholds_by_task(wanted),
        "checks": checks,
        "has_advice": any(line.refusals for line in checks),
        "draft": PolicyDraft.objects.open().filter(tier=tier).select_related("drafted_by").first(),
        "may_change": request.user.has_perm(CHANGE),
    }
    return page(request, "policy_detail.html", context)


def _is_asked_for(request: HttpRequest, policy: Policy) -> bool:
    return request.GET.get("revision", str(policy.revision)) == str(policy.revision)


@require_POST
def draft(request: HttpRequest, slug: str) -> HttpResponse:
    tier = get_object_or_404(RiskTier, slug=slug)
    _require(request, CHANGE, "Policies are changed by administrators.")
    try:
        begun = policies.draft(tier=tier, by=request.user)
    except ValidationError as refusal:
        say_no(request, refusal)
        return redirect("approvals:policy_detail", slug)
    return redirect("approvals:policy_revise", begun.pk)


@require_safe
def draft_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _draft(request, pk), None)


@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, pk: int) -> HttpResponse:
    found = _draft(request, pk)
    _require(request, CHANGE, "Policies are changed by administrators.")
    data = request.POST if request.method == "POST" else None
    adds_rows = data is not None and "more_rows" in data
    forms = PolicyForms(
        with_more_rows(data) if adds_rows else data,
        terms.of_plain(found.terms),
        naming.nameable(found.tier, terms.of_plain(found.terms)),
        reason=found.reason,
        seen=found.changed_at.isoformat(),
    )
    if data is not None and not adds_rows and forms.is_valid() and _revised(request, found, forms):
        messages.success(request, "The draft is saved.")
        return redirect("approvals:policy_draft_detail", pk)
    context = {
        "draft": found,
        "forms": forms,
        "known_metrics": [known.name for known in metrics.KNOWN],
        "objections": rules.against_moving_draft(found, "revise"),
        "is_refused": data is not None and not adds_rows,
    }
    return page(request, "policy_revise.html", context, refused=context["is_refused"])


def _revised(request: HttpRequest, found: PolicyDraft, forms: PolicyForms) -> bool:
    given = forms.times.cleaned_data
    try:
        saved = policies.revise(
            draft=found, wanted=forms.terms, reason=given["reason"], seen=given["seen"], by=request.user
        )
    except ValidationError as refusal:
        put_refusal(forms.times, refusal)
        return False
    forecasting.ask(saved)
    return True


@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    seen = request.POST.get("seen", "")
    return _move(request, pk, lambda found: policies.propose(draft=found, seen=seen, by=request.user), SAID["propose"])


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    return _move(request, pk, lambda found: policies.discard(draft=found, by=request.user), SAID["discard"])


@require_POST
def forecast(request: HttpRequest, pk: int) -> HttpResponse:
    """Looks again at what the draft would change."""
    found = _draft(request, pk)
    if not (request.user.has_perm(CHANGE) or request.user.has_perm(PUBLISH)):
        raise PermissionDenied("A dry run is asked for by those who change and publish policies.")
    if found.status in PolicyDraft.OPEN:
        forecasting.ask(found)
    return redirect("approvals:policy_draft_detail", pk)


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, "publish", policies.publish)


@require_POST
def hand_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, "hand_back", policies.hand_back)


def _move(request: HttpRequest, pk: int, act: Callable[[PolicyDraft], PolicyDraft], said: str) -> HttpResponse:
    found = _draft(request, pk)
    _require(request, CHANGE, "Policies are changed by administrators.")
    try:
        moved = act(found)
    except ValidationError as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, said.format(second=_second_words(moved, found.compared[-1], request.user)))
    return redirect("approvals:policy_draft_detail", pk)


def _decide(request: HttpRequest, pk: int, name: str, act: Callable[..., Any]) -> HttpResponse:
    found = _draft(request, pk)
    _require(request, PUBLISH, "Policies are published by administrators and compliance reviewers.")
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            act(draft=found, **form.cleaned_data, by=request.user)
        except ValidationError as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, SAID[name].format(tier=found.tier.name))
            return redirect("approvals:policy_draft_detail", pk)
    return _show(request, found, form)


SAID = {
    "propose": "Proposed. {second}",
    "discard": "The draft is discarded. The policy stays as it is.",
    "publish": "Published. The policy for {tier} asks this from now on.",
    "hand_back": "Handed back. It is a draft again.",
}


def _show(request: HttpRequest, found: PolicyDraft, form: ReasonForm | None) -> HttpResponse:
    newest, before = found.compared[0], found.compared[-1]
    after = terms.of_plain(found.terms)
    differences = terms.differences(before, after, naming.names(before, after))
    forecast, seen = found.forecasts.first(), found.changed_at.isoformat()
    is_open = found.status in PolicyDraft.OPEN
    in_vain = naming.in_vain(found.tier, after) if is_open else []
    context = {
        "draft": found,
        "newest": newest,
        "look": looks.DRAFT_LOOKS[found.status],
        "differences": differences,
        "form": form or ReasonForm(initial={"seen": seen}),
        "seen": seen,
        "may_change": request.user.has_perm(CHANGE),
        "may_publish": request.user.has_perm(PUBLISH),
        "against_proposing": rules.against_proposing(found, newest, differences) + in_vain,
        "against_publishing": rules.against_publishing(
            found,
            newest,
            by=request.user,
            choosers=request.user.chosen_alone_by(PUBLISH, since=found.drafted_at),
            named=naming.newly(before, after),
        )
        + in_vain,
        "is_open": is_open,
        **(_seconds(found, before, request.user) if is_open else {}),
        "is_proposed": found.status == PolicyDraft.Status.PROPOSED,
        **_dry_run(request, found, forecast),
    }
    answer = page(request, "policy_draft.html", context, refused=form is not None)
    if forecast and forecast.finished_at is None and form is None:
        answer["Refresh"] = str(SECONDS_UNTIL_ANOTHER_LOOK)
    return answer


def _dry_run(request: HttpRequest, found: PolicyDraft, forecast: Forecast | None) -> dict[str, Any]:
    if forecast is None:
        return {"forecast": None}
    changes = forecast.changes.all()
    counts = changes.order_by().values_list("effect").annotate(Count("pk"))
    return {
        "forecast": forecast,
        "is_of_now": looks.is_of_now(forecast, found),
        "tallies": looks.tallies(counts),
        "pages": page_of(request.GET, changes.select_related("version__model"), ("place",), noun="change"),
        "effect_looks": looks.EFFECT_LOOKS,
    }


def _seconds(found: PolicyDraft, before: PolicyTerms, reader: Person) -> dict[str, Any]:
    """Who can publish it, and why others with the right cannot yet."""
    people = _find_seconds(found, before)
    return {"seconds": people.able, "not_yet": [each.words(reader) for each in people.waiting]}


def _find_seconds(found: PolicyDraft, before: PolicyTerms) -> seconds.Seconds:
    """Without those who would publish that they decide."""
    authors = {uuid.UUID(author) for author in found.authors}
    people = seconds.find(PUBLISH, authors, since=found.drafted_at)
    named = naming.newly(before, terms.of_plain(found.terms))
    return replace(people, able=tuple(each for each in people.able if not rules.is_named(each, named)))


def _second_words(found: PolicyDraft, before: PolicyTerms, reader: Person) -> str:
    people = _find_seconds(found, before)
    if people.able:
        return f"{' or '.join(person.name for person in people.able[:3])} can publish it."
    if people.waiting:
        return f"Nobody can publish it yet: {people.waiting[0].words(reader)}"
    return "Nobody else holds the right to publish it yet: make somebody administrator or compliance reviewer."


def _draft(request: HttpRequest, pk: int) -> PolicyDraft:
    """With `compared`, the newest revision and the one that it was begun from."""
    drafts: QuerySet[PolicyDraft] = PolicyDraft.objects.select_related(
        "tier", "based_on", "drafted_by", "changed_by", "proposed_by", "closed_by", "published"
    )
    return get_object_or_404(drafts.annotate(compared=revisions_compared()), pk=pk)


def _require(request: HttpRequest, permission: str, words: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied(words)
