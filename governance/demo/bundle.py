"""Reads the bundle that `examples/train.py` wrote: models, data digests, figures and card texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File

FOLDER = Path(settings.BASE_DIR) / "examples" / "bundle"


class Bundled:
    """One model of the bundle, in the words of the registry's actions."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self._described = described
        self.name: str = described["name"]
        self.task: str = described["task"]
        self.card: dict[str, str] = described["card"]
        self.commit: str = described["code"]["commit"]

    def version(self) -> dict[str, Any]:
        """Arguments of `register_version`, but for the artifact."""
        described = self._described
        return {
            "artifact_sha256": described["artifact"]["sha256"],
            "code_repository": described["code"]["repository"],
            "code_commit": described["code"]["commit"],
            "training_data": _dataset(described["datasets"]["training"]),
            "hyperparameters": described["hyperparameters"],
            "training_run": described["training_run"]["id"],
        }

    def artifact(self) -> File:
        path = FOLDER / self._described["artifact"]["file"]
        return File(path.open("rb"), name=path.name)

    def evaluations(self) -> list[dict[str, Any]]:
        """Arguments of `attach` for each purpose."""
        datasets = {dataset["name"]: dataset for dataset in self._described["datasets"].values()}
        return [
            {
                "purpose": evaluation["purpose"],
                "dataset": _dataset(datasets[evaluation["dataset"]]),
                "measurements": [_measurement(row) for row in evaluation["measurements"]],
            }
            for evaluation in self._described["evaluations"]
        ]


def read() -> dict[str, Bundled]:
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    return {described["name"]: Bundled(described) for described in manifest["models"]}


def _dataset(described: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": described["name"],
        "sha256": described["sha256"],
        "reference": described["reference"],
        "source": described["source"],
        "period": described["period"],
        "row_count": described["rows"],
    }


def _measurement(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "metric": row["metric"],
        "value": Decimal(row["value"]),
        "group": row["group"],
        "slice": row["slice"],
        "sample_size": row["sample_size"],
    }
