#!/usr/bin/env python3
"""Checks an evidence bundle of a Gatehouse ledger, with Python 3.9 or newer and nothing else.

    python3 verify_evidence.py BUNDLE.zip --key 'origin+id+key' [--anchors PATH ...] [--accept-epoch N]

It ends with 0 for whole, 1 for tampered, 2 for incomplete, and 3 when it could not look: arguments, file or format. It
trusts the key and your own anchors, which come from elsewhere. Of the bundle it believes nothing that they do not sign.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import re
import struct
import sys
import time
import zipfile
import zlib
from collections import Counter, deque, namedtuple
from hashlib import sha256, sha512
from itertools import islice
from pathlib import Path
from typing import NamedTuple

TAMPERED, INCOMPLETE, UNUSABLE = 1, 2, 3
WORDS = {TAMPERED: "TAMPERED", INCOMPLETE: "INCOMPLETE", UNUSABLE: "NOT CHECKED"}
FORMAT, EVENT_FORMAT = "gatehouse-evidence/1", "gatehouse-event/1"
MOST_TOLD, WINDOW = 20, 1024
LONGEST_EVENT, LONGEST_LINE, MOST_LINES, MOST_SIGNATURES = 1 << 24, 1 << 16, 10_000, 16
EARLIER, LATER, END_OF_TIME = 600, 60, 253402300799
AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
HEX = re.compile(r"[0-9a-f]{64}")
#: Whoever did one of these never approves the version; of a part of the evidence it is whoever changed it last.
FOR_GOOD = {"registry.version.registered", "registry.version.imported"}
FOR_GOOD |= {"approvals.review.opened", "approvals.review.submitted"}
PARTS = {"registry.evaluation.attached": "evaluations", "registry.code_check.reported": "evaluations"}
PARTS |= {"registry.card.revised": "card", "registry.release_plan.revised": "release plan"}

# Ed25519 (RFC 8032): points of the curve in extended coordinates, X, Y, Z, T.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
TWICE_D, ROOT_OF_MINUS_ONE, NEUTRAL = 2 * D % P, pow(2, (P - 1) // 4, P), (0, 1, 1, 0)


def added(one, other):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = one, other
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = TWICE_D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_of(encoded):
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    u, v = y * y - 1, D * y * y + 1
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if len(encoded) != 32 or y >= P or (v * x * x - u) % P or (sign and not x):
        raise ValueError("it is no point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def multiples(point):
    """For each of the 64 hexadecimal digits of a scalar, what the digit adds to its product with the point."""
    table = []
    for _ in range(64):
        row = [NEUTRAL]
        for _ in range(15):
            row.append(added(row[-1], point))
        table.append(row)
        point = added(row[-1], point)
    return table


BASE = multiples(point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little")))


class PublicKey:
    """Raises ValueError for a key that is none, or for one of small order, which would let anybody sign."""

    def __init__(self, encoded):
        x, y, z, t = point_of(encoded)
        if multiples((x, y, z, t))[0][8][0] == 0:
            raise ValueError("the key is a point of small order")
        self.encoded, self._minus = encoded, multiples((-x % P, y, z, -t % P))

    def verifies(self, signature, message):
        commitment, scalar = signature[:32], int.from_bytes(signature[32:], "little")
        if len(signature) != 64 or scalar >= L:
            return False
        challenge = int.from_bytes(sha512(commitment + self.encoded + message).digest(), "little") % L
        found = NEUTRAL
        for table, rest in ((BASE, scalar), (self._minus, challenge)):
            for row in table:
                found, rest = added(found, row[rest & 15]) if rest & 15 else found, rest >> 4
        inverse = pow(found[2], -1, P)
        x, y = found[0] * inverse % P, found[1] * inverse % P
        return (y | (x & 1) << 255).to_bytes(32, "little") == commitment


# The tree of RFC 6962 and RFC 9162.


def leaf_hash(entry):
    return sha256(b"\x00" + entry).digest()


def above(left, right):
    return sha256(b"\x01" + left + right).digest()


class Tree:
    def __init__(self, size=0, peaks=()):
        self.size, self.peaks = size, list(peaks)

    def add(self, leaf):
        self.size = rest = self.size + 1
        while not rest & 1:
            leaf, rest = above(self.peaks.pop(), leaf), rest >> 1
        self.peaks.append(leaf)

    def root(self):
        if not self.peaks:
            return sha256().digest()
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = above(peak, found)
        return found


def root_by_inclusion(leaf, index, size, proof):
    """The root of a tree that has this leaf there. Raises ValueError for a proof of another length."""
    if size == 1 or not proof:
        if size != 1 or proof or index:
            raise ValueError("the proof has another length")
        return leaf
    half, rest, beside = 1 << (size - 1).bit_length() - 1, proof[:-1], proof[-1]
    if index < half:
        return above(root_by_inclusion(leaf, index, half, rest), beside)
    return above(beside, root_by_inclusion(leaf, index - half, size - half, rest))


def roots_by_consistency(old, new, proof, old_root):
    """The roots that the proof gives the old tree and the new one. `old_root` is None where the proof has to say it."""
    if old == new or not proof:
        if old != new or len(proof) != (old_root is None):
            raise ValueError("the proof has another length")
        return (old_root or proof[0],) * 2
    half, rest, beside = 1 << (new - 1).bit_length() - 1, proof[:-1], proof[-1]
    if old <= half:
        was, now = roots_by_consistency(old, half, rest, old_root)
        return was, above(now, beside)
    was, now = roots_by_consistency(old - half, new - half, rest, None)
    return above(beside, was), above(beside, now)


# What is found, what is signed, and what is in the bundle.


class Stop(Exception):
    """Nothing more can be looked at."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


