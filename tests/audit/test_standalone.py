"""Whoever holds a bundle and the pinned key finds what was done to the log, without the portal and without its code."""

from __future__ import annotations

import ast
import base64
import datetime
import hashlib
import importlib.util
import io
import json
import random
import re
import subprocess
import sys
import tracemalloc
import uuid
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit import canonical, evidence, merkle
from audit.checkpoints import PROOF_FORMAT
from audit.notes import Head, SigningKey

spec = importlib.util.spec_from_file_location("verify_evidence", evidence.VERIFIER)
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)

WHOLE, TAMPERED, INCOMPLETE, NOT_CHECKED = range(4)
KEY = SigningKey.made("models.example.org/ledger")
START = datetime.datetime(2026, 3, 1, 9, tzinfo=datetime.UTC)
ADA, MEI, SAM = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
MODEL, VERSION, PERSON = "registry.aimodel:7", "registry.modelversion:9", "registry.person:3"
EVIDENCE = [{"table": "registry_evidencepart", "key": "1", "change": "changed"}]


def _kept(events: list[bytes]) -> dict[str, Any]:
    """As a portal keeps them: each event with its place, and the hash of its leaf."""
    return {"events": list(enumerate(events)), "hashes": [merkle.leaf_hash(each) for each in events]}


class Log:
    """A log that is written an event a minute, and signed when a test says so."""

    def __init__(self, key: SigningKey = KEY) -> None:
        self.key, self.events, self.notes, self.heads = key, [], [], []
        self.numbers: dict[str, int] = {}

    def copy(self, size: int) -> Log:
        """As a database that was restored from a backup: the first events, and no checkpoint."""
        copied = Log(self.key)
        for entry in self.events[:size]:
            said = json.loads(entry)
            copied.events.append(entry)
            copied.numbers[said["subject"]] = said["subject_number"]
        return copied

    @property
    def now(self) -> datetime.datetime:
        return START + datetime.timedelta(minutes=len(self.events))

    def write(self, kind: str = "registry.person.signed_in", subject: str = PERSON, **said: Any) -> Log:
        self.numbers[subject] = self.numbers.get(subject, 0) + 1
        event = {
            "format": "gatehouse-event/1",
            "uid": str(uuid.UUID(int=len(self.events))),
            "kind": kind,
            "subject": subject,
            "subject_number": self.numbers[subject],
            "stream": MODEL if subject in (MODEL, VERSION) else subject,
            "label": "churn — v1",
            "actor": ADA,
            "token": None,
            "on_behalf_of": None,
            "reason": "",
            "cause": None,
            "request_id": "",
            "at": self.now,
            "facts": {},
            "rows": EVIDENCE,
        }
        self.events.append(canonical.encode(canonical.plain(event | said)))
        return self

    def sign(self, *, size: int | None = None, root: bytes | None = None, later: int = 0, epoch: int = 1) -> str:
        size = len(self.events) if size is None else size
        key = self.key if epoch == 1 else self.key.named(f"{self.key.name}/epoch-{epoch}")
        head = Head(size, self.root(size) if root is None else root)
        note = key.note(head, at=int(self.now.timestamp()) + later)
        self.notes.append(note)
        self.heads.append(head)
        return note

    def root(self, size: int) -> bytes:
        growth = merkle.Growth()
        for entry in self.events[:size]:
            list(growth.add(merkle.leaf_hash(entry)))
        return growth.root()

    def read(self, numbers: Iterable[int]) -> dict[int, bytes]:
        growth = merkle.Growth()
        nodes = [node for entry in self.events for node in growth.add(merkle.leaf_hash(entry))]
        return {number: nodes[number] for number in numbers}

    def bundle(self, folder: Path, scope: str = "log", end: int = 12) -> Path:
        size = self.heads[-1].size
        known = {"key": KEY.verifier, "about": "a test", "made_at": self.now, "size": size, "checkpoints": self.notes}
        path = folder / "bundle.zip"
        with path.open("wb") as file:
            if scope == "log":
                evidence.write_log(file, **known | _kept(self.events[:size]))
                return path
            places = range(5, end) if scope == "range" else self.places_of(MODEL)
            known["events"] = self.proved(places)
            known["links"] = evidence.links(self.heads, size, self.read)
            known["epochs"] = [*self.proved(self.openings())]
            if scope == "range":
                evidence.write_range(file, first=5, **known)
            else:
                evidence.write_model(file, stream=MODEL, **known)
        return path

    def places_of(self, stream: str) -> list[int]:
        return [place for place, entry in enumerate(self.events) if json.loads(entry)["stream"] == stream]

    def openings(self) -> list[int]:
        return [place for place, entry in enumerate(self.events) if b"audit.epoch.opened" in entry]

    def proved(self, places: Iterable[int]) -> Iterable[evidence.Proved]:
        return evidence.proved(((place, self.events[place]) for place in places), self.heads[-1].size, self.read)


def story() -> Log:
    """Twenty events: a model, a version with its evidence, its review by somebody else, and people signing in."""
    log = Log().write().write("registry.model.registered", MODEL).write()
    log.write("registry.version.registered", VERSION).write().write("registry.evaluation.attached", VERSION)
    log.sign()
    log.write("registry.card.revised", VERSION).write().write("approvals.review.submitted", VERSION).write()
    log.sign()
    log.write("approvals.review.approved", VERSION, actor=MEI).write()
    for _ in range(8):
        log.write()
    log.sign(later=20)
    return log


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(bundle: Path, *more: object, key: object = KEY.verifier) -> tuple[int, str]:
        code = verifier.main([str(bundle), "--key", str(key), *map(str, more)])
        return code, capsys.readouterr().out

    return run


def altered(bundle: Path, **members: Callable[[bytes], bytes | None] | bytes) -> Path:
    """The bundle with members changed, named as `events_jsonl`; None takes one out."""
    with zipfile.ZipFile(bundle) as old:
        held = {name: old.read(name) for name in old.namelist()}
    for name, change in members.items():
        member = name.replace("_", ".") if name != "events" else "events.jsonl"
        held[member] = change(held.get(member, b"")) if callable(change) else change
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in held.items():
            if data is not None:
                new.writestr(name, data)
    return bundle


def lines(change: Callable[[list[bytes]], object]) -> Callable[[bytes], bytes]:
    def changed(data: bytes) -> bytes:
        held = data.splitlines(keepends=True)
        change(held)
        return b"".join(held)

    return changed


def numbered_anew(held: list[bytes]) -> None:
    held[:] = [b"%d %b" % (place, line.partition(b" ")[2]) for place, line in enumerate(held)]


