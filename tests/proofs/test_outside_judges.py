"""Checkpoints and proofs are judged by code that is not ours: Go's `sumdb/note` and `sumdb/tlog`, a package of Debian.

The tree itself is held against the published hashes of RFC 6962's implementations in tests/audit/test_merkle.py.
"""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit import checkpoints, merkle, signing, tree
from audit.models import Checkpoint, Event
from registry.actions import people
from tests import builders
from tests.builders import Cast

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.engines,
    pytest.mark.usefixtures("signer_of_its_own"),
    pytest.mark.skipif(not shutil.which("go"), reason="needs golang-go and golang-golang-x-mod-dev"),
]
SOURCE = Path(__file__).parent / "judge" / "judge.go"
GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": ""}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("judge")
    program = folder / "judge"
    environment = os.environ | GO | {"GOCACHE": str(folder / "cache")}
    subprocess.run(["go", "build", "-o", str(program), str(SOURCE)], env=environment, check=True, timeout=300)
    return program


def judged(judge: Path, **claims: list[dict[str, Any]]) -> dict[str, str]:
    asked = {"Key": str(signing.verifier()), **claims}
    done = subprocess.run([str(judge)], input=json.dumps(asked), capture_output=True, text=True, check=True)
    return dict(line.split(": ", 1) for line in done.stdout.splitlines())


@pytest.fixture
def signed(cast: Cast) -> list[Checkpoint]:
    """Checkpoints of several sizes, while a model goes its way."""
    found = []
    for number in range(4):
        builders.ready_version(cast)
        for team in range(number):
            people.create_team(name=f"Team {number} {team}", by=cast.admin)
        tree.integrate()
        found.append(checkpoints.sign_now())
    return found


def written(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]


def inclusion(checkpoint: Checkpoint, index: int, name: str = "", **changes: Any) -> dict[str, Any]:
    event = Event.objects.get(leaf__index=index)
    claim = {
        "Name": name or f"{index} of {checkpoint.size}",
        "Note": checkpoint.note,
        "Index": index,
        "Entry": bytes(event.canonical).decode(),
        "Proof": written(merkle.inclusion_proof(index, checkpoint.size, tree.read)),
    }
    return claim | changes


def consistency(old: Checkpoint, new: Checkpoint, name: str = "", **changes: Any) -> dict[str, Any]:
    claim = {
        "Name": name or f"{old.size} in {new.size}",
        "Old": old.note,
        "New": new.note,
        "Proof": written(merkle.consistency_proof(old.size, new.size, tree.read)),
    }
    return claim | changes


def test_every_event_is_in_every_checkpoint_that_is_signed_for_it(judge: Path, signed: list[Checkpoint]) -> None:
    claims = [inclusion(each, index) for each in signed for index in range(each.size)]
    said = judged(judge, Inclusion=claims)
    assert len(said) == sum(each.size for each in signed) > 150
    assert {name: verdict for name, verdict in said.items() if verdict != "true"} == {}


def test_each_checkpoint_is_the_beginning_of_the_later_ones(judge: Path, signed: list[Checkpoint]) -> None:
    claims = [consistency(old, new) for old in signed for new in signed if old.size <= new.size]
    said = judged(judge, Consistency=claims)
    assert len(said) == 10
    assert {name: verdict for name, verdict in said.items() if verdict != "true"} == {}


def test_the_file_that_is_handed_out_says_the_same(judge: Path, signed: list[Checkpoint]) -> None:
    event = Event.objects.get(leaf__index=7)
    said, _, note = checkpoints.proof_of(event).partition("\n\n")
    _, index, *hashes = said.split("\n")
    claim = {"Name": "file", "Note": note, "Index": int(index.split()[1]), "Proof": hashes}
    claim["Entry"] = bytes(event.canonical).decode()
    assert judged(judge, Inclusion=[claim]) == {"file": "true"}


def test_what_was_altered_is_believed_by_nobody(judge: Path, signed: list[Checkpoint]) -> None:
    """So that the judge's word is worth something."""
    last, first = signed[-1], signed[0]
    fair = random.Random(1)
    index = fair.randrange(first.size)
    wrong = written([merkle.leaf_hash(b"another")])
    proof = inclusion(last, index)["Proof"]
    claims = [
        inclusion(last, index, "another entry", Entry="{}"),
        inclusion(last, index, "another place", Index=index + 1),
        inclusion(last, index, "another proof", Proof=[*wrong, *proof[1:]]),
        inclusion(last, index, "half a proof", Proof=proof[:-1]),
        inclusion(last, index, "another size", Note=last.note.replace(f"\n{last.size}\n", f"\n{last.size - 1}\n", 1)),
        inclusion(last, index, "another checkpoint", Note=first.note),
    ]
    links = [
        consistency(first, last, "a wrong link", Proof=wrong),
        consistency(first, last, "no link", Proof=[]),
        consistency(first, last, "turned round", Old=last.note, New=first.note),
    ]
    said = judged(judge, Inclusion=claims, Consistency=links)
    assert len(said) == len(claims) + len(links)
    assert [name for name, verdict in said.items() if verdict == "true"] == []
