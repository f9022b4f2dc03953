"""`manage.py import_models`: the same import, for who has the machine."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from registry.models import AIModel, ImportRun, ModelVersion
from tests.builders import Cast
from tests.imports import table

pytestmark = pytest.mark.django_db

EXPORT = Path(__file__).parent / "recorded" / "sagemaker.json"


def run(*arguments: str, **options: str) -> str:
    said = StringIO()
    call_command("import_models", *arguments, stdout=said, **({"by": "author", "team": "clinical-ml"} | options))
    return said.getvalue()


def test_a_table_is_previewed_imported_and_counted(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "models.csv"
    file.write_bytes(table("Churn,1,Who leaves.", "Churn,2,", "模型,1,x"))
    said = run("csv", str(file), owner="colleague")
    assert "Churn 1 -> churn" in said
    assert "name: No letter or digit" in said
    assert "New model: 1\nNew version: 1\nRefused: 1" in said
    assert AIModel.objects.get().owner == cast.colleague
    with pytest.raises(CommandError, match="Nothing in it can be imported"):
        run("csv", str(file))


def test_a_dry_run_makes_nothing(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "models.csv"
    file.write_bytes(table("Churn,1,Who leaves."))
    assert "Nothing was made" in run("csv", str(file), "--dry-run")
    assert not AIModel.objects.exists()
    assert not ImportRun.objects.exists()


def test_an_export_of_sagemaker_is_imported(cast: Cast) -> None:
    assert "Refused: 1" in run("sagemaker", str(EXPORT))
    assert list(ModelVersion.objects.order_by("number").values_list("model__name", "number")) == [
        ("readmission-30d", 1),
        ("readmission-30d", 2),
    ]


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (("csv", "/nowhere.csv"), {}, "cannot be read"),
        (("csv", str(EXPORT)), {}, "no column"),
        (("csv", str(EXPORT)), {"by": "nobody"}, "no person “nobody”"),
        (("csv", str(EXPORT)), {"team": "none"}, "no team “none”"),
        (("sagemaker", str(EXPORT)), {"by": "auditor"}, "You do not have the right"),
        (("mlflow", "ftp://host"), {}, "begins with http"),
        (("mlflow", "http://127.0.0.1:9"), {}, "does not answer"),
    ],
)
def test_it_says_what_is_wrong_in_one_line(cast: Cast, arguments: tuple, options: dict, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments, **options)
