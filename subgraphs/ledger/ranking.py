"""What a decision has about it that decisions of its kind seldom have → the order to review in, with reasons in words.

Only from what the ledger holds open: neither the child nor the worker is known here. Points say what to look at first
and prove nothing; each is given with its reason, so that a reviewer can disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/London")
FIRST_HOUR, LAST_HOUR, SATURDAY = 7, 20, 5
ALWAYS_OPEN = ("NHS_TRUST", "POLICE", "AMBULANCE", "GP_OOH", "RESIDENTIAL_CARE")
"""Kinds of organisation, by how they begin, that work at any hour."""
MANY_IN_VAIN = 10
"""Numbers of nobody, tried by one organisation within an hour."""
MANY, UNUSUAL = 20, 3
"""Decisions in a day that are worth a look, and how many times as many as usual."""
UNRELATED = frozenset({"relationship", "statutory_process", "incident"})
"""Conditions of the register that fail where the child is nobody's case."""
NO_BODY = frozenset({"no_child", "no_record", "no_crossing"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A decision, and how it compares: what its organisation did for its purpose that day, and on its usual day."""

    at: datetime
    organisation: str | None
    purpose: str | None
    reasons: frozenset[str]
    emergency: str | None = None
    alert: str | None = None
    first_of_purpose: bool = False
    first_about_child: bool = False
    that_day: int = 1
    usual_day: float = 1.0
    in_vain: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why to look: so many points, and words."""

    points: int
    words: str


def standing_out(one: Seen) -> tuple[Reason, ...]:
    """What speaks for a look at a decision, the weightiest first."""
    found = filter(None, (rule(one) for rule in RULES))
    return tuple(sorted(found, key=lambda reason: -reason.points))


def points(reasons: Iterable[Reason]) -> int:
    """How much speaks for a look."""
    return sum(reason.points for reason in reasons)


ALERTS = {
    "self_or_relative": Reason(8, "A worker asked about themselves or their own child."),
    "lookups_spent": Reason(
        6, "A caller looked up so many children, or so many in vain, that they were stopped."
    ),
    "rate": Reason(
        4, "A caller asked about many children within an hour, for a purpose that alerts on that."
    ),
    "unusual_day": Reason(
        4, "The organisation looked up many times the children that it usually does in a day."
    ),
}


def _alert(one: Seen) -> Reason | None:
    return ALERTS.get(one.alert, Reason(8, "An alert was raised.")) if one.alert else None


def _emergency(one: Seen) -> Reason | None:
    return Reason(5, "The glass was broken in an emergency.") if one.emergency else None


def _in_vain(one: Seen) -> Reason | None:
    if one.in_vain < MANY_IN_VAIN or not one.reasons & NO_BODY:
        return None
    return Reason(
        4,
        f"{one.in_vain} numbers that lead to nobody were tried by this organisation within an hour.",
    )


def _unrelated(one: Seen) -> Reason | None:
    if not one.reasons & UNRELATED:
        return None
    return Reason(3, "The child is in nobody's caseload at this organisation.")


def _volume(one: Seen) -> Reason | None:
    if one.that_day < MANY or one.that_day < UNUSUAL * one.usual_day:
        return None
    return Reason(
        3,
        f"The organisation made {one.that_day} decisions for this purpose that day;"
        f" on its usual day it makes {one.usual_day:.0f}.",
    )


def _hour(one: Seen) -> Reason | None:
    here = one.at.astimezone(HERE)
    open_ = here.weekday() < SATURDAY and FIRST_HOUR <= here.hour < LAST_HOUR
    if open_ or (one.organisation or "").startswith(ALWAYS_OPEN):
        return None
    return Reason(2, f"It was asked on a {here:%A} at {here:%H:%M}, out of hours.")


def _first_purpose(one: Seen) -> Reason | None:
    if not one.first_of_purpose:
        return None
    return Reason(2, "It is the first time that this organisation asked for this purpose.")


def _first_child(one: Seen) -> Reason | None:
    if not one.first_about_child:
        return None
    return Reason(1, "It is the first time that this organisation asked about this child.")


RULES = (_alert, _emergency, _in_vain, _unrelated, _volume, _hour, _first_purpose, _first_child)