class Report:
    def __init__(self):
        self.found, self.notes, self.count = {}, [], Counter()

    def add(self, code, text):
        self.count[code] += 1
        if self.count[code] <= MOST_TOLD:
            self.found.setdefault(code, {})[text] = None

    def told(self, success):
        """Prints everything, the worst first, and gives the code to end with."""
        code = min(self.count, default=0)
        for each in sorted(self.found):
            left = self.count[each] - MOST_TOLD
            for text in [*self.found[each]] + [f"and {left} findings more"] * (left > 0):
                self.say(text)
        left = len(self.notes) - MOST_TOLD
        for text in self.notes[:MOST_TOLD] + [f"and {left} more"] * (left > 0):
            self.say(f"note: {text}")
        self.say(f"{WORDS[code]}: {sum(self.count.values())} findings." if code else success)
        return code

    def say(self, text):
        print(text.encode("unicode_escape").decode("ascii").replace("\\\\", "\\"))  # nothing that drives a terminal


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(min(max(seconds, 0), END_OF_TIME)))


class Head(NamedTuple):
    """A signed checkpoint. `where` is empty for one of the bundle, else the file of an anchor."""

    epoch: int
    size: int
    signed_at: int
    root: bytes
    where: str

    def __str__(self):
        epoch = f" in epoch {self.epoch}" if self.epoch > 1 else ""
        return f"{f'anchor {self.where}' if self.where else 'checkpoint'} of {self.size} events{epoch}"


class LogKey:
    """The pinned key. Each epoch of the log has a name of its own, and with it another id of the same key."""

    def __init__(self, text):
        self.name, _, rest = text.strip().partition("+")
        self.id, _, encoded = rest.partition("+")
        key = unbase64(encoded)
        self.public = PublicKey(key[1:])
        if key[:1] != b"\x01" or self.id != self.id_of(self.name, b"\x01").hex():
            raise ValueError("its parts do not fit each other")

    def id_of(self, name, algorithm):
        return sha256(name.encode() + b"\n" + algorithm + self.public.encoded).digest()[:4]

    def epoch_of(self, name):
        """0 for the name of another log."""
        number = name[len(f"{self.name}/epoch-") :] if name.startswith(f"{self.name}/epoch-") else ""
        if NUMBER.fullmatch(number) and 1 < int(number) < MOST_LINES:
            return int(number)
        return int(name == self.name)

    def head(self, note, where=""):
        """Raises ValueError, with what is wrong, unless both signatures are this key's."""
        text, blank, signed = note.rpartition("\n\n")
        lines, signatures = (text + "\n").split("\n"), signed.split("\n")
        if not blank or len(lines) != 4 or not NUMBER.fullmatch(lines[1]) or not 1 < len(signatures) <= MOST_SIGNATURES:
            raise ValueError("it is no signed checkpoint")
        epoch, found = self.epoch_of(lines[0]), {}
        for dash, name, encoded in (line.split(" ") for line in signatures[:-1] if line.count(" ") == 2):
            if (dash, name) == ("\u2014", lines[0]):
                found[unbase64(encoded)[:4]] = unbase64(encoded)[4:]
        plain, timed = (found.get(self.id_of(lines[0], algorithm), b"") for algorithm in (b"\x01", b"\x04"))
        at, root, body = int.from_bytes(timed[:8], "big"), unbase64(lines[2]), f"{text}\n".encode()
        timed_body = f"cosignature/v1\ntime {at}\n".encode() + body
        good = self.public.verifies(plain, body) and self.public.verifies(timed[8:], timed_body)
        if not epoch or not good or signatures[-1] or len(root) != 32:
            raise ValueError(f"it is not signed by {self.name}+{self.id}")
        return Head(epoch, int(lines[1]), at, root, where)


