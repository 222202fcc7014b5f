"""Categories ↔ bits: three for each, what it says (C), that it exists (E), how many there are (A).

A set of permissions is one int, so "may this field be shown?" is `need & ~open == 0`.
Written out, a permission is the category's code, with `:E` or `:A` for the lesser ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.register.conditions import Scope

CONTENT, EXISTENCE, COUNTS = 1, 2, 4
GIVES = {
    "C": CONTENT | EXISTENCE,
    "E": EXISTENCE,
    "S": CONTENT | EXISTENCE,
    "P": COUNTS,
    "A": COUNTS,
}
"""What each grant letter opens of its category. Pseudonymised rows leave as counts only."""
_SUFFIXES = ((CONTENT, ""), (EXISTENCE, ":E"), (COUNTS, ":A"))
_KINDS = {"": CONTENT, "E": EXISTENCE, "A": COUNTS}


@dataclass(frozen=True)
class Scale:
    """Where each category's bits are. Raises KeyError for a category that there is not."""

    places: dict[str, int]

    @property
    def full(self) -> int:
        return (1 << 3 * len(self.places)) - 1

    def of(self, code: str, kinds: int) -> int:
        """Some permissions of one category, its parts not included."""
        return kinds << self.places[code]

    def written(self, mask: int) -> tuple[str, ...]:
        """Permissions as codes, in the register's order."""
        return tuple(
            code + suffix
            for code, place in self.places.items()
            for kind, suffix in _SUFFIXES
            if mask & kind << place
        )

    def categories(self, mask: int) -> tuple[str, ...]:
        """The categories that some permission of the mask is of."""
        return tuple(code for code, place in self.places.items() if mask & 7 << place)

    def read(self, codes: Iterable[str]) -> int:
        """The inverse of `written`. Raises KeyError for what is no permission here."""
        mask = 0
        for written in codes:
            code, _, kind = written.partition(":")
            mask |= self.of(code, _KINDS[kind])
        return mask

    def within(self, scope: Scope) -> int:
        """All permissions of the categories in a scope and of their parts; unknown codes cover nothing."""
        if not scope.codes:
            return self.full if scope.others else 0
        if "*" in scope.codes:
            return 0 if scope.others else self.full
        found = 0
        for code, place in self.places.items():
            if covers(scope.codes, code):
                found |= 7 << place
        return self.full & ~found if scope.others else found


def scale(codes: Iterable[str]) -> Scale:
    """Bits for these categories, in order."""
    return Scale({code: 3 * place for place, code in enumerate(codes)})


def covers(codes: frozenset[str], code: str) -> bool:
    """Whether a set of codes names this category, all of them, or one that it is part of."""
    if "*" in codes or code in codes:
        return True
    above, dot, _ = code.rpartition(".")
    return bool(dot) and covers(codes, above)
