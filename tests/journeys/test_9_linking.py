"""Journey 9, gone on with: a verified trace becomes the child's number, and what is not certain waits for a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import asyncpg

from subgraphs.link.keys import ring_in
from subgraphs.pds.stubs import patients
from subgraphs.population import Child
from tests.journeys.conftest import Answer, Machine

TRACE = """
mutation ($person: PersonToTraceInput!, $child: IdentifierInput!) {
  traceChild(person: $person, child: $child) { status numberStatus toBeJudged link }
}
"""
STATUS = """
query ($identifier: IdentifierInput!) {
  child(identifier: $identifier) { id identity { status source verifiedOn } nhsNumber islands { island presence } }
}
"""
QUEUE = """
query { tracesToJudge {
  id reason givenName familyName birthDate status score rule since
  evidence { different missingHere missingThere addresses { primarySame } }
} }
"""
JUDGE = """
mutation ($id: ID!, $same: Boolean!, $why: String!) { judgeTrace(id: $id, samePerson: $same, why: $why) { link } }
"""
SUBMIT = "mutation ($people: [PersonToTraceInput!]!) { submitTraceBatch(people: $people) { id } }"
FOLLOW = """
query ($id: ID!) { traceBatch(id: $id) { waiting outcomes { reference trace { status link } judgement { why } } } }
"""
LINK = "mutation ($id: ID!) { linkTraceBatch(id: $id) { position link } }"


def officer(machine: Machine, child: Child) -> str:
    title = f"officer {child.number}"
    machine.people[title] = replace(
        machine.people["Identity officer"], subject=title, organisation=str(child.authority), identifier=local(child)
    )  # fmt: skip
    return title


def local(child: Child) -> dict[str, Any]:
    known = child.numbers.local_authority[0]
    return {"laChild": {"laCode": str(known.la_code), "localChildId": str(known.local_child_id)}}


def told(child: Child, **more: str) -> dict[str, str]:
    names = {"givenName": child.forename, "familyName": child.surname}
    return names | {"birthDate": child.birth_date.isoformat()} | more


def unverified(machine: Machine, status: str, nth: int = 0) -> Child:
    """A child of that status whom the NHS knows, and its authority and a school too."""
    return [
        one for one in machine.demo.children
        if one.nhs_status == status and one.numbers.nhs and one.numbers.upn and one.numbers.local_authority
    ][nth]  # fmt: skip


async def asked(machine: Machine, who: str, query: str, **variables: Any) -> Answer:
    return await machine.ask(who, query, variables=variables)


async def test_a_verified_trace_becomes_the_childs_number_and_its_records_are_one(
    machine: Machine, records: asyncpg.Connection
) -> None:
    ben = unverified(machine, "03", 1)
    who, by_upn = officer(machine, ben), {"upn": str(ben.numbers.upn)}
    before = await machine.ask(who, STATUS)

    first = await asked(machine, who, TRACE, person=told(ben), child=local(ben))
    second = await asked(machine, who, TRACE, person=told(ben), child=by_upn)
    again = await asked(machine, who, TRACE, person=told(ben), child=by_upn)

    assert before.data["child"]["identity"]["status"] == "_03"
    assert [one.data["traceChild"]["link"] for one in (first, second, again)] == ["LINKED", "JOINED", "CONFIRMED"]  # fmt: skip
    assert all(one.body["extensions"]["receipt"] for one in (first, second, again))
    after = (await machine.ask(who, STATUS)).data["child"]
    assert after["identity"]["status"] == "_01"
    assert after["identity"]["source"] == "PDS trace"
    assert after["nhsNumber"] == str(ben.numbers.nhs)
    assert after == (await machine.ask(who, STATUS, identifier=by_upn)).data["child"]
    presence = {one["island"]: one["presence"] for one in after["islands"]}
    assert (presence["local_authority"], presence["schools"]) == ("PRESENT", "PRESENT")
    sources = "select provenance from link.identifier where provenance = 'PDS trace'"
    assert len(await records.fetch(sources)) == 1, "one row: the second trace found the first's"


async def test_another_childs_particulars_change_nothing_and_a_person_says_so(
    machine: Machine, records: asyncpg.Connection
) -> None:
    keira, kai = unverified(machine, "06"), machine.child("Kai")
    who = officer(machine, keira)

    traced = await asked(machine, who, TRACE, person=told(kai), child=local(keira))
    (waiting,) = (await asked(machine, who, QUEUE)).data["tracesToJudge"]
    during = await machine.ask(who, STATUS)
    unreasoned = await asked(machine, who, JUDGE, id=waiting["id"], same=False, why=" ")
    judged = await asked(
        machine, who, JUDGE, id=waiting["id"], same=False, why="Kai's letter lay in her file"
    )
    twice = await asked(machine, who, JUDGE, id=waiting["id"], same=True, why="No, it is hers")
    after = await machine.ask(who, STATUS)
    of_kai = await machine.ask("EHC coordinator", "query ($identifier: IdentifierInput!) { child(identifier: $identifier) { identity { status } } }")  # fmt: skip

    assert traced.data["traceChild"] == {
        "status": "MATCH", "numberStatus": "_01", "toBeJudged": True, "link": "TO_BE_JUDGED",
    }  # fmt: skip
    assert (waiting["reason"], waiting["givenName"]) == ("BIRTH_DATE_DIFFERS", "Kai")
    assert waiting["evidence"]["different"] == []
    assert during.data["child"]["identity"]["status"] == "_05"
    assert unreasoned.codes == {"judgeTrace": "REASON_NEEDED"}
    assert judged.data == {"judgeTrace": {"link": None}}
    assert judged.body["extensions"]["receipt"]
    assert twice.data == {"judgeTrace": None}
    assert after.data["child"]["identity"]["status"] == "_04"
    assert after.data["child"]["nhsNumber"] is None
    assert of_kai.data["child"]["identity"]["status"] == "_01"
    row = await records.fetchrow("select * from tracing.judgement order by judged_at desc limit 1")
    assert (row["same_person"], row["role"], row["conflict"]) == (
        False,
        "identity_officer",
        "BIRTH_DATE_DIFFERS",
    )
    assert b"letter" not in row["why"]


async def test_a_likely_match_is_linked_once_a_person_says_that_it_is_the_same(
    machine: Machine,
) -> None:
    elias = unverified(machine, "05")
    who = officer(machine, elias)
    heard = told(elias, givenName="Elyas", familyName=elias.surname + "e")

    traced = await asked(machine, who, TRACE, person=heard, child=local(elias))
    (waiting,) = (await asked(machine, who, QUEUE)).data["tracesToJudge"]
    judged = await asked(
        machine, who, JUDGE, id=waiting["id"], same=True, why="Spelt so by his mother; I rang her"
    )
    after = await machine.ask(who, STATUS)

    assert traced.data["traceChild"]["link"] == "TO_BE_JUDGED"
    assert traced.data["traceChild"]["status"] == "POTENTIAL_MATCH"
    assert waiting["reason"] == "POSSIBLE_MATCH"
    assert waiting["evidence"]["different"] == ["given", "family"]
    assert judged.data == {"judgeTrace": {"link": "LINKED"}}
    assert (await asked(machine, who, QUEUE)).data == {"tracesToJudge": []}
    assert after.data["child"]["identity"]["status"] == "_01"
    assert after.data["child"]["identity"]["source"] == "PDS trace, judged by a person"


async def test_a_job_is_linked_to_the_children_whom_its_references_name(machine: Machine) -> None:
    priya = unverified(machine, "02", 2)
    who = officer(machine, priya)
    known = str(priya.numbers.local_authority[0].local_child_id)
    people = [
        told(priya, reference=known),
        told(machine.child("Anne"), reference="C9999999"),
        told(priya, reference=known, familyName="Nobody"),
    ]

    job = (await asked(machine, who, SUBMIT, people=people)).data["submitTraceBatch"]["id"]
    while (await asked(machine, who, FOLLOW, id=job)).data["traceBatch"]["waiting"]:
        pass
    linked = await asked(machine, who, LINK, id=job)
    again = await asked(machine, who, LINK, id=job)
    followed = (await asked(machine, who, FOLLOW, id=job)).data["traceBatch"]["outcomes"]
    elsewhere = await asked(machine, officer(machine, unverified(machine, "03", 1)), LINK, id=job)

    assert linked.data["linkTraceBatch"] == [
        {"position": 1, "link": "LINKED"},
        {"position": 2, "link": "NOT_LINKED"},
    ]
    assert again.data["linkTraceBatch"] == [{"position": 2, "link": "NOT_LINKED"}]
    assert followed[0]["trace"] == {"status": "MATCH", "link": "LINKED"}
    assert elsewhere.codes == {"linkTraceBatch": "NOT_AVAILABLE"}
    assert (await machine.ask(who, STATUS)).data["child"]["identity"]["status"] == "_01"


async def test_only_who_may_see_a_number_links_and_judges(machine: Machine) -> None:
    ben = unverified(machine, "03", 1)
    machine.people["batch"] = replace(
        machine.people[officer(machine, ben)], role="system_batch", subject="batch"
    )

    linked = await asked(machine, "batch", LINK, id="5f1f0f3e-0000-4000-8000-000000000000")
    queue = await asked(machine, "batch", QUEUE)

    assert set(linked.codes.values()) | set(queue.codes.values()) == {"ROLE_NOT_PERMITTED"}, (
        linked.codes,
        queue.codes,
    )


RECONCILE = """
query ($person: PersonToTraceInput!, $lived: [LivedAtInput!]) { reconcileChild(person: $person, livedAt: $lived) {
  status match nhsNumber fault differences {
    different missingHere addresses { primarySame historiesMeet primaryLocalInNhsHistory primaryNhsInLocalHistory }
} } }
"""


async def test_a_record_is_reconciled_with_the_nhs_and_nothing_of_either_is_told(
    machine: Machine,
) -> None:
    kai = machine.child("Kai")
    who = "Identity officer"
    home = next(iter(patients([kai]).records)).resource["address"][0]
    lived = [
        {"lines": ["1 Nowhere Lane"], "postcode": "ZZ99 9ZZ"},
        {"lines": home["line"], "postcode": home["postalCode"]},
    ]

    same = await asked(
        machine, who, RECONCILE, person=told(kai, nhsNumber=str(kai.numbers.nhs)), lived=lived
    )
    other = await asked(
        machine, who, RECONCILE, person=told(kai, nhsNumber="9000000008", gender="9")
    )
    stranger = await asked(machine, who, RECONCILE, person=told(kai, familyName="Nobody"))

    found = same.data["reconcileChild"]
    assert (found["status"], found["match"], found["nhsNumber"]) == (
        "NO_DIFFERENCES",
        "MATCH",
        str(kai.numbers.nhs),
    )
    stated = found["differences"]["addresses"]
    assert (stated["primarySame"], stated["historiesMeet"]) == (False, True)
    assert home["postalCode"] not in str(same.body)
    assert other.data["reconcileChild"]["status"] == "NUMBER_NOT_VALID"
    assert other.data["reconcileChild"]["differences"]["different"] == ["nhsNumber", "gender"]
    assert stranger.data["reconcileChild"]["status"] == "DEMOGRAPHICS_DID_NOT_MATCH"
    assert all(one.body["extensions"]["receipt"] for one in (same, other, stranger))


async def test_an_id_given_before_its_key_was_renewed_is_translated_within_the_window(
    machine: Machine,
) -> None:
    coordinator, query = (
        "EHC coordinator",
        "query ($identifier: IdentifierInput!) { child(identifier: $identifier) { id } }",
    )
    before = (await machine.ask(coordinator, query)).data["child"]["id"]

    ring_in(machine.folder).renew_pairwise(days=30)
    translated = await machine.ask(coordinator, query, identifier={"id": before})
    now = (await machine.ask(coordinator, query)).data["child"]["id"]
    elsewhere = await machine.ask("A&E clinician", query, identifier={"id": before})

    assert translated.data["child"]["id"] == now != before
    assert elsewhere.data == {"child": None}
