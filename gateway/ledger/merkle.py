"""RFC 6962 hashing: leaves → root, inclusion proof, consistency proof, and their checks.

Names and section numbers are RFC 6962 §2.1 (and RFC 9162 §2.1.3–2.1.4 for the checks). Standard
library only. Hashes are 32 bytes; sizes and indexes are counted in leaves from 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """MTH({d0}): SHA-256 over 0x00 and the entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """An inner node: SHA-256 over 0x01 and its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH over leaf hashes; the empty tree has the hash of nothing."""
    return Frontier.of(leaves).root()


Subtree = Callable[[int, int], bytes]
"""The root of the leaves from `first` up to but not including `end`."""


def of(leaves: Sequence[bytes]) -> Subtree:
    """Subtrees read straight from leaf hashes, for small trees and for checking."""
    return lambda first, end: root(leaves[first:end])


def inclusion_proof(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """PATH(m, D[n]): the hashes that lead from leaf `index` to the root of `size` leaves."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    first, end, path = 0, size, []
    while end - first > 1:
        half = first + _split(end - first)
        if index < half:
            path.append(subtree(half, end))
            end = half
        else:
            path.append(subtree(first, half))
            first = half
    return tuple(reversed(path))


def consistency_proof(earlier: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """PROOF(m, D[n]): that the tree of `earlier` leaves is a prefix of the tree of `size`."""
    if not 0 < earlier <= size:
        raise ValueError(f"a tree of {size} has no earlier tree of {earlier}")
    first, end, path = 0, size, []
    while earlier != end:
        half = first + _split(end - first)
        if earlier <= half:
            path.append(subtree(half, end))
            end = half
        else:
            path.append(subtree(first, half))
            first = half
    if first:
        path.append(subtree(first, end))
    return tuple(reversed(path))


def includes(index: int, size: int, leaf: bytes, proof: Sequence[bytes], tree: bytes) -> bool:
    """Whether `proof` shows `leaf` at `index` of the tree of `size` leaves with root `tree`."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == tree


def extends(first: int, earlier: bytes, second: int, later: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows the tree (`first`, `earlier`) to be a prefix of (`second`, `later`)."""
    if first == second:
        return not proof and earlier == later
    if not 0 < first < second or not proof:
        return False
    path = list(proof) if first & (first - 1) else [earlier, *proof]
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == earlier and new == later


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


class Frontier:
    """The roots of the perfect subtrees at a tree's right edge: enough to append and to know the root."""

    def __init__(self, peaks: Sequence[tuple[int, bytes]] = ()) -> None:
        self.peaks = list(peaks)

    @classmethod
    def of(cls, leaves: Sequence[bytes]) -> Frontier:
        """The frontier after these leaf hashes."""
        frontier = cls()
        for leaf in leaves:
            frontier.append(leaf)
        return frontier

    def append(self, leaf: bytes) -> None:
        """Adds one leaf hash at the right."""
        self.push(0, leaf)

    def push(self, height: int, node: bytes) -> None:
        """Adds the root of a perfect subtree of 2**height leaves at the right."""
        while self.peaks and self.peaks[-1][0] == height:
            node = node_hash(self.peaks.pop()[1], node)
            height += 1
        self.peaks.append((height, node))

    @property
    def size(self) -> int:
        """Leaves so far."""
        return sum(1 << height for height, _ in self.peaks)

    def root(self) -> bytes:
        """The tree's root now."""
        if not self.peaks:
            return EMPTY
        found = self.peaks[-1][1]
        for _, peak in reversed(self.peaks[:-1]):
            found = node_hash(peak, found)
        return found
