"""Proposing a use case, and deciding about it."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.utils.text import slugify

from registry.forms.fields import LineField, ProseField, YesNoField, members
from registry.models import Person, UseCase

SLUG_LENGTH = 60
#: `/use-cases/propose/` is a page.
TAKEN_BY_ADDRESSES = frozenset({"propose"})


class UseCaseForm(forms.Form):
    title = LineField(max_length=120, help_text="What the business calls it, such as: plan follow-up visits.")
    problem = ProseField(help_text="What goes wrong or costs too much today.")
    requirement = ProseField(label="Business requirement", help_text="What the model has to make possible.")
    acceptance_criteria = ProseField(help_text="How you will know that it is met. Name figures and dates.")
    affected_people = ProseField(help_text="Whose life or work the result touches, also when it is wrong.")
    sponsor = forms.ModelChoiceField(
        queryset=Person.objects.none(),
        empty_label="Choose somebody",
        help_text="Who in the business wants it and pays for it.",
    )
    is_regulated = YesNoField(
        label="Does a law or a supervisor set rules for it?", help_text="Such as medicine, credit, hiring or justice."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sponsor"].queryset = members()

    def for_action(self) -> dict[str, Any]:
        return self.cleaned_data | {"slug": free_slug(self.cleaned_data["title"])}


def free_slug(title: str) -> str:
    """An address for the title that no use case has: `plan-visits`, then `plan-visits-2`."""
    base = slugify(title)[: SLUG_LENGTH - 6].strip("-_") or "use-case"
    taken = TAKEN_BY_ADDRESSES | set(UseCase.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(slug for number in range(2, len(taken) + 3) if (slug := f"{base}-{number}") not in taken)


class UseCaseFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=UseCase.Status)


class DecisionForm(forms.Form):
    reason = ProseField(help_text="Stays with the use case and in the ledger, under your name.")
