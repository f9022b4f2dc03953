#!/usr/bin/env python3
"""Checks evidence of a Gatehouse ledger, with Python 3.9 or newer and nothing else; --help says how it is asked. It
trusts the key and your own anchors, which come from elsewhere, and of the rest believes only what they have signed."""

import argparse
import io
import json
import re
import sqlite3
import sys
import time
import zipfile
from base64 import b64decode, b64encode
from collections import Counter, deque, namedtuple
from functools import partial, reduce
from hashlib import sha256, sha512
from itertools import accumulate, chain, islice
from pathlib import Path

(NOTE, TAMPERED, INCOMPLETE, UNUSABLE), WORDS = range(4), ["note", "tampered", "incomplete", "not checked"]
MOST_TOLD, MOST_HELD, LONGEST_EVENT, LONGEST_LINE, MOST_LINES = 20, 20_000, 1 << 24, 1 << 13, 10_000
EARLIER, LATER, PACKED = 600, 60, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
AT, INDEX = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII), re.compile(rb"0|[1-9][0-9]{0,18}")
SIGNATURE = "([A-Za-z0-9+/=]+)\n"
BODY = r"(((\S+?)(?:/epoch-([2-9]|[1-9][0-9]{1,3}))?)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n)"
CHECKPOINT = re.compile(rf"{BODY}\n\u2014 \2 {SIGNATURE}\u2014 \2 {SIGNATURE}(?:\u2014 \S+ {SIGNATURE}){{0,14}}")
PROOF = re.compile(r"c2sp\.org/tlog-proof@v1\nindex (0|[1-9][0-9]{0,18})\n((?:.{44}\n)*)\n([\s\S]*)")
SAID = dict(format=str, kind=str, subject=str, stream=str, actor=str, at=str, subject_number=int, rows=list, facts=dict)
DECODER = json.JSONDecoder(parse_int=lambda digits: int(digits[:20]))  # a longer number fits nothing anyway
Opening = namedtuple("Opening", "index lost_size lost_root size root")
Head = namedtuple("Head", "epoch size signed_at root is_anchor where")
Problem = type("Problem", (Exception,), {})  # after which nothing more can be looked at: a code, where, and the cause
#: Whoever did one of these never approves the version; of a part of the evidence it is whoever changed it last.
FOR_GOOD = re.compile(r"registry\.version\.(registered|imported)|approvals\.review\.(opened|submitted)")
PARTS = {"registry.evaluation.attached": "evaluations", "registry.code_check.reported": "evaluations"}
PARTS |= {"registry.card.revised": "card", "registry.release_plan.revised": "release plan"}
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519 (RFC 8032); points are X, Y, Z, T
D, ROOT_OF_MINUS_ONE, NEUTRAL = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P), (0, 1, 1, 0)


