"""What the source does without: each of these is a door that nobody has to guard while it is not there."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from django.db import models

from registry.models import CodeCheck, Person, ReleasePlan
from tests.architecture.test_rooms import ROOT, imported_modules, sources

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

#: module -> the only files that import it
MODULES = {
    "boto3": {"audit/anchors/s3.py"},
    "ctypes": set(),
    "defusedxml": set(),
    "ldap": set(),
    "ldap3": set(),
    "lxml": set(),
    "marshal": set(),
    "pickle": set(),
    "random": set(),
    "shelve": set(),
    "telnetlib": set(),
    "xml": set(),
    "yaml": set(),
    "jinja2": set(),
    "socketserver": set(),
    "subprocess": {"governance/serving/processes.py"},
    "requests": {
        "audit/webhook.py",
        "registry/imports/mlflow_server.py",
        "governance/single_sign_on.py",
        "governance/views/single_sign_on.py",
    },
    "urllib.request": set(),
    "smtplib": set(),
    "django.core.cache": {"governance/caching.py"},
}
CALLS = {"eval", "exec", "compile", "__import__"}
#: Methods of querysets and files that take SQL, markup or code as text, and the only files that call them.
METHODS = {
    "raw": set(),
    "extra": set(),
    "execute": {
        "approvals/policy_lock.py",
        "audit/guards.py",
        "audit/management/base.py",  # a command, and no statement
        "audit/clock.py",
        "audit/standalone/verify_evidence.py",
        "audit/tree.py",
        "audit/turns.py",
        "audit/verify/moment.py",
        "governance/telemetry.py",
        "registry/mail_lock.py",
    },
    "mark_safe": {"governance/looks/components.py", "governance/manual.py"},
    "from_string": set(),
    "extractall": set(),
    "unpack_archive": set(),
}


def calls(name: str) -> list[tuple[str, ast.Call]]:
    return _every_call()[name]


@cache
def _every_call() -> dict[str, list[tuple[str, ast.Call]]]:
    found = defaultdict(list)
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                found[called].append((str(path), node))
    return found


@pytest.mark.parametrize("module", MODULES)
def test_a_dangerous_module_is_imported_where_it_is_said_to_be_and_nowhere_else(module: str) -> None:
    found = {
        str(path)
        for path, tree in sources()
        if any(name == module or name.startswith(f"{module}.") for name in imported_modules(tree))
    }
    assert found == MODULES[module]


@pytest.mark.parametrize("name", sorted(CALLS))
def test_no_text_is_run_as_code(name: str) -> None:
    assert [path for path, call in calls(name) if isinstance(call.func, ast.Name)] == []


@pytest.mark.parametrize("name", METHODS)
def test_text_becomes_sql_markup_or_files_in_named_places_only(name: str) -> None:
    assert {path for path, _ in calls(name)} == METHODS[name]


def test_no_value_is_written_into_a_statement() -> None:
    """The statements written by hand are constants, or made from names of our own models by audit/guards.py."""
    made = [f"{path}:{call.lineno}" for path, call in calls("execute") if isinstance(call.args[0], ast.JoinedStr)]
    assert made == []


def test_programs_are_started_from_lists_and_by_no_shell() -> None:
    shells = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "shell"
    ]
    assert shells == []
    assert [path for path, call in calls("system") if ast.unparse(call.func) == "os.system"] == []
    assert [path for path, _ in calls("popen")] == []


def test_no_certificate_goes_unchecked() -> None:
    unchecked = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in ("verify", "cert_reqs", "check_hostname", "ssl_context")
    ]
    assert unchecked == []


def test_no_weak_digest_guards_anything() -> None:
    """SHA-1 looks a password up in a collection that is handed out that way; MD5 is nowhere."""
    weak = {(path, ast.unparse(call)) for name in ("md5", "sha1") for path, call in calls(name)}
    assert {path for path, _ in weak} == {"governance/passwords.py"}
    assert all("usedforsecurity=False" in call for _, call in weak)


def test_nothing_is_looked_up_by_an_expression_that_somebody_sent() -> None:
    """Neither the database's regular expressions nor Python's take a visitor's text."""
    lookups = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg and re.search(r"__i?regex$", node.arg)
    ]
    assert lookups == []
    compiled = [
        f"{path}:{call.lineno}"
        for name in ("compile", "match", "fullmatch", "search", "sub", "split", "findall")
        for path, call in calls(name)
        if ast.unparse(call.func).startswith("re.") and not _is_our_own(call.args[0])
    ]
    assert [each for each in compiled if not each.startswith("governance/middleware.py")] == []  # from the settings


def _is_our_own(pattern: ast.expr) -> bool:
    """A constant, or one put together from constants of the module."""
    if isinstance(pattern, ast.JoinedStr):
        parts = [each.value for each in pattern.values if isinstance(each, ast.FormattedValue)]
        return all(isinstance(each, ast.Name) and each.id.isupper() for each in parts)
    return isinstance(pattern, ast.Constant) or (isinstance(pattern, ast.Name) and pattern.id.isupper())


def test_no_template_turns_escaping_off() -> None:
    """Mails are plain text; nothing else is."""
    found = {
        str(path.relative_to(ROOT / "templates"))
        for path in (ROOT / "templates").rglob("*")
        if path.is_file() and re.search(r"\|\s*safe\b|autoescape off|safeseq", path.read_text())
    }
    assert found and all(name.startswith("emails/") and name.endswith(".txt") for name in found)


def test_a_link_that_people_wrote_is_one_of_the_web() -> None:
    """Repository, run and artifact are shown as text. What is linked is a URLField, which every save checks."""
    written = r"\w*(uri|url|repository|reference|training_run|contact)"
    linked = {
        found
        for path in TEMPLATES
        for found in re.findall(r'(?:href|src|action)="\{\{\s*([\w.]+)', path.read_text())
        if re.search(rf"\b(version|model|dataset|plan|shown|check|consumer|evaluation|card)\.{written}$", found)
    }
    fields = {
        "monitoring_url": ReleasePlan,
        "alerts_url": ReleasePlan,
        "review_url": CodeCheck,
        "pipeline_url": CodeCheck,
    }
    assert {name.rpartition(".")[2] for name in linked} == fields.keys()
    assert all(isinstance(model._meta.get_field(name), models.URLField) for name, model in fields.items())


def test_every_installed_package_is_pinned_with_its_digest() -> None:
    for lock in ("requirements.txt", "requirements-s3.txt", "requirements-dev.txt", "examples/requirements.txt"):
        lines = (ROOT / lock).read_text().splitlines()
        packages = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert packages
        assert all(re.match(r"[a-z0-9.\[\],-]+==\S+ .*\\$", line) for line in packages), lock
        assert sum("--hash=sha256:" in line for line in lines) >= len(packages), lock
    assert "--require-hashes" in (ROOT / "script" / "_venv.py").read_text()


def test_no_secret_lies_in_the_tree() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [Path(line) for line in listed.splitlines()]
    assert [name for name in names if name.suffix in {".key", ".pem", ".p12", ".sqlite3"} or name.name == ".env"] == []
    kinds = {".py", ".md", ".html", ".js", ".csv", ".toml", ""}
    texts = [ROOT / name for name in names if name.suffix in kinds and (ROOT / name).is_file()]
    assert [path for path in texts if "PRIVATE" + " KEY-----" in path.read_text(errors="ignore")] == []


@pytest.mark.django_db
def test_a_new_portal_has_no_account_that_anybody_gets_into() -> None:
    assert not Person.objects.exclude(kind=Person.Kind.SYSTEM).exists()
    assert not any(person.has_usable_password() for person in Person.objects.all())
