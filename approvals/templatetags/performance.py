"""For pages of other rooms: when a model is looked at next."""

from __future__ import annotations

from django import template

from approvals import performance
from registry.models import AIModel

register = template.Library()


@register.simple_tag
def next_performance_review(model: AIModel) -> performance.NextReview | None:
    """One statement."""
    return performance.next_review(model)