def unbase64(text):
    found = base64.b64decode(text, validate=True)
    if base64.b64encode(found).decode() != text:
        raise ValueError("it is not base64 in its one form")
    return found


DECODER = json.JSONDecoder(parse_int=lambda digits: int(digits[:20]))  # a longer number fits nothing anyway


def parsed(data, **fields):
    """The values of these fields of a JSON object, each of exactly this type. Raises ValueError."""
    try:
        return picked(DECODER.decode(data.decode()), **fields)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def picked(value, **fields):
    if type(value) is not dict or any(type(value.get(name)) is not kind for name, kind in fields.items()):
        raise ValueError(f"it has not the fields {', '.join(fields)}")
    return [value[name] for name in fields]


def proof_of(texts):
    found = [unbase64(text) for text in texts if type(text) is str]
    if len(found) != len(texts) or len(found) > 64 or any(len(each) != 32 for each in found):
        raise ValueError("it is no proof")
    return found


class Bundle:
    """Reads members as streams: of what a bundle claims to hold, no more is held than one line."""

    def __init__(self, path):
        self._zip = zipfile.ZipFile(path)
        if len(set(self._zip.namelist())) < len(self._zip.namelist()):
            raise Stop(TAMPERED, "the bundle has two files of one name")

    def member(self, name):
        if name not in self._zip.namelist():
            raise Stop(INCOMPLETE if name != "bundle.json" else UNUSABLE, f"the bundle has no {name}")
        if self._zip.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Stop(UNUSABLE, f"{name} is packed in an unknown way")
        return io.BufferedReader(self._zip.open(name), 1 << 18)

    def lines(self, name, longest=LONGEST_LINE, most=MOST_LINES):
        """With the number of each."""
        with self.member(name) as member:
            for number in range(most + 1):
                line = member.readline(longest + 1)
                if len(line) > longest or number == most:
                    raise Stop(UNUSABLE, f"{name} has a line that is too long, or too many")
                if not line:
                    return
                yield number, line[:-1] if line[-1:] == b"\n" else line

    def records(self, name, most=MOST_LINES, **fields):
        for number, line in self.lines(name, most=most):
            try:
                yield parsed(line, **fields)
            except ValueError as error:
                raise Stop(TAMPERED, f"{name}: line {number + 1} cannot be read, {error}") from None

    def events(self, size):
        """The index that is written before each, its bytes and their hash."""
        for _, line in self.lines("events.jsonl", LONGEST_EVENT, size + MOST_LINES):
            index, _, data = line.partition(b" ")
            yield int(index) if NUMBER.fullmatch(index.decode("latin-1")) else -1, data, leaf_hash(data)

    def hashes(self, size):
        with self.member("hashes.bin") as member:
            for _ in range(size):
                found = member.read(32)
                if len(found) < 32:
                    return
                yield found


#: An event says that the log went on from a restored database, in a new epoch.
Opening = namedtuple("Opening", "index lost_size lost_root size root")


