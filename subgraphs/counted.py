"""A cube → a root field that answers with its table for the caller's own area, labelled as counts.

The field takes a month and nothing else: no predicate, no other area, no institution. Each cube has GraphQL types
of its own, because their fields carry the categories that are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any

import strawberry

from subgraphs.context import Context
from subgraphs.cubes import OTHER, Cube, Table
from subgraphs.labels import fact

COUNTS = "COUNTS"
SUPPRESSED = "*"

Info = strawberry.Info[Context, None]
Month = Annotated[
    date | None,
    strawberry.argument(description="Any day of the month; the newest counted if absent."),
]


@strawberry.enum(description="Whether there is a table of counts.")
class CountState(Enum):
    COUNTED = strawberry.enum_value("COUNTED", description="The month's table is below")
    NOT_COUNTED = strawberry.enum_value(
        "NOT_COUNTED", description="The month has not been counted; see `causeway count`"
    )
    NOTHING_HELD = strawberry.enum_value(
        "NOTHING_HELD", description="The island holds no record of the caller's area"
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table. `people` as it may be published: a multiple of five, or `*`."""

    category: str
    meaning: str
    people: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told of a cube."""

    state: CountState
    month: date | None = None
    counted_on: date | None = None
    total: str | None = None
    rows: tuple[Row, ...] = ()


def counts(cube: Cube, *categories: str, name: str, about: str) -> Any:
    """The root field. `name` is the GraphQL type of the table; its rows' type is named after it."""
    labels = (*categories, COUNTS)

    async def resolve(info: Info, month: Month = None) -> Any:
        area = _own_area(info.context)
        table = await info.context.load.counted(cube, area, month) if area else None
        if table is None:
            return Answer(CountState.NOT_COUNTED if area else CountState.NOTHING_HELD)
        return _answer(cube, table)

    kind = _table_type(name, labels)
    return fact(*labels, about=about, resolver=resolve, graphql_type=kind | None)


def _own_area(context: Context) -> str | None:
    """The DfE code of the caller's own authority, when the caller is of one."""
    who = context.assertion
    code = who.organisation.removeprefix("LA:") if who else None
    return code if context.is_custodian("LA", code) else None


def _answer(cube: Cube, table: Table) -> Answer:
    if not table.shown:
        return Answer(CountState.NOTHING_HELD, table.month, table.counted_on)
    meanings = {**cube.categories, OTHER: "Any other, or not recorded"}
    rows = (Row(code, meanings[code], _written(table.shown[code])) for code in cube.codes)
    return Answer(
        CountState.COUNTED, table.month, table.counted_on, _written(table.total), tuple(rows)
    )


def _written(people: int | None) -> str:
    return SUPPRESSED if people is None else str(people)


def _table_type(name: str, labels: tuple[str, ...]) -> Any:
    row = _type(
        f"{name}Row",
        {
            "category": (str, fact(*labels, about="The code of the row.")),
            "meaning": (str, fact(*labels, about="What the code stands for.")),
            "people": (
                str,
                fact(*labels, about="A multiple of 5; `*` for 1 to 7 and for too few."),
            ),
        },
        "A row of a table of counts.",
    )
    return _type(
        name,
        {
            "state": (CountState, fact(*labels, about="Whether there is a table.")),
            "month": (date | None, fact(*labels, about="Its first day.")),
            "counted_on": (date | None, fact(*labels, about="The day the month was counted.")),
            "total": (str | None, fact(*labels, about="Of all rows, made of the true counts.")),
            "rows": (list[row], fact(*labels, about="Every row of the menu, zeros too.")),  # type: ignore[valid-type]
        },
        "Counts for planning: suppressed, rounded, and the same whenever they are asked for in a month.",
    )


def _type(name: str, fields: Mapping[str, tuple[Any, Any]], about: str) -> Any:
    body = {each: made for each, (_, made) in fields.items()}
    annotations = {each: kind for each, (kind, _) in fields.items()}
    return strawberry.type(
        type(name, (), {"__annotations__": annotations, **body}), description=about
    )
