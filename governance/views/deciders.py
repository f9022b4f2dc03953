"""Who may decide about one version, and why: each stage with its people, what gave them the right, what bars them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from approvals import deciders, presenting, rights
from approvals.facts import VersionFacts
from approvals.presenting import StageAnswer
from governance.grants import Given, given_roles, givings
from governance.roles import ROLES, Role
from governance.views.versions import find_facts
from registry.models import Person


@dataclass(frozen=True)
class Holder:
    """Somebody who holds the right; `reason` is why they may not decide here, "" when they may. Without a `given`, the
    ledger does not say who gave them the role. `named` says how the policy names them, "" where it does not."""

    person: Person
    given: Given | None
    reason: str = ""
    named: str = ""


@dataclass(frozen=True)
class StagePanel:
    answer: StageAnswer
    role: Role
    able: list[Holder]
    barred: list[Holder]


@require_safe
def list_deciders(request: HttpRequest, name: str, number: int) -> HttpResponse:
    facts = find_facts(request, name, number)
    found = deciders.of(facts, rights.holders(facts.version.model.tier))
    given = given_roles(givings({person for each in found for person in each.holders}))
    panels = [_panel(facts, each, given) for each in found]
    context = {
        "facts": facts,
        "version": facts.version,
        "panels": panels,
        "lead": presenting.summary([panel.answer for panel in panels]),
        "administrators": [] if all(panel.able for panel in panels) else list(Person.objects.administrators()),
    }
    return render(request, "governance/decider_list.html", context)


def _panel(
    facts: VersionFacts, found: deciders.StageDeciders, given: Mapping[tuple[uuid.UUID, str], Given]
) -> StagePanel:
    role = next(role for role in ROLES if role.decides == found.stage.decided_with)
    return StagePanel(
        presenting.stage_answer(facts, found),
        role,
        able=[
            Holder(person, given.get((person.pk, role.slug)), named=presenting.named_words(person, found.named))
            for person in found.able
        ],
        barred=[
            Holder(
                each.person,
                given.get((each.person.pk, role.slug)),
                presenting.barred_because(facts, each),
                "" if "not-named" in each.codes else presenting.named_words(each.person, found.named),
            )
            for each in found.barred
        ],
    )
