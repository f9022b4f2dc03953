"""The list of reviews, filtered by its address, on the page and as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from approvals import exports, presenting, rights
from approvals.forms.reviews import EVERY_STATUS, ReviewFilterForm
from approvals.models import Review
from approvals.rights import SUBMIT, Right
from approvals.views.saying import page
from approvals.waiting import awaited_by, facts_of, handed_back_to, stages_waiting, teams_asking
from audit import csv
from audit.paging import CURSORS, Order, Sorting, address, page_of
from registry.models import Person, RiskTier


@require_safe
def list_reviews(request: HttpRequest) -> HttpResponse:
    filters = ReviewFilterForm(request.GET).chosen
    sorting = Sorting(request.GET, _orders(filters), _order_words(filters))
    decided = rights.tiers_decided_by(request.user)
    pages = page_of(request.GET, _found(request.user, filters, decided), sorting.order, noun="review")
    tiers = [(tier.slug, tier.name) for tier in RiskTier.objects.all()]
    context = {
        "filters": filters,
        "applied": _applied(request, filters, dict(tiers)),
        "tiers": tiers,
        "statuses": [*Review.Status.choices, (EVERY_STATUS, "All reviews")],
        "lines": _lines(pages.rows, request.user, decided),
        "pages": pages,
        "sorting": sorting,
        "everybody_url": address(request.GET, leave_out=("waits", *CURSORS)),
        "mine_url": address(request.GET, leave_out=("status", *CURSORS), waits="me"),
    }
    return page(request, "review_list.html", context)


@require_safe
def download_reviews(request: HttpRequest) -> HttpResponseBase:
    filters = ReviewFilterForm(request.GET).chosen
    found = _found(request.user, filters, rights.tiers_decided_by(request.user))
    ordered = found.order_by(*Sorting(request.GET, _orders(filters)).order)
    return csv.download("reviews", exports.REVIEWS, ordered.iterator())


def _found(person: Person, filters: dict[str, str], decided: Mapping[str, Mapping[int, Right]]) -> QuerySet[Review]:
    found = Review.objects.visible_to(person).with_promises()
    found = found.select_related("version__model__tier", "requested_by")
    if filters["tier"]:
        found = found.filter(version__model__tier__slug=filters["tier"])
    if filters["waits"]:
        handed_back = handed_back_to(person, teams_asking(person))
        return found.filter(Q(pk__in=awaited_by(person, decided).values("review")) | Q(pk__in=handed_back.values("pk")))
    status = filters["status"]
    if not status:
        return found.open()
    return found if status == EVERY_STATUS else found.filter(status=status)


def _orders(filters: dict[str, str]) -> dict[str, Order]:
    """Open ones with the longest waiting first; those that are over with the newest first."""
    orders = {"opened": ("opened_at", "pk"), "-opened": ("-opened_at", "-pk")}
    return orders if _are_open(filters) else dict(reversed(orders.items()))


def _order_words(filters: dict[str, str]) -> dict[str, str]:
    return {
        "opened": "Longest waiting first" if _are_open(filters) else "Oldest first",
        "-opened": "Newest first",
    }


def _are_open(filters: dict[str, str]) -> bool:
    return filters["status"] in ("", *Review.OPEN)


def _applied(request: HttpRequest, filters: dict[str, str], tiers: dict[str, str]) -> list[dict[str, str]]:
    words = {
        "status": dict([*Review.Status.choices, (EVERY_STATUS, "all reviews")]).get(filters["status"]),
        "tier": tiers.get(filters["tier"], filters["tier"]),
    }
    return [
        {"key": key, "value": word, "url": address(request.GET, leave_out=(key, *CURSORS))}
        for key, word in words.items()
        if filters[key]
    ]


def _lines(found: list[Review], person: Person, decided: Mapping[str, Mapping[int, Right]]) -> list[dict[str, Any]]:
    """Each review with its state, and for one that is in review the stages it waits for."""
    in_review = {review.pk: review for review in found if review.status == Review.Status.IN_REVIEW}
    facts = facts_of(in_review.values())
    return [
        {
            "review": review,
            "look": presenting.review_look(review, on_conditions=review.is_on_conditions, are_kept=not review.owes),
            "since": review.closed_at or review.submitted_at or review.opened_at,
            "waits_for": presenting.waiting_stages(facts[review.version_id]) if review.pk in in_review else [],
            "due": presenting.first_due(facts[review.version_id]) if review.pk in in_review else "",
            "is_mine": bool(stages_waiting(facts[review.version_id], person, decided))
            if review.pk in in_review
            else _is_handed_back(review, person),
        }
        for review in found
    ]


def _is_handed_back(review: Review, person: Person) -> bool:
    """The same for one review as `handed_back_to`."""
    asked = person.pk in (review.requested_by_id, review.submitted_by_id)
    return asked and review.status == Review.Status.CHANGES_REQUESTED and person.has_perm(SUBMIT, review.version)
