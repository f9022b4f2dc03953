"""The shape of what an administrator says about a new person."""

from __future__ import annotations

from typing import Any

from django import forms

from governance.roles import BY_SLUG, ROLES
from registry.models import Person, Team
from registry.models.people import username_validator

#: A pipeline is a service with a token; it does not set a password.
ROLES_OF_PEOPLE = tuple(role for role in ROLES if role.slug != "pipeline")
SENTENCES = {role.slug: role.sentence for role in ROLES_OF_PEOPLE}


class PersonForm(forms.Form):
    name = forms.CharField(max_length=Person._meta.get_field("name").max_length)
    username = forms.CharField(
        label="User name",
        max_length=Person._meta.get_field("username").max_length,
        validators=[username_validator],
        help_text="For signing in: small letters, digits, dots, hyphens and underscores. It cannot be changed later.",
    )
    email = forms.EmailField(
        label="E-mail", required=False, help_text="Gatehouse tells them here when a decision waits for them."
    )
    team = forms.ModelChoiceField(Team.objects.all(), required=False, empty_label="No team")
    new_team = forms.CharField(
        label="Or a new team",
        required=False,
        max_length=Team._meta.get_field("name").max_length,
        help_text="It is made together with the person.",
    )
    roles = forms.MultipleChoiceField(
        choices=[(role.slug, role.title) for role in ROLES_OF_PEOPLE],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Any number. Somebody without a role sees nothing.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("team") and given.get("new_team"):
            self.add_error("new_team", "Choose a team or name a new one, not both.")
        return given

    def for_action(self) -> dict[str, Any]:
        """The keywords of `registry.actions.people.invite_person`."""
        roles = [(slug, BY_SLUG[slug].decides) for slug in self.cleaned_data["roles"]]
        return self.cleaned_data | {"roles": roles}
