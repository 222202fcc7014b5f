"""Keeping the links right, from outside: a run by command, a queue for people, two of them, and the keepers of records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.demo import Person
from subgraphs.link.keys import keys_in
from subgraphs.population import Child
from subgraphs.postgres import stop
from tests.journeys.conftest import Machine, machine_in

pytest.importorskip("splink")

QUEUE = """
{ possibleDuplicates { id weight state judged evidence { compared found weight } records { kind number custodian } } }
"""
CONFLICTS = "{ identityConflicts { id kind said records { place kind number custodian } } }"
JUDGE = """
mutation ($duplicate: ID!, $verdict: SameChild!) {
  judgeDuplicate(duplicate: $duplicate, verdict: $verdict, reason: RECORDS_READ) { state next }
}
"""
ASK = """
mutation ($finding: ID!, $place: Int!) {
  requestCorrection(finding: $finding, place: $place, about: BIRTH_DATE) { id number answer }
}
"""
ASKED_OF = "{ correctionRequests { id kind number about askedBy } }"
ANSWER = (
    "mutation ($request: ID!) { answerCorrection(request: $request, answer: CORRECTED) { answer } }"
)
ASKED_BY = "{ correctionsAsked { number answer } }"


@dataclass(frozen=True)
class Office:
    """A demonstration of its own, where its link node keeps its keys, and its database as the owner sees it."""

    machine: Machine
    folder: Path
    records: asyncpg.Connection

    async def run(self, authority: str = "838", gateway: str | None = None) -> Result:
        token = self.machine.demo.issuer.token("batch", "system_batch", authority)
        arguments = [
            "match", "--authority", authority, "--gateway", gateway or self.machine.demo.url,
            "--database", self.machine.demo.database, "--data", str(self.folder),
        ]  # fmt: skip
        environment = {"CAUSEWAY_TOKEN": token}
        return await asyncio.to_thread(CliRunner().invoke, main, arguments, env=environment)

    async def ask(self, who: Person, query: str, **variables: Any) -> Any:
        answer = await self.machine.ask(who, query, variables=variables)
        return answer.data and next(iter(answer.data.values())), answer.codes

    async def of_kai(self) -> Mapping[str, Any]:
        """The pair of Kai's records that was made for these tests."""
        kai = self.machine.child("Kai")
        queue, _ = await self.ask(officer(), QUEUE)
        numbers = {str(kai.numbers.local_authority[0]), str(kai.numbers.upn)}
        return next(
            one for one in queue if {record["number"] for record in one["records"]} == numbers
        )


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[Office]:
    with TemporaryDirectory(prefix="causeway-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        async with machine_in(folder, children=60) as machine:
            records = await asyncpg.connect(machine.demo.database)
            yield Office(machine, folder, records)
            await records.close()
        stop(folder)


@pytest.fixture
async def apart(office: Office) -> AsyncIterator[UUID]:
    """Kai's record with the authority stands alone, as one whose NHS number nobody has traced."""
    kai, alone = await child_of(office, office.machine.child("Kai")), uuid4()
    await office.records.execute(
        "insert into link.child (child, status, birth_date) select $1, '02', birth_date from link.child where child = $2",
        alone, kai,
    )  # fmt: skip
    for table in ("relationship", "identifier"):
        where = "kind = 'LA'" if table == "identifier" else "organisation = '838'"
        await office.records.execute(
            f"create temp table if not exists was_{table} as select * from link.{table} where child = '{kai}' and {where}"
        )
    await office.records.execute(
        "update link.identifier set child = $1 where child = $2 and kind = 'LA'", alone, kai
    )
    await office.records.execute(
        "insert into link.relationship (child, organisation, kind, opened_on) select $1, organisation, kind, opened_on"
        " from was_relationship", alone,
    )  # fmt: skip
    yield alone
    await office.records.execute("drop table was_relationship; drop table was_identifier")
    await office.records.execute(
        "update link.identifier set child = $2 where child = $1 and not exists (select from link.identifier i"
        " where i.child = $2 and i.kind = 'LA')", alone, kai,
    )  # fmt: skip
    await office.records.execute("delete from link.relationship where child = $1", alone)
    await office.records.execute("delete from matching.finding")


async def child_of(office: Office, child: Child) -> UUID:
    index = keys_in(office.folder).index("UPN", str(child.numbers.upn))
    found = await office.records.fetchval(
        "select child from link.identifier where kind = 'UPN' and index = $1", index
    )
    assert isinstance(found, UUID)
    return found


def officer(subject: str = "io-1", organisation: str = "838") -> Person:
    return Person(
        "Identity officer", subject, "identity_officer", organisation, "LINK_MAINTENANCE", "", {}
    )


async def test_a_run_says_counts_alone_and_the_queue_why(office: Office, apart: UUID) -> None:
    ran = await office.run()

    assert ran.exit_code == 0
    assert "possible duplicates" in ran.output
    assert "Kai" not in ran.output
    found = await office.of_kai()
    assert found["state"] == "OPEN"
    said = {ground["compared"]: ground["found"] for ground in found["evidence"]}
    assert said["name"] == "forename and surname are the same"
    assert said["birth_date"] == "the birth date is the same"
    assert said["upn"] == "both say the same UPN"
    assert {record["custodian"] for record in found["records"]} == {"838", "990001"}


async def test_a_second_run_finds_the_same_and_adds_nothing(office: Office, apart: UUID) -> None:
    first = await office.run()
    before = await office.records.fetchval("select count(*) from matching.finding")

    second = await office.run()

    assert second.output.endswith("of these new 0\n")
    assert first.output.split(", of these")[0] == second.output.split(", of these")[0]
    assert before == await office.records.fetchval("select count(*) from matching.finding")


async def test_two_people_make_one_of_two_and_one_person_cannot(
    office: Office, apart: UUID
) -> None:
    await office.run()
    pair = (await office.of_kai())["id"]

    first, _ = await office.ask(officer(), JUDGE, duplicate=pair, verdict="SAME")
    again, codes = await office.ask(officer(), JUDGE, duplicate=pair, verdict="SAME")
    standing = await office.records.fetchval(
        "select count(*) from link.identifier where child = $1", apart
    )
    second, _ = await office.ask(officer("io-2"), JUDGE, duplicate=pair, verdict="SAME")

    assert first == {"state": "PROPOSED", "next": "SECOND_PERSON"}
    assert again is None
    assert codes == {"judgeDuplicate": "SECOND_PERSON_NEEDED"}
    assert standing == 1
    assert second == {"state": "SAME", "next": "NOTHING"}
    kai = await child_of(office, office.machine.child("Kai"))
    assert kai == await office.records.fetchval(
        "select merged_into from link.child where child = $1", apart
    )


async def test_two_unverified_records_are_not_joined_by_anybody(
    office: Office, apart: UUID
) -> None:
    kai = await child_of(office, office.machine.child("Kai"))
    await office.records.execute("update link.child set status = '02' where child = $1", kai)
    await office.run()
    pair = (await office.of_kai())["id"]

    await office.ask(officer(), JUDGE, duplicate=pair, verdict="SAME")
    second, _ = await office.ask(officer("io-2"), JUDGE, duplicate=pair, verdict="SAME")

    await office.records.execute("update link.child set status = '01' where child = $1", kai)
    assert second == {"state": "SAME", "next": "TRACE"}
    assert not await office.records.fetchval(
        "select merged_into from link.child where child = $1", apart
    )


async def test_a_pair_that_is_not_the_same_does_not_come_back(office: Office, apart: UUID) -> None:
    await office.run()
    pair = (await office.of_kai())["id"]

    said, _ = await office.ask(officer(), JUDGE, duplicate=pair, verdict="NOT_SAME")
    await office.run()

    queue, _ = await office.ask(officer(), QUEUE)
    assert said == {"state": "NOT_SAME", "next": "NOTHING"}
    assert pair not in {one["id"] for one in queue}
    assert await office.records.fetchval(
        "select state from matching.finding where finding = $1", UUID(pair)
    ) == "NOT_SAME"  # fmt: skip


async def test_a_conflict_is_shown_with_its_sources_and_its_keeper_is_asked(office: Office) -> None:
    kai = office.machine.child("Kai")
    await office.records.execute(
        "update schools.pupil set birth_date = birth_date + 1 where upn = $1", str(kai.numbers.upn)
    )
    await office.run()

    conflicts, _ = await office.ask(officer(), CONFLICTS)
    born = next(one for one in conflicts if one["kind"] == "BIRTH_DATE")
    place = next(one["place"] for one in born["records"] if one["kind"] == "UPN")
    asked, _ = await office.ask(officer(), ASK, finding=born["id"], place=place)
    school = officer("io-9", "990001")
    of_school, _ = await office.ask(school, ASKED_OF)
    of_another, _ = await office.ask(officer("io-8", "990010"), ASKED_OF)
    stolen, codes = await office.ask(officer("io-8", "990010"), ANSWER, request=asked["id"])
    answered, _ = await office.ask(school, ANSWER, request=asked["id"])

    await office.records.execute(
        "update schools.pupil set birth_date = birth_date - 1 where upn = $1", str(kai.numbers.upn)
    )
    assert born["said"] == "one digit of the birth date differs"
    assert {one["kind"] for one in born["records"]} >= {"LA", "UPN"}
    assert [one["number"] for one in of_school] == [str(kai.numbers.upn)]
    assert of_another == []
    assert stolen is None
    assert codes == {"answerCorrection": "NOT_AVAILABLE"}
    assert answered == {"answer": "CORRECTED"}
    assert (await office.ask(officer(), ASKED_BY))[0] == [
        {"number": str(kai.numbers.upn), "answer": "CORRECTED"}
    ]


async def test_another_authority_and_another_purpose_see_nothing_of_it(
    office: Office, apart: UUID
) -> None:
    await office.run()
    pair = (await office.of_kai())["id"]
    leeds = officer("io-7", "383")

    queue, _ = await office.ask(leeds, QUEUE)
    _, refused = await office.ask(leeds, JUDGE, duplicate=pair, verdict="NOT_SAME")
    _, closed = await office.ask(office.machine.people["EHC coordinator"], QUEUE)

    assert queue == []
    assert refused == {"judgeDuplicate": "NOT_AVAILABLE"}
    assert set(closed.values()) == {"NOT_IN_PURPOSE"}


async def test_a_sealed_or_adopted_child_is_not_looked_at(office: Office, apart: UUID) -> None:
    await office.run()
    pair = (await office.of_kai())["id"]
    await office.records.execute("update link.child set sealed_at = now() where child = $1", apart)
    queue, _ = await office.ask(officer(), QUEUE)
    await office.records.execute(
        "update link.child set sealed_at = null, adopted = true where child = $1", apart
    )
    await office.run()
    after, _ = await office.ask(officer(), QUEUE)

    assert pair not in {one["id"] for one in queue}
    kai = str(office.machine.child("Kai").numbers.local_authority[0])
    assert kai not in {record["number"] for one in after for record in one["records"]}


async def test_what_is_kept_says_nothing_of_a_child(office: Office, apart: UUID) -> None:
    await office.run()
    kai = office.machine.child("Kai")

    rows = [
        str(tuple(row))
        for table in ("finding", "record", "run")
        for row in await office.records.fetch(f"select * from matching.{table}")
    ]

    for value in (kai.forename, kai.surname, kai.birth_date.isoformat(), str(kai.numbers.upn)):
        assert not any(value in row for row in rows)


async def test_every_child_that_was_looked_at_is_in_the_record(office: Office) -> None:
    last = await office.records.fetchval("select max(seq) from ledger.entry")

    ran = await office.run()

    children = int(ran.output.split(",")[0].removeprefix("children "))
    recorded = await office.records.fetchval(
        "select count(distinct subject) from ledger.entry where seq > $1", last
    )
    assert recorded >= children > 10


async def test_an_island_that_does_not_answer_ends_the_run_and_nothing_is_kept(
    office: Office, apart: UUID
) -> None:
    await office.run()
    before = await office.records.fetch("select * from matching.finding order by finding")

    nobody = await office.run(gateway="http://127.0.0.1:9")

    assert nobody.exit_code == 2
    assert "nothing was kept" in nobody.output
    assert before == await office.records.fetch("select * from matching.finding order by finding")
