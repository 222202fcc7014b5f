"""Positions in the answer's tree, and the key that each field has there.

The client's keys are given; whatever planning adds (keys, requirements) takes a key that cannot be
mistaken for one of them. Where one request cannot hold a key for two object types at once, one of them
is moved: every reader of the tree asks `tree_key`, so a move is made in one place.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.federation.selection import Argument, On, Selections

Asked = tuple[str, tuple[Argument, ...]]


@dataclass(slots=True, eq=False)
class Place:
    """One position: what is under each key, and what is below it."""

    claims: dict[str, set[Asked]] = field(default_factory=dict)
    below: dict[str, Place] = field(default_factory=dict)
    moved: dict[tuple[str, str], str] = field(default_factory=dict)

    def child(self, key: str) -> Place:
        """The position below a key."""
        return self.below.setdefault(key, Place())

    def key_for(self, name: str, arguments: tuple[Argument, ...]) -> str:
        """The key of a field that planning needs here; the same answer every time."""
        if name == "__typename":
            return name
        wanted = {(name, arguments)}
        key, turn = name, 0
        while self.claims.setdefault(key, wanted) != wanted:
            key, turn = f"_{name}_{turn}", turn + 1
        return key

    def tree_key(self, type_name: str, key: str) -> str:
        """Where in the tree an object of that type has what is called `key` here."""
        return self.moved.get((type_name, key), key)

    def free_key(self, name: str) -> str:
        """A key that nothing here has."""
        turn = 0
        taken = {*self.claims, *self.moved.values()}
        while f"_{name}_{turn}" in taken:
            turn += 1
        return f"_{name}_{turn}"


def places(written: Selections) -> Place:
    """The positions of an operation, with the client's keys claimed."""
    root = Place()
    _claim(root, written)
    return root


def _claim(place: Place, selections: Selections) -> None:
    for one in selections:
        if isinstance(one, On):
            _claim(place, one.inside)
        else:
            place.claims.setdefault(one.key, set()).add((one.name, one.arguments))
            if one.inside:
                _claim(place.child(one.key), one.inside)