class Story:
    """Holds what the events say against each other and against the times at which the log was signed."""

    def __init__(self, report, scope, stream):
        self.report, self.scope, self.stream = report, scope, stream
        self.numbers, self.barred, self.openings, self.opened, self.times = {}, {}, {}, set(), {}
        self.earliest, self.latest, self.at, self.count = "", ("", 0), "", 0

    def signed(self, head):
        """All events told so far are under this head, and none of those to come."""
        if self.latest[0] > moment(head.signed_at + LATER):
            text = f"says {self.latest[0]}, later than {head} was signed, {moment(head.signed_at)}"
            self.report.add(TAMPERED, f"event {self.latest[1]}: {text}")
        self.earliest, self.latest = max(self.earliest, moment(head.signed_at - EARLIER)), ("", 0)

    def tell(self, index, data, tree=None):
        """`tree` is that of all events before, if it is known."""
        self.count += 1
        try:
            fields = {"format": str, "kind": str, "subject": str, "subject_number": int, "stream": str, "actor": str}
            told = parsed(data, **fields, at=str, facts=dict, rows=list)
        except ValueError as error:
            return self.report.add(TAMPERED, f"event {index}: cannot be read, {error}")
        written_as, kind, subject, number, stream, actor, at, facts, rows = told
        if written_as != EVENT_FORMAT:
            return self.report.add(INCOMPLETE, f"event {index}: its format is not known here, {written_as}")
        known = self.numbers.get(subject, number - 1 if self.scope == "range" else 0)
        if number != known + 1 and (self.scope != "model" or stream == self.stream):
            text = f"is number {number} about {subject}, where number {known + 1} has to follow"
            self.report.add(TAMPERED, f"event {index}: {text}")
        if not AT.fullmatch(at) or at[:19] < self.earliest:
            text = "is back-dated" if AT.fullmatch(at) else "has no time"
            self.report.add(TAMPERED, f"event {index}: {text}, it says {at}; by its place, {self.earliest} or later")
        self.numbers[subject], self.latest = number, max(self.latest, (at[:19], index))
        self.at = at[:19]
        if kind in FOR_GOOD or kind in PARTS or kind == "approvals.review.approved":
            self._judge_duties(index, kind, subject, actor, rows)
        if kind == "audit.epoch.opened":
            self.open(index, facts, tree)
        return None

    def _judge_duties(self, index, kind, version, actor, rows):
        done = self.barred.setdefault(version, {})
        if kind in FOR_GOOD:
            done.setdefault(actor, kind)
        elif kind in PARTS and any(type(row) is dict and row.get("table") == "registry_evidencepart" for row in rows):
            done[PARTS[kind]] = actor
        elif kind == "approvals.review.approved":
            work = [done[actor]] if actor in done else [part for part in done if done[part] == actor]
            if work:
                self.report.add(TAMPERED, f"event {index}: {actor} approves {version}, their own work ({work[0]})")

    def open(self, index, facts, tree):
        try:
            epoch, *rest = picked(facts, epoch=int, lost_size=int, lost_root=str, size=int, root=str)
        except ValueError as error:
            return self.report.add(TAMPERED, f"event {index}: opens an epoch, but {error}")
        opening = Opening(index, *rest)
        if opening in self.opened:
            return None  # a range may hold the event that its bundle also tells of epochs
        latest, is_other = (
            len(self.openings) + 1,
            tree and tree.size == opening.size and tree.root().hex() != opening.root,
        )
        if epoch < 2 or epoch not in (latest, latest + 1) or opening.size > index or is_other:
            return self.report.add(TAMPERED, f"event {index}: opens epoch {epoch}, which cannot begin there")
        self.opened.add(opening)
        self.openings[epoch] = opening
        return None


def aligned(events, hashes):
    """Each event with its leaf hash in the log and, where they differ, how. Looks ahead for what comes later."""
    coming, leaves, gone, index, differ = deque(), deque(), {}, 0, 0
    while True:
        event = coming.popleft() if coming else next(events, None)
        leaf, how = leaves.popleft() if leaves else next(hashes, None), ""
        if event is None and leaf is None:
            return
        if event and leaf and event[2] != leaf:
            how, differ = "is not what was signed", differ + 1
            if differ <= MOST_TOLD:
                leaves.extend(islice(hashes, max(0, WINDOW - len(leaves))))
                more = islice(events, max(0, WINDOW - len(coming)))
                coming.extend((number, b"", later) for number, _, later in more)
                if event[2] in leaves:
                    coming.appendleft(event)
                    gone[leaf], event, how = index, None, "is missing"
                elif any(leaf == later[2] for later in coming):
                    leaves.appendleft(leaf)
                    moved = f"event {gone.get(event[2])} was moved before it"
                    leaf, how = None, moved if event[2] in gone else "before it, one is inserted"
        yield event, leaf, how and f"event {index}: {how}"
        index += leaf is not None


