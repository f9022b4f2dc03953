"""What a new token may do, and how long."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone

from registry.actions.people import DEFAULT_LIFE
from registry.forms.fields import LineField
from registry.models import ApiToken, Person

NO_END = "none"
LIVES = [(str(days), f"{days} days") for days in (30, DEFAULT_LIFE.days, 180, 365)]

#: scope -> what it lets a program do
SCOPE_WORDS = {
    ApiToken.Scope.READ.value: "See models, versions, reviews and the gate’s answer. Changes nothing.",
    ApiToken.Scope.REGISTER.value: "Register models and versions, write cards and release plans, ask for reviews.",
    ApiToken.Scope.EVALUATE.value: "Attach evaluations and the results of code checks.",
    ApiToken.Scope.DEPLOY.value: "Record that a cleared version went live, and that one was taken out.",
}


class TokenForm(forms.Form):
    label = LineField(
        label="What it is for",
        max_length=ApiToken._meta.get_field("label").max_length,
        help_text="So that you know it again in a year, such as “Notebook on my laptop”.",
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=ApiToken.Scope.choices,
        initial=[ApiToken.Scope.READ.value],
        widget=forms.CheckboxSelectMultiple,
        help_text="It never does more than its owner may do. Nobody decides a review with a token.",
    )
    life = forms.ChoiceField(label="It ends after", choices=LIVES, initial=str(DEFAULT_LIFE.days))

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if person.kind == Person.Kind.SERVICE:
            self.fields["life"].choices = [*LIVES, (NO_END, "No end: until it is revoked")]

    def for_action(self) -> dict[str, Any]:
        """The keywords of `registry.actions.people.issue_token`."""
        given = self.cleaned_data
        return {"label": given["label"], "scopes": given["scopes"], "expires_at": _end(given["life"])}


def _end(life: str) -> datetime.datetime | None:
    return None if life == NO_END else timezone.now() + datetime.timedelta(days=int(life))
