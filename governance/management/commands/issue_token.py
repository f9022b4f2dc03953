from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from audit.management.base import DatabaseCommand
from governance.roles import PIPELINE
from registry.actions import people
from registry.models import ApiToken, Person, Team


class Command(DatabaseCommand):
    help = "Makes an API token for a team's pipeline and prints it once. The first one adds the pipeline itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="The pipeline's name in the portal, such as ci-clinical.")
        parser.add_argument("--team", required=True, help="The short name (slug) of the team it works for.")
        parser.add_argument("--scope", action="append", choices=ApiToken.Scope.values, help="May be given repeatedly.")

    def handle(self, *, username: str, team: str, scope: list[str] | None, **options: Any) -> None:
        try:
            pipeline = self._pipeline(username, team)
            scopes = scope or [str(each) for each in ApiToken.Scope]
            token, secret = people.issue_token(
                person=pipeline, label="Command line", scopes=scopes, by=Person.objects.system()
            )
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self.stdout.write(f"A token for {username} ({', '.join(token.scopes)}). It is shown this once:")
        self.stdout.write(secret)

    def _pipeline(self, username: str, team_slug: str) -> Person:
        team = Team.objects.filter(slug=team_slug).first()
        if team is None:
            known = ", ".join(Team.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no team “{team_slug}”. Teams: {known}.")
        existing = Person.objects.filter(username=username).first()
        if existing is None:
            return people.invite_person(
                username=username,
                name=username,
                kind=Person.Kind.SERVICE,
                team=team,
                roles=[(PIPELINE.slug, PIPELINE.decides)],
                by=Person.objects.system(),
            )
        if existing.kind != Person.Kind.SERVICE or team.pk not in existing.standing.teams:
            raise CommandError(f"“{username}” is not a pipeline of this team. Choose another name.")
        return existing