def anchored(folder: Path, *notes: str) -> Path:
    kept = folder / "anchors" / "2026"
    kept.mkdir(parents=True)
    for place, note in enumerate(notes):
        (kept / f"{place}.checkpoint").write_text(note)
    return folder / "anchors"


# ---- a bundle that is whole


@pytest.mark.parametrize("scope", ["log", "range", "model"])
def test_a_bundle_is_found_whole(tmp_path, verify, scope):
    log = story()
    code, out = verify(log.bundle(tmp_path, scope), "--anchors", anchored(tmp_path, *log.notes))

    assert code == WHOLE, out
    assert f"root {log.root(20).hex()}" in out
    assert "3 checkpoints and 3 anchors agree" in out
    assert {"log": "20 of 20 events", "range": "7 of 20 events", "model": f"6 of 20 events about {MODEL}"}[scope] in out


def test_beside_a_model_events_of_other_streams_may_stand_with_gaps(tmp_path, verify, monkeypatch):
    log = story()
    monkeypatch.setattr(log, "places_of", lambda stream: [1, 3, 5, 6, 8, 9, 10, 15])

    assert verify(log.bundle(tmp_path, "model"))[0] == WHOLE


def test_it_can_be_read_in_one_sitting_and_needs_nothing_but_python():
    source = evidence.VERIFIER.read_text()
    imported = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imported]

    assert len(source.splitlines()) <= 400
    assert max(map(len, source.splitlines())) <= 120
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
    assert all(len(node.names) == 1 or isinstance(node, ast.ImportFrom) for node in imported)
    assert not re.search(r"fmt: *off|noqa", source)


def test_it_runs_by_itself_from_inside_the_bundle(tmp_path):
    bundle = story().bundle(tmp_path)
    with zipfile.ZipFile(bundle) as held:
        program = tmp_path / "verify.py"
        program.write_bytes(held.read("verify_evidence.py"))
        assert "--key" in held.read("README.txt").decode()
        assert held.read("key.txt").decode() == f"{KEY.verifier}\n"
    run = [sys.executable, "-I", "-S", program, bundle, "--key", str(KEY.verifier)]

    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (WHOLE, "")
    assert done.stdout.startswith("WHOLE: 20 of 20 events, root ")


def test_a_bundle_is_written_to_what_cannot_be_sought(tmp_path, verify):
    class Pipe(io.RawIOBase):
        data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += bytes(data)
            return len(data)

    log, pipe = story(), Pipe()
    known = {"key": KEY.verifier, "about": "all", "made_at": log.now, "checkpoints": log.notes}
    evidence.write_log(pipe, size=20, **known | _kept(log.events))
    (tmp_path / "piped.zip").write_bytes(pipe.data)

    assert verify(tmp_path / "piped.zip")[0] == WHOLE


# ---- events that were touched

NOT_SIGNED, BEYOND = "it, or its hash, is not what was signed there", "it is beyond what was signed"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(lambda e: e.__setitem__(7, e[7].replace(b"v1", b"v2")), {7: NOT_SIGNED}, id="edit"),
        pytest.param(lambda e: e.pop(7), {7: "it is missing"}, id="deletion"),
        pytest.param(lambda e: e.__delitem__(slice(7, 9)), {7: "it is missing, up to place 8"}, id="deletion of two"),
        pytest.param(lambda e: (e.pop(7), numbered_anew(e)), {7: NOT_SIGNED}, id="deletion, numbered anew"),
        pytest.param(lambda e: e.insert(7, b'7  {"a":1}\n'), {7: NOT_SIGNED}, id="insertion"),
        pytest.param(lambda e: (e.insert(7, e[3]), numbered_anew(e)), {7: NOT_SIGNED, 20: BEYOND}, id="repetition"),
        pytest.param(lambda e: e.insert(8, e.pop(7)), {7: "it is out of order"}, id="neighbours"),
        pytest.param(lambda e: e.insert(15, e.pop(4)), {4: "it is out of order"}, id="reordering"),
        pytest.param(
            lambda e: (e.insert(15, e.pop(4)), numbered_anew(e)), {4: NOT_SIGNED, 15: NOT_SIGNED}, id="numbered anew"
        ),
        pytest.param(lambda e: e.__setitem__(7, b"9" + e[7]), {97: BEYOND, 7: "it is missing"}, id="number"),
        pytest.param(lambda e: e.append(b"20" + e[3][1:]), {20: BEYOND}, id="one more"),
        pytest.param(lambda e: e.append(b"\n"), {20: BEYOND}, id="an empty line more"),
        pytest.param(lambda e: e.__setitem__(0, b"\xff\xfe\n"), {0: NOT_SIGNED}, id="not UTF-8"),
    ],
)
def test_in_the_log_a_touched_event_is_named(tmp_path, verify, change, told):
    code, out = verify(altered(story().bundle(tmp_path), events=lines(change)))

    assert code == TAMPERED, out
    assert "checkpoint" not in out
    for index, cause in told.items():
        assert f"tampered: place {index}: {cause}" in out


def test_what_comes_after_a_touched_event_is_not_blamed(tmp_path, verify):
    edit = lines(lambda held: held.__setitem__(7, held[7].replace(b"v1", b"v2")))

    _, out = verify(altered(story().bundle(tmp_path), events=edit))
    assert out.splitlines() == [f"tampered: place 7: {NOT_SIGNED}", "TAMPERED, findings: 1."]


def test_more_hashes_bring_no_more_events_in(tmp_path, verify):
    more = {
        "hashes_bin": lambda data: data + bytes(32) + merkle.leaf_hash(b"{}"),
        "events": lambda data: data + b"20  {}\n",
    }

    assert verify(altered(story().bundle(tmp_path), **more))[0] == TAMPERED


@pytest.mark.parametrize(
    ("change", "in_range", "in_model"),
    [
        pytest.param(
            lambda e: e.__setitem__(2, e[2].replace(b"v1", b"v2")),
            "place 7: it, or its proof, is not what was signed there",
            "place 5: it, or its proof, is not what was signed there",
            id="edit",
        ),
        pytest.param(
            lambda e: e.pop(2),
            "place 7: it is missing",
            f"place 6: it is number 3 about {VERSION}, where number 2 has to follow",
            id="deletion",
        ),
        pytest.param(
            lambda e: e.insert(2, b"7" + e[1][1:]),
            "place 7: it, or its proof, is not what was signed there",
            "place 7: it, or its proof, is not what was signed there",
            id="insertion",
        ),
        pytest.param(
            lambda e: e.insert(2, e[1]), "place 6: it is out of order", "place 3: it is out of order", id="repetition"
        ),
        pytest.param(
            lambda e: e.insert(1, e.pop(2)),
            "place 6: it is out of order",
            "place 3: it is out of order",
            id="reordering",
        ),
    ],
)
def test_in_a_part_of_the_log_a_touched_event_is_named(tmp_path, verify, change, in_range, in_model):
    for scope, told in (("range", in_range), ("model", in_model)):
        code, out = verify(altered(story().bundle(tmp_path, scope), events=lines(change)))
        assert (code, told in out) == (TAMPERED, True), out


