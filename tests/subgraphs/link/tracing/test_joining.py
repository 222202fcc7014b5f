"""A number that the NHS gave, in the link node's own tables: what changes, and that nothing does where it may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from gateway.identifiers import NhsNumber
from subgraphs.link.keys import KeyRing, ring_in
from subgraphs.link.numbers import Entry, add
from subgraphs.link.tracing.joining import Given, Joined, Links
from subgraphs.link.tracing.pace import Unshared
from subgraphs.link.tracing.pds import Pds
from subgraphs.link.tracing.settling import Conflict, Settled
from subgraphs.link.tracing.status import NumberStatus
from tests.subgraphs.link.tracing.nhs import ANNE, BEN, LOST, OLD_BEN

TODAY, BORN = date(2026, 11, 22), date(2012, 5, 6)


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return ring_in(tmp_path)


@pytest.fixture
async def records(links: asyncpg.Pool, ring: KeyRing, nhs: Pds) -> AsyncIterator[Links]:
    yield Links(links, ring, nhs)


async def child(of: Links, *numbers: tuple[str, str], status: str = "03") -> UUID:
    made = uuid4()
    await of.connections.execute(
        "insert into link.child (child, status, birth_date) values ($1, $2, $3)", made, status, BORN
    )
    for kind, text in numbers:
        await add(of.connections, of.ring.now(), Entry(made, kind, text, provenance="file"))
    return made


async def status(of: Links, child: UUID) -> str:
    found: str = await of.connections.fetchval(
        "select status from link.child where child = $1", child
    )
    return found


async def numbers(of: Links, child: UUID) -> dict[str, bool]:
    """The child's NHS numbers, and whether each is a former one."""
    rows = await of.connections.fetch(
        "select * from link.identifier where child = $1 and kind = 'NHS'", child
    )
    return {of.ring.now().unsealed("NHS", row["cipher"]): row["former"] for row in rows}


def given(number: str, *, judged: bool = False) -> Given:
    return Given(NhsNumber.parse(number), TODAY, judged)


async def test_a_number_in_force_is_the_childs_with_where_it_came_from(records: Links) -> None:
    made = await child(records, ("LA", "838:C1"))

    assert await records.join(made, given(BEN)) == Joined(made, Settled.LINKED)

    row = await records.connections.fetchrow("select * from link.child where child = $1", made)
    assert (row["status"], row["verified_on"], row["verified_by"]) == ("01", TODAY, "PDS trace")
    assert await numbers(records, made) == {BEN: False}
    said = "select array_agg(provenance order by kind) from link.identifier where child = $1"
    assert await records.connections.fetchval(said, made) == ["file", "PDS trace"]


async def test_a_superseded_number_gives_way_and_still_finds_the_child(records: Links) -> None:
    made = await child(records, ("NHS", OLD_BEN), status="01")

    assert await records.join(made, given(OLD_BEN)) == Joined(made, Settled.SUPERSEDED)

    assert await numbers(records, made) == {OLD_BEN: True, BEN: False}


async def test_two_records_of_one_number_are_one_child_with_all_its_numbers(records: Links) -> None:
    first = await child(records, ("LA", "838:C1"), ("NHS", BEN), status="01")
    second = await child(records, ("UPN", "B801200005001"), ("LA", "839:X"))

    assert await records.join(second, given(BEN)) == Joined(first, Settled.JOINED)

    held = (
        "select array_agg(kind order by kind) from link.identifier where child = $1 and not former"
    )
    assert await records.connections.fetchval(held, first) == ["LA", "LA", "NHS", "UPN"]
    assert await records.connections.fetchval("select merged_into from link.child where child = $1", second) == first  # fmt: skip


async def test_a_number_that_another_child_holds_is_never_taken(records: Links) -> None:
    holder = await child(records, ("NHS", BEN), ("UPN", "B801200005001"), status="01")
    made = await child(records, ("UPN", "P207000016049"))

    assert await records.join(made, given(BEN)) == Joined(made, Conflict.HELD_BY_ANOTHER)

    assert (await status(records, made), await status(records, holder)) == ("05", "01")
    assert (await numbers(records, made), await numbers(records, holder)) == ({}, {BEN: False})


async def test_a_verified_child_keeps_its_number_until_a_person_has_looked(records: Links) -> None:
    made = await child(records, ("NHS", ANNE), status="01")

    doubted = await records.join(made, given(BEN))
    assert doubted == Joined(made, Conflict.HOLDS_ANOTHER)
    assert (await status(records, made), await numbers(records, made)) == ("01", {ANNE: False})

    judged = await records.join(made, given(BEN, judged=True))
    assert judged == Joined(made, Settled.LINKED)
    assert await numbers(records, made) == {BEN: False}, "the wrong one finds the child no more"


async def test_nothing_leads_on_from_an_invalidated_number(records: Links) -> None:
    made = await child(records, ("NHS", LOST), status="01")

    for judged in (False, True):
        assert await records.join(made, given(BEN, judged=judged)) == Joined(made, Conflict.INVALIDATED)  # fmt: skip
    assert await numbers(records, made) == {LOST: False}


async def test_a_number_not_in_force_and_an_outage_change_nothing(records: Links) -> None:
    made = await child(records)
    away = Links(records.connections, records.ring, Pds("http://127.0.0.1:9", pace=Unshared(9_999), pause=0.001))  # fmt: skip

    assert await records.join(made, given(LOST)) == Joined(made, None, "NOT_IN_FORCE")
    assert await away.join(made, given(BEN)) == Joined(made, None, "UNREACHABLE")
    assert (await status(records, made), await numbers(records, made)) == ("03", {})


async def test_what_a_trace_came_to_is_a_status_and_takes_no_verified_one_away(
    records: Links,
) -> None:
    doubtful, sure = await child(records), await child(records, ("NHS", BEN), status="01")

    for one in (doubtful, sure):
        await records.mark(one, NumberStatus.NO_OR_MANY_MATCHES)

    assert (await status(records, doubtful), await status(records, sure)) == ("04", "01")
