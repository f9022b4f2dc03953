"""A page costs the same number of statements with much data as with little, and never more than fourteen."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from registry.actions import imports as import_actions
from registry.models import ImportRun, ModelVersion
from tests import builders, imports, stories
from tests.builders import Cast
from tests.registry.pages import signed_in
from tests.statements import statements

pytestmark = pytest.mark.django_db

MOST = 14
FEW, MANY = 2, 30  # a list shows 25

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
    "registry:questionnaire_detail",
    "approvals:model_past",
    "approvals:ran_list",
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
    for reader in (cast.author, cast.technical):
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


def imports_of(cast: Cast, rows: int) -> dict[str, str]:
    """Addresses of the pages about imports of so many rows, and of a list of as many imports."""
    lines = [f"Model {rows} {number},1,Reads.,author" for number in range(rows)]
    content = imports.table(*lines, "Refused,1,x,nobody", columns="name,version,purpose,owner")
    draft, running = (imports.drafted(cast, content.replace(b"Model", name)) for name in (b"Draft", b"Running"))
    import_actions.start(run=running, by=cast.author)
    finished = imports.imported(cast, content.replace(b"Model", b"Finished"))
    for _ in range(rows):
        ImportRun.objects.create(**{field: getattr(finished, field) for field in RUN_FIELDS})
    pages = {"draft": draft, "running": running, "finished": finished}
    found = {name: reverse("registry:import_detail", args=[run.pk]) for name, run in pages.items()}
    found |= {f"{name}, one outcome": f"{address}?outcome=version" for name, address in found.items()}
    return found | {"list": reverse("registry:import_list"), "begin": reverse("registry:import_begin")}


RUN_FIELDS = ("source", "name", "sha256", "by", "team", "owner", "state", "created_at", "started_at", "finished_at")


def test_no_page_of_an_import_costs_more_with_many_rows(cast: Cast) -> None:
    readers = [signed_in(cast.author), signed_in(cast.admin)]
    found = []
    for rows in (FEW, MANY):
        addresses = imports_of(cast, rows)
        counted = {
            (n, name): statements(client, url) for n, client in enumerate(readers) for name, url in addresses.items()
        }
        found.append(counted)
    few, many = found
    assert {page: (count, many[page]) for page, count in few.items() if many[page] != count} == {}
    assert {page: count for page, count in many.items() if count > MOST} == {}


def test_no_page_costs_more_with_many_rows_than_with_two(cast: Cast) -> None:
    version = stories.everything_at_once(cast)
    builders.ask_for_review(cast, builders.ready_version(cast, "low"))
    grow(cast, version, FEW)
    few = costs(cast, version)
    grow(cast, version, MANY)
    many = costs(cast, version)
    assert {page: (count, many[page]) for page, count in few.items() if many[page] > count} == {}
    assert {page: count for page, count in many.items() if count > MOST} == {}
