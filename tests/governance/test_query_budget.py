"""A page costs the same number of statements with much data as with little, and never more than twelve."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from registry.models import ModelVersion
from tests import builders, stories
from tests.builders import Cast
from tests.statements import statements

pytestmark = pytest.mark.django_db

MOST = 12
FEW, MANY = 2, 200

PAGES = [
    "governance:home",
    "governance:version_detail",
    "governance:version_history",
    "governance:decider_list",
    "registry:model_list",
    "registry:model_detail",
    "registry:evaluation_list",
    "registry:card_detail",
    "registry:release_plan_detail",
    "registry:use_case_list",
    "approvals:review_list",
    "approvals:review_detail",
    "approvals:review_open",
    "approvals:deployment_list",
    "approvals:deployment_record",
    "approvals:performance_review_list",
    "audit:event_list",
]


def address_of(page: str, version: ModelVersion) -> str:
    if page == "approvals:review_detail":
        return reverse(page, args=[version.reviews.latest("pk").pk])
    for arguments in ([], [version.model.name, version.number], [version.model.name]):
        try:
            return reverse(page, args=arguments)
        except Exception:  # noqa: S112 - the next arguments may fit
            continue
    raise AssertionError(page)


def costs(cast: Cast, version: ModelVersion) -> dict[tuple[str, str], int]:
    found = {}
    for reader in (cast.author, cast.technical, cast.business):
        client = Client()
        client.force_login(reader, backend="governance.roles.SignInBackend")
        for page in PAGES:
            found[page, reader.username] = statements(client, address_of(page, version))
    return found


def grow(cast: Cast, version: ModelVersion, rows: int) -> None:
    """So many models, versions of one model, reviews, and figures in one evaluation."""
    for number in range(rows):
        other = builders.build_version(cast, model=version.model if number % 2 else None)
        if number % 10 == 0:
            builders.attach_evaluation(cast, other)
            builders.write_card(cast, other)
            builders.ask_for_review(cast, other) if other.model.tier.slug == "low" else None
    figures = [
        {"metric": f"metric-{number // 20}", "value": Decimal(number), "group": "clinic", "slice": f"clinic {number}"}
        for number in range(rows)
    ]
    builders.attach_evaluation(
        cast,
        version,
        measurements=[{"metric": metric, "value": Decimal(value)} for metric, value in builders.GOOD.items()] + figures,
    )


def test_no_page_costs_more_with_two_hundred_rows_than_with_two(cast: Cast) -> None:
    version = stories.everything_at_once(cast)
    grow(cast, version, FEW)
    few = costs(cast, version)
    grow(cast, version, MANY)
    many = costs(cast, version)
    assert {page: (count, many[page]) for page, count in few.items() if many[page] > count} == {}
    assert {page: count for page, count in many.items() if count > MOST} == {}
