"""Waivers of checks: asking for one, and what another person says to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals import facts as version_facts
from approvals import gates, rules
from approvals.actions import waivers
from approvals.facts import VersionFacts
from approvals.forms.waivers import AnswerForm, WaiverForm
from approvals.models import Check, CheckMode, Waiver
from approvals.presenting.waivers import LOOKS, standing
from approvals.rights import SUBMIT
from approvals.views.saying import page
from approvals.workflow import GRANT
from registry.models import Environment
from registry.views import doors

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """The version's waivers, and asking for one more."""
    version = doors.find_version(request, name, number)
    facts = version_facts.of(version)
    waivable = _waivable(facts)
    data = request.POST if request.method == "POST" else None
    form = WaiverForm(data, facts=facts, waivable=waivable, initial={"what": request.GET.get("what", "")})
    if data is not None and form.is_valid():
        try:
            waiver = waivers.ask(version=version, by=request.user, **form.for_action())
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
        else:
            messages.success(request, "The waiver is asked for. Those who may grant it are told by e-mail.")
            return redirect("approvals:waiver_detail", waiver.pk)
    related = ("asked_by", "decided_by", "ended_by")
    context = {
        "version": version,
        "form": form,
        "lines": [(each, standing(each, facts)) for each in version.waivers.select_related(*related)[:SHOWN]],
        "waivable": waivable,
        "may_ask": request.user.has_perm(SUBMIT, version),
        "is_retired": facts.is_retired,
    }
    return page(request, "waiver_ask.html", context, refused=bool(form.errors))


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _find(request, pk), AnswerForm())


@require_POST
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    return _answer(request, pk, waivers.grant, "The waiver is granted. Whoever asked for it is told.")


@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    return _answer(request, pk, waivers.decline, "The waiver is declined. Whoever asked for it is told.")


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    return _answer(request, pk, waivers.end, "The waiver has ended. The check holds the version up again.")


def _answer(request: HttpRequest, pk: int, act: Callable[..., Waiver], done: str) -> HttpResponse:
    waiver, form = _find(request, pk), AnswerForm(request.POST)
    if form.is_valid():
        try:
            act(waiver=waiver, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
            waiver = _find(request, pk)
        else:
            messages.success(request, done)
            return redirect("approvals:waiver_detail", pk)
    return _show(request, waiver, form)


def _show(request: HttpRequest, waiver: Waiver, form: forms.Form) -> HttpResponse:
    facts, may_grant = version_facts.of(waiver.version), request.user.has_perm(GRANT)
    context: dict[str, Any] = {
        "waiver": waiver,
        "version": waiver.version,
        "form": form,
        "standing": standing(waiver, facts),
        "found": [
            each for each in gates.ask(facts, waiver.environment).requirements if each.check == waiver.check_name
        ],
        "look": LOOKS[waiver.status],
        "may_grant": may_grant,
        "is_asked": waiver.status == Waiver.Status.ASKED,
        "against_deciding": rules.against_deciding_waiver(
            waiver, facts, by=request.user, choosers=request.user.chosen_alone_by(GRANT)
        ),
        "against_ending": rules.against_ending_waiver(waiver, by=request.user, may_grant=may_grant),
    }
    return page(request, "waiver_detail.html", context, refused=bool(form.errors))


def _waivable(facts: VersionFacts) -> list[tuple[Check, Environment]]:
    """What holds the version up now and could be waived."""
    found = {
        (Check(each.check), environment)
        for environment in Environment
        for each in gates.ask(facts, environment).requirements
        if each.check and each.stands_in_the_way and facts.mode(each.check) == CheckMode.REQUIRED
    }
    found -= {(Check(each.check), Environment(each.environment)) for each in facts.waivers}
    return sorted(found, key=lambda each: (list(Check).index(each[0]), each[1]))


def _find(request: HttpRequest, pk: int) -> Waiver:
    related = ("version__model__owner", "version__created_by", "asked_by", "decided_by", "ended_by")
    return get_object_or_404(Waiver.objects.visible_to(request.user).select_related(*related), pk=pk)