def follow_log(bundle, about, newest, heads, story, report):
    """The roots of the log at the sizes of the heads.

    The hashes make one tree, the events as they are make another, and both are one up to the first difference. What the
    newest checkpoint signs is the true one.
    """
    told, found, differences, stops = Tree(), None, [], {}
    for head in heads:
        stops.setdefault(head.size, []).append(head)
    roots, others, cut, short = {0: told.root()}, {}, 0, 0
    for event, leaf, difference in aligned(bundle.events(newest.size), bundle.hashes(newest.size)):
        index = told.size
        if index == newest.size:
            if event:
                report.add(TAMPERED, f"event {index}: is beyond what was signed")
            break
        if difference and len(differences) <= MOST_TOLD:
            found = found or Tree(told.size, told.peaks)
            differences.append(difference)
        if event and found:
            found.add(event[2])
            if found.size in stops:
                others[found.size] = found.root()
        elif event:
            story.tell(index, event[1], told)
            if event[0] != index:
                report.add(TAMPERED, f"event {index}: has another number in the bundle")
        if leaf is None and difference:
            continue
        cut, short = cut + (event is None and not difference), short + (leaf is None)
        told.add(leaf or event[2])
        if told.size in stops:
            roots[told.size], story.times[told.size] = told.root(), story.at
            for head in stops[told.size]:
                if head.root == roots[told.size]:
                    story.signed(head)
    if others.get(newest.size) == newest.root != roots.get(newest.size):
        report.add(TAMPERED, f"hashes.bin: was altered, at {differences[0].partition(':')[0]}")
        differences, roots = [], {**roots, **others}
    for difference in differences:
        report.add(TAMPERED, difference)
    cut += newest.size - told.size
    if cut:
        report.add(INCOMPLETE, f"events: {cut} of {newest.size} are missing at the end")
    if short:
        report.add(INCOMPLETE, f"hashes.bin: {short} of {newest.size} hashes are missing at the end")
    return roots


def linked(bundle, newest, heads, report):
    """The roots at the sizes of those checkpoints from which the log is proved to have grown to the newest one."""
    fields = {"old": int, "new": int, "proof": list}
    proofs = {}
    for old, new, proof in bundle.records("consistency.jsonl", **fields):
        proofs[old, new] = proof_of(proof)
    roots, later = {newest.size: newest.root, 0: Tree().root()}, newest
    for head in sorted(heads, reverse=True):
        proof = proofs.get((head.size, later.size))
        if proof is None or head.where or head.size >= later.size:
            continue
        try:
            was, now = roots_by_consistency(head.size, later.size, proof, head.root)
            if (was, now) != (head.root, later.root):
                raise ValueError("it is false")
            roots[head.size], later = head.root, head
        except ValueError as error:
            report.add(TAMPERED, f"{head}: the proof that the log grew from it to {later.size} does not hold, {error}")
    return roots


def follow_part(bundle, about, newest, heads, story, report):
    """The roots of the log at the sizes of the checkpoints, once each event is proved to be under the newest one."""

    def is_proved(leaf, index, proof):
        try:
            return root_by_inclusion(leaf, index, newest.size, proof_of(proof)) == newest.root
        except ValueError:
            return False

    scope, expected, epochs = about["scope"], about["first"], about["epochs"]
    roots = linked(bundle, newest, heads, report)
    signed = deque(head for head in sorted(heads, key=lambda head: head.size) if roots.get(head.size) == head.root)
    for entry in epochs:
        index, event, proof = picked(entry, index=int, event=str, proof=list)
        kind, facts = parsed(event.encode(), kind=str, facts=dict)
        if kind == "audit.epoch.opened" and is_proved(leaf_hash(event.encode()), index, proof):
            story.open(index, facts, None)
    proofs = bundle.records("proofs.jsonl", newest.size, index=int, proof=list)
    number, proof = next(proofs, (None, None))
    for index, data, leaf in bundle.events(newest.size):
        while signed and signed[0].size <= index:
            story.signed(signed.popleft())
        while number is not None and number < index:
            report.add(TAMPERED, f"event {number}: is missing")
            expected, (number, proof) = number + 1, next(proofs, (None, None))
        if scope == "range" and index > expected:
            report.add(TAMPERED, f"event {expected}: is missing")
            expected = index
        if number == index >= expected and is_proved(leaf, index, proof):
            story.tell(index, data)
        else:
            report.add(TAMPERED, f"event {index}: is not what was signed there, or its proof is not")
        expected = index + 1
        if number == index:
            number, proof = next(proofs, (None, None))
    for head in signed:
        story.signed(head)
    return roots


