"""The tree is RFC 6962's: the published hashes, every proof of small trees by its definition, and no other proof."""

from __future__ import annotations

import hashlib
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from tests.inclusion import root_of_inclusion

#: The entries and roots that implementations of Certificate Transparency are tested with.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
sizes = st.integers(min_value=1, max_value=300)


class Tree:
    """A tree of `size` entries as the product keeps one: a list of nodes."""

    def __init__(self, size: int) -> None:
        self.leaves = [merkle.leaf_hash(b"%d" % index) for index in range(size)]
        growth = merkle.Growth()
        self.nodes = [node for leaf in self.leaves for node in growth.add(leaf)]

    def read(self, numbers):
        return {number: self.nodes[number] for number in numbers}


TREE = Tree(300)


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_roots_are_the_published_ones(size):
    growth = merkle.Growth()
    for entry in ENTRIES[:size]:
        list(growth.add(merkle.leaf_hash(entry)))

    assert growth.root().hex() == ROOTS[size]


@given(size=st.integers(min_value=0, max_value=300))
def test_a_root_is_what_the_definition_says(size):
    assert merkle.root(size, TREE.read) == by_definition(TREE.leaves[:size])
    assert merkle.node_count(size) == len(Tree(size).nodes)


def test_a_node_stands_where_its_place_says():
    for height in range(6):
        for place in range(300 >> height):
            span = TREE.leaves[place << height : (place + 1) << height]
            assert TREE.nodes[merkle.node_number(height, place)] == by_definition(span)


def test_a_tree_goes_on_from_its_nodes():
    growth = merkle.growing(123, TREE.read)
    nodes = [node for leaf in TREE.leaves[123:] for node in growth.add(leaf)]

    assert nodes == TREE.nodes[merkle.node_count(123) :]
    assert growth.root() == by_definition(TREE.leaves)


@given(data=st.data(), size=sizes)
def test_a_leaf_is_proved_to_be_in_the_tree(data, size):
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    proof = merkle.inclusion_proof(index, size, TREE.read)

    assert root_of_inclusion(TREE.leaves[index], index, size, proof) == by_definition(TREE.leaves[:size])


def test_a_proof_is_the_one_of_the_rfc():
    """The tree of seven leaves in RFC 6962 section 2.1.3, by the letters of its drawing."""
    a, b, c, d, e, f, j = TREE.leaves[:7]
    g, h, i = merkle.node_hash(a, b), merkle.node_hash(c, d), merkle.node_hash(e, f)
    k, last = merkle.node_hash(g, h), merkle.node_hash(i, j)

    assert merkle.inclusion_proof(0, 7, TREE.read) == [b, h, last]
    assert merkle.inclusion_proof(3, 7, TREE.read) == [c, g, last]
    assert merkle.inclusion_proof(4, 7, TREE.read) == [f, j, k]
    assert merkle.inclusion_proof(6, 7, TREE.read) == [i, k]
    assert merkle.consistency_proof(3, 7, TREE.read) == [c, d, g, last]
    assert merkle.consistency_proof(4, 7, TREE.read) == [last]
    assert merkle.consistency_proof(6, 7, TREE.read) == [i, j, k]


@given(data=st.data(), size=sizes)
def test_no_other_leaf_place_or_size_is_proved(data, size):
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    other = data.draw(st.integers(min_value=0, max_value=size).filter(lambda place: place != index))
    proof = merkle.inclusion_proof(index, size, TREE.read)
    root = by_definition(TREE.leaves[:size])

    assert root_of_inclusion(merkle.leaf_hash(b"another"), index, size, proof) != root
    assert root_of_inclusion(TREE.leaves[index], other, size, proof) != root
    assert root_of_inclusion(TREE.leaves[index], index, size, [*proof, root]) is None
    if proof:
        assert root_of_inclusion(TREE.leaves[index], index, size, proof[:-1]) != root


@given(data=st.data(), new=sizes)
def test_a_tree_is_proved_to_begin_with_what_it_was(data, new):
    old = data.draw(st.integers(min_value=0, max_value=new))
    proof = merkle.consistency_proof(old, new, TREE.read)
    was, now = by_definition(TREE.leaves[:old]), by_definition(TREE.leaves[:new])

    assert merkle.is_consistent(old, was, new, now, proof)
    assert not merkle.is_consistent(old, was, new, now, [*proof, now])
    assert not merkle.is_consistent(old, merkle.leaf_hash(b"another"), new, now, proof)
    if old:
        assert not merkle.is_consistent(old, was, new, merkle.leaf_hash(b"another"), proof)
    if proof:
        assert not merkle.is_consistent(old, was, new, now, proof[:-1])


def test_a_tree_has_no_leaf_beyond_its_size_and_no_larger_beginning():
    with pytest.raises(ValueError, match="no leaf 7"):
        merkle.inclusion_proof(7, 7, TREE.read)
    with pytest.raises(ValueError, match="no beginning"):
        merkle.consistency_proof(8, 7, TREE.read)


def test_what_is_asked_at_once_is_what_is_asked_one_by_one_with_one_reading():
    readings = []

    def read(numbers):
        readings.append(list(numbers))
        return TREE.read(numbers)

    asked = [partial(merkle.inclusion_proof, index, 21) for index in range(21)]
    asked += [partial(merkle.consistency_proof, 5, 21), partial(merkle.root, 13)]
    together = merkle.at_once(asked, read)
    assert len(readings) == 1
    assert len(readings[0]) == len(set(readings[0]))
    assert together == [each(read) for each in asked]
