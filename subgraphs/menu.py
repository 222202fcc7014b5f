"""Every cube there is → counted for this month, each in the island whose people it counts.

Each island counts under its own numbers: nothing here asks the link node, and no table joins another.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from subgraphs.cubes import Cube, count
from subgraphs.learners.counts import PARTICIPATION
from subgraphs.local_authority.counts import EHC_PLANS
from subgraphs.schools.counts import SEN_SUPPORT

MENU = (EHC_PLANS, SEN_SUPPORT, PARTICIPATION)


async def count_all(connection: Any, today: date) -> AsyncIterator[tuple[Cube, bool]]:
    """Each cube, and whether it was counted now; False: its month had been counted before."""
    for cube in MENU:
        yield cube, await count(connection, cube, today)
