"""The table of roles in words, with who holds each, so that a person can approve it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from approvals import own_stages
from approvals.models import Stage
from approvals.own_stages import OwnStage
from governance.roles import ROLES, WORDS, Role
from registry.models import Person, RoleGrant


@dataclass(frozen=True)
class RoleInWords:
    role: Role
    everywhere: list[str]
    own_team: list[str]
    decides: str
    also: list[OwnStage]
    holders: list[str]


@require_safe
def list_roles(request: HttpRequest) -> HttpResponse:
    holders: dict[str, list[str]] = {}
    for role, name in _held():
        holders.setdefault(role, []).append(name)
    also = own_stages.in_force()
    context = {
        "roles": [_in_words(role, holders.get(role.slug, []), also) for role in ROLES],
        "superusers": list(Person.objects.filter(is_superuser=True, is_active=True)),
    }
    return render(request, "governance/role_list.html", context)


def _held() -> QuerySet:
    active = RoleGrant.objects.filter(person__is_active=True)
    return active.order_by("person__name").values_list("role", "person__name")


def _in_words(role: Role, holders: list[str], own: Iterable[OwnStage]) -> RoleInWords:
    decides = Stage(role.decides).words if role.decides else ""
    also = [each for each in own if each.right == role.decides]
    return RoleInWords(role, _words(role.everywhere), _words(role.own_team), decides, also, holders)


def _words(permissions: Iterable[str]) -> list[str]:
    """In the order of WORDS, which goes from seeing to changing."""
    return [words for permission, words in WORDS.items() if permission in permissions]