@pytest.mark.parametrize("scope", ["log", "range", "model"])
def test_a_cut_tail_is_told_with_how_many_are_missing(tmp_path, verify, scope):
    code, out = verify(
        altered(story().bundle(tmp_path, scope), events=lines(lambda held: held.__delitem__(slice(-2, None))))
    )

    assert code == INCOMPLETE, out
    assert {"log": "18 of 20 events", "range": "5 of 7 events", "model": "4 of 6 events"}[scope] in out


def test_a_tail_that_was_cut_with_its_checkpoint_is_missed_by_what_the_bundle_says_of_itself(tmp_path, verify):
    cut = {"events": lines(lambda held: held.__delitem__(slice(10, None)))}
    cut |= {"hashes_bin": lambda data: data[:320], "checkpoints_jsonl": lines(lambda held: held.pop())}

    code, out = verify(altered(story().bundle(tmp_path), **cut))
    assert (code, "10 of 20 events are there" in out) == (INCOMPLETE, True), out


def test_a_tail_that_was_cut_with_its_checkpoints_is_missed_by_an_anchor(tmp_path, verify):
    log, cut = story(), story().copy(12)
    cut.sign()
    assert verify(cut.bundle(tmp_path))[0] == WHOLE

    code, out = verify(cut.bundle(tmp_path), "--anchors", anchored(tmp_path, log.notes[-1]))
    assert code == INCOMPLETE
    assert "of 20 events: the last 8 of its events are not in this bundle" in out


def test_altered_hashes_are_found(tmp_path, verify):
    """What the checkpoints say of the hashes tells whether the event was altered or its hash."""
    code, out = verify(altered(story().bundle(tmp_path), hashes_bin=lambda data: data[:96] + bytes(32) + data[128:]))
    assert (code, f"place 3: {NOT_SIGNED}" in out) == (TAMPERED, True)
    assert "of 20 events: the log in this bundle has another root there" in out

    code, out = verify(altered(story().bundle(tmp_path), hashes_bin=lambda data: data[:-40]))
    assert (code, "hashes.bin: hash 19 of 20 is missing" in out) == (INCOMPLETE, True)


def test_an_event_and_its_hash_that_were_altered_together_are_found_by_the_next_checkpoint(tmp_path, verify):
    log = story()
    bundle = log.bundle(tmp_path)
    log.events[8] = log.events[8].replace(b"v1", b"v2")
    forged = b"".join(merkle.leaf_hash(entry) for entry in log.events)
    code, out = verify(
        altered(bundle, events=lines(lambda held: held.__setitem__(8, b"8  %b\n" % log.events[8])), hashes_bin=forged)
    )

    assert code == TAMPERED
    assert "checkpoint 1 of 6 events" not in out
    assert "checkpoint 2 of 10 events: the log in this bundle has another root there" in out


# ---- what the portal itself would have had to write


def test_an_event_that_is_older_than_a_checkpoint_before_it_is_back_dated(tmp_path, verify):
    log = story().write(at=START)
    log.sign()

    code, out = verify(log.bundle(tmp_path))
    assert (code, "place 20: it is back-dated" in out) == (TAMPERED, True)


def test_a_time_is_written_in_one_form(tmp_path, verify):
    log = story().write(at="2026-03-01T09:20:00+00:00")
    log.sign()

    code, out = verify(log.bundle(tmp_path))
    assert (code, "place 20: it is back-dated: it says 2026-03-01T09:20:00+00:00" in out) == (TAMPERED, True)


@pytest.mark.parametrize(("seconds", "expected"), [(-590, WHOLE), (-700, TAMPERED), (55, WHOLE), (62, TAMPERED)])
@pytest.mark.parametrize("scope", ["log", "range"])
def test_clocks_may_differ_a_little(tmp_path, verify, scope, seconds, expected):
    log = story().copy(8)
    log.sign()
    log.write(at=log.now + datetime.timedelta(seconds=seconds))
    log.sign(later=-60)
    for _ in range(6):
        log.write()
    log.sign()

    assert verify(log.bundle(tmp_path, scope))[0] == expected


@pytest.mark.parametrize("number", [1, 5, 7])
def test_what_is_said_about_a_subject_is_numbered_without_a_gap(tmp_path, verify, number):
    log = story().write("registry.card.revised", VERSION, subject_number=number)
    log.sign()

    code, out = verify(log.bundle(tmp_path))
    assert code == TAMPERED
    assert f"place 20: it is number {number} about {VERSION}, where number 6 has to follow" in out


@pytest.mark.parametrize("scope", ["log", "model"])
@pytest.mark.parametrize(
    "kind",
    [
        "registry.version.registered",
        "registry.version.imported",
        "registry.evaluation.attached",
        "registry.code_check.reported",
        "registry.card.revised",
        "registry.release_plan.revised",
        "approvals.review.opened",
        "approvals.review.submitted",
    ],
)
def test_nobody_approves_their_own_work(tmp_path, verify, scope, kind):
    log = story().write(kind, VERSION, actor=SAM).write("approvals.review.approved", VERSION, actor=SAM)
    log.sign()

    code, out = verify(log.bundle(tmp_path, scope))
    assert code == TAMPERED
    assert f"place 21: {SAM} approves {VERSION}, their own work" in out


def test_work_that_somebody_else_replaced_or_that_changed_nothing_does_not_bar(tmp_path, verify):
    log = story().write("registry.card.revised", VERSION, actor=SAM).write("registry.card.revised", VERSION, actor=ADA)
    log.write("registry.release_plan.revised", VERSION, actor=SAM, rows=[{"table": "registry_releaseplan"}])
    log.write("registry.evaluation.attached", "registry.modelversion:10", actor=SAM)
    log.write("approvals.review.approved", VERSION, actor=SAM)
    log.sign()

    assert verify(log.bundle(tmp_path))[0] == WHOLE


