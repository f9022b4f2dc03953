"""Evidence bundles of what the database holds: the whole log, a range of it, or everything about one subject.

What is in a bundle is shown by `audit.evidence`, which writes it, and by docs/evidence.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.core.exceptions import ValidationError
from django.db.models import Max, QuerySet
from django.utils import timezone

from audit import checkpoints, evidence, merkle, signing, tree
from audit.evidence import Proved
from audit.models import Checkpoint, Event, Leaf, TreeNode
from audit.notes import Head
from audit.record import BEGUN

CHUNK = 2000
#: A signature takes the verifier's plain Python a while; of more checkpoints, some are left out, evenly.
MOST_CHECKPOINTS = 1000


@dataclass(frozen=True)
class Scope:
    """What a bundle is about. Without `stream` all events from `first` to before `end`; `end` None is the last one."""

    about: str = "the whole ledger"
    stream: str = ""
    first: int = 0
    end: int | None = None


def newest_checkpoint() -> Checkpoint:
    """A checkpoint of everything that happened until now, or the newest that there is where nothing is signed.

    Raises ValidationError when nothing was ever signed.
    """
    tree.integrate(wait=True)
    newest = checkpoints.sign_now() or checkpoints.newest_held()
    if newest is None:
        raise ValidationError("Nothing of the ledger is signed yet. Wait a minute, then try again.", code="not-signed")
    return newest


def write(to: IO[bytes], scope: Scope, checkpoint: Checkpoint) -> None:
    """The events of `scope` that `checkpoint` is signed for. `to` need not be seekable; memory stays flat."""
    chosen = _chosen(checkpoint)
    common = {
        "key": signing.verifier(),
        "about": scope.about,
        "made_at": timezone.now(),
        "size": checkpoint.size,
        "checkpoints": chosen.values_list("note", flat=True).iterator(chunk_size=CHUNK),
    }
    leaves = Leaf.objects.filter(index__lt=checkpoint.size).order_by("index")
    if scope.stream:
        _write_part(to, common, leaves.filter(event__stream=scope.stream), chosen, {"stream": scope.stream})
    elif scope.first or scope.end is not None:
        ranged = leaves.filter(index__gte=scope.first, index__lt=min(scope.end or checkpoint.size, checkpoint.size))
        _write_part(to, common, ranged, chosen, {"first": scope.first})
    else:
        evidence.write_log(to, events=_entries(leaves), hashes=_hashes(checkpoint.size), **common)


def _write_part(to: IO[bytes], common: dict, leaves: QuerySet[Leaf], chosen: QuerySet[Checkpoint], part: dict) -> None:
    size = common["size"]
    heads = (
        Head(number, bytes(root)) for number, root in chosen.values_list("size", "root").iterator(chunk_size=CHUNK)
    )
    opened = Leaf.objects.filter(index__lt=size, event__in=Event.objects.by_the_portal(BEGUN)).order_by("index")
    write_part = evidence.write_model if "stream" in part else evidence.write_range
    write_part(
        to,
        events=_proved(leaves, size),
        links=evidence.links(heads, size, tree.read),
        epochs=list(_proved(opened, size)),
        **common,
        **part,
    )


def _proved(leaves: QuerySet[Leaf], size: int) -> Iterator[Proved]:
    return evidence.proved(_entries(leaves), size, tree.read)


def _entries(leaves: QuerySet[Leaf]) -> Iterator[tuple[int, bytes]]:
    for index, canonical in leaves.values_list("index", "event__canonical").iterator(chunk_size=CHUNK):
        yield index, bytes(canonical)


def _hashes(size: int) -> Iterator[bytes]:
    """Of the leaves, as the tree has kept them."""
    nodes = TreeNode.objects.order_by("number").values_list("number", "hash").iterator(chunk_size=CHUNK)
    leaves = (merkle.node_number(0, index) for index in range(size))
    wanted = next(leaves, None)
    for number, node in nodes:
        if number == wanted:
            yield bytes(node)
            wanted = next(leaves, None)


def _chosen(newest: Checkpoint) -> QuerySet[Checkpoint]:
    """Some of the checkpoints up to this one, in the order of their signing, the last of each epoch among them."""
    signed = Checkpoint.objects.filter(pk__lte=newest.pk)
    every = 1 + signed.count() // MOST_CHECKPOINTS
    last = signed.order_by().values("epoch").annotate(last=Max("pk")).values_list("last", flat=True)
    kept = {key for place, key in enumerate(signed.order_by("pk").values_list("pk", flat=True)) if place % every == 0}
    return Checkpoint.objects.filter(pk__in=[*kept, *last]).order_by("pk")
