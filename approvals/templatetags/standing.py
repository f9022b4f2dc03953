"""For pages of other rooms: what a version that runs lacks to run there today."""

from __future__ import annotations

from django import template

from approvals import facts, presenting
from registry.models import ModelVersion

register = template.Library()


@register.simple_tag
def next_step_of_running(version: ModelVersion) -> str:
    """What to do about a version in production of which something is met no longer; "" where all is. One statement."""
    return presenting.next_of_running(facts.of(version))
