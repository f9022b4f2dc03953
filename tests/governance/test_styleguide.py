"""The style guide leaves no component out, and none of the states that a component can have."""

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


#: Attributes that choose a look, as the first line of a component lists what they may be: state (ok warn bad: why).
CHOICES = re.compile(r"\b(state|variant|size|tone|kind|proof|width|active|slug) \(([a-z_ ]+)")


def variants() -> list[tuple[str, str, str]]:
    """Component, attribute and value, for every value that the first line of a component names."""
    found = []
    for name, text in COMPONENTS.items():
        for attribute, values in CHOICES.findall(text.splitlines()[0]):
            found += [(name, attribute, value) for value in values.split()]
    return found


def is_shown(component: str, attribute: str, value: str) -> bool:
    """As an element, as a tag of the same name, or by Python that the guide's view gives to it."""
    element = rf'<c-{component.replace("_", "-")}\b[^>]*\b{attribute}="{value}"'
    return bool(re.search(element, GUIDE) or re.search(rf'{{% {component} [^%]*"{value}"', GUIDE))


@pytest.mark.parametrize(("component", "attribute", "value"), variants())
def test_each_variant_of_a_component_stands_in_the_style_guide(component: str, attribute: str, value: str) -> None:
    assert is_shown(component, attribute, value), f'Show <c-{component} {attribute}="{value}">'


EXTREMES = GUIDE[GUIDE.index('id="g-extremes"') :]
#: What people write, or what is as much as there is, stands in these; the guide tries them with too much of it.
TOO_LONG = [
    *("page_header", "verdict", "notice", "refusal", "table", "meta", "event", "comment", "timeline", "queue", "list"),
    *("empty", "toast", "code", "tabs", "filter", "search", "road", "stages", "diff", "person", "pagination"),
]
#: What may have nothing in it.
NOTHING = ["road", "stages", "checklist", "list", "empty"]


@pytest.mark.parametrize("component", TOO_LONG)
def test_a_component_is_tried_with_too_much(component: str) -> None:
    assert component in uses(EXTREMES), f"Show <c-{component}> with too much in it"


@pytest.mark.parametrize("component", NOTHING)
def test_a_component_is_tried_with_nothing(component: str) -> None:
    nothing = EXTREMES[EXTREMES.index('title="Nothing in each of them"') :]
    assert component in uses(nothing[: nothing.index("</c-panel>")])