@pytest.mark.parametrize("scope", ["log", "range", "model"])
@pytest.mark.parametrize("held", [1, 2])
def test_what_is_found_does_not_hang_on_how_much_is_held_in_memory(tmp_path, verify, monkeypatch, scope, held):
    log = story().write("registry.card.revised", VERSION, actor=SAM).write().write("registry.model.archived", MODEL)
    log.write("approvals.review.approved", VERSION, actor=SAM).write("registry.person.renamed", "registry.person:4")
    log.write("registry.card.revised", VERSION, subject_number=5).write(subject_number=40)
    log.sign()
    bundle = altered(log.bundle(tmp_path, scope, 27), events=lines(lambda held: held.pop(1)))
    told = verify(bundle)
    assert told[0] == TAMPERED

    monkeypatch.setattr(verifier, "MOST_HELD", held)
    assert verify(bundle) == told
    if scope != "range":
        assert f"{SAM} approves {VERSION}, their own work" in told[1]
        assert f"it is number 5 about {VERSION}, where number 8 has to follow" in told[1]


def test_memory_does_not_grow_with_the_number_of_subjects(tmp_path, verify, monkeypatch):
    monkeypatch.setattr(verifier, "MOST_HELD", 200)

    def peak(subjects: int) -> int:
        log = Log()
        for number in range(subjects):
            log.write("registry.version.registered", f"registry.modelversion:{number}")
        log.sign()
        bundle = log.bundle(tmp_path)
        tracemalloc.start()
        try:
            assert verify(bundle)[0] == WHOLE
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # what is made once
    assert peak(4000) < 1.2 * peak(1000)


# ---- checkpoints and anchors


def test_a_log_that_was_rewritten_with_another_key_is_not_this_log(tmp_path, verify):
    forged = Log(SigningKey.made(KEY.name)).write().write()
    forged.sign()

    code, out = verify(forged.bundle(tmp_path))
    assert (code, "checkpoint 1: it is not signed by" in out) == (TAMPERED, True)


@pytest.mark.parametrize("scope", ["log", "range", "model"])
def test_a_log_that_was_rewritten_with_the_same_key_is_given_away_by_an_anchor(tmp_path, verify, scope):
    log, forged = story(), story().copy(3)
    for entry in log.events[3:]:
        said = json.loads(entry)
        forged.write(said["kind"], said["subject"], actor=said["actor"], label="rewritten")
    forged.sign(size=6, later=-840)
    forged.sign()
    assert verify(forged.bundle(tmp_path, scope))[0] == WHOLE

    code, out = verify(forged.bundle(tmp_path, scope), "--anchors", anchored(tmp_path, log.notes[0]))
    assert (code, "of 6 events: the log is forked" in out) == (TAMPERED, True)


def test_the_key_may_sign_for_another_log_and_that_is_not_this_one(tmp_path, verify):
    log = story()
    log.notes.append(KEY.named("models.example.org/other").note(log.heads[-1], at=int(log.now.timestamp())))

    code, out = verify(log.bundle(tmp_path))
    assert (code, "checkpoint 4: it is not signed by" in out) == (TAMPERED, True)


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(lambda note: note.replace("\n20\n", "\n21\n"), id="another size"),
        pytest.param(lambda note: note.replace("\n20\n", "\n020\n"), id="a size in another form"),
        pytest.param(lambda note: "\n".join(note.split("\n")[:-2]) + "\n", id="no time"),
        pytest.param(lambda note: note.replace(note.split("\n")[4] + "\n", ""), id="only the time"),
        pytest.param(lambda note: note.replace("\n\n", "\nmore\n\n"), id="another line"),
        pytest.param(lambda note: note.rstrip("\n"), id="no end of the last line"),
        pytest.param(lambda note: note.replace("— ", "- "), id="another dash"),
        pytest.param(lambda note: note + note.split("\n")[4] * 20, id="more signatures than are looked at"),
    ],
)
def test_a_checkpoint_is_read_only_as_it_was_signed(tmp_path, verify, spoilt):
    log = story()
    log.notes[-1] = spoilt(log.notes[-1])

    code, out = verify(log.bundle(tmp_path))
    assert (code, "checkpoint 3: it is n" in out) == (TAMPERED, True)


def test_a_signed_root_is_a_hash(tmp_path, verify):
    log = story()
    log.notes.append(KEY.note(Head(20, bytes(31)), at=int(log.now.timestamp())))

    assert verify(log.bundle(tmp_path))[0] == TAMPERED


def test_signatures_of_witnesses_are_passed_over(tmp_path, verify):
    log = story()
    log.notes[-1] += SigningKey.made("witness.example.org")._line(b"\x04", bytes(72))

    assert verify(log.bundle(tmp_path))[0] == WHOLE


def test_a_fork_is_found_among_checkpoints_alone(tmp_path, verify):
    log = story()
    log.notes.insert(1, KEY.note(Head(6, bytes(32)), at=int(START.timestamp()) + 360))

    code, out = verify(log.bundle(tmp_path))
    assert (code, "of 6 events: the log is forked" in out) == (TAMPERED, True)


@pytest.mark.parametrize("scope", ["log", "range"])
def test_a_larger_checkpoint_is_not_signed_before_a_smaller_one(tmp_path, verify, scope):
    log = story()
    log.sign(size=10, later=60)
    log.sign(size=20, later=60)
    log.sign(size=12, later=90)
    log.sign(size=20, later=90)

    code, out = verify(log.bundle(tmp_path, scope))
    assert (code, "of 20 events: it was signed before checkpoint" in out) == (TAMPERED, True)


def test_a_head_that_is_signed_again_later_is_the_same_head(tmp_path, verify):
    log = story()
    log.sign(size=20, later=3600)

    assert verify(log.bundle(tmp_path))[0] == WHOLE


def of_zeros(proof: bytes) -> bytes:
    return base64.b64encode(bytes(32) + base64.b64decode(proof)[32:])


@pytest.mark.parametrize("scope", ["range", "model"])
@pytest.mark.parametrize("change", [of_zeros, lambda proof: b"", lambda proof: b"-", lambda proof: proof + b"AAAA"])
def test_an_altered_proof_proves_nothing(tmp_path, verify, scope, change):
    def alter(held: list[bytes]) -> None:
        index, proof, data = held[2].split(b" ", 2)
        held[2] = b"%b %b %b" % (index, change(proof), data)

    code, out = verify(altered(story().bundle(tmp_path, scope), events=lines(alter)))
    assert (code, "or its proof, is not what was signed there" in out) == (TAMPERED, True)


