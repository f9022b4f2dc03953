"""The style sheet that browsers get: one file with everything in it, in the order of the layers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.test import override_settings

from governance import stylesheet

SOURCES = settings.BASE_DIR / "static" / "css"
ENTRY = SOURCES / "gatehouse.css"
SERVED = {"staticfiles": {"BACKEND": "governance.stylesheet.OneSheetStorage"}}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Name and text of the sheet as collectstatic leaves it."""
    root = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=root, STORAGES=settings.STORAGES | SERVED):
        call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=["ninja", "debug"])
        name = staticfiles_storage.stored_name("css/gatehouse.css")
        yield name, (root / name).read_text()


def test_every_sheet_is_in_the_one_file_under_its_hash(collected: tuple[str, str]) -> None:
    name, text = collected
    assert re.fullmatch(r"css/gatehouse\.[0-9a-f]{12}\.css", name)
    assert "@import" not in text
    missing = [path.name for path in SOURCES.rglob("*.css") if path != ENTRY and path.read_text().strip() not in text]
    assert missing == []


def test_sheets_stay_in_their_layers_and_their_order(collected: tuple[str, str]) -> None:
    text = collected[1]
    imports = [(found["address"], found["layer"]) for found in stylesheet.IMPORT.finditer(ENTRY.read_text())]
    opened = [f"@layer {layer} {{\n{(SOURCES / address).read_text()}" for address, layer in imports]
    places = [text.index(beginning) for beginning in opened]
    assert places == sorted(places)
    assert text.index("@layer tokens, base, components, layout;") < places[0]
    assert text.count("{") == text.count("}")


def test_no_sheet_names_a_file_that_moving_it_would_lose() -> None:
    assert [path.name for path in SOURCES.rglob("*.css") if path != ENTRY and "url(" in path.read_text()] == []


def test_an_import_written_differently_is_refused(tmp_path: Path) -> None:
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "gatehouse.css").write_text('@import "tokens.css";\n')
    storage = FileSystemStorage(location=tmp_path)
    with pytest.raises(ValueError, match="on a line of its own"):
        stylesheet.bundled({stylesheet.SHEET: (storage, stylesheet.SHEET)})


def test_no_rule_is_for_a_class_that_nothing_has() -> None:
    """A class is written in a template, in Python or a script; or its beginning is, with the rest put in."""
    written = "\n".join(path.read_text() for path in sources())
    words = set(re.findall(r"[a-z][\w-]+", written))
    beginnings = tuple(re.findall(r"([a-z][\w-]*-)\{", written))
    unused = {
        path.name: sorted(found)
        for path in SOURCES.rglob("*.css")
        if (found := {name for name in classes(path.read_text()) - words if not name.startswith(beginnings)})
    }
    assert unused == {}


def sources() -> Iterator[Path]:
    for folder, pattern in (("templates", "*.html"), ("static/js", "*.js"), ("governance/looks", "*.py")):
        yield from (settings.BASE_DIR / folder).rglob(pattern)


def classes(sheet: str) -> set[str]:
    selectors = re.sub(r"\{[^{}]*\}", "{}", re.sub(r'/\*.*?\*/|"[^"]*"', "", sheet, flags=re.DOTALL))
    return set(re.findall(r"\.([a-z][\w-]*)", selectors))
