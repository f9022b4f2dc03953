"""The house keeps its shape: imports run one way, rows change in one place, every page says who may open it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.management import call_command
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.module_loading import import_string

from approvals import workflow
from audit import guards, kinds
from audit.governed import GovernedModel, governed_models
from audit.verbs import Verb
from governance.access import PAGES
from governance.management.commands import workflow_diagram
from registry import lifecycle

ROOT = Path(__file__).resolve().parents[2]
LINE = ["audit", "registry", "approvals", "governance"]
TABLES = (
    lifecycle.USE_CASE,
    lifecycle.QUESTIONNAIRE,
    workflow.POLICY,
    workflow.REVIEW,
    workflow.WAIVER,
    workflow.ASSESSMENT,
)
VERBS = [verb for table in TABLES for verb in table]


def sources(*rooms: str) -> Iterator[tuple[Path, ast.Module]]:
    for room in rooms or LINE:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT), _parsed(path)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imported_modules(tree: ast.Module) -> tuple[str, ...]:
    """Imports that run; those for type checkers only do not bind rooms to each other."""
    return tuple(_imported_modules(tree))


def _imported_modules(tree: ast.Module) -> Iterator[str]:
    skipped = {id(node) for block in ast.walk(tree) if _is_type_checking(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def test_a_room_imports_only_rooms_to_its_right() -> None:
    wrong = [
        f"{path} imports {module}"
        for path, tree in sources()
        for module in imported_modules(tree)
        if module.split(".")[0] in LINE and LINE.index(module.split(".")[0]) > LINE.index(path.parts[0])
    ]
    assert wrong == []


def test_there_is_no_room_for_leftovers() -> None:
    assert not [room for room in ("core", "common", "utils") if (ROOT / room).exists()]


WRITES = {"save", "delete", "create", "update", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
WRITES |= {"create_all"}
UNGOVERNED = {
    "audit/anchoring.py",
    "audit/checkpoints.py",
    "audit/halts.py",
    "audit/hindrances.py",
    "audit/names.py",
    "audit/outbox.py",
    "audit/owed.py",
    "audit/proving.py",
    "audit/refusals.py",
    "audit/tasks.py",
    "audit/rows.py",
    "audit/ledger.py",
    "audit/tree.py",
}
UNGOVERNED |= {"registry/drafts.py", "registry/imports/runs.py", "registry/preferences.py", "registry/search.py"}
UNGOVERNED |= {"approvals/awaited.py", "approvals/forecasting.py"}
WRITERS = ("/actions/", "registry/seeds.py", "registry/evidence.py", "approvals/seeds.py", "audit/governed.py")


def test_only_actions_save_rows() -> None:
    """Views, forms, tasks, commands and API write through an action; the few exceptions write nothing governed."""
    found = [
        f"{path}:{call.lineno} {call.func.attr}()"
        for path, tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in WRITES
        and _looks_like_a_row(call.func.value)
        and str(path) not in UNGOVERNED
        and not any(place in str(path) for place in WRITERS)
    ]
    assert found == []


def _looks_like_a_row(value: ast.expr) -> bool:
    """Everything that is not plainly something else: a dictionary's update, a file storage, a secret."""
    return ast.unparse(value).split(".")[0] not in {
        "bundle",
        "default_storage",
        "secrets",
        "keys",
        "hashlib",
        "digest",
        "super()",
    }


GUARDED = {"Deployment", "Retirement"}


def test_deployments_and_retirements_are_made_only_by_the_guarded_verbs() -> None:
    made = {
        str(path)
        for path, tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in GUARDED
    }
    assert made == {"approvals/actions/deployments.py", "approvals/actions/retirement.py"}


def routes(patterns: list | None = None, namespace: str = "") -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"


def test_every_page_declares_who_may_open_it() -> None:
    pages = [route for route in routes() if not route.startswith("api-1:")]
    assert sorted(set(pages)) == sorted(PAGES)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: f"{verb.noun}.{verb.name}")
