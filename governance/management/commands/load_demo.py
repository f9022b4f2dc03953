import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit import ledger
from audit.models import Event
from governance.demo import bundle, story
from governance.demo.cast import Credential, engage
from governance.roles import BY_SLUG
from registry.models import Person

LOADED = "governance.demo.loaded"


class Command(BaseCommand):
    help = "Loads the demo organisation into an empty portal, and writes how to sign in to var/demo-credentials.json."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo is for GATEHOUSE_DEMO=1 only.")
        if Event.objects.filter(kind=LOADED).exists():
            self.stdout.write("The demo is loaded.")
            return
        if Person.objects.exclude(kind=Person.Kind.SYSTEM).exists():
            raise CommandError("This database is not empty, and not a whole demo. Empty it, then start again.")
        cast = engage()
        path = _keep(cast.credentials)
        story.tell(cast, bundle.read())
        with ledger.entry(LOADED, by=Person.objects.system()) as entry:
            entry.facts = {"models": len(bundle.read())}
        self._tell(cast.credentials, path)

    def _tell(self, credentials: list[Credential], path: Path) -> None:
        self.stdout.write("The demo organisation is loaded. Sign in as:")
        for credential in credentials:
            if credential.password:
                who = f"{credential.name}, {BY_SLUG[credential.role].title}"
                self.stdout.write(f"  {credential.username:<8}{credential.password:<20}{who}")
        self.stdout.write(f"These and their API tokens stand in {path}.")


def _keep(credentials: list[Credential]) -> Path:
    path = Path(settings.VAR) / "demo-credentials.json"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump([asdict(credential) for credential in credentials], file, indent=2)
    return path
