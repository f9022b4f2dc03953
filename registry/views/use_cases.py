"""Use cases: what models are for, proposed by those who build and decided by the business."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from audit import csv
from audit.paging import Order, Sorting, page_of
from registry import exports, rules
from registry.actions import use_cases as use_case_actions
from registry.forms.use_cases import DecisionForm, UseCaseFilter, UseCaseForm
from registry.lifecycle import use_case_verb
from registry.models import AIModel, Person, UseCase
from registry.views.doors import put_refusal
from registry.views.models import teams_to_register_for

PROPOSE = use_case_verb("propose").permission
DECIDE = use_case_verb("approve").permission
ORDERS = {
    "waiting": ("is_decided", "title", "pk"),
    "title": ("title", "pk"),
    "-title": ("-title", "-pk"),
    "-proposed": ("-proposed_at", "-pk"),
    "proposed": ("proposed_at", "pk"),
}
ORDER_WORDS = {
    "waiting": "Not decided yet first",
    "title": "Title, A to Z",
    "-title": "Title, Z to A",
    "-proposed": "Newest first",
    "proposed": "Oldest first",
}


@require_safe
def list_use_cases(request: HttpRequest) -> HttpResponse:
    sorting = Sorting(request.GET, _orders(request), ORDER_WORDS)
    page = page_of(request.GET, _filtered(request), sorting.order, noun="use case")
    context = {
        "page": page,
        "sorting": sorting,
        "lines": _with_model_count(page.rows),
        "status": request.GET.get("status", ""),
        "statuses": UseCase.Status.choices,
        "may_propose": request.user.has_perm(PROPOSE),
    }
    return render(request, "registry/use_case_list.html", context)


@require_safe
def download_use_cases(request: HttpRequest) -> HttpResponseBase:
    ordered = _filtered(request).order_by(*Sorting(request.GET, _orders(request)).order)
    return csv.download("use-cases", exports.USE_CASES, ordered.iterator())


def _orders(request: HttpRequest) -> dict[str, Order]:
    """Of one status all are decided, or none is."""
    return ORDERS | {"waiting": ORDERS["title"]} if request.GET.get("status") in UseCase.Status else ORDERS


def _filtered(request: HttpRequest) -> QuerySet[UseCase]:
    found = UseCaseFilter(request.GET, _visible(request).with_decided())
    return found.qs if found.is_valid() else found.queryset.none()


def _with_model_count(use_cases: list[UseCase]) -> list[tuple[UseCase, int]]:
    """Each with the number of models that name it. Counted apart, since a list sorts faster without."""
    named = AIModel.objects.filter(use_case__in=use_cases).order_by()
    counts = dict(named.values_list("use_case").annotate(Count("pk")))
    return [(use_case, counts.get(use_case.pk, 0)) for use_case in use_cases]


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(PROPOSE):
        raise PermissionDenied("Use cases are proposed by data scientists and business reviewers.")
    form = UseCaseForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (use_case := _proposed(form, request.user)):
        messages.success(request, f"Proposed: {use_case.title}. A business reviewer decides about it.")
        return redirect("registry:use_case_detail", slug=use_case.slug)
    return render(request, "registry/use_case_propose.html", {"form": form}, status=422 if form.errors else 200)


def _proposed(form: UseCaseForm, person: Person) -> UseCase | None:
    try:
        return use_case_actions.propose(**form.for_action(), by=person)
    except ValidationError as refusal:
        put_refusal(form, refusal)
        return None


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    use_case = get_object_or_404(_visible(request), slug=slug)
    objections = rules.against_deciding_use_case(use_case, by=request.user)
    context = {
        "use_case": use_case,
        "page": page_of(request.GET, _models_of(use_case), ("name",), noun="model"),
        "may_decide": use_case.status == UseCase.Status.PROPOSED and request.user.has_perm(DECIDE),
        "may_register": use_case.status != UseCase.Status.REJECTED and bool(teams_to_register_for(request.user)),
        "why_not": " ".join(message for objection in objections for message in objection.messages),
    }
    return render(request, "registry/use_case_detail.html", context)


def _models_of(use_case: UseCase) -> QuerySet[AIModel]:
    return use_case.models.select_related("tier", "owner", "team")


@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: HttpRequest, slug: str) -> HttpResponse:
    return _decide(request, slug, "approve", use_case_actions.approve)


@require_http_methods(["GET", "HEAD", "POST"])
def reject(request: HttpRequest, slug: str) -> HttpResponse:
    return _decide(request, slug, "reject", use_case_actions.reject)


def _decide(request: HttpRequest, slug: str, name: str, action: Callable[..., UseCase]) -> HttpResponse:
    use_case = get_object_or_404(_visible(request), slug=slug)
    if not request.user.has_perm(DECIDE):
        raise PermissionDenied("Use cases are decided by business reviewers.")
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _decided(action, form, use_case, request.user):
        messages.success(request, f"{_past(name)}: {use_case.title}.")
        return redirect("registry:use_case_detail", slug=slug)
    context = {
        "use_case": use_case,
        "form": form,
        "verb": use_case_verb(name),
        "objections": rules.against_deciding_use_case(use_case, by=request.user),
    }
    return render(request, "registry/use_case_decide.html", context, status=422 if form.errors else 200)


def _decided(action: Callable[..., UseCase], form: DecisionForm, use_case: UseCase, person: Person) -> bool:
    try:
        action(use_case=use_case, reason=form.cleaned_data["reason"], by=person)
    except ValidationError as refusal:
        put_refusal(form, refusal)
        return False
    return True


def _past(name: str) -> str:
    return UseCase.Status(use_case_verb(name).target).label


def _visible(request: HttpRequest) -> QuerySet[UseCase]:
    return UseCase.objects.visible_to(request.user).select_related("sponsor", "proposed_by", "decided_by")
