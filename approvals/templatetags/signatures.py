"""For documents of other rooms: the approvals that a version has."""

from __future__ import annotations

from django import template

from approvals import facts, presenting
from registry.models import ModelVersion

register = template.Library()


@register.simple_tag
def signatures(version: ModelVersion) -> list[presenting.Signature]:
    """The stages that the version's policy asks for, each with who approved it. One statement."""
    found = facts.load_approvals(ModelVersion.objects.filter(pk=version.pk).order_by())
    return presenting.signatures(found[0]) if found else []
