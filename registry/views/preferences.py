"""Saving a view of a list, and deleting it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from audit import refusals
from registry import preferences
from registry.forms.fields import LineField
from registry.models import SavedView


class SavedViewForm(forms.Form):
    page = forms.ChoiceField(choices=[(name, name) for name in preferences.LISTS])
    name = LineField(max_length=SavedView._meta.get_field("name").max_length)
    query = forms.CharField(max_length=SavedView._meta.get_field("query").max_length, required=False)


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    form = SavedViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Not saved: a view takes a name of at most 40 characters.")
        return redirect(_list(form.cleaned_data.get("page"), form.cleaned_data.get("query", "")))
    try:
        view = preferences.save_view(person=request.user, **form.cleaned_data)
    except ValidationError as refusal:
        for objection in refusals.each(refusal):
            messages.error(request, f"Not saved: {' '.join(objection.messages)}")
    else:
        messages.success(request, f"Saved: {view.name}. It stands as a tab above the list; its address can be shared.")
    return redirect(_list(form.cleaned_data["page"], form.cleaned_data["query"]))


@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk, person=request.user)
    preferences.delete_view(view)
    messages.success(request, f"Deleted the view {view.name}.")
    return redirect(_list(view.page, ""))


def _list(page: str | None, query: str) -> str:
    plain = preferences.plain_query(query)
    return reverse(page or preferences.LISTS[0]) + (f"?{plain}" if plain else "")
