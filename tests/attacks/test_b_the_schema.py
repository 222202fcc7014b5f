"""Attacks 32 and 37: what a caller learns of the schema, and what a subgraph makes us believe (trust.md §7)."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gateway.federation.engine import Engine
from gateway.federation.execution.canned import Canned
from gateway.federation.execution.faults import ANOTHER
from gateway.federation.execution.transport import Call
from gateway.federation.supergraph import load
from gateway.linking import crossing_keys
from subgraphs.schools.loaders import Loaders
from tests.attacks.conftest import node_of, recorded
from tests.attacks.test_c_whose_child import entitled
from tests.journeys.conftest import Machine

COORDINATOR = "EHC coordinator"
GRAPH = Path("tests/purpose/graph.graphql").read_text()
SUPERGRAPH = load(Path("schema/supergraph.graphql").read_text())
ROOTS = {"Subscription", "Mutation"}
CHILD = "child(identifier: $identifier) { identity { status } }"


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { types { name } } }",
        "{ a: __schema { queryType { name } } }",
        '{ __type(name: "Child") { fields { name } } }',
        "query($identifier: IdentifierInput!) { %s __schema { queryType { name } } }" % CHILD,  # noqa: UP031
        "{ ...f } fragment f on Query { __schema { directives { name } } }",
        '{ ... { ... on Query { x: __type(name: "Pupil") { name } } } }',
        "query($on: Boolean = true) { __schema @include(if: $on) { queryType { name } } }",
        "subscription { __schema { queryType { name } } }",
        "mutation { __schema { queryType { name } } }",
    ],
)
async def test_32_the_schema_is_not_asked_for_here(machine: Machine, query: str) -> None:
    answer = await machine.ask(COORDINATOR, query)

    text = json.dumps(answer.body)
    (code,) = {one["extensions"]["code"] for one in answer.body["errors"]}
    assert code in ("INTROSPECTION_DISABLED", "GRAPHQL_VALIDATION_FAILED"), answer.body
    assert not answer.body.get("data")
    assert not any(name in text for name in SUPERGRAPH.types if len(name) > 8 and name not in ROOTS)


async def test_32_nor_by_get_nor_with_a_purpose_that_sees_all_of_it(machine: Machine) -> None:
    person = machine.people["Caldicott Guardian"]
    headers = {
        "authorization": f"Bearer {machine.token(person)}",
        "declared-purpose": person.purpose,
    }
    got = await machine.http.get(
        "/graphql", params={"query": "{ __schema { types { name } } }"}, headers=headers
    )
    asked = await machine.ask(person, "{ __schema { types { name } } }")

    assert got.status_code == 405
    assert asked.status == 403
    assert asked.body["errors"][0]["extensions"]["code"] == "INTROSPECTION_DISABLED"


def inaccessible() -> list[tuple[str, str]]:
    return [
        (name, field.name)
        for name, one in SUPERGRAPH.types.items()
        for field in one.fields.values()
        if field.inaccessible and not one.inaccessible
    ]


async def test_32_what_is_only_for_the_gateway_looks_like_what_does_not_exist(
    machine: Machine,
) -> None:
    """Keys, pseudonyms and crossings: guessed right or wrong, the answer is the same."""
    hidden = [name for owner, name in inaccessible() if owner == "Child"]
    roots = [name for owner, name in inaccessible() if owner == "Query"]
    made_up = "zzz"

    async def told(query: str, name: str) -> str:
        answer = await machine.ask(COORDINATOR, query)
        assert not answer.body.get("data")
        errors = [one | {"locations": None} for one in answer.body["errors"]]
        return json.dumps([answer.status, errors]).replace(name, "NAME")

    inside = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { %s } }"
    assert "subject" in hidden and "crossings" in roots
    nothing = await told(inside % made_up, made_up)
    assert {await told(inside % name, name) for name in hidden} == {nothing}
    nobody = await told("{ %s }" % made_up, made_up)  # noqa: UP031
    assert {await told("{ %s }" % name, name) for name in [*roots, "_service", "_entities"]} == {  # noqa: UP031
        nobody
    }


async def test_32_a_typename_tells_no_more_than_the_field_it_stands_in(machine: Machine) -> None:
    query = """query($identifier: IdentifierInput!) { __typename child(identifier: $identifier) {
        __typename identity { __typename status } } }"""
    nobody = await machine.ask(COORDINATOR, query, identifier={"upn": "E838994819999"})
    known = await machine.ask(COORDINATOR, query)

    assert nobody.data == {"__typename": "Query", "child": None}
    assert known.data["child"]["__typename"] == "Child"


TWO = "{ a: child(upn: 1) { pupil { sen } } b: child(upn: 2) { pupil { sen } } }"
FOUND = {
    "a": {"pupil": {"__typename": "Pupil", "upn": "A"}},
    "b": {"pupil": {"__typename": "Pupil", "upn": "B"}},
}


async def answered(a: Any, b: Any, shape: Any = list, **more: Any) -> tuple[Any, list[str]]:
    """What a client gets when the schools answer this of A and of B, each list of them in this shape."""
    engine = Engine(load(GRAPH))

    def schools(call: Call) -> dict[str, Any]:
        groups = zip(call.fetch.answers, call.split(), strict=True)
        of = {"A": a, "B": b}
        found = {name: shape([of[one["upn"]] for one in group]) for name, group in groups}
        return {"data": found, **more}

    response = await engine.answer(TWO, Canned({"link": {"data": FOUND}, "schools": schools}))
    engine.close()
    body = json.loads(response.body())
    return body["data"], [one["extensions"]["code"] for one in body.get("errors", ())]


async def test_37_what_was_not_asked_for_is_dropped() -> None:
    extra = {"meals": True, "upn": "A", "nhsNumber": "9434765919", "__proto__": 1}

    data, codes = await answered(
        {"sen": "K", **extra}, {"sen": "E", **extra}, extensions={"secret": "9434765919"}
    )

    assert data == {"a": {"pupil": {"sen": "K"}}, "b": {"pupil": {"sen": "E"}}}
    assert not codes


@pytest.mark.parametrize(
    "shape",
    [
        lambda _: [],
        lambda found: [*found, *found],
        lambda found: {"0": found[0]},
        lambda _: "K",
        lambda _: None,
        lambda found: [found],
    ],
)
async def test_37_more_or_fewer_children_than_were_asked_about_are_believed_about_none(
    shape: Any,
) -> None:
    data, codes = await answered({"sen": "K"}, {"sen": "E"}, shape)

    assert [(one["pupil"] or {}).get("sen") for one in data.values()] == [None, None]
    assert codes


@pytest.mark.parametrize("one", [7, "K", True, []])
async def test_37_what_is_no_object_is_nobodys_and_not_the_next_childs(one: Any) -> None:
    data, codes = await answered(one, {"sen": "E"})

    assert not (data["a"]["pupil"] or {}).get("sen")
    assert data["b"] == {"pupil": {"sen": "E"}}
    assert len(codes) <= 1


async def test_37_an_object_of_a_type_that_cannot_stand_there_is_no_object() -> None:
    engine = Engine(load(GRAPH))
    door = Canned(
        {
            "link": {
                "data": {
                    "child": {
                        "involvement": [
                            {"__typename": "Child", "since": "2026-01-01"},
                            {"__typename": "Teapot"},
                        ]
                    }
                }
            }
        }
    )
    response = await engine.answer("{ child(upn: 1) { involvement { __typename } } }", door)
    engine.close()
    body = json.loads(response.body())

    assert "Teapot" not in json.dumps(body["data"]) and "Child" not in json.dumps(body["data"])
    assert body["errors"]


async def test_37_an_error_of_a_subgraph_is_a_code_and_a_place() -> None:
    text = "duplicate key: Key (upn)=(E838994819999) already exists; 9434765919"
    data, codes = await answered(
        None,
        {"sen": "E"},
        errors=[
            {
                "message": text,
                "path": ["_entities", 0, "sen"],
                "extensions": {"code": text, "sql": text},
            }
        ],
    )

    assert data["b"] == {"pupil": {"sen": "E"}}
    assert codes and "9434765919" not in json.dumps(codes)


BOTH = """{ a: child(upn: 1) { pupil { sen name } record { status } }
    b: child(upn: 2) { pupil { sen name } record { status } } }"""
OF_BOTH = {
    key: {
        "pupil": {"__typename": "Pupil", "upn": upn},
        "record": {"__typename": "AuthorityChild", "id": upn},
    }
    for key, upn in (("a", "A"), ("b", "B"))
}


async def held(schools: Any) -> tuple[Any, list[str]]:
    """What a client gets of both children, all of whose islands have to say again whom they speak of."""
    engine = Engine(load(GRAPH), echoed=crossing_keys(load(GRAPH), "link"))

    def authority(call: Call) -> dict[str, Any]:
        (name,) = call.fetch.answers
        return {
            "data": {name: [{"_k0": one["id"], "status": "CIN"} for one in call.representations]}
        }

    def school(call: Call) -> dict[str, Any]:
        assert "... on Pupil{sen name _k0: upn}" in call.fetch.document
        (name,) = call.fetch.answers
        return {"data": {name: schools([one["upn"] for one in call.representations])}}

    answers = {"link": {"data": OF_BOTH}, "schools": school, "local_authority": authority}
    response = await engine.answer(BOTH, Canned(answers))
    engine.close()
    body = json.loads(response.body())
    return body["data"], [one["extensions"]["code"] for one in body.get("errors", ())]


def pupil(upn: str, **more: Any) -> dict[str, Any]:
    return {"_k0": upn, "sen": f"SEN of {upn}", "name": None} | more


async def test_37_children_in_the_order_they_were_asked_about_are_themselves() -> None:
    data, codes = await held(lambda upns: [pupil(upn) for upn in upns])

    assert [one["pupil"]["sen"] for one in data.values()] == ["SEN of A", "SEN of B"]
    assert not codes


@pytest.mark.parametrize(
    "schools",
    [
        lambda upns: [pupil(upn) for upn in reversed(upns)],
        lambda upns: [pupil("A") for _ in upns],
        lambda upns: [pupil(upns[0]), pupil("C")],
        lambda upns: [None, pupil(upns[0])],
        lambda upns: [{"sen": f"SEN of {upn}", "name": None} for upn in upns],
        lambda upns: [pupil(upns[0]), pupil(upns[1], _k0=None)],
        lambda upns: [pupil(upns[0]), pupil(upns[1], _k0=[upns[1]])],
        lambda upns: [pupil(upn.lower()) for upn in upns],
    ],
    ids=[
        "swapped",
        "one for both",
        "a stranger",
        "moved",
        "silent",
        "nameless",
        "listed",
        "another text",
    ],
)
async def test_37_of_a_reply_with_another_child_in_it_nothing_is_believed(
    schools: Any, caplog: pytest.LogCaptureFixture
) -> None:
    data, codes = await held(schools)

    assert [one["pupil"] for one in data.values()] == [{"sen": None, "name": None}] * 2
    assert [one["record"] for one in data.values()] == [{"status": "CIN"}] * 2
    assert codes == [ANOTHER]
    (alert,) = (one for one in caplog.records if one.levelno == logging.CRITICAL)
    assert alert.getMessage() == "schools answered for another Pupil than it was asked about"


async def test_37_children_that_an_island_mixes_up_are_released_as_nobody(
    machine: Machine,
    links: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The bug that it is about: rows come back in an order of the database's own."""
    query = """query($list: [IdentifierInput!]!) { children(identifiers: $list) {
        pupil { uniquePupilNumber senProvision } learner { uniqueLearnerNumber } } }"""
    two = await entitled(machine, links, 2)
    asked = {"list": [{"upn": str(one.numbers.upn)} for one in two]}
    read = Loaders.pupils

    async def mixed_up(self: Loaders, upns: Sequence[str]) -> list[Any]:
        return (await read(self, upns))[::-1]

    before = await machine.ask(COORDINATOR, query, variables=asked)
    monkeypatch.setattr(Loaders, "pupils", mixed_up)
    after = await machine.ask(COORDINATOR, query, variables=asked)

    own = [{"uniquePupilNumber": one["upn"]} for one in asked["list"]]
    found = [one["pupil"] for one in before.data["children"]]
    assert [{"uniquePupilNumber": one["uniquePupilNumber"]} for one in found] == own
    for was, one in zip(before.data["children"], after.data["children"], strict=True):
        assert one["pupil"] == {"uniquePupilNumber": None, "senProvision": None}
        assert one["learner"] == was["learner"] and one["learner"]["uniqueLearnerNumber"]
    (error,) = after.body["errors"]
    assert error["extensions"] == {"code": ANOTHER, "service": "schools"}
    assert not any(one["upn"] in json.dumps(error) + caplog.text for one in asked["list"])
    islands = {one["island"] for one in await recorded(links, after.body)}
    assert {"schools", "learners"} <= islands
    await links.execute(
        "delete from link.relationship where kind = 'open_request' and child = any ($1) and child <> $2",
        [node_of(one) for one in two],
        node_of(machine.child("Kai")),
    )
