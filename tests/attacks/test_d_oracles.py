"""Attacks D: telling a child that is not to be known from one that is not there (trust.md §7, 49, 52, 55–57), over HTTP."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import Machine

QUERY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    id identity { status } islands { island presence } pupil { senProvision } } }"""
ID = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { id } }"
LIST = (
    "query($list: [IdentifierInput!]!) { children(identifiers: $list) { pupil { senProvision } } }"
)
COORDINATOR = "EHC coordinator"
NEVER_ISSUED = "E838994819999"
_OWN = ("date", "content-length")


def hidden(machine: Machine) -> dict[str, dict[str, Any]]:
    """One child in each of the four states that are to be told apart by nobody."""
    rowan = machine.child("Rowan").before_adoption
    assert rowan is not None
    elsewhere = next(
        child
        for child in machine.demo.children
        if child.linked
        and child.numbers.upn
        and child.nhs_status == "01"
        and str(child.authority) != machine.people[COORDINATOR].organisation
    )
    return {
        "never issued": {"upn": NEVER_ISSUED},
        "not linked": {"upn": str(machine.child("Imogen").numbers.upn)},
        "not entitled": {"upn": str(elsewhere.numbers.upn)},
        "sealed": {"upn": str(rowan.upn)},
    }


async def asked(machine: Machine, identifier: dict[str, Any]) -> httpx.Response:
    person = machine.people[COORDINATOR]
    headers = {
        "authorization": f"Bearer {machine.token(person)}",
        "declared-purpose": person.purpose,
    }
    body = {"query": QUERY, "variables": {"identifier": identifier}}
    return await machine.http.post("/graphql", json=body, headers=headers)


async def test_49_four_states_are_one_to_whoever_may_not_know_them_apart(machine: Machine) -> None:
    answers = [await asked(machine, one) for one in hidden(machine).values()]

    receipts = [answer.json()["extensions"]["receipt"] for answer in answers]
    bodies = [{**answer.json(), "extensions": None} for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["data"] == {"child": None}
    assert len({answer.status_code for answer in answers}) == 1
    assert len({len(one) for one in receipts}) == 1
    assert len({tuple(map(tuple, map(sorted, one))) for one in receipts}) == 1


async def test_56_no_header_differs_by_state(machine: Machine) -> None:
    answers = [await asked(machine, one) for one in hidden(machine).values()]

    headers = [
        {name: value for name, value in answer.headers.items() if name not in _OWN}
        for answer in answers
    ]
    assert all(one == headers[0] for one in headers)
    assert not {"etag", "server-timing", "traceparent", "retry-after"} & headers[0].keys()


async def test_52_old_numbers_and_an_old_handle_are_as_those_of_nobody(machine: Machine) -> None:
    rowan = machine.child("Rowan").before_adoption
    assert rowan is not None
    record = rowan.local_authority[0]
    old = [
        {"upn": str(rowan.upn)},
        {"nhsNumber": str(rowan.nhs)},
        {"laChild": {"laCode": str(record.la_code), "localChildId": str(record.local_child_id)}},
    ]
    handle = (await machine.ask(COORDINATOR, ID)).data["child"]["id"]
    forged = handle[:-4] + ("AAAA" if handle[-4:] != "AAAA" else "BBBB")

    nobody = await machine.ask(COORDINATOR, ID, identifier={"upn": NEVER_ISSUED})
    for identifier in (*old, {"id": forged}, {"id": "A" * len(handle)}):
        answer = await machine.ask(COORDINATOR, ID, identifier=identifier)
        assert (answer.status, answer.data, answer.codes) == (
            nobody.status,
            nobody.data,
            nobody.codes,
        )


async def test_53_the_adopted_child_is_not_found_again_through_what_it_had_before(
    machine: Machine,
) -> None:
    rowan = machine.child("Rowan")
    now = rowan.numbers
    assert rowan.before_adoption is not None
    before = rowan.before_adoption

    assert now.upn != before.upn
    answer = await machine.ask(COORDINATOR, QUERY, identifier={"upn": str(before.upn)})
    text = str(answer.body)

    assert not [str(one) for one in (now.upn, now.nhs, now.uln) if one and str(one) in text]


async def test_55_a_list_is_capped_however_it_is_asked_for(machine: Machine) -> None:
    many = [{"upn": str(machine.child("Kai").numbers.upn)}] * 101

    listed = await machine.ask(COORDINATOR, LIST, variables={"list": many})
    aliases = " ".join(f"a{n}: child(identifier: $identifier) {{ id }}" for n in range(500))
    aliased = await machine.ask(
        COORDINATOR, f"query($identifier: IdentifierInput!) {{ {aliases} }}"
    )
    person = machine.people[COORDINATOR]
    batched = await machine.http.post(
        "/graphql",
        json=[{"query": "{ __typename }"}] * 2,
        headers={
            "authorization": f"Bearer {machine.token(person)}",
            "declared-purpose": person.purpose,
        },
    )

    assert not (listed.body.get("data") or {}).get("children")
    assert not aliased.body.get("data")
    assert batched.status_code == 400


async def test_57_the_order_of_an_answer_is_that_of_the_question(machine: Machine) -> None:
    kai = {"upn": str(machine.child("Kai").numbers.upn)}
    states = list(hidden(machine).values())
    there = await machine.ask(COORDINATOR, LIST, variables={"list": [*states, kai]})
    back = await machine.ask(COORDINATOR, LIST, variables={"list": [kai, *states[::-1]]})

    assert there.data["children"] == back.data["children"][::-1]
    assert [one is not None for one in there.data["children"]] == [False] * 4 + [True]


@pytest.mark.parametrize("text", ["1234567890", "\uff19434765919", "9434765871", "943 476 5919'--"])
async def test_a_malformed_number_is_refused_before_anybody_is_looked_up_and_never_quoted(
    machine: Machine, text: str
) -> None:
    query = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { onCpis } }"
    answer = await machine.ask("A&E clinician", query, identifier={"nhsNumber": text})

    assert answer.data == {"child": None}
    assert [one["extensions"]["code"] for one in answer.body["errors"]] == ["BAD_IDENTIFIER"]
    assert text not in str(answer.body["errors"])
    assert not re.findall(r"\d{10}", str(answer.body["errors"]))