def judge(heads, newest, roots, about, story, report):
    """Holds every head against the log and the others. Gives those that agree.

    What an ended epoch had signed for may be lost. If the log has other events in its place, they were written after
    all that the epoch signed: whoever rewrites the past under a new epoch would have to date it so.
    """
    agreeing, lost, ends, before = [], Counter(), Counter(), None
    for head in heads:
        ends[head.epoch] = max(ends[head.epoch], head.signed_at)
    for head in sorted(heads):
        end, here = story.openings.get(head.epoch + 1), roots.get(head.size)
        if before and before[:2] == head[:2] and before.root != head.root:
            report.add(TAMPERED, f"{head}: the log is forked, another root was signed for the same size")
        elif before and before[:2] != head[:2] and before.signed_at > head.signed_at:
            times = f"{moment(head.signed_at)}, before {before} was, {moment(before.signed_at)}"
            report.add(TAMPERED, f"{head}: was signed at {times}")
        before, is_late = head, story.times.get(head.size, "~") >= moment(ends[head.epoch] - EARLIER)
        if head.epoch > newest.epoch:
            report.add(INCOMPLETE, f"{head}: its epoch began after this bundle was made; ask for a newer bundle")
        elif end and head.size == end.lost_size and head.root.hex() != end.lost_root:
            report.add(TAMPERED, f"{head}: its epoch is said to have ended otherwise, at the same size")
        elif here == head.root:
            agreeing.append(head)
        elif end and head.size > end.lost_size > 0:
            report.add(TAMPERED, f"{head}: its epoch is said to have ended otherwise, with {end.lost_size} events")
        elif end and is_late and (here is not None or not head.where or head.size > end.size):
            lost[head.epoch] += 1
        elif here is not None:
            report.add(TAMPERED, f"{head}: the log in this bundle has another root there")
        elif head.size > newest.size:
            text = f"speaks of {head.size - newest.size} events more than this bundle, {moment(head.signed_at)}"
            report.add(INCOMPLETE, f"{head}: {text}")
        elif head.where:
            report.notes.append(f"{head}: not comparable, no checkpoint of this bundle has its size")
        elif about["scope"] != "log":
            report.add(INCOMPLETE, f"{head}: nothing proves that the log grew from it")
    for epoch in lost:
        report.notes.append(
            f"epoch {epoch}: {lost[epoch]} checkpoints and anchors of it speak of events that were lost"
        )
    return agreeing


def judge_epochs(heads, agreeing, newest, about, openings, accepted, report):
    """A restored database may have been written to before anybody noticed, so that what was lost has two bounds."""
    for epoch in range(2, max([newest.epoch, *openings]) + 1):
        opening = openings.get(epoch)
        if opening is None:
            code = TAMPERED if about["scope"] == "log" else INCOMPLETE
            report.add(code, f"epoch {epoch}: checkpoints are of it, but no event of this bundle opens it")
            continue
        signed = max([opening.lost_size, *(head.size for head in heads if head.epoch == epoch - 1)])
        left = max((head.size for head in agreeing if head.epoch < epoch), default=0)
        least, most = max(signed - opening.size, 0), signed - min(left, signed)
        lost = f"{least} to {most}" if least < most else f"{most}"
        text = f"epoch {epoch}: opened by event {opening.index} after a restore of the database, in which {lost} events"
        text += f" were lost: {signed} had been signed, {opening.size} were there, {left} of them as they were signed"
        if epoch > accepted:
            report.add(INCOMPLETE, f"{text}. If you know of this, say --accept-epoch {epoch}")
        else:
            report.notes.append(text)