@pytest.mark.parametrize("scope", ["range", "model"])
def test_an_altered_link_proves_nothing(tmp_path, verify, scope):
    def alter(held: list[bytes]) -> None:
        record = json.loads(held[0])
        held[0] = json.dumps(record | {"proof": of_zeros(record["proof"].encode()).decode()}).encode() + b"\n"

    code, out = verify(altered(story().bundle(tmp_path, scope), consistency_jsonl=lines(alter)))
    assert (code, "checkpoint 1 of 6 events: the proof that the log grew from it" in out) == (TAMPERED, True)


def test_a_missing_link_between_checkpoints_is_incomplete(tmp_path, verify):
    code, out = verify(altered(story().bundle(tmp_path, "model"), consistency_jsonl=lines(lambda held: held.pop(0))))

    assert (code, "checkpoint 1 of 6 events: nothing proves" in out) == (INCOMPLETE, True)


def test_an_anchor_between_the_checkpoints_of_a_part_is_told_to_be_not_comparable(tmp_path, verify):
    log = story()
    bundle = log.bundle(tmp_path, "model")
    note = KEY.note(Head(8, log.root(8)), at=int(START.timestamp()) + 500)

    code, out = verify(bundle, "--anchors", anchored(tmp_path / "one", note))
    assert (code, "not comparable" in out, "none agrees" in out) == (INCOMPLETE, True, True)
    code, out = verify(bundle, "--anchors", anchored(tmp_path, note, log.notes[0]))
    assert (code, "not comparable" in out) == (WHOLE, True)


def test_anchors_of_other_logs_are_left_out_and_broken_ones_are_not(tmp_path, verify):
    log, other = story(), Log(SigningKey.made("other.example.org")).write()
    kept = anchored(tmp_path, other.sign(), log.notes[0])
    assert verify(log.bundle(tmp_path), "--anchors", kept)[0] == WHOLE

    broken = tmp_path / "broken.checkpoint"
    broken.write_text(log.notes[0][:-9])
    assert verify(log.bundle(tmp_path), "--anchors", kept, broken)[0] == TAMPERED


@pytest.mark.parametrize("scope", ["log", "range", "model"])
def test_anchors_none_of_which_is_of_this_log_prove_nothing(tmp_path, verify, scope):
    other = Log(SigningKey.made("other.example.org")).write()
    code, out = verify(story().bundle(tmp_path, scope), "--anchors", anchored(tmp_path, other.sign()))
    assert (code, "incomplete: --anchors: none agrees" in out) == (INCOMPLETE, True), out


# ---- epochs


def restored(lost: int = 20, unnoticed: int = 0, **said: Any) -> tuple[Log, Log]:
    """The log whose end was lost, and the one that goes on after a backup of 10 events was restored.

    `unnoticed` events were written, and put into the tree, before anybody saw what had happened.
    """
    before = story()
    after = before.copy(10)
    after.notes, after.heads = [*before.notes], [*before.heads]
    opened = before.now + datetime.timedelta(minutes=5)
    for _ in range(unnoticed):
        after.write(at=opened)
    size = len(after.events)
    after.write(at=opened).write(at=opened)
    facts = {
        "epoch": 2,
        "lost_size": lost,
        "lost_root": before.root(20).hex(),
        "size": size,
        "root": after.root(size).hex(),
    } | said
    after.write("audit.epoch.opened", facts=facts, at=opened)
    after.write(at=opened)
    after.sign(epoch=2, later=3600)
    return before, after


@pytest.mark.parametrize("scope", ["log", "range", "model"])
def test_a_restored_log_is_whole_only_for_whoever_knows_of_it(tmp_path, verify, scope):
    before, after = restored()
    kept = anchored(tmp_path, *before.notes)

    code, out = verify(after.bundle(tmp_path, scope), "--anchors", kept)
    assert code == INCOMPLETE, out
    assert "epoch 2: place 12 opens it after a restore: 20 events had been signed, 10 were there" in out

    code, out = verify(after.bundle(tmp_path, scope), "--accept-epoch", 2, "--anchors", kept)
    assert code == WHOLE, out
    assert "note: epoch 2: place 12 opens it" in out
    assert out.count("of 20 events: it speaks of events that were lost") == 2
    assert "3 checkpoints and 2 anchors agree" in out


@pytest.mark.parametrize(("scope", "end"), [("log", 12), ("model", 12), ("range", 12), ("range", 14), ("range", 17)])
def test_a_log_may_be_restored_twice(tmp_path, verify, scope, end):
    _, log = restored()
    log.write()
    lost, again = log.sign(epoch=2, later=3700), log.copy(14)
    again.notes, again.heads = log.notes, log.heads
    facts = {"epoch": 3, "lost_size": 15, "lost_root": log.root(15).hex(), "size": 14, "root": log.root(14).hex()}
    at = START + datetime.timedelta(hours=3)
    again.write("audit.epoch.opened", at=at, facts=facts, label="again").write(at=at).write(at=at)
    again.sign(epoch=3, later=3 * 3600)
    kept = anchored(tmp_path, lost, log.notes[0])

    code, out = verify(again.bundle(tmp_path, scope, end), "--accept-epoch", 2, "--anchors", kept)
    assert (code, "epoch 3: place 14 opens it" in out, "(--accept-epoch 3)" in out) == (INCOMPLETE, True, True), out
    code, out = verify(again.bundle(tmp_path, scope, end), "--accept-epoch", 3, "--anchors", kept)
    assert code == WHOLE, out


def test_an_epoch_that_no_event_opens_is_a_forgery(tmp_path, verify):
    log = story()
    log.write()
    log.sign(epoch=2)

    code, out = verify(log.bundle(tmp_path), "--accept-epoch", 2)
    assert (code, "epoch 2: no event here opens it" in out) == (TAMPERED, True)


def test_an_epoch_does_not_hide_what_was_signed_last_in_the_one_before(tmp_path, verify):
    _, after = restored(lost=15)

    code, out = verify(after.bundle(tmp_path), "--accept-epoch", 2)
    assert (code, "of 20 events: its epoch is said to have ended" in out) == (TAMPERED, True)


@pytest.mark.parametrize("size", [4, 10])
def test_a_lost_end_does_not_excuse_another_beginning(tmp_path, verify, size):
    _, after = restored()
    after.notes.insert(0, KEY.note(Head(size, bytes(32)), at=int(START.timestamp()) + 60 * size))

    code, out = verify(after.bundle(tmp_path), "--accept-epoch", 2)
    assert (code, f"of {size} events: the log in this bundle has another root there" in out) == (TAMPERED, True)


