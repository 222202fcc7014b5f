"""Attacks 68 and 69: a query that should not be (trust.md §7). The islands' roles see a request's own rows, and no others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from gateway.assertion import Assertion
from subgraphs.confined import NOBODY, Asked, Confined, as_role, named, reader
from tests.journeys.conftest import Machine

ISLANDS = ("schools", "learners", "local_authority", "benefits")
PUBLISHED = {
    "schools.school",
    "schools.contact",
    "learners.provider",
    *(f"{island}.{one}" for island in ISLANDS for one in ("counted", "count_shown")),
}
OWNERS = {"schools": "SCHOOL", "learners": "FE_COLLEGE", "local_authority": "LA", "benefits": "DWP"}
CUSTODIAN = {
    "schools": "urn",
    "learners": "ukprn",
    "local_authority": "la_code",
    "benefits": "custodian",
}
OF_PEOPLE = {
    "schools": "schools.pupil",
    "learners": "learners.learner",
    "local_authority": "local_authority.child",
    "benefits": "benefits.child_benefit_claim",
}
KEY = {
    "schools": "upn",
    "learners": "uln",
    "local_authority": "la_code || ':' || local_child_id",
    "benefits": "child_benefit_number",
}


@pytest.fixture
async def owner(machine: Machine) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(machine.demo.database)
    yield connection
    await connection.close()


@asynccontextmanager
async def connections(machine: Machine, island: str, size: int = 1) -> AsyncIterator[asyncpg.Pool]:
    """A pool as the island has it; of one connection, so that whoever comes next has the same."""
    url = as_role(machine.demo.database, reader(island))

    async def keep(_: asyncpg.Connection) -> None:
        """No reset, as the islands' own pool."""

    async with asyncpg.create_pool(url, min_size=1, max_size=size, reset=keep) as pool:
        yield pool


async def tables(owner: asyncpg.Connection, island: str) -> list[str]:
    """The tables of people that the island's role may read at all."""
    rows = await owner.fetch(
        "select format('%I.%I', schemaname, tablename) as one from pg_tables where schemaname = $1"
        " and has_table_privilege($2, format('%I.%I', schemaname, tablename), 'select')",
        island,
        reader(island),
    )
    return [row["one"] for row in rows if row["one"] not in PUBLISHED]


async def counts(fetch: Callable[[str], Any], held: list[str]) -> Mapping[str, int]:
    return {one: (await fetch(f"select count(*) as n from {one}"))[0]["n"] for one in held}


@pytest.mark.parametrize("island", ISLANDS)
async def test_69_a_statement_that_nobody_asked_for_reads_no_row_of_any_table(
    machine: Machine, owner: asyncpg.Connection, island: str
) -> None:
    held = await tables(owner, island)
    there = await counts(owner.fetch, held)

    async with connections(machine, island) as pool:
        assert not any((await counts(pool.fetch, held)).values())
        assert not any((await counts(Confined(pool, NOBODY).fetch, held)).values())
    assert there[OF_PEOPLE[island]] > 0 and sum(there.values()) > 100


@pytest.mark.parametrize("island", ISLANDS)
async def test_69_another_organisations_settings_show_none_of_this_ones_rows(
    machine: Machine, owner: asyncpg.Connection, island: str
) -> None:
    table, custodian = OF_PEOPLE[island], CUSTODIAN[island]
    held = await owner.fetch(
        f"select {custodian} as who, count(*) as n from {table} where {custodian} is not null group by 1"
    )
    whole = f"select {custodian} as who from {table}"
    who = held[0]["who"]
    kind = "DWP" if who == "DWP" else "HMRC" if who == "HMRC" else OWNERS[island]

    async with connections(machine, island) as pool:
        mine = await Confined(pool, Asked((), f"{kind}:{who}")).fetch(whole)
        kinds = {"NHS_TRUST", "POLICE", "SCHOOL", "LA"} - {kind}
        kinds -= {"SCHOOL"} if island == "learners" else set()  # a school may be a provider
        theirs = [
            row["who"]
            for asked in (
                *(Asked((), f"{other}:{who}") for other in kinds),
                Asked((), f"{kind}:{who}0"),
                Asked((), f"{kind}:"),
                Asked((), kind),
                Asked(("",), ""),
            )
            for row in await Confined(pool, asked).fetch(whole)
        ]

    if island == "schools":  # a pupil of ours may be, or have been, on another roll too
        assert {row["who"] for row in mine} >= {who}
    else:
        assert {row["who"] for row in mine} == {who}
        assert len(mine) == held[0]["n"]
    assert theirs == []


