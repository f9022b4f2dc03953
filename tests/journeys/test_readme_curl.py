"""The pipeline's path as the README prints it: its lines are run as they stand, against a portal that really serves."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from registry.models import ModelVersion
from tests.builders import (
    Cast,
    approve_stage,
    ask_for_review,
    build_cast,
    build_model,
    write_card,
    write_release_plan,
)
from tests.callers import secret_for

ROOT = Path(settings.BASE_DIR)
README, GUIDE = ROOT / "README.md", ROOT / "docs" / "api.md"
REFUSED = 1


def printed_in(document: Path) -> str:
    """What stands between the two marks."""
    _, _, rest = document.read_text().partition("<!-- curl:start -->\n")
    block, end, _ = rest.partition("<!-- curl:end -->")
    assert end, f"{document.name} has no marks around its curl lines."
    return block


def scripts_in(document: Path) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", printed_in(document), re.DOTALL)


class Pipeline:
    """Runs a job's lines with bash, as CI does: the portal's address and a token come from its environment."""

    def __init__(self, url: str, token: str) -> None:
        self.environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "GATEHOUSE_URL": url, "GATEHOUSE_TOKEN": token}

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", script],
            cwd=ROOT,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return build_cast()


@pytest.fixture
def pipeline(cast: Cast, live_server: LiveServer) -> Pipeline:
    build_model(cast, name="form-digit-reader")
    return Pipeline(live_server.url, secret_for(cast.pipeline, "read", "register", "evaluate", "deploy"))


def let_people_approve(cast: Cast, version: ModelVersion) -> None:
    write_card(cast, version)
    write_release_plan(cast, version)
    approve_stage(cast, ask_for_review(cast, version), "technical")


def test_readme_and_guide_print_the_same() -> None:
    assert printed_in(README) == printed_in(GUIDE)


def test_the_printed_path_is_the_way(cast: Cast, pipeline: Pipeline) -> None:
    build, deploy = scripts_in(README)

    built = pipeline.run(build + '\necho "VERSION=$VERSION"')
    assert built.returncode == 0, built.stderr + built.stdout
    assert built.stdout.splitlines()[-1] == "VERSION=1"
    version = ModelVersion.objects.get(model__name="form-digit-reader")
    assert version.created_by == cast.pipeline
    assert version.evaluations.get().measurements.count() == 2
    assert version.code_checks.get().tests_passed == 212

    refused = pipeline.run(deploy, VERSION="1")
    assert refused.returncode == REFUSED, refused.stderr
    gate = json.loads(refused.stderr)
    assert gate["allowed"] is False
    assert [reason["code"] for reason in gate["reasons"]] == ["technical-approval"]
    assert not version.deployments.exists()

    let_people_approve(cast, version)
    deployed = pipeline.run(deploy, VERSION="1")
    assert deployed.returncode == 0, deployed.stderr + deployed.stdout
    assert json.loads(deployed.stdout)["environment"] == "staging"
    assert version.deployments.get().reference == "pipeline run 4711"


def test_a_token_that_ended_ends_the_job(pipeline: Pipeline) -> None:
    build, _ = scripts_in(README)
    ended = pipeline.run(build, GATEHOUSE_TOKEN="gh_ended")
    assert ended.returncode != 0
    assert "token-invalid" in ended.stderr
    assert not ModelVersion.objects.exists()
