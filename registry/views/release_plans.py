"""The release plan: how a version goes live, is watched, and is taken back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from registry.actions import cards as card_actions
from registry.forms.release_plans import ReleasePlanForm
from registry.models import ReleasePlan
from registry.views import documents
from registry.views.doors import find_version

PARTS = {
    "Release steps": ["steps"],
    "Monitoring": ["monitoring_url"],
    "Alerts": ["alerts_url"],
    "On call": ["on_call"],
    "Rollback procedure": ["rollback_procedure"],
    "Rollback test": ["rollback_tested_on", "rollback_test_result", "rollback_test_evidence"],
}
GOING_LIVE = ("steps",)
WATCHING = ("monitoring_url", "alerts_url", "on_call")
GOING_BACK = ("rollback_procedure",)
LAST_TEST = ("rollback_tested_on", "rollback_test_result", "rollback_test_evidence")


@require_safe
def detail(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = find_version(request, name, number)
    plan = documents.newest(ReleasePlan, version)
    old = documents.asked_revision(request, plan)
    context = {
        "version": version,
        "plan": plan,
        "old": old,
        "shown": old or plan,
        "missing": _missing(old or plan),
        "revisions": documents.revisions(request, plan, PARTS),
        "may_change": request.user.has_perm(card_actions.CHANGE, version),
        "objections": documents.objections(version),
    }
    return render(request, "registry/release_plan_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = find_version(request, name, number)

    def show(plan: ReleasePlan | None, form: ReleasePlanForm) -> HttpResponse:
        theirs = documents.theirs(form, plan)
        context = {
            "version": version,
            "plan": plan,
            "form": form,
            "going_live": documents.lines(form, GOING_LIVE, theirs),
            "watching": documents.lines(form, WATCHING, theirs),
            "going_back": documents.lines(form, GOING_BACK, theirs),
            "last_test": documents.lines(form, LAST_TEST, theirs),
            "is_outrun": documents.is_outrun(form),
            "objections": documents.objections(version),
        }
        return render(request, "registry/release_plan_revise.html", context, status=422 if form.errors else 200)

    return documents.revise(request, version, PLAN, show)


def _missing(plan: ReleasePlan | None) -> list[str]:
    return [title for title, fields in PARTS.items() if plan is None or not getattr(plan, fields[0])]


def _said(plan: ReleasePlan) -> str:
    missing = _missing(plan)
    end = f" Still missing: {', '.join(missing)}." if missing else ""
    return f"Saved as revision {plan.revision}.{end}"


PLAN = documents.Kind(
    model=ReleasePlan,
    form=ReleasePlanForm,
    action=card_actions.revise_release_plan,
    detail="registry:release_plan_detail",
    said=_said,
)
