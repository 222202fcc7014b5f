from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from gateway.assertion import actor_id
from subgraphs.link import load_population
from subgraphs.population import Child, Numbers, named

Ask = Callable[..., Awaitable[dict[str, Any]]]

CHILD = """
query ($identifier: IdentifierInput!) {
  child(identifier: $identifier) {
    id identity { status verifiedOn } islands { island presence }
    pupil { upn } learner { uln } localAuthorityRecords { laCode localChildId }
  }
}
"""
CROSSINGS = """
query ($island: String!, $keys: [String!]!) {
  crossings(island: $island, keys: $keys) { subject open missing { condition categories } }
}
"""

NOBODY = {"data": {"child": None}, "extensions": {"crossings": []}}
CLINICIAN: dict[str, Any] = {
    "purpose": "UNSCHEDULED_CARE_CPIS",
    "role": "clinician_ed",
    "organisation": ("NHS_TRUST", "RQX"),
}


def written(*keys: dict[str, str]) -> list[str]:
    return [json.dumps(key) for key in keys]


def by_upn(child: Child) -> dict[str, Any]:
    return {"identifier": {"upn": str(child.numbers.upn)}}


async def test_a_coordinator_finds_by_upn_a_child_known_to_four_islands(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    kai = named(children, "Kai")

    body = await ask("link", CHILD, by_upn(kai))

    found = body["data"]["child"]
    record = kai.numbers.local_authority[0]
    assert found["identity"]["status"] == "_01"
    assert found["pupil"] == {"upn": str(kai.numbers.upn)}
    assert found["learner"] == {"uln": str(kai.numbers.uln)}
    assert found["localAuthorityRecords"] == [
        {"laCode": str(record.la_code), "localChildId": str(record.local_child_id)}
    ]
    assert {one["island"]: one["presence"] for one in found["islands"]} == {
        "local_authority": "PRESENT",
        "schools": "PRESENT",
        "learners": "PRESENT",
        "benefits": "NOT_AVAILABLE",  # benefits are closed to this purpose: presence is not told
    }


@pytest.mark.parametrize("kind", ["upn", "uln", "laChild", "nhsNumber", "id"])
async def test_every_identifier_leads_to_the_same_child(
    ask: Ask, children: tuple[Child, ...], kind: str
) -> None:
    kai = named(children, "Kai")
    by = (await ask("link", CHILD, by_upn(kai)))["data"]["child"]["id"]
    record = kai.numbers.local_authority[0]
    given = {
        "upn": str(kai.numbers.upn),
        "uln": str(kai.numbers.uln),
        "laChild": {"laCode": str(record.la_code), "localChildId": str(record.local_child_id)},
        "nhsNumber": str(kai.numbers.nhs),
        "id": by,
    }

    body = await ask("link", CHILD, {"identifier": {kind: given[kind]}})

    assert body["data"]["child"]["id"] == by


async def test_the_id_differs_between_organisations_and_families_of_purposes(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    kai = named(children, "Kai")
    mine = (await ask("link", CHILD, by_upn(kai)))["data"]["child"]["id"]
    query = "query ($identifier: IdentifierInput!) { child(identifier: $identifier) { id } }"
    nhs = {"identifier": {"nhsNumber": str(kai.numbers.nhs)}}

    theirs = (await ask("link", query, nhs, **CLINICIAN))["data"]["child"]["id"]
    borrowed = await ask("link", query, {"identifier": {"id": mine}}, **CLINICIAN)

    assert theirs != mine
    assert borrowed["data"] == {"child": None}


async def test_whatever_is_not_to_be_found_looks_the_same(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    """Never issued, not linked, sealed by an adoption, an id of nobody: one answer."""
    rowan = named(children, "Rowan")
    assert rowan.before_adoption is not None
    unknown = {"identifier": {"upn": "B801200005001"}}
    unlinked = by_upn(named(children, "Imogen"))
    sealed = [{"identifier": identifier} for identifier in _identifiers(rowan.before_adoption)]
    nobody = {"identifier": {"id": "A" * 43}}

    bodies = [await ask("link", CHILD, one) for one in (unknown, unlinked, nobody, *sealed)]

    assert len(sealed) == 3
    assert all(body == NOBODY for body in bodies)


def _identifiers(numbers: Numbers) -> Iterator[dict[str, Any]]:
    yield {"nhsNumber": str(numbers.nhs)}
    yield {"upn": str(numbers.upn)}
    for record in numbers.local_authority:
        yield {
            "laChild": {"laCode": str(record.la_code), "localChildId": str(record.local_child_id)}
        }


async def test_the_adopted_child_is_found_under_the_new_numbers(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    rowan = named(children, "Rowan")

    body = await ask(
        "link",
        CHILD.replace("learner { uln }", ""),
        by_upn(rowan),
        purpose="CHILD_MISSING_EDUCATION",
        role="cme_officer",
        organisation=("LA", "383"),
    )

    assert body["data"]["child"]["identity"]["status"] == "_01"


async def test_an_unverified_number_joins_nothing_and_says_so(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    tobias = named(children, "Tobias")

    body = await ask("link", CHILD, by_upn(tobias))

    found = body["data"]["child"]
    assert found["identity"] == {"status": "_02", "verifiedOn": None}
    assert found["pupil"] is found["learner"] is found["localAuthorityRecords"] is None
    assert {one["presence"] for one in found["islands"]} == {"NOT_AVAILABLE"}


async def test_an_unverified_child_keeps_its_own_authority(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    tobias = named(children, "Tobias")
    record = tobias.numbers.local_authority[0]
    mine = {"laCode": str(record.la_code), "localChildId": str(record.local_child_id)}

    body = await ask("link", CHILD, {"identifier": {"laChild": mine}})

    assert body["data"]["child"]["localAuthorityRecords"] == [mine]
    assert body["data"]["child"]["pupil"] is None


async def test_children_come_in_the_order_asked_and_no_more_than_a_hundred(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    kai, imogen = named(children, "Kai"), named(children, "Imogen")
    query = """query ($identifiers: [IdentifierInput!]!) {
        children(identifiers: $identifiers) { pupil { upn } } }"""
    asked = [{"upn": str(imogen.numbers.upn)}, {"upn": str(kai.numbers.upn)}]

    two = await ask("link", query, {"identifiers": asked})
    many = await ask("link", query, {"identifiers": asked * 51})

    assert two["data"]["children"] == [None, {"pupil": {"upn": str(kai.numbers.upn)}}]
    assert many["errors"][0]["extensions"]["code"] == "TOO_MANY_IDENTIFIERS"


async def test_a_crossing_says_what_is_open_for_each_key_and_null_where_nothing_crosses(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    kai, imogen = named(children, "Kai"), named(children, "Imogen")
    keys = written(
        {"upn": str(kai.numbers.upn)}, {"upn": str(imogen.numbers.upn)}, {"upn": "nonsense"}, {}
    )

    body = await ask("link", CROSSINGS, {"island": "schools", "keys": [*keys, "no JSON"]})

    one, *others = body["data"]["crossings"]
    assert {"SC.SEN", "SC.ATT", "SC.EXCL"} <= set(one["open"])
    assert not any(code.startswith(("LA.", "L.", "N.")) for code in one["open"])
    assert others == [None] * 4


async def test_the_ledgers_subject_is_the_same_in_every_island_and_is_no_id(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    kai = named(children, "Kai")
    record = kai.numbers.local_authority[0]
    la_key = {"laCode": str(record.la_code), "localChildId": str(record.local_child_id)}
    identifier = (await ask("link", CHILD, by_upn(kai)))["data"]["child"]["id"]

    schools = await ask(
        "link", CROSSINGS, {"island": "schools", "keys": written({"upn": str(kai.numbers.upn)})}
    )
    authority = await ask("link", CROSSINGS, {"island": "local_authority", "keys": written(la_key)})

    subject = schools["data"]["crossings"][0]["subject"]
    assert subject == authority["data"]["crossings"][0]["subject"]
    assert subject != identifier


async def test_without_live_work_with_the_child_nothing_is_open_and_the_record_learns_why(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    kai = named(children, "Kai")
    keys = written({"upn": str(kai.numbers.upn)})

    body = await ask(
        "link", CROSSINGS, {"island": "schools", "keys": keys}, organisation=("LA", "383")
    )

    crossing = body["data"]["crossings"][0]
    assert crossing["open"] == []
    assert "relationship" in {one["condition"] for one in crossing["missing"]}


async def test_a_restricted_record_drops_what_tells_where_the_child_is(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    marcus = named(children, "Marcus")
    asked = {
        "purpose": "CIN_S17_ASSESSMENT",
        "role": "social_worker",
        "organisation": ("LA", str(marcus.authority)),
    }

    body = await ask(
        "link",
        CROSSINGS,
        {"island": "schools", "keys": written({"upn": str(marcus.numbers.upn)})},
        **asked,
    )

    crossing = body["data"]["crossings"][0]
    assert "SC.ATT" in crossing["open"]
    assert "SC.ENROL" not in crossing["open"]
    assert "not_restricted" in {one["condition"] for one in crossing["missing"]}


async def test_a_withdrawn_consent_closes_at_once(
    ask: Ask, children: tuple[Child, ...], database_url: str
) -> None:
    kai = named(children, "Kai")
    keys = {"island": "schools", "keys": written({"upn": str(kai.numbers.upn)})}
    connection = await asyncpg.connect(database_url)
    withdraw = """update link.consent set withdrawn_on = $1 where purpose = 'EHC_NEEDS_ASSESSMENT'
        and child = (select child from link.child where birth_date = $2 and gp_practice = $3)"""

    try:
        await connection.execute(withdraw, kai.today, kai.birth_date, kai.gp_practice)
        closed = await ask("link", CROSSINGS, keys)
        await connection.execute(withdraw, None, kai.birth_date, kai.gp_practice)
        opened = await ask("link", CROSSINGS, keys)
    finally:
        await connection.close()

    assert closed["data"]["crossings"][0]["open"] == []
    assert "SC.SEN" in opened["data"]["crossings"][0]["open"]


async def test_a_very_restricted_child_is_as_if_unknown_in_every_way(
    ask: Ask, children: tuple[Child, ...], database_url: str
) -> None:
    kai = named(children, "Kai")
    identifier = (await ask("link", CHILD, by_upn(kai)))["data"]["child"]["id"]
    keys = {"island": "schools", "keys": written({"upn": str(kai.numbers.upn)})}
    connection = await asyncpg.connect(database_url)
    restrict = "update link.child set restriction = $1 where birth_date = $2 and gp_practice = $3"

    try:
        await connection.execute(restrict, "V", kai.birth_date, kai.gp_practice)
        bodies = [
            await ask("link", CHILD, by_upn(kai)),
            await ask("link", CHILD, {"identifier": {"id": identifier}}),
        ]
        crossing = await ask("link", CROSSINGS, keys)
    finally:
        await connection.execute(restrict, "U", kai.birth_date, kai.gp_practice)
        await connection.close()

    assert bodies == [NOBODY] * 2
    assert crossing == {"data": {"crossings": [None]}}


async def test_loading_again_replaces_the_invented_children_and_leaves_all_others(
    ask: Ask, children: tuple[Child, ...], database_url: str
) -> None:
    await ask("link", CHILD, by_upn(named(children, "Kai")))
    connection = await asyncpg.connect(database_url)
    count = "select count(*) from link.child"
    other = uuid4()

    try:
        before = await connection.fetchval(count)
        await connection.execute("insert into link.child (child, status) values ($1, '01')", other)
        with TemporaryDirectory() as folder:
            async with Rehearsal(connection):
                await load_population(connection, children, Path(folder))
                after = await connection.fetchval(count)
    finally:
        await connection.execute("delete from link.child where child = $1", other)
        await connection.close()

    assert after == before + 1


class Rehearsal:
    """What is done inside is undone: the other tests' rows stay under the keys they were written with."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._transaction = connection.transaction()

    async def __aenter__(self) -> None:
        await self._transaction.start()

    async def __aexit__(self, *_: object) -> None:
        await self._transaction.rollback()


async def test_a_clinician_reads_cp_is_and_the_access_is_kept_once_for_the_encounter(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    anne = named(children, "Anne")
    query = """query ($identifier: IdentifierInput!) { child(identifier: $identifier) {
        nhsNumber onCpis cpis { planType laCode contactTelephone accesses { organisation } } } }"""
    by_nhs = {"identifier": {"nhsNumber": str(anne.numbers.nhs)}}

    await ask("link", query, by_nhs, **CLINICIAN)
    body = await ask("link", query, by_nhs, **CLINICIAN)

    found = body["data"]["child"]
    assert found["nhsNumber"] == str(anne.numbers.nhs)
    assert found["onCpis"] is True
    assert found["cpis"]["planType"] == "LAC"
    assert found["cpis"]["laCode"] == "211"
    assert found["cpis"]["accesses"] == [{"organisation": "RQX"}]


async def test_a_purpose_that_never_uses_the_nhs_number_does_not_take_it_either(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    kai = named(children, "Kai")
    query = (
        "query ($identifier: IdentifierInput!) { child(identifier: $identifier) { pupil { upn } } }"
    )

    body = await ask(
        "link",
        query,
        {"identifier": {"nhsNumber": str(kai.numbers.nhs)}},
        purpose="POST16_PARTICIPATION",
        role="participation_officer",
    )

    assert body["errors"][0]["extensions"]["code"] == "NHS_NUMBER_NOT_FOR_PURPOSE"


async def test_an_islands_entity_leads_to_its_child(ask: Ask, children: tuple[Child, ...]) -> None:
    kai, imogen = named(children, "Kai"), named(children, "Imogen")
    query = """query ($keys: [_Any!]!) { _entities(representations: $keys) {
        ... on Pupil { child { id learner { uln } } } ... on Child { pupil { upn } } } }"""
    identifier = (await ask("link", CHILD, by_upn(kai)))["data"]["child"]["id"]
    keys = [
        {"__typename": "Pupil", "upn": str(kai.numbers.upn)},
        {"__typename": "Pupil", "upn": str(imogen.numbers.upn)},
        {"__typename": "Child", "id": identifier},
        {"__typename": "Child", "id": "nobody"},
    ]

    body = await ask("link", query, {"keys": keys})

    assert body["data"]["_entities"] == [
        {"child": {"id": identifier, "learner": {"uln": str(kai.numbers.uln)}}},
        {"child": None},
        {"pupil": {"upn": str(kai.numbers.upn)}},
        None,
    ]


async def test_a_young_persons_own_record_opens_to_nobody_else(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    jodie = named(children, "Jodie")
    keys = {"island": "schools", "keys": written({"upn": str(jodie.numbers.upn)})}
    own = {"purpose": "SUBJECT_ACCESS", "role": "young_person"}
    herself = actor_id("https://demo.causeway.example", "yp-1")

    hers = await ask("link", CROSSINGS, keys, **own, actor=herself)
    anothers = await ask("link", CROSSINGS, keys, **own, actor=actor_id("elsewhere", "yp-1"))

    assert "SC.SEN" in hers["data"]["crossings"][0]["open"]
    assert anothers["data"]["crossings"][0]["open"] == []


async def test_no_number_is_in_the_database_in_the_clear(
    ask: Ask, children: tuple[Child, ...], database_url: str
) -> None:
    await ask("link", CHILD, by_upn(named(children, "Kai")))
    connection = await asyncpg.connect(database_url)
    tables = await connection.fetch("select tablename from pg_tables where schemaname = 'link'")
    held = ""
    for table in tables:
        rows = await connection.fetch(f"select t::text from link.{table['tablename']} t")
        held += "\n".join(row[0] for row in rows)
    await connection.close()

    numbers = [child.numbers for child in children]
    clear = [str(one) for n in numbers for one in (n.nhs, n.upn, n.uln, n.child_benefit) if one]
    assert not [number for number in clear if number in held]
    assert not [n for n in clear if n.encode().hex() in held]
