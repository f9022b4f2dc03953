from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import CommandError, CommandParser

from audit.management.base import DatabaseCommand
from registry.actions import imports
from registry.imports import csv, mlflow, mlflow_server, runs, sagemaker
from registry.imports.reading import MOST_BYTES, Inventory
from registry.models import ImportRow, ImportRun, Person, Source, Team

FILES = {Source.CSV: csv.read, Source.SAGEMAKER: sagemaker.read}
HOUR = 3600.0
AT_A_TIME = 5.0


class Command(DatabaseCommand):
    help = (
        "Imports models and versions from a CSV file, an MLflow server or a SageMaker export; docs/import.md says how. "
        "For MLflow, MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, are sent along."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", choices=Source.values)
        parser.add_argument("place", help="The file, or the address of the MLflow server.")
        parser.add_argument("--by", required=True, help="User name of who imports, whose rights count.")
        parser.add_argument("--team", required=True, help="Short name (slug) of the team for rows that name none.")
        parser.add_argument("--owner", help="User name of the owner for rows that name none; without it, who imports.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen, and make nothing.")

    def handle(self, *, source: str, place: str, by: str, team: str, owner: str, dry_run: bool, **_: Any) -> None:
        person = self._one(Person, "person", username=by)
        given = {
            "team": self._one(Team, "team", slug=team),
            "owner": self._one(Person, "person", username=owner) if owner else person,
        }
        try:
            run = runs.draft(self._read(source, place), by=person, **given)
            self._preview(run, person)
            if dry_run:
                runs.discard(run)
                self.stdout.write("Nothing was made: this was a dry run.")
                return
            imports.start(run=run, by=person)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        except PermissionDenied as refusal:
            raise CommandError(str(refusal)) from refusal
        while not runs.go_on(run, seconds=AT_A_TIME):
            self.stdout.write(f"{run.rows.filter(outcome=ImportRow.Outcome.PENDING).count()} rows wait ...")
        self._report(run)

    def _read(self, source: str, place: str) -> Inventory:
        if source == Source.MLFLOW:
            return mlflow.read(mlflow_server.fetch(place, seconds=HOUR, **_credentials()))
        try:
            with Path(place).open("rb") as file:
                return FILES[Source(source)](file.read(MOST_BYTES + 1), Path(place).name)
        except OSError as error:
            raise CommandError(f"{place} cannot be read: {error.strerror}.") from error

    def _preview(self, run: ImportRun, person: Person) -> None:
        for plan in runs.preview(run, person):
            version = f" {plan.candidate.version.label}" if plan.candidate.version else ""
            label = ImportRow.Outcome(plan.outcome).label
            self.stdout.write(f"{plan.candidate.line:>5}  {label:<14}{plan.candidate.name}{version} -> {plan.slug}")
            for note in plan.notes:
                self.stdout.write(f"       {note}")
            for problem in plan.problems:
                self.stdout.write(f"       {problem.field}: {problem.message}")

    def _report(self, run: ImportRun) -> None:
        counted = ImportRun.objects.with_counts().get(pk=run.pk)
        for outcome in ImportRow.Outcome:
            if count := getattr(counted, f"count_{outcome}"):
                self.stdout.write(f"{outcome.label}: {count}")

    def _one(self, model: type, noun: str, **named: str) -> Any:
        found = model.objects.filter(**named).first()
        if found is None:
            raise CommandError(f"There is no {noun} “{next(iter(named.values()))}”.")
        return found


def _credentials() -> dict[str, Any]:
    token = os.environ.get("MLFLOW_TRACKING_TOKEN", "")
    name, password = os.environ.get("MLFLOW_TRACKING_USERNAME"), os.environ.get("MLFLOW_TRACKING_PASSWORD")
    return {"token": token} if token else {"account": (name, password) if name and password else None}
