"""A count and a day → invented children, the same ones every time.

One `Child` is what every island starts from: names, numbers, and the `Circumstance`s that decide which rows
each island writes for it. The islands load their own rows and draw further details from `child.random("schools")`.
No number can be a real person's: NHS numbers 9xx, National Insurance prefix QQ, UPNs of schools that do not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from subgraphs.population.child import Child, Circumstance, Numbers, Restriction, school_year
from subgraphs.population.drawn import RENUMBERED, TOLD, drawn
from subgraphs.population.places import AUTHORITIES, PROVIDERS, SCHOOLS, Authority, Provider, School
from subgraphs.population.told import told

__all__ = [
    "AUTHORITIES",
    "CHILDREN",
    "PROVIDERS",
    "SCHOOLS",
    "Authority",
    "Child",
    "Circumstance",
    "Numbers",
    "Provider",
    "Restriction",
    "School",
    "named",
    "population",
    "school_year",
]

CHILDREN = 200


def population(count: int = CHILDREN, *, today: date | None = None) -> tuple[Child, ...]:
    """`count` children, the named ones first. The numbers depend on nothing; ages and years of school on `today`. Raises ValueError for more than 50,000."""
    if count > RENUMBERED:
        raise ValueError(
            f"population: {count} children; at most {RENUMBERED} have numbers of their own"
        )
    day = today or datetime.now(UTC).date()
    others = (drawn(number, day) for number in range(TOLD, count))
    return (*told(day), *others)[:count]


def named(children: Sequence[Child], forename: str) -> Child:
    """The child of a story by forename. Raises StopIteration when nobody is told of by that name."""
    return next(child for child in children if child.story and child.forename == forename)
