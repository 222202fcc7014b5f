"""Dated rows → whether something is so, and since when: what the register calls existence.

What ended within the last twelve months is still told, as CP-IS tells it; older endings look like never.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import strawberry

from subgraphs.context import Context
from subgraphs.labels import fact
from subgraphs.local_authority.clock import months
from subgraphs.local_authority.day import today
from subgraphs.local_authority.loaders import ChildKey, Loaders, Row

Info = strawberry.Info[Context, None]
_TAIL_MONTHS = 12
Asked = TypeVar("Asked", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Standing:
    current: bool
    start_date: date | None = None
    end_date: date | None = None


NEVER = Standing(current=False)


def standing(spans: Iterable[tuple[date, date | None]], day: date) -> Standing:
    """The span that holds on `day`, else the latest that ended within twelve months, else never."""
    begun = [span for span in spans if span[0] <= day]
    open_ones = [span for span in begun if span[1] is None or span[1] > day]
    if open_ones:
        return Standing(current=True, start_date=min(open_ones)[0])
    recent = [(end, start) for start, end in begun if end and months(end, _TAIL_MONTHS) > day]
    if not recent:
        return NEVER
    end, start = max(recent)
    return Standing(current=False, start_date=start, end_date=end)


def _flag(name: str, category: str) -> Any:
    def told(about: str) -> Any:
        return fact(category, about=about, existence=True)

    body = {
        "__annotations__": {
            "current": bool,
            "start_date": date | None,
            "end_date": date | None,
        },
        "current": told("Whether it is so today."),
        "start_date": told("Since when; of the latest when it has ended."),
        "end_date": told("When it ended, within the last twelve months."),
    }
    return strawberry.type(type(name, (), body), description="Whether it is so, and since when.")


def _told(name: str, category: str, about: str) -> Callable[[Asked], Asked]:
    kind = _flag(name, category)
    decorate: Callable[[Asked], Asked] = fact(
        category, about=about, existence=True, graphql_type=kind
    )
    return decorate


@strawberry.type(description="What the authority has open for a child: existence and dates only.")
class ChildStatus:
    key: strawberry.Private[ChildKey]

    @_told("ReferralStatus", "LA.STATUS", "A referral to children's social care is open.")
    async def open_referral(self, info: Info) -> Standing:
        rows = await _rows(info, "cin_details", self.key)
        taken_up = (row for row in rows if not row["referral_nfa"])
        return standing(_spans(taken_up, "cin_referral_date", "cin_closure_date"), today())

    @_told("ChildInNeedPlanStatus", "LA.STATUS", "A child in need plan (CA 1989 s.17) is in force.")
    async def child_in_need_plan(self, info: Info) -> Standing:
        rows = await _rows(info, "cin_plan_dates", self.key)
        return standing(_spans(rows, "cin_plan_start_date", "cin_plan_end_date"), today())

    @_told("ChildProtectionPlanStatus", "LA.STATUS.CP", "A child protection plan is in force.")
    async def child_protection_plan(self, info: Info) -> Standing:
        rows = await _rows(info, "child_protection_plan", self.key)
        return standing(_spans(rows, "cpp_start_date", "cpp_end_date"), today())

    @_told("LookedAfterStatus", "LA.STATUS.CLA", "The child is looked after by this authority.")
    async def looked_after(self, info: Info) -> Standing:
        rows = await _rows(info, "episode", self.key)
        return standing(periods_of_care(rows), today())

    @_told("CareLeaverStatus", "LA.STATUS.LEAVER", "The young person is a care leaver.")
    async def care_leaver(self, info: Info) -> Standing:
        rows = await _rows(info, "oc3", self.key)
        return standing(((row["as_at"], None) for row in rows), today())

    @_told("EhcPlanStatus", "LA.STATUS.EHCP", "An EHC plan is maintained.")
    async def ehc_plan(self, info: Info) -> Standing:
        rows = await _rows(info, "ehc_case", self.key)
        issued = (row for row in rows if row["start_date"])
        return standing(_spans(issued, "start_date", "cease_date"), today())


def periods_of_care(episodes: Iterable[Row]) -> list[tuple[date, date | None]]:
    """Episodes → periods of care: an episode that begins the day another ends continues it."""
    periods: list[tuple[date, date | None]] = []
    for episode in sorted(episodes, key=lambda row: row["decom"]):
        start, end = episode["decom"], episode["dec"]
        if periods and periods[-1][1] == start:
            start = periods.pop()[0]
        periods.append((start, end))
    return periods


def _spans(rows: Iterable[Row], start: str, end: str) -> Iterable[tuple[date, date | None]]:
    return ((row[start], row[end]) for row in rows)


async def _rows(info: Info, table: str, key: ChildKey) -> list[Row]:
    load: Loaders = info.context.load
    return await load.of_child(table).load(key)
