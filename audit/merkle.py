"""The Merkle tree of RFC 6962 and RFC 9162, section 2.1 of each: pure functions of sizes, places and SHA-256 hashes.

A subtree whose number of leaves is a power of two never changes once it is full. The hash of each is kept for good, as
a node: leaf 0, leaf 1, the node above both, leaf 2, leaf 3, the node above these, the node above four leaves, and so
on. A node is written right after the last leaf under it, so that the tree is one list which only grows, and where a
node stands follows from its place in the tree. (The numbering is from Russ Cox, “Transparent Logs for Skeptical
Clients”.) Every root and every proof is made of a few of these nodes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import TypeVar

Hash = bytes
#: Reads nodes by their numbers.
Read = Callable[[Sequence[int]], Mapping[int, Hash]]
#: The leaves from one index up to another.
Span = tuple[int, int]
T = TypeVar("T")

EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(entry: bytes) -> Hash:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    return hashlib.sha256(b"\x01" + left + right).digest()


def node_count(size: int) -> int:
    """How many nodes a tree of `size` leaves has kept."""
    return 2 * size - size.bit_count()


def node_number(height: int, place: int) -> int:
    """Where the node above the leaves [place·2^height, (place + 1)·2^height) stands; a leaf has height 0."""
    return node_count(((place + 1) << height) - 1) + height


class Growth:
    """A tree that leaves are put into one after the other. It holds one hash for each full subtree, no more."""

    def __init__(self, size: int = 0, peaks: Sequence[Hash] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)

    def add(self, leaf: Hash) -> Iterator[Hash]:
        """The nodes that come with this leaf, in the order of their numbers."""
        yield leaf
        self._peaks.append(leaf)
        self.size += 1
        for _ in range((self.size & -self.size).bit_length() - 1):
            right, left = self._peaks.pop(), self._peaks.pop()
            self._peaks.append(node_hash(left, right))
            yield self._peaks[-1]

    def root(self) -> Hash:
        return _joined(self._peaks)


def growing(size: int, read: Read) -> Growth:
    """The tree of that size, for more leaves to be put into it."""
    numbers = _nodes_of((0, size))
    found = read(numbers)
    return Growth(size, [found[number] for number in numbers])


def root(size: int, read: Read) -> Hash:
    return growing(size, read).root()


def inclusion_proof(index: int, size: int, read: Read) -> list[Hash]:
    """RFC 6962 section 2.1.1: from the leaf's sibling up. Raises ValueError for a leaf that such a tree has not."""
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {index}.")
    return _hashes([*reversed([*_beside(index, size)])], read)


def consistency_proof(old: int, new: int, read: Read) -> list[Hash]:
    """RFC 6962 section 2.1.2: that the tree of `old` leaves is the beginning of the one of `new`. Empty when either is
    the whole of it. Raises ValueError when the old tree is the larger one."""
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {old} leaves is no beginning of one of {new}.")
    return _hashes([*reversed([*_between(old, new)])], read) if old else []


def at_once(asked: Iterable[Callable[[Read], T]], read: Read) -> list[T]:
    """What each of them comes to, such as a proof or a root, with one reading for all: each reads no more than once,
    and which nodes it reads does not depend on what is in them."""
    listed, wanted = list(asked), list[int]()

    def noting(numbers: Sequence[int]) -> Mapping[int, Hash]:
        wanted.extend(numbers)
        return dict.fromkeys(numbers, EMPTY_ROOT)

    for ask in listed:
        ask(noting)
    found = read(sorted(set(wanted)))
    return [ask(lambda _: found) for ask in listed]


def is_consistent(old: int, old_root: Hash, new: int, new_root: Hash, proof: Sequence[Hash]) -> bool:
    """Whether the proof shows the old tree to be the beginning of the new one, by RFC 9162 section 2.1.4.2."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = [old_root, *proof] if old & (old - 1) == 0 else [*proof]
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = now = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            now = node_hash(now, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


def _beside(index: int, size: int) -> Iterator[Span]:
    """The subtrees beside the way from the root down to a leaf."""
    first, end = 0, size
    while end - first > 1:
        middle = first + _largest_power_below(end - first)
        if index < middle:
            yield middle, end
            end = middle
        else:
            yield first, middle
            first = middle


def _between(old: int, new: int) -> Iterator[Span]:
    """The subtrees beside the way from the root of the new tree down to the last whole subtree of the old one, and that
    one itself where the old root does not say it."""
    first, end = 0, new
    while end != old:
        middle = first + _largest_power_below(end - first)
        if old <= middle:
            yield middle, end
            end = middle
        else:
            yield first, middle
            first = middle
    if first:
        yield first, end


def _largest_power_below(number: int) -> int:
    return 1 << (number - 1).bit_length() - 1


def _hashes(spans: Sequence[Span], read: Read) -> list[Hash]:
    """The hash of each subtree; all of their nodes are read at once."""
    numbers = [_nodes_of(span) for span in spans]
    found = read([number for each in numbers for number in each])
    return [_joined([found[number] for number in each]) for each in numbers]


def _nodes_of(span: Span) -> list[int]:
    """The full subtrees that a subtree is made of, the largest first."""
    first, end = span
    heights = [height for height in range((end - first).bit_length()) if (end - first) >> height & 1]
    numbers = []
    for height in reversed(heights):
        numbers.append(node_number(height, first >> height))
        first += 1 << height
    return numbers


def _joined(peaks: Sequence[Hash]) -> Hash:
    return reduce(lambda right, left: node_hash(left, right), reversed(peaks)) if peaks else EMPTY_ROOT
