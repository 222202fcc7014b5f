"""What somebody has looked up of late → whether they may look up more: counts alone, and never whom or what came of it.

An identifier can be guessed, and a guess that is answered is a list of children, one at a time (trust.md §5.6,
attack 54). So for each person at each organisation: so many different children an hour who are not their own
caseload, and so many in ten minutes whose lookup came to nothing. Whoever has spent either is told the same,
whatever they ask next: that a lookup was refused says nothing about its number. Two things raise an alert and
stop nobody, because there may be reason to: an organisation that looks up many times what it usually does in a
day, and a caller who asks after many children an hour for a purpose whose register row obliges to alert on that.

Kept in this process's memory: a gateway of several processes allows each of them this much.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field
from math import ceil, inf
from statistics import fmean
from time import monotonic
from typing import TypeVar

import msgspec

from gateway.errors import TooManyLookups

K = TypeVar("K")
V = TypeVar("V")

HOUR = 3600.0
TEN_MINUTES = 600.0
DAY = 86_400.0
PEOPLE = 10_000
"""Callers and organisations remembered; of more, those who asked longest ago are forgotten."""
BASELINE_DAYS = 28
LEAST_DAYS = 7
"""Days that must be known before a day can be unusual."""
UNUSUAL_DAY = "unusual_day"
RATE = "rate"
SPENT = "lookups_spent"
"""Why a reviewer should look: what the record's `alert` says."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of each. `rated_an_hour`: children, own caseload too, for a purpose that obliges to alert on
    rate. `day` and `times`: a day is unusual at so many lookups and so many times the usual."""

    children_an_hour: int = 200
    misses_in_ten_minutes: int = 60
    rated_an_hour: int = 10
    day: int = 1_000
    times: float = 3.0


USUAL = Limits()
"""Room for a busy clinician or a triage desk; a walk through serial numbers ends within minutes."""


class Spent(msgspec.Struct, frozen=True):
    """What one person has looked up: different children within the hour, misses within ten minutes."""

    children: int
    misses: int


def allows(spent: Spent, more: int, limits: Limits) -> bool:
    """Whether `more` children may be looked up. A question about nobody always may."""
    if more == 0:
        return True
    return (
        spent.children + more <= limits.children_an_hour
        and spent.misses < limits.misses_in_ten_minutes
    )


def usual(days: Iterable[int], limits: Limits) -> float:
    """The most that a day of an organisation may be, after these days, without standing out."""
    known = [*days]
    if len(known) < LEAST_DAYS:
        return inf
    return max(limits.day, limits.times * fmean(known))


class _Window(OrderedDict[Hashable, float]):
    """Things that count for so many seconds after they were last new: by each since when, the oldest first."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def trim(self, now: float) -> None:
        """Forgets what counts no more."""
        while self and next(iter(self.values())) <= now - self.seconds:
            self.popitem(last=False)

    def frees_in(self, now: float) -> float:
        """Seconds until the oldest counts no more."""
        return next(iter(self.values()), now - self.seconds) + self.seconds - now


class _Person:
    """What counts of one person at one organisation. `refused`: their last question was."""

    __slots__ = ("children", "misses", "rated", "refused")

    def __init__(self) -> None:
        self.children = _Window(HOUR)
        self.misses = _Window(TEN_MINUTES)
        self.rated = _Window(HOUR)
        self.refused = False


@dataclass(slots=True)
class _Organisation:
    """An organisation's days. `usual`: the most that this one may be; `told`: somebody was told that it is more."""

    day: int = -1
    today: int = 0
    usual: float = inf
    days: deque[int] = field(default_factory=lambda: deque(maxlen=BASELINE_DAYS))
    told: bool = False

    def turn(self, day: int, limits: Limits) -> None:
        """A new day has begun; those on which nobody asked are days, too."""
        if self.day >= 0:
            gone = min(day - self.day - 1, BASELINE_DAYS)
            self.days.extend((self.today, *(0 for _ in range(gone))))
        self.day, self.today, self.told = day, 0, False
        self.usual = usual(self.days, limits)


Who = tuple[str, str]
"""The actor and the organisation, as the record has them."""


class Charged(msgspec.Struct, frozen=True):
    """What a request was charged: digests of the children that were new to its hour; and what to alert of."""

    who: Who
    new: tuple[Hashable, ...] = ()
    alert: str | None = None


class Budgets:
    """Everybody's. A lookup is charged before anybody is asked, so that many at once are many."""

    def __init__(self, limits: Limits = USUAL, clock: Callable[[], float] = monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._people: OrderedDict[Who, _Person] = OrderedDict()
        self._organisations: OrderedDict[str, _Organisation] = OrderedDict()

    def charge(self, who: Who, children: Iterable[Hashable], *, rated: bool = False) -> Charged:
        """Charges lookups of these children, by digests. Raises TooManyLookups, and charges nothing.

        `rated`: the purpose obliges to alert on rate.
        """
        asked = dict.fromkeys(children)
        if not asked:
            return Charged(who)
        now = self._clock()
        person = _kept(self._people, who, _Person)
        known, misses = person.children, person.misses
        if known:
            known.trim(now)
        if misses:
            misses.trim(now)
        new = tuple([one for one in asked if one not in known]) if known else (*asked,)
        spent = Spent(len(known), len(misses))
        if not allows(spent, len(new) or 1, self._limits):
            first, person.refused = not person.refused, True
            wait = _wait(person, spent, now, self._limits)
            raise TooManyLookups(wait, alert=SPENT if first else None)
        person.refused = False
        for one in new:
            known[one] = now
        often = rated and self._is_often(person, asked, now)
        unusual = self._is_unusual(who[1], len(new), now)
        return Charged(who, new, RATE if often else UNUSUAL_DAY if unusual else None)

    def settle(
        self, charged: Charged, missed: Collection[Hashable], own: Collection[Hashable]
    ) -> None:
        """What came of it: who was not there, and who turned out to be of the caller's own caseload."""
        person = self._people.get(charged.who)
        if person is None:
            return
        if own:
            for one in {*own}.intersection(charged.new):
                person.children.pop(one, None)
        if missed:
            now, misses = self._clock(), person.misses
            misses.trim(now)
            for one in missed:
                if len(misses) < self._limits.misses_in_ten_minutes:
                    misses.setdefault(one, now)

    def _is_often(self, person: _Person, asked: Iterable[Hashable], now: float) -> bool:
        """Whether these make the caller's hour one to alert of, and it was none before."""
        known = person.rated
        known.trim(now)
        before, most = len(known), self._limits.rated_an_hour
        for one in asked:
            if len(known) <= most:
                known.setdefault(one, now)
        return before <= most < len(known)

    def _is_unusual(self, organisation: str, new: int, now: float) -> bool:
        one = _kept(self._organisations, organisation, _Organisation)
        day = int(now // DAY)
        if day != one.day:
            one.turn(day, self._limits)
        one.today += new
        if one.told or one.today <= one.usual:
            return False
        one.told = True
        return True


def _wait(person: _Person, spent: Spent, now: float, limits: Limits) -> int:
    """Whole seconds until something that was spent counts no more: the caller's own doing, and nothing else."""
    window = person.children
    if spent.misses >= limits.misses_in_ten_minutes:
        window = person.misses
    return max(1, ceil(window.frees_in(now)))


def _kept(among: OrderedDict[K, V], key: K, make: Callable[[], V]) -> V:
    """The one by that key, made if there is none; whoever asked longest ago makes room."""
    found = among.get(key)
    if found is None:
        if len(among) >= PEOPLE:
            among.popitem(last=False)
        found = among[key] = make()
    among.move_to_end(key)
    return found
