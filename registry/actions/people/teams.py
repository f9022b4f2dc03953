"""Teams, and who belongs to them. A team owns models, so belonging to one is a right."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from audit import ledger
from registry import rules
from registry.actions.people.managing import locked, refuse, require_manager
from registry.models import Person, Team, TeamMembership


def create_team(*, name: str, by: Person, slug: str = "") -> Team:
    """A team; its short name, part of its address, is made from the name unless one is given."""
    with ledger.entry("registry.team.created", by=by) as entry:
        require_manager(entry)
        team = Team(slug=slug or _slug_of(name), name=name)
        team.save()
        entry.subject = team
    return team


def rename_team(*, team: Team, name: str, by: Person) -> Team:
    """Its short name stays, so that addresses stay."""
    with ledger.entry("registry.team.renamed", by=by, subject=team) as entry:
        require_manager(entry)
        team = entry.lock_one(team)
        entry.facts = {"before": team.name, "after": name}
        team.name = name
        team.save()
    return team


def join_team(*, person: Person, team: Team, by: Person) -> TeamMembership:
    with ledger.entry("registry.team.joined", by=by, subject=person) as entry:
        require_manager(entry)
        person = locked(entry, person)
        is_in = TeamMembership.objects.filter(person=person, team=team).exists()
        refuse(rules.against_joining(person, is_in=is_in, by=entry.actor))
        membership = TeamMembership(person=person, team=team)
        membership.save()
        entry.facts = {"team": team.name}
    return membership


def leave_team(*, person: Person, team: Team, by: Person) -> None:
    with ledger.entry("registry.team.left", by=by, subject=person) as entry:
        require_manager(entry)
        person = locked(entry, person)
        memberships = entry.lock(TeamMembership.objects.filter(person=person, team=team))
        refuse(rules.against_leaving(person, is_in=bool(memberships), by=entry.actor))
        memberships[0].delete()
        entry.facts = {"team": team.name}


def _slug_of(name: str) -> str:
    slug = slugify(name)[: Team._meta.get_field("slug").max_length]
    if not slug:
        raise ValidationError({"name": ValidationError("Use at least one letter or digit of A to Z.", code="team")})
    return slug
