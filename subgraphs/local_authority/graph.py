"""What the authority's service adds to the graph: two entities, and roots for the authority's own staff.

A root answers with rows of the caller's own authority only; another's child looks like one that never existed.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import strawberry

from gateway.identifiers import DfeLaCode, LocalChildId
from subgraphs.context import Context
from subgraphs.labels import reads
from subgraphs.local_authority import clock
from subgraphs.local_authority.child import LocalAuthorityChild
from subgraphs.local_authority.counts import Counts
from subgraphs.local_authority.day import today
from subgraphs.local_authority.ehc_case import EhcCase
from subgraphs.local_authority.ehc_clock import case_dates
from subgraphs.local_authority.loaders import Loaders, Row
from subgraphs.schema import Graph

Info = strawberry.Info[Context, None]
_MOST = 200  # cases in one answer


@strawberry.type
class Query(Counts):
    @reads("STRUCTURE", about="One case of the caller's own authority.")
    async def ehc_case(self, info: Info, case_ref: strawberry.ID) -> EhcCase | None:
        load: Loaders = info.context.load
        row = await load.case.load(str(case_ref))
        own = [row] if row and _own(info, row["la_code"]) else []
        info.context.tell_whose(*map(_key, own))
        return EhcCase.of(own[0]) if own else None

    @reads("STRUCTURE", about="One child of the caller's own authority.")
    async def local_authority_child(
        self, info: Info, la_code: DfeLaCode, local_child_id: LocalChildId
    ) -> LocalAuthorityChild | None:
        load: Loaders = info.context.load
        asked = (str(la_code), str(local_child_id))
        row = await load.child.load(asked) if _own(info, asked[0]) else None
        info.context.tell_whose(*map(_key, [row] if row else ()))
        return LocalAuthorityChild.of(row) if row else None

    @reads(
        "STRUCTURE",
        about="What is outstanding in the caller's own authority, the most overdue first.",
    )
    async def ehc_caseload(
        self,
        info: Info,
        coordinator: Annotated[
            str | None, strawberry.argument(description="Only this coordinator's.")
        ] = None,
        due_within: Annotated[
            int | None,
            strawberry.argument(description="Only what is due within so many days, or late."),
        ] = None,
    ) -> list[EhcCase]:
        load: Loaders = info.context.load
        authority = _authority(info)
        rows = await load.open_cases(authority, coordinator) if authority else []
        reviews = await load.of_case("ehc_review").load_many([row["case_ref"] for row in rows])
        due = [(_due(row, held), row) for row, held in zip(rows, reviews, strict=True)]
        last = today() + timedelta(days=due_within) if due_within is not None else None
        wanted = [(day, row) for day, row in due if day and (last is None or day <= last)]
        ordered = sorted(wanted, key=lambda each: (each[0], each[1]["case_ref"]))
        shown = [row for _, row in ordered[:_MOST]]
        info.context.tell_whose(*map(_key, shown))
        return [EhcCase.of(row) for row in shown]


def _due(row: Row, reviews: list[Row]) -> date | None:
    """The first day on which something is due, or was."""
    outstanding = clock.outstanding(case_dates(row, reviews), today())
    return outstanding[0].due if outstanding else None


def _key(row: Row) -> dict[str, str]:
    return {"laCode": row["la_code"], "localChildId": row["local_child_id"]}


def _own(info: Info, la_code: str) -> bool:
    return info.context.is_custodian("LA", la_code)


def _authority(info: Info) -> str | None:
    """The DfE code of the caller's own authority, when the caller is of one."""
    who = info.context.assertion
    code = who.organisation.removeprefix("LA:") if who else None
    return code if _own(info, code or "") else None


GRAPH = Graph(query=Query, types=(LocalAuthorityChild, EhcCase))
