"""One purpose, role and kind of organisation → what is open to them, what is closed, and why.

All of it static: it says nothing about any child, so every reason may be told to the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

from gateway.register.bits import CONTENT, COUNTS, EXISTENCE, GIVES, Scale
from gateway.register.rows import Grant, Purpose

PROHIBITED = "PROHIBITED"
NOT_IN_PURPOSE = "NOT_IN_PURPOSE"
EXISTENCE_ONLY = "EXISTENCE_ONLY"
COUNTS_ONLY = "COUNTS_ONLY"
ORGANISATION_NOT_PERMITTED = "ORGANISATION_NOT_PERMITTED"
ROLE_NOT_PERMITTED = "ROLE_NOT_PERMITTED"
REASONS = (
    PROHIBITED,
    NOT_IN_PURPOSE,
    EXISTENCE_ONLY,
    COUNTS_ONLY,
    ORGANISATION_NOT_PERMITTED,
    ROLE_NOT_PERMITTED,
)
"""Why something is closed, the strongest first: of several, the first is told."""


@dataclass(frozen=True, slots=True)
class Way:
    """These permissions are open to a child's record for which all these conditions hold."""

    conditions: tuple[str, ...]
    opens: int


@dataclass(frozen=True, slots=True)
class Opening:
    """What one kind of caller may see for one purpose. `open` is the union over `ways`."""

    purpose: Purpose
    role: str
    organisation_kind: str
    open: int
    ways: tuple[Way, ...]
    closed: tuple[tuple[str, int], ...]

    def permits(self, need: int) -> bool:
        """Whether all of these permissions are open, before any child is looked at."""
        return not need & ~self.open

    def reason(self, need: int) -> str | None:
        """The strongest reason why not; None when permitted."""
        missing = need & ~self.open
        if not missing:
            return None
        return next((code for code, mask in self.closed if mask & missing), NOT_IN_PURPOSE)


def opened(
    purpose: Purpose, caller: tuple[str, str], scale: Scale, suppressed: frozenset[str]
) -> Opening:
    """What `purpose` opens to `caller`, a role and an organisation kind that may declare it.

    `suppressed` are the categories that a restricted record does not show.
    """
    found: dict[tuple[str, ...], int] = {}
    for code, grants in purpose.admits.items():
        for grant in grants:
            if grant.is_for(*caller):
                conditions = _conditions(purpose, grant, suppressed=code in suppressed)
                opens = scale.of(code, GIVES[grant.letter])
                found[conditions] = found.get(conditions, 0) | opens
    ways = tuple(Way(conditions, opens) for conditions, opens in found.items())
    open_ = _union(way.opens for way in ways)
    return Opening(purpose, *caller, open_, ways, tuple(_closed(purpose, caller, scale, open_)))


def _conditions(purpose: Purpose, grant: Grant, *, suppressed: bool) -> tuple[str, ...]:
    extra = []
    if suppressed or purpose.excludes_restricted:
        extra.append("not_restricted")
    if purpose.age_months is not None:
        extra.append("age")
    if grant.letter == "S":
        extra.append("own_record")
    return tuple(sorted({*purpose.conditions, *grant.conditions, *extra}))


def _closed(
    purpose: Purpose, caller: tuple[str, str], scale: Scale, open_: int
) -> Iterator[tuple[str, int]]:
    reasons = dict.fromkeys(REASONS, 0)
    for code in scale.places:
        whole = scale.of(code, CONTENT | EXISTENCE | COUNTS)
        grants = purpose.admits.get(code, ())
        reasons[_why(code in purpose.never, grants, caller)] |= whole & ~open_
    yield from reasons.items()


def _why(prohibited: bool, grants: tuple[Grant, ...], caller: tuple[str, str]) -> str:
    role, kind = caller
    if prohibited:
        return PROHIBITED
    if not grants:
        return NOT_IN_PURPOSE
    mine = [grant for grant in grants if grant.is_for(role, kind)]
    if mine:
        return COUNTS_ONLY if all(grant.letter in "PA" for grant in mine) else EXISTENCE_ONLY
    elsewhere = any(
        grant.is_for(role, other) for grant in grants for other in grant.organisation_kinds
    )
    return ORGANISATION_NOT_PERMITTED if elsewhere else ROLE_NOT_PERMITTED


def _union(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)