def test_a_restored_log_that_is_written_as_another_before_it_is_not_excused(tmp_path, verify):
    _, after = restored(lost_root="00" * 32)

    code, out = verify(after.bundle(tmp_path), "--accept-epoch", 2)
    assert (code, "of 20 events: its epoch is said to have ended" in out) == (TAMPERED, True)


@pytest.mark.parametrize(
    "said",
    [
        {"epoch": 3},
        {"epoch": 2**53},
        {"epoch": 1},
        {"epoch": 0},
        {"size": 13},
        {"size": 12, "root": "00" * 32},
        {"lost_size": "20"},
    ],
)
def test_an_epoch_is_opened_as_it_can_have_been(tmp_path, verify, said):
    _, after = restored(**said)

    code, out = verify(after.bundle(tmp_path), "--accept-epoch", 9)
    assert (code, "tampered: place 12: " in out) == (TAMPERED, True)


@pytest.mark.parametrize("unnoticed", [1, 5, 14])
def test_what_was_written_before_a_restore_was_noticed_takes_the_place_of_what_was_lost(tmp_path, verify, unnoticed):
    before, after = restored(unnoticed=unnoticed)
    times = {size: int(START.timestamp()) + 60 * size for size in (10, 11, 12, 15, 18)}
    notes = [KEY.note(Head(size, before.root(size)), at=at) for size, at in times.items()]
    kept = anchored(tmp_path, *notes)

    code, out = verify(after.bundle(tmp_path), "--accept-epoch", 2, "--anchors", kept)
    assert code == WHOLE, out
    assert f"20 events had been signed, {10 + unnoticed} were there" in out


def test_whoever_rewrites_the_past_under_a_new_epoch_has_to_date_it_after(tmp_path, verify):
    _, after = restored()
    after.events[4] = after.events[4].replace(b"v1", b"v2")
    after.notes, after.heads = after.notes[:-1], []
    said = json.loads(after.events[12])
    said["facts"]["root"] = after.root(10).hex()
    after.events[12] = canonical.encode(said)
    after.sign(epoch=2, later=3600)

    code, out = verify(after.bundle(tmp_path), "--accept-epoch", 2)
    assert (code, "of 6 events: the log in this bundle has another root there" in out) == (TAMPERED, True)


def test_an_epoch_whose_signer_crashed_before_it_began_is_opened_again(tmp_path, verify):
    _, after = restored()
    at = START + datetime.timedelta(minutes=30)
    facts = {"epoch": 2, "lost_size": 20, "lost_root": story().root(20).hex(), "size": 14, "root": after.root(14).hex()}
    after.notes, after.heads = after.notes[:-1], []
    after.write("audit.epoch.opened", facts=facts, at=at).write(at=at)
    after.sign(epoch=2, later=3600)

    for scope, end in (("log", 12), ("model", 12), ("range", 12), ("range", 16)):
        code, out = verify(after.bundle(tmp_path, scope, end), "--accept-epoch", 2)
        assert (code, "place 14 opens it" in out) == (WHOLE, True), out


def test_a_signer_that_forgot_what_it_had_signed_loses_no_event(tmp_path, verify):
    log = story()
    facts = {"epoch": 2, "lost_size": 0, "lost_root": merkle.EMPTY_ROOT.hex(), "size": 20, "root": log.root(20).hex()}
    log.write("audit.epoch.opened", facts=facts)
    log.sign(epoch=2)

    code, out = verify(log.bundle(tmp_path), "--accept-epoch", 2)
    assert (code, "epoch 2: place 20 opens it" in out) == (WHOLE, True), out


def test_an_epoch_is_over_once_the_next_one_is_signed(tmp_path, verify):
    before, after = restored()
    after.notes.append(before.sign(later=9000))

    code, out = verify(after.bundle(tmp_path), "--accept-epoch", 2)
    assert (code, "of 14 events: it was signed before checkpoint" in out) == (TAMPERED, True)


def test_an_old_bundle_is_not_held_against_an_anchor_of_a_later_epoch(tmp_path, verify):
    before, after = restored()

    code, out = verify(before.bundle(tmp_path), "--anchors", anchored(tmp_path, after.notes[-1]))
    assert (code, "ask for a newer bundle" in out) == (INCOMPLETE, True)


# ---- one event alone


def handed_out(folder: Path, log: Log, index: int, head: int = -1) -> Path:
    """The proof of an event as the portal hands it out, with its bytes beside it."""
    hashes = merkle.inclusion_proof(index, log.heads[head].size, log.read)
    lines = [PROOF_FORMAT, f"index {index}", *(base64.b64encode(each).decode() for each in hashes)]
    path = folder / f"event-{index}.tlog-proof"
    path.write_text("\n".join(lines) + "\n\n" + log.notes[head])
    path.with_suffix(".json").write_bytes(log.events[index])
    return path


@pytest.mark.parametrize("index", [0, 5, 19])
def test_the_proof_of_one_event_is_found_whole(tmp_path, verify, index):
    log = story()
    code, out = verify(handed_out(tmp_path, log, index), "--proof", "--origin", "models.example.org/ledger")

    assert code == WHOLE, out
    assert f"1 of 20 events, root {log.root(20).hex()}, signed" in out


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda proof, event, other: (proof, event.replace(b"submitted", b"withdrawn")), id="event"),
        pytest.param(lambda proof, event, other: (proof, other), id="another event"),
        pytest.param(lambda proof, event, other: (proof, event + b"\n"), id="a line more"),
        pytest.param(lambda proof, event, other: (proof, b""), id="no event"),
        pytest.param(lambda proof, event, other: (proof.replace(b"index 8", b"index 9"), event), id="place"),
        pytest.param(lambda proof, event, other: (proof.replace(b"index 8", b"index 99"), event), id="no such place"),
        pytest.param(lambda proof, event, other: (proof.replace(b"\n20\n", b"\n21\n"), event), id="size"),
        pytest.param(lambda proof, event, other: (_without_line(proof, 2), event), id="hash gone"),
        pytest.param(lambda proof, event, other: (proof.replace(b"\n", b"\r\n"), event), id="other line ends"),
        pytest.param(lambda proof, event, other: (proof[:200], event), id="cut"),
    ],
)
def test_an_event_or_a_proof_that_was_altered_is_told(tmp_path, verify, change):
    log = story()
    path = handed_out(tmp_path, log, 8)
    proof, event = change(path.read_bytes(), log.events[8], log.events[9])
    path.write_bytes(proof)
    path.with_suffix(".json").write_bytes(event)

    code, out = verify(path, "--proof")
    assert code == TAMPERED, out