def added(one, other):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = one, other
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_of(encoded):
    sign, y = divmod(int.from_bytes(encoded, "little"), 1 << 255)
    u, v = y * y - 1, D * y * y + 1
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    x = x * ROOT_OF_MINUS_ONE % P if (v * x * x - u) % P else x
    if len(encoded) != 32 or y >= P or (v * x * x - u) % P or (sign and not x):
        raise ValueError("it is no point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def multiples(point):
    """For each of the 64 hexadecimal digits of a scalar, what the digit adds to its product with the point."""
    for _ in range(64):
        yield (row := [*accumulate([NEUTRAL] + [point] * 15, added)])
        point = added(row[-1], point)


def unbase64(text):
    if b64encode(found := b64decode(text, validate=True)).decode() != text:
        raise ValueError("it is not base64 in its one form")
    return found


class Key:
    """The pinned key, origin+id+key. Each epoch has a name of its own, and with it another id of the same key."""

    def __init__(self, text):
        self.name, self.id, encoded = text.strip().split("+", 2)
        algorithm, self.public = unbase64(encoded)[:1], unbase64(encoded)[1:]
        base, (x, y, z, t) = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little")), point_of(self.public)
        self.rows = [*multiples(base), *multiples((-x % P, y, z, -t % P))]
        if algorithm != b"\x01" or self.id != self.id_of(self.name, algorithm).hex() or self.rows[64][8][0] == 0:
            raise ValueError("its parts do not fit each other, or it is of small order, so that anybody can sign")

    def id_of(self, name, algorithm):
        return sha256(name.encode() + b"\n" + algorithm + self.public).digest()[:4]

    def verifies(self, signature, message):
        commitment, scalar = signature[:32], int.from_bytes(signature[32:], "little")
        challenge = int.from_bytes(sha512(commitment + self.public + message).digest(), "little") % L
        digits = f"{scalar:064x}"[::-1] + f"{challenge:064x}"[::-1]
        found = reduce(added, (row[int(digit, 16)] for row, digit in zip(self.rows, digits) if digit != "0"))
        x, y = (coordinate * pow(found[2], -1, P) % P for coordinate in found[:2])
        return len(signature) == 64 and scalar < L and (y | (x & 1) << 255).to_bytes(32, "little") == commitment

    def head(self, note, where, is_anchor):
        """Raises ValueError, with what is wrong, unless both signatures are this key's."""
        form = CHECKPOINT.fullmatch(note)
        if not form:
            raise ValueError("it is no signed checkpoint")
        body, name, origin, epoch, size, root, plain, timed = form.groups()[:8]
        plain, timed, ids = unbase64(plain), unbase64(timed), (self.id_of(name, b"\x01"), self.id_of(name, b"\x04"))
        at, named = int.from_bytes(timed[4:12], "big"), (origin, plain[:4], timed[:4]) == (self.name, *ids)
        cosigned = f"cosignature/v1\ntime {at}\n{body}".encode()
        if not (named and self.verifies(plain[4:], body.encode()) and self.verifies(timed[12:], cosigned)):
            raise ValueError(f"it is not signed by {self.name}+{self.id}")
        return Head(int(epoch or 1), int(size), at, unbase64(root), is_anchor, f"{where} of {size} events")


def above(right, left):
    """A node of the tree of RFC 6962 and RFC 9162."""
    return sha256(b"\x01" + left + right).digest()


def roots(old, new, proof, old_root=None, leaf=None):
    """The roots that a proof gives `old` leaves and all `new`: of consistency, or of inclusion of the last old leaf."""
    if old == new and (leaf is None or new == 1):
        if len(proof) != (old_root is leaf is None):
            raise ValueError("the proof has another length")
        return (leaf or old_root or proof[0],) * 2
    half, rest, beside = 1 << (new - 1).bit_length() - 1, proof[:-1], proof[-1]
    if old <= half:
        was, now = roots(old, half, rest, old_root, leaf)
        return was, above(beside, now)
    was, now = roots(old - half, new - half, rest, None, leaf)
    return above(was, beside), above(now, beside)


def proves(text, old, head, old_root=None, leaf=None):
    """Whether a proof, which is written as one text, leads from the old root or the last old leaf to the head."""
    try:
        found = unbase64(text)
        was, now = roots(old, head.size, [found[at : at + 32] for at in range(0, len(found), 32)], old_root, leaf)
    except (ValueError, IndexError):
        return False
    return now == head.root and (leaf is not None or was == old_root)


def shaped(value, **fields):
    """The values of these fields of a JSON object, or of the bytes of one, each of exactly this type."""
    value = DECODER.decode(value.decode()) if type(value) is bytes else value
    found = [value.get(name) for name in fields] if type(value) is dict else []
    if [*map(type, found)] != [*fields.values()]:
        raise ValueError(f"it has not the fields {', '.join(fields)}")
    return found


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(max(seconds, 0)))


