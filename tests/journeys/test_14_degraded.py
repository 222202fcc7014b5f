"""Journey 14: what is missing is said as it is: a number unknown, an identity not verified, an island or the link node away.

The ledger away is attack 92.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

QUERY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    identity { status } pupil { senProvision } learner { enrolled } } }"""
COORDINATOR = "EHC coordinator"


@asynccontextmanager
async def away(records, schema: str) -> AsyncIterator[None]:
    """The tables behind a service cannot be found while the block lasts."""
    await records.execute(f"alter schema {schema} rename to {schema}_away")
    try:
        yield
    finally:
        await records.execute(f"alter schema {schema}_away rename to {schema}")


async def test_a_number_that_nobody_knows_is_nobody_and_no_error(machine) -> None:
    answer = await machine.ask(COORDINATOR, QUERY, identifier={"upn": "E838994819999"})

    assert (answer.status, answer.data, answer.codes) == (200, {"child": None}, {})


async def test_an_identity_that_is_not_verified_says_so_and_joins_nothing(machine) -> None:
    tobias = machine.child("Tobias")
    machine.people["his coordinator"] = replace(
        machine.people[COORDINATOR],
        organisation=str(tobias.authority),
        identifier={"upn": str(tobias.numbers.upn)},
    )

    answer = await machine.ask("his coordinator", QUERY)

    assert answer.data["child"] == {
        "identity": {"status": "_02"},
        "pupil": None,
        "learner": None,
    }


async def test_an_island_that_is_away_is_an_error_there_and_nowhere_else(machine, records) -> None:
    async with away(records, "schools"):
        answer = await machine.ask(COORDINATOR, QUERY)
    again = await machine.ask(COORDINATOR, QUERY)

    assert answer.status == 200
    assert answer.data["child"]["identity"] == {"status": "_01"}
    assert answer.data["child"]["learner"] == {"enrolled": True}
    assert not (answer.data["child"]["pupil"] or {}).get("senProvision")
    assert [place for place in answer.codes if place.startswith("child.pupil")]
    assert "NOT_AVAILABLE" not in answer.codes.values()
    assert again.data["child"]["pupil"] == {"senProvision": "K"}


async def test_without_the_link_node_nothing_crosses_and_it_is_not_called_no_child(
    machine, records
) -> None:
    async with away(records, "link"):
        answer = await machine.ask(COORDINATOR, QUERY)

    assert answer.data == {"child": None}
    assert answer.codes
    assert "NOT_AVAILABLE" not in answer.codes.values()