def _without_line(data: bytes, number: int) -> bytes:
    held = data.splitlines(keepends=True)
    return b"".join(held[:number] + held[number + 1 :])


def test_no_byte_of_a_proof_can_be_another(tmp_path, verify):
    path = handed_out(tmp_path, story(), 8)
    data, chance = path.read_bytes(), random.Random(7)
    for place in range(len(data)):
        flipped = bytearray(data)
        flipped[place] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        assert verify(path, "--proof")[0] != WHOLE, place


def test_a_proof_under_another_key_is_not_of_this_log(tmp_path, verify):
    forged = Log(SigningKey.made("models.example.org/ledger")).write().write()
    forged.sign()

    assert verify(handed_out(tmp_path, forged, 1), "--proof")[0] == TAMPERED


def test_an_event_of_after_its_checkpoint_is_back_dated_or_signed_too_early(tmp_path, verify):
    log = Log().write().write(at=START + datetime.timedelta(days=1))
    log.sign()

    code, out = verify(handed_out(tmp_path, log, 1), "--proof")
    assert (code, "of 2 events is older" in out) == (TAMPERED, True)


def test_anchors_are_held_against_the_checkpoint_of_a_proof(tmp_path, verify):
    log, other = story(), Log().write("registry.model.registered", MODEL)
    for _ in range(19):
        other.write()
    other.sign(later=30)
    earlier = handed_out(tmp_path, log, 3, head=1)

    code, out = verify(earlier, "--proof", "--anchors", anchored(tmp_path / "same", *log.notes))
    assert code == WHOLE, out
    assert "1 checkpoints and 1 anchors agree" in out
    assert out.count("not comparable") == 2
    fork = anchored(tmp_path / "fork", other.notes[-1])
    assert verify(handed_out(tmp_path, log, 3), "--proof", "--anchors", fork)[0] == TAMPERED


def test_a_proof_of_after_a_restore_is_whole_for_whoever_knows_of_it(tmp_path, verify):
    _, after = restored()
    path = handed_out(tmp_path, after, 13)

    assert verify(path, "--proof")[0] == INCOMPLETE
    assert verify(path, "--proof", "--accept-epoch", 2)[0] == WHOLE


def test_what_is_no_proof_or_has_no_event_beside_it_cannot_be_looked_at(tmp_path, verify):
    log = story()
    path = handed_out(tmp_path, log, 8)

    assert verify(path, "--proof", "--origin", "models.example.org/other")[0] == NOT_CHECKED
    assert verify(path)[0] == NOT_CHECKED
    path.with_suffix(".json").unlink()
    assert verify(path, "--proof")[0] == NOT_CHECKED
    (tmp_path / "bundle.json").write_bytes(b"{}")
    assert verify(log.bundle(tmp_path), "--proof")[0] == NOT_CHECKED


# ---- hostile and broken input


def test_what_cannot_be_looked_at_ends_with_3(tmp_path, verify, capsys):
    bundle = story().bundle(tmp_path)
    none = tmp_path / "none.zip"
    none.write_bytes(b"PK no zip")
    (tmp_path / "empty").mkdir()
    name, key_id, _ = str(KEY.verifier).split("+", 2)
    another_algorithm = f"{name}+{key_id}+{base64.b64encode(b'2' + KEY.verifier.public).decode()}"

    assert verify(tmp_path / "absent.zip")[0] == NOT_CHECKED
    assert verify(none)[0] == NOT_CHECKED
    assert verify(bundle, key="models.example.org/ledger+00000000+AAAA")[0] == NOT_CHECKED
    assert verify(bundle, key=str(KEY.verifier).replace("ledger", "other"))[0] == NOT_CHECKED
    assert verify(bundle, "--anchors", tmp_path / "empty")[0] == NOT_CHECKED
    assert verify(bundle, "--what")[0] == NOT_CHECKED
    assert verify(bundle, key=another_algorithm)[0] == NOT_CHECKED
    assert verifier.main([]) == NOT_CHECKED
    assert verify(altered(bundle, bundle_json=lambda data: data.replace(b'"log"', b'"all"')))[0] == NOT_CHECKED
    assert (
        verify(altered(bundle, bundle_json=lambda data: data.replace(b"evidence/1", b"evidence/2")))[0] == NOT_CHECKED
    )


@pytest.mark.parametrize("name", ["events.jsonl", "hashes.bin", "checkpoints.jsonl", "bundle.json"])
def test_a_missing_member_is_told(tmp_path, verify, name):
    code, out = verify(altered(story().bundle(tmp_path), **{name.replace(".", "_"): lambda data: None}))

    assert (code, f"{name}: the bundle has it not" in out) == (INCOMPLETE, True)


def test_two_members_of_one_name_are_not_accepted(tmp_path, verify):
    bundle = story().bundle(tmp_path)
    with zipfile.ZipFile(bundle, "a") as held, pytest.warns(UserWarning, match="Duplicate"):
        held.writestr("events.jsonl", b"")

    assert verify(bundle)[0] == TAMPERED


WRONG = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"\n\n\n", id="empty lines"),
    pytest.param(b"\xff\xfe\x00", id="not UTF-8"),
    pytest.param(b"[" * 200_000, id="nested"),
    pytest.param(b"null", id="null"),
    pytest.param(b"[1]", id="a list"),
    pytest.param(b'{"note": 5, "index": "5", "old": [], "format": {}}', id="wrong types"),
    pytest.param(
        b'{"note": "\\ud800\\n5\\n\\n\\u2014 a b\\n", "index": 1, "proof": ["\\ud800"]}', id="half a character"
    ),
    pytest.param(b'{"index": 1, "proof": [1, null, {}], "old": 1, "new": 2}', id="no proof"),
    pytest.param(b'{"index": ' + b"9" * 100_000 + b', "proof": []}', id="huge number"),
    pytest.param(b'{"index": NaN, "old": 1e999, "new": -1, "proof": []}', id="no number"),
    pytest.param(b'{"note": "a\\n5\\nAA==\\n\\n' + "— a AAAA\\n".encode() * 3000 + b'"}', id="thousands of signatures"),
    pytest.param(b"0" * 40_000_000, id="an endless line"),
    pytest.param(b"{}\n" * 100_000, id="endless lines"),
]