def bundled(path):
    """A bundle that says what the proof of one event says, with the bytes of the event that lie beside it."""
    text, data = path.read_bytes().decode("utf-8", "replace"), path.with_suffix(".json").read_bytes()
    form = PROOF.fullmatch(text)
    if not form:
        raise Problem(TAMPERED if "c2sp.org/tlog-proof" in text else UNUSABLE, path, "it is no proof as it was made")
    about = dict(format="gatehouse-evidence/1", scope="range", stream="", first=int(form[1]), count=1)
    event = b"%d %b %b\n" % (about["first"], b64encode(b"".join(map(unbase64, form[2].split()))), data)
    held = {"bundle.json": json.dumps(about), "checkpoints.jsonl": json.dumps({"note": form[3]}), "events.jsonl": event}
    with zipfile.ZipFile(file := io.BytesIO(), "w") as bundle:
        for name in ("consistency.jsonl", "epochs.jsonl", *held):
            bundle.writestr(name, held.get(name, ""))
    return file


class Check:
    """Holds a bundle against the key and the anchors, and its events against each other and the time of signing."""

    def __init__(self):
        self.found, self.heads, self.peaks, self.times, self.openings, self.subjects = Counter(), [], [], {}, {}, {}
        self.roots, self.earliest, self.latest, self.at = {0: sha256().digest()}, "", ("", 0), ""
        self.file = sqlite3.connect("").execute("CREATE TABLE kept (subject PRIMARY KEY, story) WITHOUT ROWID")

    def add(self, code, where, cause):
        self.found[code] += 1
        if self.found[code] <= MOST_TOLD:
            print(ascii(f"{WORDS[code]}: {where}: {cause}")[1:-1])  # nothing that drives a terminal

    def member(self, name):
        """A stream: of what a bundle claims to hold, no more is held than one line."""
        if name not in self.members or self.members[name].compress_type not in PACKED:
            raise Problem(INCOMPLETE, name, "the bundle has it not, or packed in an unknown way")
        return io.BufferedReader(self.zip.open(name), 1 << 18)

    def lines(self, name, longest=LONGEST_LINE, most=MOST_LINES):
        for number, line in enumerate(iter(partial(self.member(name).readline, longest + 1), b"")):
            if len(line) > longest or number == most:
                raise Problem(UNUSABLE, name, "a line is too long, or there are too many")
            yield line[:-1] if line[-1:] == b"\n" else line

    def events(self, name, size):
        """The index of each, its proof, and its bytes. The index is -1 where none is written, and the rest is empty."""
        for line in self.lines(name, LONGEST_EVENT, size + MOST_LINES):
            index, proof, data = (line.split(b" ", 2) + [b"", b""])[:3]
            yield (int(index), proof.decode("latin-1"), data) if INDEX.fullmatch(index) else (-1, "", b"")

    def read_heads(self, anchors):
        """The checkpoints, and the anchors that are of this log."""
        folders = [sorted(path.rglob("*.checkpoint")) or [path] for path in map(Path, anchors)]
        lines = enumerate(self.lines("checkpoints.jsonl"), 1)
        notes = ((False, f"checkpoint {number}", *shaped(line, note=str)) for number, line in lines)
        kept = ((True, f"anchor {path}", path.read_text("utf-8", "replace")) for path in chain(*folders))
        for is_anchor, where, note in chain(notes, kept):
            try:
                if not is_anchor or re.split("/epoch-|\n", note)[0] == self.key.name:
                    self.heads.append(self.key.head(note, where, is_anchor))
            except ValueError as error:
                self.add(TAMPERED, where, error)
        self.heads.sort()

    def run(self, options):
        """Gives the sentence for a bundle in which nothing is found."""
        self.key, self.is_alone = options.key, options.proof
        if options.origin not in (None, self.key.name):
            raise Problem(UNUSABLE, "--origin", f"the key is of {self.key.name}")
        self.zip = zipfile.ZipFile(bundled(options.evidence) if self.is_alone else options.evidence)
        self.members = {member.filename: member for member in self.zip.infolist()}
        if len(self.members) < len(self.zip.infolist()):
            raise Problem(TAMPERED, options.evidence, "two files have one name")
        about = shaped(next(self.lines("bundle.json"), b""), format=str, scope=str, stream=str, first=int, count=int)
        written_as, self.scope, self.stream, self.first, self.count = about
        if written_as != "gatehouse-evidence/1" or self.scope not in ("log", "range", "model"):
            raise Problem(UNUSABLE, "bundle.json", f"its format is not known here, {written_as}")
        self.is_log, self.breaks = self.scope == "log", int(self.scope == "range")
        self.read_heads(options.anchors)
        self.newest = newest = max((head for head in self.heads if not head.is_anchor), default=None)
        if newest is None:
            raise Problem(INCOMPLETE, "checkpoints.jsonl", "none is signed by this key")
        self.count = max(newest.size, self.count) if self.is_log else self.count
        if not self.is_log:
            self.link()
        self.follow()
        self.judge(options.accept_epoch)
        agreeing = Counter(head.is_anchor for head in self.heads if self.roots.get(head.size) == head.root)
        if options.anchors and not agreeing[True]:
            self.add(INCOMPLETE, "--anchors", "none agrees: of another log, of other sizes, or of what was lost")
        signed = f"root {newest.root.hex()}, signed {moment(newest.signed_at)} UTC by {self.key.name}+{self.key.id}"
        told = f"{self.count} of {newest.size} events" + f" about {self.stream}" * (self.scope == "model")
        return f"WHOLE: {told}, {signed}; {agreeing[False]} checkpoints and {agreeing[True]} anchors agree."

    def link(self):
        """Finds from which checkpoints the log is proved to have grown to the newest one, and which epochs it had."""
        links = (shaped(line, old=int, new=int, proof=str) for line in self.lines("consistency.jsonl"))
        proofs, newest, later = {(old, new): proof for old, new, proof in links}, self.newest, self.newest
        self.roots[later.size] = later.root
        for head in reversed([head for head in self.heads if not head.is_anchor]):
            proof = proofs.get((head.size, later.size))
            if proof and proves(proof, head.size, later, head.root):
                self.roots[head.size], later = head.root, head
            elif proof:
                self.add(TAMPERED, head.where, f"the proof that the log grew from it to {later.size} does not hold")
        for index, proof, data in self.events("epochs.jsonl", 0):
            kind, facts = shaped(data, kind=str, facts=dict)
            if kind == "audit.epoch.opened" and proves(proof, index + 1, newest, leaf=sha256(b"\x00" + data).digest()):
                self.open(index, facts)

    def leaves(self):
        """The hash of each event of the whole log. The tree is of those before the one that was given last."""
        member, sizes = self.member("hashes.bin"), {head.size for head in self.heads}
        for size in range(1, self.newest.size + 1):
            leaf, rest = member.read(32), size
            if len(leaf) < 32:
                raise Problem(INCOMPLETE, "hashes.bin", f"hash {size} of {self.newest.size} is missing")
            yield leaf
            while not rest & 1:
                leaf, rest = above(leaf, self.peaks.pop()), rest >> 1
            self.peaks.append(leaf)
            if size in sizes:
                self.roots[size] = reduce(above, reversed(self.peaks))

    def follow(self):
        """Tells the story of the events that are what was signed, and which of them are not."""
        leaves, expected = self.leaves() if self.is_log else iter(()), self.first
        size, seen, waiting = self.newest.size, 0, deque(sorted(self.heads, key=lambda head: head[1:3]))
        for index, proof, data in self.events("events.jsonl", size):
            index, seen = expected if index < 0 else index, seen + 1
            skipped = index - expected
            try:
                if skipped < 0 or index >= size:
                    raise ValueError("it is out of order" if skipped < 0 else "it is beyond what was signed")
                if skipped and self.scope != "model":
                    self.add(TAMPERED, f"place {expected}", f"it is missing, up to place {index - 1}")
                expected = index + 1
                leaf, given = sha256(b"\x00" + data).digest(), next(islice(leaves, skipped, None), None)
                is_signed = leaf == given if self.is_log else proves(proof, index + 1, self.newest, leaf=leaf)
                while waiting and waiting[0].size <= index:
                    self.sign(waiting.popleft())
                if not is_signed:
                    raise ValueError(f"it, or its {'hash' if self.is_log else 'proof'}, is not what was signed there")
                self.tell(index, data)
            except (ValueError, RecursionError) as error:
                self.add(TAMPERED, f"place {index}", error)
                self.breaks += 1  # whatever comes, it may go on with any number
        for head in [*deque(leaves, 0), *waiting]:
            self.sign(head)
        if seen != self.count:
            self.add(INCOMPLETE, "events.jsonl", f"{seen} of {self.count} events are there")

    def sign(self, head):
        """All events told so far are under this head, and none of those to come."""
        self.times[head.size] = self.at if self.is_log and head.size <= self.newest.size else "~"
        if self.roots.get(head.size) == head.root:
            if self.latest[0] > moment(head.signed_at + LATER):
                self.add(TAMPERED, f"place {self.latest[1]}", f"it says {self.latest[0]}, {head.where} is older")
            self.earliest, self.latest = max(self.earliest, moment(head.signed_at - EARLIER)), ("", 0)

    def tell(self, index, data):
        """Holds an event against those before it, and against the times at which the log was signed."""
        written_as, kind, subject, stream, actor, at, number, rows, facts = shaped(data, **SAID)
        where, (last, breaks, barred) = f"place {index}", self.subjects.get(subject) or self.story_of(subject)
        if written_as != "gatehouse-event/1":
            self.add(INCOMPLETE, where, f"its format is not known here, {written_as}")
        if number != last + 1 and breaks == self.breaks and (self.scope != "model" or stream == self.stream):
            self.add(TAMPERED, where, f"it is number {number} about {subject}, where number {last + 1} has to follow")
        if not AT.fullmatch(at) or at[:19] < self.earliest:
            self.add(TAMPERED, where, f"it is back-dated: it says {at}, by its place it is of {self.earliest} or later")
        self.subjects[subject] = number, self.breaks, barred
        self.at, self.latest = at[:19], max(self.latest, (at[:19], index))
        is_part = kind in PARTS and "registry_evidencepart" in [row.get("table") for row in rows if type(row) is dict]
        if FOR_GOOD.fullmatch(kind) or is_part:
            barred[PARTS.get(kind, actor)] = actor
        elif kind == "approvals.review.approved" and actor in barred.values():
            self.add(TAMPERED, where, f"{actor} approves {subject}, their own work")
        elif kind == "audit.epoch.opened" and self.is_log:
            self.open(index, facts)

    def story_of(self, subject):
        """The last number about it, after how many breaks, and whom it bars. The file holds what memory does not."""
        if len(self.subjects) == MOST_HELD:
            stories = ((held, json.dumps(self.subjects.pop(held))) for held in sorted(self.subjects))
            self.file.executemany("REPLACE INTO kept VALUES (?, ?)", stories)
        found = self.file.execute("SELECT story FROM kept WHERE subject = ?", (subject,)).fetchone()
        return json.loads(found[0]) if found else (0, 0, {})

    def open(self, index, facts):
        """The log went on from a restored database, in a new epoch."""
        epoch, *rest = shaped(facts, epoch=int, lost_size=int, lost_root=str, size=int, root=str)
        opening, following = Opening(index, *rest), len(self.openings) + 2
        is_other = opening.size == index and self.peaks and opening.root != reduce(above, reversed(self.peaks)).hex()
        if epoch < 2 or epoch not in (following - 1, following) or opening.size > index or is_other:
            raise ValueError(f"it opens epoch {epoch}, which cannot begin there")
        self.openings[epoch] = opening

    def judge(self, accepted):
        """Holds heads against the log and each other. What is in the place of lost events is dated after them."""
        ends = {head.epoch: head.signed_at for head in sorted(self.heads, key=lambda head: head.signed_at)}
        for before, head in zip([self.heads[0], *self.heads], self.heads):
            here, end, is_same = self.roots.get(head.size), self.openings.get(head.epoch + 1), before[:2] == head[:2]
            is_late = self.times[head.size] >= moment(ends[head.epoch] - EARLIER)
            may_be_lost = end and is_late and (here is not None or not head.is_anchor or head.size > end.size)
            is_end, more = end and head.size == end.lost_size, head.size - self.newest.size
            verdicts = (
                (is_same and before.root != head.root, TAMPERED, "the log is forked, it has two roots of this size"),
                (not is_same and before.signed_at > head.signed_at, TAMPERED, f"it was signed before {before.where}"),
                (head.epoch > self.newest.epoch, INCOMPLETE, "its epoch began later; ask for a newer bundle"),
                (is_end and head.root.hex() != end.lost_root, TAMPERED, "its epoch is said to have ended otherwise"),
                (here == head.root, NOTE, ""),
                (end and head.size > end.lost_size > 0, TAMPERED, "its epoch is said to have ended before"),
                (may_be_lost, NOTE, "it speaks of events that were lost"),
                (here is not None, TAMPERED, "the log in this bundle has another root there"),
                (more > 0 and not self.is_alone, INCOMPLETE, f"the last {more} of its events are not in this bundle"),
                (head.is_anchor, NOTE, "not comparable, no checkpoint here has its size"),
                (True, INCOMPLETE, "nothing proves that the log grew from it"),
            )
            code, cause = next(verdict[1:] for verdict in verdicts if verdict[0])
            if cause:
                self.add(code, head.where, cause)
        for epoch in range(2, max([self.newest.epoch, *self.openings]) + 1):
            end, cause = self.openings.get(epoch), "no event here opens it"
            if end:
                cause = "place {0} opens it after a restore: {1} events had been signed, {3} were there".format(*end)
            code = NOTE if (end or self.is_alone) and epoch <= accepted else INCOMPLETE
            code = TAMPERED if self.is_log and not end else code
            self.add(code, f"epoch {epoch}", f"{cause} (--accept-epoch {epoch})")


