"""RFC 6962 trees: the published vectors, and the laws that hold for every size."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.merkle import (
    consistency_proof,
    extends,
    includes,
    inclusion_proof,
    leaf_hash,
    node_hash,
    of,
    root,
)

# The eight entries and roots that Certificate Transparency implementations test against.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


@pytest.mark.parametrize("size", ROOTS)
def test_the_published_roots_come_out(size: int) -> None:
    assert root([leaf_hash(entry) for entry in ENTRIES[:size]]).hex() == ROOTS[size]


def test_leaves_and_nodes_are_hashed_apart() -> None:
    a, b = leaf_hash(b"a"), leaf_hash(b"b")

    assert node_hash(a, b) != leaf_hash(a + b)
    assert leaf_hash(b"") == hashlib.sha256(b"\x00").digest()


@given(st.integers(1, 130), st.data())
def test_every_leaf_is_provably_in_its_tree_and_at_no_other_place(size: int, data) -> None:
    tree = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, of(tree))

    assert includes(index, size, tree[index], proof, root(tree))
    other = data.draw(st.integers(0, size - 1).filter(lambda o: o != index or size == 1))
    assert includes(other, size, tree[index], proof, root(tree)) == (other == index)
    assert not includes(index, size, leaf_hash(b"forged"), proof, root(tree))


@given(st.integers(1, 130), st.data())
def test_every_earlier_tree_is_provably_a_prefix(size: int, data) -> None:
    tree = leaves(size)
    first = data.draw(st.integers(1, size))
    proof = consistency_proof(first, size, of(tree))

    assert extends(first, root(tree[:first]), size, root(tree), proof)
    assert not extends(first, leaf_hash(b"forged"), size, root(tree), proof)


@given(st.integers(2, 60), st.data())
def test_a_rewritten_past_is_no_prefix(size: int, data) -> None:
    tree = leaves(size)
    first = data.draw(st.integers(1, size - 1))
    rewritten = [leaf_hash(b"rewritten"), *tree[1:]]

    assert not extends(
        first,
        root(tree[:first]),
        size,
        root(rewritten),
        consistency_proof(first, size, of(rewritten)),
    )