@pytest.mark.parametrize("data", WRONG)
@pytest.mark.parametrize("member", ["bundle", "events", "checkpoints", "epochs", "consistency", "hashes"])
def test_nothing_in_a_bundle_makes_it_stumble(tmp_path, verify, member, data):
    scope = "log" if member == "hashes" else "model"
    name = f"{member}_{'json' if member == 'bundle' else 'bin' if member == 'hashes' else 'jsonl'}"
    code, out = verify(altered(story().bundle(tmp_path, scope), **{name: data}))

    assert code in (TAMPERED, INCOMPLETE, NOT_CHECKED) or (code, member, data) == (WHOLE, "epochs", b""), out


@pytest.mark.parametrize("scope", ["log", "range", "model"])
def test_no_flipped_byte_makes_it_stumble(tmp_path, verify, scope):
    chance, data = random.Random(5), story().bundle(tmp_path, scope).read_bytes()
    broken = tmp_path / "broken.zip"
    for _ in range(60):
        flipped = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        broken.write_bytes(flipped)

        assert verify(broken)[0] in (WHOLE, TAMPERED, INCOMPLETE, NOT_CHECKED)


def test_no_more_findings_are_printed_than_are_read_and_none_drives_a_terminal(tmp_path, verify):
    log = Log()
    for _ in range(60):
        log.write(subject="\x1b[2J\n", subject_number=9, at="\u202e")
    log.sign()

    code, out = verify(log.bundle(tmp_path))
    assert code == TAMPERED
    assert len(out.splitlines()) == 21
    assert re.search(r"^TAMPERED, findings: 12\d\.$", out, re.MULTILINE)
    assert out.isascii()
    assert "\x1b" not in out


def test_an_event_in_a_later_format_is_left_to_a_later_verifier(tmp_path, verify):
    log = story().write(format="gatehouse-event/2")
    log.sign()

    assert verify(log.bundle(tmp_path))[0] == INCOMPLETE


def test_a_bundle_that_would_fill_the_memory_is_read_a_little_at_a_time(tmp_path):
    """Sixteen lines of sixteen megabytes, which nothing keeps from being packed into a quarter of one."""
    bundle = story().bundle(tmp_path)
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != "events.jsonl":
                new.writestr(name, old.read(name))
        with new.open("events.jsonl", "w") as events:
            for _ in range(16):
                events.write(bytes(16_000_000) + b"\n")
    within = "import resource; resource.setrlimit(resource.RLIMIT_AS, (200_000_000,) * 2); import runpy, sys;"
    within += "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    run = [sys.executable, "-I", "-c", within, evidence.VERIFIER, tmp_path / "bomb.zip", "--key", str(KEY.verifier)]

    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (TAMPERED, "")
    assert f"place 0: {NOT_SIGNED}" in done.stdout


# ---- the tree


def test_proofs_are_those_of_the_tree_and_no_others():
    log = Log()
    for _ in range(33):
        log.write()
    leaves, roots = [*map(merkle.leaf_hash, log.events)], [log.root(size) for size in range(34)]
    for size in range(1, 34):
        head = verifier.Head(1, size, 0, roots[size], False, "")
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, log.read)
            prove = partial(verifier.proves, old=index + 1, head=head, leaf=leaves[index])
            assert prove(text_of(proof))
            assert not any(prove(text_of(wrong)) for wrong in others(proof))
            assert not prove(text_of(proof), old=size + 1)
            assert index == size - 1 or not prove(text_of(proof), old=index + 2)
        for old in range(1, size):
            proof = merkle.consistency_proof(old, size, log.read)
            prove = partial(verifier.proves, old=old, head=head, old_root=roots[old])
            assert prove(text_of(proof))
            assert not any(prove(text_of(wrong)) for wrong in others(proof))
            assert not prove(text_of(proof), old_root=roots[old - 1])


def text_of(proof: list[bytes]) -> str:
    return base64.b64encode(b"".join(proof)).decode()


def others(proof: list[bytes]) -> list[list[bytes]]:
    """Proofs that are too long, too short or altered."""
    wrong = [[*proof, bytes(32)], [bytes(32), *proof], proof[:-1], proof[1:], [bytes(32), *proof[1:]], [*proof, b"1"]]
    return [each for each in wrong if each != proof and (proof or each != [bytes(32)])] + [[*proof, *proof, bytes(32)]]


# ---- Ed25519


def key_of(encoded: bytes) -> Any:
    key_id = hashlib.sha256(b"a\n\x01" + encoded).hexdigest()[:8]
    return verifier.Key(f"a+{key_id}+{base64.b64encode(bytes([1]) + encoded).decode()}")


#: RFC 8032 section 7.1, tests 1 to 3: the public key, the message, the signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_signatures_are_those_of_rfc_8032(public, message, signature):
    key = key_of(bytes.fromhex(public))

    assert key.verifies(bytes.fromhex(signature), bytes.fromhex(message))
    assert not key.verifies(bytes.fromhex(signature), b"another")


def test_signatures_are_judged_as_the_library_judges_them():
    chance = random.Random(8032)
    for _ in range(20):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        public, message = private.public_key().public_bytes_raw(), chance.randbytes(chance.randrange(200))
        ours, signature = key_of(public), bytearray(private.sign(message))
        assert ours.verifies(bytes(signature), message)
        for _ in range(5):
            tampered = bytearray(signature)
            tampered[chance.randrange(64)] ^= 1 << chance.randrange(8)
            assert ours.verifies(bytes(tampered), message) == accepted(public, bytes(tampered), message) is False


def accepted(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_a_signature_has_one_form():
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public, signature = private.public_key().public_bytes_raw(), private.sign(b"")
    ours, scalar = key_of(public), int.from_bytes(signature[32:], "little")
    assert ours.verifies(signature, b"")

    assert not ours.verifies(signature[:32] + (scalar + verifier.L).to_bytes(32, "little"), b"")
    assert not ours.verifies(signature + b"\x00", b"")
    assert not ours.verifies(b"", b"")


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(bytes(31), id="short"),
        pytest.param(KEY.verifier.public + b"\x00", id="long"),
        pytest.param(b"\x02" + bytes(31), id="not on the curve"),
        pytest.param((2**255 - 19 + 3).to_bytes(32, "little"), id="beyond the prime"),
        pytest.param((1 | 1 << 255).to_bytes(32, "little"), id="minus zero"),
        pytest.param((1).to_bytes(32, "little"), id="order 1"),
        pytest.param((2**255 - 20).to_bytes(32, "little"), id="order 2"),
        pytest.param(bytes(32), id="order 4"),
        pytest.param(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), id="order 8"),
    ],
)
def test_a_point_that_is_no_key_is_refused(encoded):
    with pytest.raises(ValueError, match=r"point|order"):
        key_of(encoded)
