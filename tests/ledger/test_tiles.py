"""The tree read from tiles is the tree made from all its leaves."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.merkle import consistency_proof, inclusion_proof, leaf_hash, of, root
from gateway.ledger.tiles import Tree, edge, grown, needed

LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(70_000)]


def tiles_of(*sizes: int) -> dict[tuple[int, int], bytes]:
    tiles: dict[tuple[int, int], bytes] = {}
    size = 0
    for new in sizes:
        known = {place: tiles[place] for place in edge(size) if place in tiles}
        tiles |= grown(size, LEAVES[size:new], known)
        size = new
    return tiles


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 1200), min_size=1, max_size=6).map(sorted))
def test_growing_in_any_steps_gives_the_same_root(sizes: list[int]) -> None:
    tree = Tree(sizes[-1], tiles_of(*sizes))

    assert tree.root() == root(LEAVES[: sizes[-1]])


def test_three_levels_of_tiles_agree_with_the_plain_tree() -> None:
    tree = Tree(70_000, tiles_of(65_535, 65_536, 65_537, 70_000))

    assert tree.root() == root(LEAVES)
    assert (2, 0) in tree.tiles


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 1500), st.data())
def test_proofs_from_tiles_are_proofs_from_leaves(size: int, data) -> None:
    tree = Tree(size, tiles_of(size))
    index = data.draw(st.integers(0, size - 1))
    earlier = data.draw(st.integers(1, size))
    plain = of(LEAVES[:size])

    assert inclusion_proof(index, size, tree.subtree) == inclusion_proof(index, size, plain)
    assert consistency_proof(earlier, size, tree.subtree) == consistency_proof(earlier, size, plain)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 1500))
def test_a_subtree_reads_no_tile_that_it_did_not_announce(size: int) -> None:
    tiles = tiles_of(size)
    announced = needed(size, 0, size)

    tree = Tree(size, {place: tiles[place] for place in announced})

    assert tree.root() == root(LEAVES[:size])
