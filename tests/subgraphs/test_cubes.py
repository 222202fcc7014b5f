"""A month's counts: once and for all, whole or not at all, and what is kept is what may leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import asyncpg
import pytest

from subgraphs import roster
from subgraphs.cubes import OTHER, Cube, count, table
from subgraphs.learners.counts import PARTICIPATION
from subgraphs.local_authority.counts import EHC_PLANS
from subgraphs.menu import MENU, count_all
from subgraphs.population.county import COUNTY, load_county
from subgraphs.postgres import apply
from subgraphs.schools.counts import SEN_SUPPORT

NOVEMBER, DECEMBER = date(2026, 11, 22), date(2026, 12, 3)


@pytest.fixture(scope="module")
async def apart(database_url: str) -> AsyncIterator[Any]:
    """Connections to a database apart, with the islands' tables."""
    owner = await asyncpg.connect(database_url)
    await owner.execute("DROP DATABASE IF EXISTS counts")
    await owner.execute("CREATE DATABASE counts")
    async with asyncpg.create_pool(database_url, database="counts", min_size=1) as connections:
        for island in dict.fromkeys(cube.island for cube in MENU):
            await apply(connections, roster.service(island).tables)
        yield connections
    await owner.execute("DROP DATABASE counts")
    await owner.close()


@pytest.fixture
async def islands(apart: Any) -> Any:
    """The islands without a row in them."""
    await apart.execute(
        "truncate local_authority.child, local_authority.ehc_case, local_authority.ehc_need,"
        " local_authority.ehc_placement, schools.school, schools.pupil, learners.participation,"
        " learners.left_out, local_authority.counted, schools.counted, learners.counted cascade"
    )
    return apart


async def filled(islands: Any) -> None:
    async with islands.acquire() as connection:
        await load_county(connection, (), NOVEMBER)


async def counted(islands: Any, cube: Cube, day: date = NOVEMBER) -> bool:
    async with islands.acquire() as connection:
        return await count(connection, cube, day)


async def shown(islands: Any, cube: Cube, month: date | None = None, area: str = COUNTY) -> Any:
    found = await table(islands, cube, area, month)
    return found and found.shown


async def test_a_month_that_was_not_counted_has_no_table(islands: Any) -> None:
    assert await table(islands, SEN_SUPPORT, COUNTY, None) is None
    await counted(islands, SEN_SUPPORT)
    assert await table(islands, SEN_SUPPORT, COUNTY, DECEMBER) is None


async def test_an_island_without_a_row_is_counted_and_holds_nothing(islands: Any) -> None:
    async with islands.acquire() as connection:
        done = [now async for _, now in count_all(connection, NOVEMBER)]

    assert done == [True] * len(MENU)
    assert [await shown(islands, cube) for cube in MENU] == [{}] * len(MENU)


async def test_an_area_with_children_but_none_to_count_has_zeros(islands: Any) -> None:
    await islands.execute(
        "insert into local_authority.child (source, as_at, la_code, local_child_id) values ('t', $1, '201', 'C1')",
        NOVEMBER,
    )
    await counted(islands, EHC_PLANS)

    assert set((await shown(islands, EHC_PLANS, area="201")).values()) == {0}


async def test_what_is_kept_is_a_multiple_of_five_or_nothing(islands: Any) -> None:
    await filled(islands)
    for cube in MENU:
        assert await counted(islands, cube)
        kept = await islands.fetch(f"select shown from {cube.island}.count_shown")
        assert all(row["shown"] is None or row["shown"] % 5 == 0 for row in kept)
        told = await shown(islands, cube)
        assert told.keys() == {"", OTHER, *cube.categories}
        assert any(told.values()), f"{cube.name}: something can be told of the county"
        assert None in told.values(), f"{cube.name}: and something cannot"


async def test_a_second_count_changes_nothing_however_the_rows_have_changed(islands: Any) -> None:
    await filled(islands)
    assert await counted(islands, PARTICIPATION)
    first = await shown(islands, PARTICIPATION)

    await islands.execute("delete from learners.participation")
    assert not await counted(islands, PARTICIPATION, NOVEMBER.replace(day=30))

    assert await shown(islands, PARTICIPATION) == first
    assert await counted(islands, PARTICIPATION, DECEMBER)
    assert await shown(islands, PARTICIPATION, NOVEMBER) == first, "the past stays as it was told"


async def test_without_a_month_the_newest_that_was_counted_is_told(islands: Any) -> None:
    await filled(islands)
    await counted(islands, SEN_SUPPORT, NOVEMBER)
    await counted(islands, SEN_SUPPORT, DECEMBER)

    newest = await table(islands, SEN_SUPPORT, COUNTY, None)
    asked = await table(islands, SEN_SUPPORT, COUNTY, NOVEMBER)

    assert newest and (newest.month, newest.counted_on) == (date(2026, 12, 1), DECEMBER)
    assert asked and (asked.month, asked.counted_on) == (date(2026, 11, 1), NOVEMBER)


async def test_a_count_that_is_interrupted_leaves_nothing_and_is_made_up_for(islands: Any) -> None:
    await filled(islands)
    await islands.execute(
        "create function interrupted() returns trigger language plpgsql as "
        "$$ begin raise exception 'interrupted'; end $$;"
        "create trigger interrupted before insert on schools.count_shown execute function interrupted()"
    )
    with pytest.raises(asyncpg.RaiseError):
        await counted(islands, SEN_SUPPORT)
    assert await table(islands, SEN_SUPPORT, COUNTY, None) is None

    await islands.execute("drop trigger interrupted on schools.count_shown")
    assert await counted(islands, SEN_SUPPORT)
    assert (await shown(islands, SEN_SUPPORT))[""]


async def test_two_counts_at_once_are_one(islands: Any) -> None:
    await filled(islands)

    both = await asyncio.gather(*(counted(islands, EHC_PLANS) for _ in range(2)))

    assert sorted(both) == [False, True]
    assert (await shown(islands, EHC_PLANS))[""]


async def test_whom_the_custodian_leaves_out_is_in_no_count(islands: Any) -> None:
    await filled(islands)
    await islands.execute(
        "insert into learners.left_out select 't', uln from learners.participation where activity_status = 'IN_LEARNING'"
    )
    await counted(islands, PARTICIPATION)

    assert (await shown(islands, PARTICIPATION))["IN_LEARNING"] == 0


async def test_a_code_that_the_menu_does_not_know_is_counted_as_other(islands: Any) -> None:
    await filled(islands)
    await islands.execute("update learners.participation set activity_status = 'MYSTERY'")
    await counted(islands, PARTICIPATION)

    told = await shown(islands, PARTICIPATION)

    assert told[OTHER] == told[""] > 0


async def test_a_row_to_which_two_schools_contribute_is_not_told(islands: Any) -> None:
    await filled(islands)
    two = [row["urn"] for row in await islands.fetch("select urn from schools.school limit 2")]
    await islands.execute(
        "update schools.pupil set sen_provision = 'K', urn = ($1::text[])[1 + right(upn, 1)::int % 2]"
        " where nc_year_actual = '5'",
        two,
    )
    await counted(islands, SEN_SUPPORT)

    told = await shown(islands, SEN_SUPPORT)

    assert (told["5"], told[""]) == (None, None)


def test_no_two_cubes_count_the_same_people() -> None:
    """One cube for each island; pupils with a plan are the authority's to count, and not the schools'."""
    assert len({cube.island for cube in MENU}) == len(MENU)
    assert "sen_provision = 'K'" in SEN_SUPPORT.people