def test_a_verb_has_its_action_page_button_and_event(verb: Verb) -> None:
    assert callable(import_string(verb.action))
    assert verb.url_name in PAGES
    assert verb.button
    assert kinds.declared(verb.event).sentence


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: f"{verb.noun}.{verb.name}")
def test_a_verb_is_the_last_word_of_its_url(verb: Verb) -> None:
    existing = {"slug": "x"} if verb.noun == "use_case" else {"pk": 1}
    version = {"name": "x", "number": 1}
    beginning = {"policy": {"slug": "x"}, "review": version, "waiver": version, "assessment": {"name": "x"}}
    arguments = existing if verb.sources else beginning.get(verb.noun, {})
    assert reverse(verb.url_name, kwargs=arguments).rstrip("/").endswith(verb.name)


def test_every_state_can_be_reached_and_no_verb_starts_from_nowhere() -> None:
    for verbs in TABLES:
        reached = {target for verb in verbs for _, target in verb.moves}
        assert {source for verb in verbs for source, _ in verb.moves if source} <= reached


def test_the_printed_diagram_is_the_table() -> None:
    assert (ROOT / "docs" / "workflow.md").read_text() == workflow_diagram.page()


@pytest.mark.django_db
def test_no_migration_is_missing(settings: LazySettings) -> None:
    """So that the tables of the tests, which are made from the models, are those that migrations make."""
    settings.MIGRATION_MODULES = {}
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize("model", governed_models(), ids=lambda model: model.__name__)
def test_a_governed_model_keeps_what_it_knows(model: type[GovernedModel]) -> None:
    assert model.history.model._meta.pk.name == "history_id"
    assert model._meta.base_manager_name == "objects"
    assert not model._meta.local_many_to_many
    for field in model._meta.concrete_fields:
        assert not isinstance(field, models.FloatField), field
        if isinstance(field, models.ForeignKey):
            assert field.remote_field.on_delete in (models.PROTECT, models.RESTRICT), field


@pytest.mark.parametrize("model", governed_models(), ids=lambda model: model.__name__)
def test_a_history_is_append_only(model: type[GovernedModel]) -> None:
    assert model.history.model in guards.append_only_models()


def test_every_row_of_our_rooms_is_governed_or_said_to_be_not() -> None:
    """The ledger's own tables are not governed by themselves, and an import is work whose results are."""
    own = {
        model.__name__
        for model in apps.get_models()
        if model._meta.app_label in LINE and not hasattr(model, "history_id") and not issubclass(model, GovernedModel)
    }
    ledgers_own = {"Event", "StreamWord", "RowShape", "RefusalTally", "OutboxMessage", "Heartbeat"}
    ledgers_own |= {"WaitingEvent", "Leaf", "TreeNode", "Checkpoint", "Anchoring"}
    ledgers_own |= {"Halt", "Hindrance", "OwedEvent", "AskedProof"}
    assert own == ledgers_own | {
        "ImportRun",
        "ImportRow",
        "PutAway",
        "AwaitedStage",
        "CardDraft",
        "Forecast",
        "ForecastChange",
        "ModelWord",
        "PersonWord",
        "UseCaseWord",
        "SavedView",
        "ToldOfCondition",
        "ToldOfExpiry",
    }


def entry_kinds() -> set[str]:
    """The kinds that `ledger.entry` is called with, written out or read from a verb."""
    literal = {
        call.args[0].value
        for _, tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "ledger.entry"
        and isinstance(call.args[0], ast.Constant)
    }
    return literal | {verb.event for verb in VERBS} | {"governance.demo.loaded"}


def test_every_kind_of_event_is_declared_and_every_declared_one_is_written() -> None:
    assert entry_kinds() == {kind.name for kind in kinds.every()}


def test_an_action_opens_an_entry() -> None:
    """Each public function of actions/ writes an event itself, or hands on to one that does."""
    without = [
        f"{path} {node.name}"
        for path, tree in sources("registry", "approvals")
        if "/actions/" in str(path) and path.name not in {"changes.py", "managing.py", "__init__.py"}
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not _writes_an_event(node)
    ]
    assert without == [
        "registry/actions/imports.py bring_in",
        "registry/actions/imports.py give_up",
        "registry/actions/models.py save_new",
        "registry/actions/models.py dataset",
        "registry/actions/people/tokens.py note_use",
        "registry/actions/people/visits.py note_visit",
        "approvals/actions/performance_reviews.py open_due",
        "approvals/actions/policies.py write_revision",
    ]


def _writes_an_event(function: ast.FunctionDef) -> bool:
    text = ast.unparse(function)
    return "ledger.entry(" in text or any(hand_on in text for hand_on in ("_decide(", "_say_no(", "_close(", "_stop("))
