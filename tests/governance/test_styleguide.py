"""The style guide leaves no component out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR, "templates")
GUIDE = (TEMPLATES / "governance/styleguide.html").read_text()
COMPONENTS = {path.stem: path.read_text() for path in sorted((TEMPLATES / "cotton").glob("*.html"))}


def uses(text: str) -> set[str]:
    """Components written as elements, and those that a tag of the same name writes."""
    elements = {name.replace("-", "_") for name in re.findall(r"<c-([a-z-]+)", text)}
    tags = set(re.findall(r"{% (\w+)", text))
    return (elements | tags) & set(COMPONENTS)


def shown() -> set[str]:
    """What the guide uses, and what those components use in turn."""
    found, waiting = set(), uses(GUIDE)
    while waiting:
        found |= waiting
        waiting = {inner for name in waiting for inner in uses(COMPONENTS[name])} - found
    return found


@pytest.mark.parametrize("component", sorted(COMPONENTS))
def test_a_component_stands_in_the_style_guide(component: str) -> None:
    assert component in shown(), f"Show <c-{component}> in templates/governance/styleguide.html"
