"""People, pipelines and teams: who is added, changed, put where, and which of them a list shows."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from governance.roles import BY_SLUG, PIPELINE, ROLES, Role, roles_for
from registry.forms.fields import LineField, MailAddressField, ProseField
from registry.models import Person, RoleGrant, Team, TeamMembership
from registry.models.people import username_validator

NAME_LENGTH = Person._meta.get_field("name").max_length
USERNAME_LENGTH = Person._meta.get_field("username").max_length
TEAM_NAME_LENGTH = Team._meta.get_field("name").max_length
SENTENCES = {role.slug: role.sentence for role in ROLES}


class PersonChangeForm(forms.Form):
    name = LineField(max_length=NAME_LENGTH)
    username = LineField(
        label="User name",
        max_length=USERNAME_LENGTH,
        validators=[username_validator],
        help_text="For signing in: small letters, digits, dots, hyphens and underscores.",
    )
    email = MailAddressField(
        label="E-mail", required=False, help_text="Gatehouse tells them here when a decision waits for them."
    )


class PersonForm(PersonChangeForm):
    team = forms.ModelChoiceField(
        Team.objects.all(),
        required=False,
        empty_label="No team",
        help_text="A data scientist needs one: models belong to teams. Others need none.",
    )
    new_team = LineField(
        label="Or a new team",
        required=False,
        max_length=TEAM_NAME_LENGTH,
        help_text="It is made together with the person.",
    )
    roles = forms.MultipleChoiceField(
        choices=[(role.slug, role.title) for role in roles_for(Person.Kind.HUMAN)],
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


class PipelineForm(forms.Form):
    name = LineField(max_length=NAME_LENGTH, help_text="As people know it, such as “Clinical ML pipeline”.")
    username = LineField(
        label="User name",
        max_length=USERNAME_LENGTH,
        validators=[username_validator],
        help_text="Small letters, digits, dots, hyphens and underscores, such as ci-clinical.",
    )
    team = forms.ModelChoiceField(
        Team.objects.all(), empty_label="Choose a team", help_text="It registers and deploys this team’s models only."
    )

    def for_action(self) -> dict[str, Any]:
        """The keywords of `registry.actions.people.invite_person`."""
        return self.cleaned_data | {"kind": Person.Kind.SERVICE, "roles": [(PIPELINE.slug, PIPELINE.decides)]}


class ReasonForm(forms.Form):
    reason = ProseField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept in the ledger for good; auditors read it.",
    )


class AccountLinkForm(ReasonForm):
    username = LineField(
        label="User name of their main account",
        max_length=USERNAME_LENGTH,
        help_text="The account that stands for both.",
    )
    field_order = ("username", "reason")

    @cached_property
    def other(self) -> Person | None:
        named = Person.objects.known().filter(username=self.cleaned_data["username"])
        return named.select_related("same_as").first()

    def for_action(self) -> dict[str, Any]:
        """The keywords of `registry.actions.people.link_accounts`."""
        return {"other": self.other, "reason": self.cleaned_data["reason"]}


class RoleForm(forms.Form):
    """The roles that this person could be given."""

    role = forms.ChoiceField(label="Role to give")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = [role for role in roles_for(person.kind) if role.slug not in person.standing.roles]
        self.fields["role"].choices = [(role.slug, role.title) for role in free]

    @property
    def chosen(self) -> Role:
        return BY_SLUG[self.cleaned_data["role"]]


class TeamChoiceForm(forms.Form):
    """The teams that this person could be put into."""

    team = forms.ModelChoiceField(Team.objects.all(), label="Team to join", empty_label=None)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.exclude(pk__in=person.standing.teams)


class TeamForm(forms.Form):
    name = LineField(max_length=TEAM_NAME_LENGTH)


class PeopleFilterForm(forms.Form):
    """The conditions in the address of the list of people. A value nobody offers counts as none."""

    NO_ROLE = "none"
    EVERYBODY, DEACTIVATED = "all", "deactivated"
    ROLES = [*((role.slug, role.title) for role in ROLES), (NO_ROLE, "No role")]
    ACCOUNTS = [(EVERYBODY, "Active and deactivated"), (DEACTIVATED, "Deactivated")]
    KINDS = [(Person.Kind.HUMAN.value, "People"), (Person.Kind.SERVICE.value, "Pipelines")]

    q = forms.CharField(required=False, max_length=NAME_LENGTH)
    role = forms.ChoiceField(required=False, choices=ROLES)
    team = forms.SlugField(required=False)
    account = forms.ChoiceField(required=False, choices=ACCOUNTS)
    kind = forms.ChoiceField(required=False, choices=KINDS)

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}

    def narrow(self, people: QuerySet[Person]) -> QuerySet[Person]:
        chosen = self.chosen
        if chosen["account"] != self.EVERYBODY:
            people = people.filter(is_active=chosen["account"] != self.DEACTIVATED)
        if chosen["q"]:
            named = Person.objects.matching(chosen["q"]).values("pk")
            has_address = Q(email__icontains=chosen["q"])
            people = people.filter(has_address if "@" in chosen["q"] else Q(pk__in=named))
        if chosen["kind"]:
            people = people.filter(kind=chosen["kind"])
        if chosen["role"] == self.NO_ROLE:
            people = people.exclude(pk__in=RoleGrant.objects.values("person"))
        elif chosen["role"]:
            people = people.filter(pk__in=RoleGrant.objects.filter(role=chosen["role"]).values("person"))
        if chosen["team"]:
            people = people.filter(pk__in=TeamMembership.objects.filter(team__slug=chosen["team"]).values("person"))
        return people
