"""Comments beside what they are about."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from approvals.places import Place

register = template.Library()


@register.filter
def at_place(counted: Mapping[str, int], place: Place) -> int:
    """How many comments are open there; `counted` as `approvals.threads.counted`."""
    return counted.get(place.key, 0)
