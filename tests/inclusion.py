"""How somebody checks an inclusion proof that the portal has handed out; the portal itself never has to."""

from __future__ import annotations

from collections.abc import Sequence

from audit import merkle


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root of a tree whose leaf `index` is `leaf`, by RFC 9162 section 2.1.3.2. None for a proof that is none."""
    if not 0 <= index < size:
        return None
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            found = merkle.node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = merkle.node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return found if last == 0 else None
