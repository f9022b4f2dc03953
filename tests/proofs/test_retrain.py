"""The committed demo bundle is what the committed script makes of the data in the packages."""

import hashlib
import importlib.util
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BUNDLE = EXAMPLES / "bundle"
TOLERANCE = Decimal("0.000001")

needs_scikit_learn = pytest.mark.skipif(
    importlib.util.find_spec("sklearn") is None,
    reason="scikit-learn is not installed; install examples/requirements.txt to retrain the demo models",
)


def models_in(bundle):
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    return {model["name"]: model for model in manifest["models"]}


def measurements_of(model):
    return {
        (evaluation["purpose"], figure["metric"], figure["group"], figure["slice"], figure["sample_size"]): figure[
            "value"
        ]
        for evaluation in model["evaluations"]
        for figure in evaluation["measurements"]
    }


def omissions_of(model):
    return {evaluation["purpose"]: evaluation["left_out"] for evaluation in model["evaluations"]}


def digests_of(model):
    return {part: (dataset["name"], dataset["sha256"], dataset["rows"]) for part, dataset in model["datasets"].items()}


def are_equal(one, other):
    """Six printed decimals cannot tell figures apart that differ by less than one in the last place."""
    one, other = Decimal(one), Decimal(other)
    return abs(one - other) <= TOLERANCE * max(1, abs(one))


@pytest.fixture(scope="module")
def retrained(tmp_path_factory):
    out = tmp_path_factory.mktemp("bundle")
    command = [sys.executable, str(EXAMPLES / "train.py"), "--out", str(out)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return models_in(out)


@pytest.fixture(scope="module")
def committed():
    return models_in(BUNDLE)


def test_each_artifact_has_the_digest_and_size_of_the_manifest(committed):
    for model in committed.values():
        content = (BUNDLE / model["artifact"]["file"]).read_bytes()
        told = (model["artifact"]["sha256"], model["artifact"]["size"])
        assert (hashlib.sha256(content).hexdigest(), len(content)) == told


@needs_scikit_learn
def test_retraining_uses_the_same_data(committed, retrained):
    assert {name: digests_of(model) for name, model in retrained.items()} == {
        name: digests_of(model) for name, model in committed.items()
    }


@needs_scikit_learn
def test_retraining_finds_the_same_figures(committed, retrained):
    for name, model in committed.items():
        told, found = measurements_of(model), measurements_of(retrained[name])
        assert told.keys() == found.keys()
        different = {key: (told[key], found[key]) for key in told if not are_equal(told[key], found[key])}
        assert different == {}, name
        assert omissions_of(model) == omissions_of(retrained[name])


@needs_scikit_learn
def test_retraining_uses_the_same_settings(committed, retrained):
    for name, model in committed.items():
        assert model["hyperparameters"] == retrained[name]["hyperparameters"]
        assert model["training_run"] == retrained[name]["training_run"]
