"""Adding people and pipelines."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.forms.people import SENTENCES, PersonForm, PipelineForm
from governance.views.people.finding import show_link, tried
from registry.actions import people


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """The answer to a form that was taken shows the one-time link, which is kept nowhere."""
    form = PersonForm(request.POST or None)
    if form.is_valid() and (added := tried(form, people.invite_person, **form.for_action(), by=request.user)):
        return show_link(request, added, f"{added.name} is added")
    context = {"form": form, "sentences": SENTENCES}
    return render(request, "governance/person_add.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def add_pipeline(request: HttpRequest) -> HttpResponse:
    form = PipelineForm(request.POST or None)
    if form.is_valid() and (added := tried(form, people.invite_person, **form.for_action(), by=request.user)):
        messages.success(request, f"{added.name} is added. It gets in with a token: issue its first one.")
        return redirect("governance:token_issue", added.pk)
    return render(request, "governance/pipeline_add.html", {"form": form}, status=422 if form.errors else 200)
