"""Performance reviews: what is due, and what somebody of the owning team found."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from approvals import exports, rules
from approvals.actions import performance_reviews
from approvals.forms.performance_reviews import EVERY_STATE, CloseForm, PerformanceReviewFilterForm
from approvals.models import PerformanceReview
from approvals.views.saying import page
from audit import csv
from audit.paging import Order, Sorting, page_of
from registry.models import Person, Team
from registry.views import doors

FINDING_LOOKS = {
    PerformanceReview.Finding.AS_EXPECTED: "ok",
    PerformanceReview.Finding.WATCH: "warn",
    PerformanceReview.Finding.ACTION_NEEDED: "bad",
}
#: What a line says. Named values cost a third of what six models a line cost.
SHOWN = (
    *("pk", "period", "opened_at", "closed_at", "finding", "closed_by__name", "version__number"),
    *(
        "model__name",
        "model__owner__name",
        "model__team",
        "model__team__name",
        "model__tier__slug",
        "model__tier__name",
    ),
)
DUE_FIRST, DUE_LAST = ("period", "pk"), ("-period", "-pk")
ORDER_WORDS = {"due": "Longest due first", "-due": "Latest due first"}


@require_safe
def list_performance_reviews(request: HttpRequest) -> HttpResponse:
    filters = PerformanceReviewFilterForm(request.GET)
    chosen = filters.chosen
    sorting = Sorting(request.GET, _orders(chosen), ORDER_WORDS)
    found = _filtered(PerformanceReview.objects.visible_to(request.user), request.user, chosen)
    pages = page_of(request.GET, found, sorting.order, noun="performance review", shown=_with_what_is_shown)
    context = {
        "sorting": sorting,
        "lines": [_line(each, request.user) for each in pages.rows],
        "pages": pages,
        "filters": chosen,
        "states": filters.fields["state"].choices,
        "whose": filters.fields["whose"].choices,
    }
    return page(request, "performance_review_list.html", context)


@require_safe
def download_performance_reviews(request: HttpRequest) -> HttpResponseBase:
    chosen = PerformanceReviewFilterForm(request.GET).chosen
    found = _filtered(_seen(request), request.user, chosen)
    ordered = found.order_by(*Sorting(request.GET, _orders(chosen)).order)
    return csv.download("performance-reviews", exports.PERFORMANCE_REVIEWS, ordered.iterator())


def _filtered(found: QuerySet, person: Person, chosen: dict[str, str]) -> QuerySet:
    if chosen["state"] != EVERY_STATE:
        found = found.filter(closed_at__isnull=chosen["state"] != "closed")
    if chosen["whose"] == "mine":
        found = found.filter(model__owner=person)
    if chosen["whose"] == "team":
        found = found.of_teams(person.standing.teams)
    return found


def _orders(chosen: dict[str, str]) -> dict[str, Order]:
    """Open ones with the longest due first; otherwise the newest first."""
    orders = {"due": DUE_FIRST, "-due": DUE_LAST}
    return dict(reversed(orders.items())) if chosen["state"] else orders


def _with_what_is_shown(found: QuerySet) -> QuerySet:
    return found.values_list(*SHOWN, named=True)


def _line(row: Any, person: Person) -> dict[str, object]:
    """`row` has what is SHOWN."""
    finding = PerformanceReview.Finding(row.finding) if row.finding else None
    return {
        "review": row,
        "finding": finding.label if finding else "",
        "look": FINDING_LOOKS.get(finding, "info"),
        "may_close": person.has_perm(performance_reviews.CLOSE, Team(pk=row.model__team)),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, pk: int) -> HttpResponse:
    review = get_object_or_404(_seen(request).select_related("version__model"), pk=pk)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            performance_reviews.close(performance_review=review, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
            review = get_object_or_404(_seen(request).select_related("version__model"), pk=pk)
        else:
            messages.success(request, f"The performance review of {review.version} is closed: {_finding(form)}.")
            return redirect("approvals:performance_review_list")
    context = {
        "review": review,
        "look": FINDING_LOOKS.get(review.finding, "info"),
        "may_close": request.user.has_perm(performance_reviews.CLOSE, review.version),
        "version": review.version,
        "form": form,
        "objections": rules.against_closing(review),
    }
    return page(request, "performance_review_close.html", context, refused=bool(form.errors))


def _finding(form: CloseForm) -> str:
    return PerformanceReview.Finding(form.cleaned_data["finding"]).label


def _seen(request: HttpRequest) -> QuerySet[PerformanceReview]:
    seen = PerformanceReview.objects.visible_to(request.user)
    return seen.select_related("model__owner", "model__team", "model__tier", "version", "closed_by")