def heads_of(bundle, key, paths, report):
    """The checkpoints and anchors that the key has signed."""

    def notes():
        for number, (note,) in enumerate(bundle.records("checkpoints.jsonl", note=str), start=1):
            yield "", f"checkpoints.jsonl, line {number}", note
        for path in map(Path, paths):
            found = [path] if path.is_file() else sorted(each for each in path.rglob("*.checkpoint") if each.is_file())
            if not found:
                raise Stop(UNUSABLE, f"{path}: there is no anchor")
            for each in found:
                with each.open("rb") as file:
                    yield str(each), f"anchor {each}", file.read(LONGEST_LINE).decode("utf-8", "replace")

    for where, name, note in notes():
        if where and not key.epoch_of(note.partition("\n")[0]):
            report.notes.append(f"{name}: left out, it is of another log")
            continue
        try:
            yield key.head(note, where)
        except ValueError as error:
            report.add(TAMPERED, f"{name}: {error}")


def check(options, key, report):
    """Gives the sentence for a bundle in which nothing is found."""
    bundle = Bundle(options.bundle)
    fields = {**dict.fromkeys(("format", "origin", "scope", "stream"), str), "epochs": list}
    fields |= dict.fromkeys(("size", "first", "count"), int)
    about = dict(zip(fields, next(bundle.records("bundle.json", **fields), [""])))
    if about["format"] != FORMAT or about["scope"] not in ("log", "range", "model"):
        raise Stop(UNUSABLE, f"the format of this bundle is not known here, {about['format']}")
    heads = set(heads_of(bundle, key, options.anchors, report))
    newest = max((head for head in heads if not head.where), default=None)
    if newest is None:
        raise Stop(INCOMPLETE, "the bundle has no checkpoint that is signed by this key")
    if about["origin"] != key.name:
        report.add(TAMPERED, f"bundle.json: names another log, {about['origin']}")
    if about["size"] != newest.size:
        text = f"says that {about['size']} events were signed, the newest checkpoint says {newest.size}"
        report.add(INCOMPLETE, f"bundle.json: {text}")
    story = Story(report, about["scope"], about["stream"])
    follow = follow_log if about["scope"] == "log" else follow_part
    roots = follow(bundle, about, newest, heads, story, report)
    if story.count != about["count"] and not report.count:
        report.add(INCOMPLETE, f"bundle.json: speaks of {about['count']} events, {story.count} are there")
    agreeing = judge(heads, newest, roots, about, story, report)
    judge_epochs(heads, agreeing, newest, about, story.openings, options.accept_epoch, report)
    kept = sum(bool(head.where) for head in agreeing)
    which = f"{story.count} events" + (f" about {about['stream']}" if about["stream"] else "")
    which += f" of the {newest.size}" if about["scope"] != "log" else ""
    return (
        f"WHOLE: {which} of {key.name}, root {newest.root.hex()}, signed {moment(newest.signed_at)} UTC by key {key.id}"
        f"; {len(agreeing) - kept} checkpoints and {kept} anchors agree."
    )


def main(argv=None):
    class Parser(argparse.ArgumentParser):
        def error(self, message):
            raise Stop(UNUSABLE, message)

    parser = Parser(description="Ends with 0 for whole, 1 for tampered, 2 for incomplete, 3 for not checked.")
    parser.add_argument("bundle", metavar="BUNDLE.zip")
    parser.add_argument("--key", required=True, help="origin+id+key, as you pinned it; never take it from the bundle")
    parser.add_argument("--anchors", nargs="+", default=[], metavar="PATH", help="checkpoints you kept, or folders")
    parser.add_argument("--accept-epoch", type=int, default=1, metavar="N", help="the newest restore that you know of")
    report, success = Report(), ""
    try:
        options = parser.parse_args(argv)
        try:
            key = LogKey(options.key)
        except ValueError as error:
            raise Stop(UNUSABLE, f"--key: it is no key of a log, origin+id+key: {error}") from None
        success = check(options, key, report)
    except Stop as stop:
        report.add(stop.code, str(stop))
    except (OSError, zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError) as error:
        report.add(UNUSABLE, f"it cannot be read: {error}")
    return report.told(success)


if __name__ == "__main__":
    sys.exit(main())
