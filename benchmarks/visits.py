"""What is measured: each address with the person who opens it. The same address is the same page at every size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals.models import Review
from audit.models import Event
from audit.paging import page_of
from benchmarks import sample
from benchmarks.names import LAST, ModelNames, PersonNames
from registry.actions import people
from registry.models import AIModel, ApiToken, ModelVersion, Person

BOOKKEEPING = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


@dataclass(frozen=True)
class Visit:
    """`who` is a role; the first of the sample's people who has it."""

    name: str
    who: str
    address: str


def visits() -> Iterator[Visit]:
    live = _version_in(sample.HIGH_IN_PRODUCTION)
    waiting = _version_in(sample.WAITS_FOR_THE_BUSINESS)
    fresh = ModelNames.of(sample.HIGH_IN_PRODUCTION)
    for role in ("author", "technical-reviewer", "business-reviewer", "release-manager", "admin", "auditor"):
        yield Visit("home", role, "/")
    models = "/models/"
    yield from [
        Visit("models", "author", models),
        Visit("models, in the middle", "author", models + _middle(AIModel.objects.all(), ("name",))),
        Visit("models, newest change first", "author", models + "?sort=-changed"),
        Visit("models, low tier", "author", models + "?tier=low"),
        Visit("models, newest version in development", "author", models + "?status=development"),
        Visit("models, newest version in production", "author", models + "?status=production"),
        Visit("models, running in production", "author", models + "?running=production"),
        Visit("models, high risk running in production", "author", models + "?tier=high&running=production"),
        Visit("models of a team", "author", models + "?team=customer-analytics"),
        Visit("models of one's own", "author", models + "?owner=me"),
        Visit("models, a common word", "author", models + "?" + urlencode({"q": "clerks type"})),
        Visit("models, one name", "author", models + "?" + urlencode({"q": fresh.name})),
        Visit("models, a word that is nowhere", "author", models + "?q=zebrafish"),
        Visit("reviews", "technical-reviewer", "/reviews/"),
        Visit("reviews, every status", "technical-reviewer", "/reviews/?status=all"),
        Visit("reviews that wait for me", "technical-reviewer", "/reviews/?waits=me"),
        Visit("use cases", "business-reviewer", "/use-cases/"),
        Visit("use cases, newest first", "business-reviewer", "/use-cases/?sort=-proposed"),
        Visit("use cases, approved", "business-reviewer", "/use-cases/?status=approved"),
        Visit("performance reviews", "author", "/performance-reviews/"),
        Visit("performance reviews of my team", "author", "/performance-reviews/?whose=team"),
        Visit("ledger", "auditor", "/ledger/"),
        Visit("ledger, in the middle", "auditor", "/ledger/" + _middle(Event.objects.all(), ("-pk",))),
        Visit("ledger, one kind", "auditor", "/ledger/?kind=registry.version.registered"),
        Visit("ledger, one person", "auditor", "/ledger/?" + urlencode({"actor": PersonNames.of(0).username})),
        Visit("ledger, one area", "auditor", "/ledger/?room=approvals"),
        Visit("ledger, a word", "auditor", "/ledger/?q=claim"),
        Visit("ledger, one name", "auditor", "/ledger/?" + urlencode({"q": fresh.name})),
        Visit("people", "admin", "/people/"),
        Visit("people, a name", "admin", f"/people/?q={LAST[0]}"),
        Visit("one person", "admin", reverse("governance:person_detail", args=[_person("author").pk])),
        Visit("search, a common word", "author", "/search/?q=triage"),
        Visit("search, one name", "author", "/search/?" + urlencode({"q": fresh.name})),
        Visit("search, a version", "author", "/search/?" + urlencode({"q": f"{fresh.name} v1"})),
        Visit("search, a digest", "author", "/search/?" + urlencode({"q": fresh.first_artifact[:12]})),
        Visit("search, a word that is nowhere", "author", "/search/?q=zebrafish"),
        Visit("search, a person", "admin", f"/search/?q={LAST[0]}"),
        Visit("palette, a common word", "author", "/search/palette/?q=triage"),
        Visit("palette, one name", "author", "/search/palette/?" + urlencode({"q": fresh.name})),
        Visit("model", "author", reverse("registry:model_detail", args=[live.model.name])),
        Visit("version in production", "author", _of(live, "governance:version_detail")),
        Visit("version in production", "technical-reviewer", _of(live, "governance:version_detail")),
        Visit("version in review", "business-reviewer", _of(waiting, "governance:version_detail")),
        Visit("history of a version", "author", _of(live, "governance:version_history")),
        Visit("evaluations", "author", _of(live, "registry:evaluation_list")),
        Visit("model card", "compliance-reviewer", _of(live, "registry:card_detail")),
        Visit("release plan", "release-manager", _of(live, "registry:release_plan_detail")),
        Visit("deployments", "release-manager", _of(live, "approvals:deployment_list")),
        Visit("recording a deployment", "release-manager", _of(live, "approvals:deployment_record")),
        Visit("review", "business-reviewer", reverse("approvals:review_detail", args=[_review(waiting).pk])),
    ]
    api = "/api/v1/models"
    yield from [
        Visit("API: models", "pipeline", api),
        Visit("API: models in production", "pipeline", api + "?status=production"),
        Visit("API: models, one name", "pipeline", api + "?" + urlencode({"q": fresh.name})),
        Visit("API: model", "pipeline", f"{api}/{live.model.name}"),
        Visit("API: version", "pipeline", f"{api}/{live.model.name}/versions/1"),
        Visit("API: gate", "pipeline", f"{api}/{live.model.name}/versions/1/gate?environment=production"),
    ]


def _version_in(story: int) -> ModelVersion:
    return ModelVersion.objects.select_related("model").get(model__name=ModelNames.of(story).name, number=1)


def _of(version: ModelVersion, page: str) -> str:
    return reverse(page, args=[version.model.name, version.number])


def _review(version: ModelVersion) -> Review:
    return version.reviews.get()


def _middle(found: QuerySet[Model], order: tuple[str, ...]) -> str:
    """The address of the page that begins in the middle of the list."""
    ordered = found.order_by(*order)
    before = ordered[found.count() // 2 - 1 :][:2]
    keys = [row.pk for row in before]
    return page_of(QueryDict(), found.filter(pk__in=keys), order, rows=1).next_url


def _person(role: str) -> Person:
    place = next(place for place, (held, _) in enumerate(sample.PEOPLE) if held == role)
    return Person.objects.get(username=PersonNames.of(place).username)


def headers_of(role: str) -> dict[str, str]:
    person = _person(role)
    if role == "pipeline":
        scopes = [ApiToken.Scope.READ]
        _, secret = people.issue_token(person=person, label="Benchmark", scopes=scopes, by=Person.objects.system())
        return {"Authorization": f"Bearer {secret}"}
    client = Client()
    client.force_login(person, backend="governance.roles.SignInBackend")
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}


def statements_of(visit: Visit, headers: dict[str, str]) -> int:
    """The second time, when what is filled once for each process and visit is there."""
    client = Client(headers=headers | {"Host": "127.0.0.1"})
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(visit.address)
        if answer.status_code != 200:
            raise RuntimeError(f"{visit.name}: {answer.status_code} at {visit.address}")
    return sum(not query["sql"].startswith(BOOKKEEPING) for query in captured.captured_queries)