def main(argv=None):
    parser = argparse.ArgumentParser(description="Ends with 0 whole, 1 tampered, 2 incomplete, 3 not checked.")
    parser.add_argument("evidence", type=Path, metavar="FILE", help="a bundle, or with --proof the proof of one event")
    parser.add_argument("--proof", action="store_true", help="FILE is EVENT.tlog-proof, and beside it lies EVENT.json")
    parser.add_argument("--key", type=Key, required=True, help="origin+id+key as you pinned it, never from the bundle")
    parser.add_argument("--origin", help="the name of the log that you mean, which the key has to bear")
    parser.add_argument("--anchors", nargs="+", default=[], metavar="PATH", help="checkpoints you kept, or folders")
    parser.add_argument("--accept-epoch", type=int, default=1, metavar="N", help="the newest restore that you know of")
    check = Check()
    try:
        success = check.run(parser.parse_args(argv))
    except SystemExit as stop:
        return UNUSABLE if stop.code else 0
    except Exception as error:  # whatever a hostile file may bring about
        code = TAMPERED if isinstance(error, (ValueError, RecursionError)) else UNUSABLE
        check.add(*(error.args if type(error) is Problem else (code, "the evidence", f"it cannot be read, {error}")))
    code = min(filter(None, check.found), default=0)
    findings = f"{WORDS[code].upper()}, findings: {sum(check.found.values()) - check.found[NOTE]}."
    print(ascii(findings if code else success)[1:-1])
    return code


if __name__ == "__main__":
    sys.exit(main())