@pytest.mark.parametrize("island", ISLANDS)
async def test_69_a_key_in_the_request_shows_that_childs_rows_in_every_table_and_no_other_childs(
    machine: Machine, owner: asyncpg.Connection, island: str
) -> None:
    table, key = OF_PEOPLE[island], KEY[island]
    some = await owner.fetch(
        f"select distinct {key} as key from {table} where {key} is not null order by 1 limit 3"
    )
    wanted = [row["key"] for row in some]
    held = await tables(owner, island)
    there = await counts(owner.fetch, held)

    async with connections(machine, island) as pool:
        confined = Confined(pool, Asked(tuple(wanted), "POLICE:1"))
        found = await confined.fetch(f"select distinct {key} as key from {table} order by 1")
        seen = await counts(confined.fetch, held)

    assert [row["key"] for row in found] == wanted
    assert all(seen[one] < there[one] for one in held if there[one] > 30)


async def test_69_what_an_adoption_left_is_shown_to_the_sealed_family_alone(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    row = await owner.fetchrow(
        "select la_code, local_child_id from local_authority.child order by 2 limit 1"
    )
    sealed = ("ad1", "placed_for_adoption", "previous_permanence")
    for table in sealed:
        await owner.execute(
            f"insert into local_authority.{table} (source, as_at, la_code, local_child_id"
            + (", date_placed)" if table == "placed_for_adoption" else ")")
            + " values ('attack', current_date, $1, $2"
            + (", current_date)" if table == "placed_for_adoption" else ")"),
            *row,
        )
    whole = [f"local_authority.{one}" for one in sealed]
    asked = {
        family: Asked((":".join(row),), f"LA:{row['la_code']}", family)
        for family in ("send", "safeguarding", "", "sealed")
    }

    async with connections(machine, "local_authority") as pool:
        seen = {
            family: await counts(Confined(pool, one).fetch, whole) for family, one in asked.items()
        }
    for table in whole:
        await owner.execute(f"delete from {table} where source = 'attack'")

    assert all(seen.pop("sealed").values())
    assert not any(one for each in seen.values() for one in each.values())


async def test_69_nothing_is_left_in_a_connection_for_whoever_has_it_next(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    upn = await owner.fetchval("select upn from schools.pupil where upn is not null limit 1")
    whole = "select upn from schools.pupil"

    async with connections(machine, "schools") as pool:
        mine = await Confined(pool, Asked((upn,), "SCHOOL:1")).fetch(whole)
        left = await pool.fetchval("select current_setting('causeway.keys', true)")
        next_one = await pool.fetch(whole)
        with pytest.raises(asyncpg.PostgresError):
            await Confined(pool, Asked((upn,))).fetch("select 1 / 0 from schools.pupil")
        after_an_error = await pool.fetch(whole)

    assert {row["upn"] for row in mine} == {upn}
    assert not left
    assert next_one == after_an_error == []


async def test_69_two_hundred_interleaved_reads_over_few_connections_each_see_their_own(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    rows = await owner.fetch(
        "select distinct upn from schools.pupil where upn is not null limit 20"
    )
    upns = [row["upn"] for row in rows]
    whole = "select distinct upn from schools.current_pupil"

    async with connections(machine, "schools", size=3) as pool:
        found = await asyncio.gather(
            *(Confined(pool, Asked((upn,), "LA:1")).fetch(whole) for _ in range(10) for upn in upns)
        )

    assert [[row["upn"] for row in one] for one in found] == [[upn] for upn in upns * 10]


@pytest.mark.parametrize("island", ISLANDS)
@pytest.mark.parametrize(
    "statement",
    [
        "delete from {table}",
        "update {table} set source = 'x'",
        "truncate {table}",
        "alter table {table} disable row level security",
        "drop policy asked on {table}",
        "set session authorization postgres",
        "set role causeway_gateway",
        "select * from link.identifier",
        "select * from ledger.entry",
    ],
)
async def test_69_an_islands_role_changes_nothing_and_becomes_nobody_else(
    machine: Machine, island: str, statement: str
) -> None:
    async with connections(machine, island) as pool:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement.format(table=OF_PEOPLE[island]))


@pytest.mark.parametrize("island", ISLANDS)
async def test_69_a_new_table_is_shown_to_nobody_until_it_has_a_rule(
    machine: Machine, owner: asyncpg.Connection, island: str
) -> None:
    """Each table of an island has a rule, is published, or cannot be read at all."""
    rows = await owner.fetch(
        "select format('%I.%I', n.nspname, c.relname) as one, c.relrowsecurity as ruled,"
        " has_table_privilege($2, c.oid, 'select') as readable"
        " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = $1 and c.relkind = 'r'",
        island,
        reader(island),
    )

    assert {row["one"] for row in rows if row["readable"] and not row["ruled"]} <= PUBLISHED
    assert sum(row["ruled"] for row in rows) >= 4


@pytest.mark.parametrize(
    "text", ["';--", "$1", "%", "x' or '1'='1", "1); drop table schools.pupil;--", "a" * 1_000_000]
)
async def test_68_what_is_asked_for_is_a_parameter_and_never_a_statement(
    machine: Machine, owner: asyncpg.Connection, text: str
) -> None:
    there = await counts(owner.fetch, list(OF_PEOPLE.values()))
    person = machine.people["EHC coordinator"]
    query = "query($ref: ID!, $who: String) { ehcCase(caseRef: $ref) { caseRef } ehcCaseload(coordinator: $who) { caseRef } }"
    for variables in ({"ref": text, "who": None}, {"ref": "x", "who": text}):
        body = {"query": query, "variables": variables}
        headers = {
            "authorization": f"Bearer {machine.token(person)}",
            "declared-purpose": person.purpose,
        }
        answer = await machine.http.post("/graphql", json=body, headers=headers)
        assert answer.status_code in (200, 413)
        if answer.status_code == 200:
            assert answer.json()["data"]["ehcCase"] is None
            assert not (variables["who"] and answer.json()["data"]["ehcCaseload"])
    query = "query($id: ID!) { child(identifier: {id: $id}) { id } }"
    child = await machine.ask(person, query, variables={"id": text[:1000]})

    assert child.data == {"child": None}
    assert await counts(owner.fetch, list(OF_PEOPLE.values())) == there


def test_the_keys_of_a_request_are_those_of_its_representations_and_of_nothing_else() -> None:
    keys = {"Pupil": ("upn",), "LocalAuthorityChild": ("laCode", "localChildId")}
    variables = {
        "representations": [
            {"__typename": "Pupil", "upn": "A1", "surname": "ignored"},
            {"__typename": "Stranger", "upn": "B2"},
        ],
        "r1": [{"__typename": "LocalAuthorityChild", "localChildId": "7", "laCode": "838"}],
        "upn": "C3",
        "list": [{"upn": "D4"}, "E5", None],
    }
    note = Assertion("P", "r", "LA:838", "LA", "a", "r", "t")

    assert named(variables, keys) == ["A1", "838:7"]
    assert Asked.by(note, "send", []).organisation == "LA:838"
