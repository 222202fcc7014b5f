"""Entities that say again by which key they were asked: one that is another is nobody, and so are those beside it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.execution.canned import Canned
from gateway.federation.execution.echo import Said, same
from gateway.federation.execution.executor import execute
from gateway.federation.execution.faults import ANOTHER
from gateway.federation.execution.program import Limits, Program, compile_program
from gateway.federation.execution.response import Response
from gateway.federation.execution.subscription import subscribe
from gateway.federation.execution.transport import Call, Reply
from gateway.federation.planning.operation import read
from gateway.federation.planning.planner import plan
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import load
from tests.federation.execution.conftest import Again, Heard, _fast
from tests.federation.random.judging import Near, Staged, below, stage_or_verdict
from tests.federation.random.making import TOGETHER, graphs_of, make
from tests.federation.random.oracle import expected

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",'
    ' import: ["@key", "@shareable", "@interfaceObject", "@external", "@requires"])'
)
ROOT = "type Query { pupils: [Pupil] one: Pupil } type Pupil @key"
FIRST = ROOT + '(fields: "id") { id: ID! born: Int @shareable }'
SECOND = 'type Pupil @key(fields: "id") { id: ID! sen: String }'
THIRD = 'type Pupil @key(fields: "id") { id: ID! meals: String }'


def programs(operation: str, *sdls: str, echoed: Any = ("Pupil",), **limits: int) -> Program:
    """The program of an operation over subgraphs a, b, c…"""
    sources = [
        Source(n, f"http://{n}", LINK + sdl) for n, sdl in zip("abcd", sdls, strict=False) if sdl
    ]
    supergraph = load(compose(sources).sdl)
    made = plan(read(operation, None, {}, api_schema(supergraph)), supergraph)
    return compile_program(made, supergraph, Limits(**limits), echoed=echoed)


def roots(**found: Any) -> dict[str, Any]:
    return {"data": found}


def pupils(*ids: Any) -> dict[str, Any]:
    return roots(pupils=[{"__typename": "Pupil", "id": one} for one in ids])


class Island:
    """Answers for each representation by what `of` says, its keys said again as the document asks.

    `turned` is done to each list of entities before it is sent.
    """

    def __init__(self, of: Any, turned: Any = lambda found: found) -> None:
        self.of, self.turned = of, turned

    def __call__(self, call: Call) -> dict[str, Any]:
        groups = zip(call.fetch.answers, call.fetch.echo.groups, call.split(), strict=True)
        return {
            "data": {
                name: self.turned([self._one(said, sent) for sent in group])
                for name, said, group in groups
            }
        }

    def _one(self, said: Mapping[str, Sequence[Said]], sent: Mapping[str, Any]) -> Any:
        found = self.of(sent)
        again = {one.alias: sent[one.name] for one in said.get(sent["__typename"], ())}
        return found and {**again, **found}


def sen(sent: Mapping[str, Any]) -> Any:
    return {"sen": f"of {sent['id']}"}


def backwards(found: list[Any]) -> list[Any]:
    return found[::-1]


async def answered(program: Program, answers: Mapping[str, Any]) -> tuple[Response, bool]:
    """The response, after both executors gave the same, and whether the fast one did."""
    heard = Heard(Canned(answers))
    response = await execute(program, {}, heard)
    general = await execute(replace(program, columns=None), {}, Again(heard))
    assert (response.data, response.errors) == (general.data, general.errors)
    return response, await _fast(program, Again(heard)) is not None


def codes(response: Response) -> list[str]:
    return [one["extensions"]["code"] for one in response.errors]


async def test_who_is_held_to_nothing_is_sent_what_was_always_sent() -> None:
    for types in ((), ("School",)):
        held = programs("{ pupils { sen } }", FIRST, SECOND, echoed=types)
        assert [one.document for one in held.fetches] == [one.document for one in held.plan.steps]


async def test_right_answers_pass_by_the_fast_path_and_no_key_reaches_the_client() -> None:
    program = programs("{ pupils { sen } }", FIRST, SECOND)

    response, fast = await answered(program, {"a": pupils("1", "2"), "b": Island(sen)})

    assert program.fetches[1].document == (
        "query($representations: [_Any!]!){_entities(representations: $representations)"
        "{... on Pupil{sen _k0: id}}}"
    )
    assert fast
    assert response.body() == b'{"data":{"pupils":[{"sen":"of 1"},{"sen":"of 2"}]}}'


async def test_entities_in_another_order_are_believed_by_nobody_and_an_alert_says_whose(
    caplog: pytest.LogCaptureFixture,
) -> None:
    program = programs("{ pupils { sen meals born } }", FIRST, SECOND, THIRD)

    response, fast = await answered(
        program,
        {
            "a": pupils("9434765919", "9434765870"),
            "b": Island(sen, backwards),
            "c": Island(lambda sent: {"meals": sent["id"][-1]}),
        },
    )

    assert response.data == {
        "pupils": [
            {"sen": None, "meals": "9", "born": None},
            {"sen": None, "meals": "0", "born": None},
        ]
    }
    assert response.errors == [
        {
            "message": "b answered for another entity than it was asked about",
            "extensions": {"code": ANOTHER, "service": "b"},
            "path": ["pupils"],
        }
    ]
    assert not fast
    alerts = [one.getMessage() for one in caplog.records if one.levelno == logging.CRITICAL]
    assert set(alerts) == {"b answered for another Pupil than it was asked about"}
    assert "94347" not in caplog.text


async def test_each_reply_is_alerted_of_once(caplog: pytest.LogCaptureFixture) -> None:
    program = programs("{ pupils { sen } }", FIRST, SECOND)
    assert program.columns is not None

    await execute(program, {}, Canned({"a": pupils("1", "2"), "b": Island(sen, backwards)}))

    assert [one.levelname for one in caplog.records] == ["CRITICAL"]


@pytest.mark.parametrize(
    "entities",
    [
        [{"sen": "K"}, {"sen": "E", "_k0": "2"}],
        [{"sen": "K", "_k0": None}, {"sen": "E", "_k0": "2"}],
        [{"sen": "K", "_k0": "1"}, {"sen": "E", "_k0": "1"}],
        [{"sen": "K", "_k0": "1"}, {"sen": "E", "_k0": "3"}],
        [{"sen": "K", "_k0": "1"}, {"sen": "E", "_k0": ["2"]}],
        [{"sen": "K", "_k0": "1"}, {"sen": "E", "_k0": {"id": "2"}}],
        [{"sen": "K", "_k0": "1"}, {}],
        [{"sen": "K", "_k0": "1"}, "E"],
        [None, {"sen": "E", "_k0": "1"}],
    ],
)
async def test_an_entity_that_is_there_and_not_who_was_asked_about_takes_all_with_it(
    entities: Any,
) -> None:
    program = programs("{ pupils { sen } }", FIRST, SECOND)

    response, _ = await answered(
        program, {"a": pupils("1", "2"), "b": {"data": {"_entities": entities}}}
    )

    assert response.data == {"pupils": [{"sen": None}, {"sen": None}]}
    assert codes(response) == [ANOTHER]


async def test_nobody_has_no_key_to_say_again() -> None:
    program = programs("{ pupils { sen } }", FIRST, SECOND)

    response, fast = await answered(
        program,
        {
            "a": pupils("1", "2", "3"),
            "b": Island(lambda sent: sen(sent) if sent["id"] != "2" else None),
        },
    )

    assert response.data == {"pupils": [{"sen": "of 1"}, {"sen": None}, {"sen": "of 3"}]}
    assert not response.errors and fast


@pytest.mark.parametrize(
    ("scalar", "sent", "said", "believed"),
    [
        ("ID", 1, "1", True),
        ("ID", "1", 1, True),
        ("ID", "1", "01", False),
        ("ID", "1", 2, False),
        ("Int", 1, 1, True),
        ("Int", 1, 2, False),
        ("String", "1", "1", True),
        ("String", "1", 1, False),
        ("String", "a", "A", False),
        ("UPN", "A1", "A1", True),
        ("UPN", "A1", "B1", False),
        ("UPN", 1, "1", False),
    ],
)
async def test_a_key_is_compared_as_its_scalar_is_written(
    scalar: str, sent: Any, said: Any, believed: bool
) -> None:
    own = f'scalar UPN type Pupil @key(fields: "upn") {{ upn: {scalar}!'
    program = programs(
        "{ one { sen } }", f"type Query {{ one: Pupil }} {own} }}", f"{own} sen: String }}"
    )

    response, _ = await answered(
        program,
        {
            "a": roots(one={"__typename": "Pupil", "upn": sent}),
            "b": {"data": {"_entities": [{"sen": "K", "_k0": said}]}},
        },
    )

    assert response.data == {"one": {"sen": "K" if believed else None}}
    assert codes(response) == ([] if believed else [ANOTHER])


async def test_every_field_of_a_key_is_said_again_and_nothing_that_is_only_required() -> None:
    own = 'type Pupil @key(fields: "area no") { area: Int! no: String!'
    program = programs(
        "{ pupils { sen } }",
        f"type Query {{ pupils: [Pupil] }} {own} born: Int }}",
        f'{own} born: Int @external sen: String @requires(fields: "born") }}',
    )
    both = [
        {"__typename": "Pupil", "area": area, "no": "7", "born": 2010 + area} for area in (1, 2)
    ]

    def of(sent: Any) -> Any:
        return {"sen": f"{sent['area']}{sent['no']}{sent['born']}"}

    right, fast = await answered(program, {"a": roots(pupils=both), "b": Island(of)})
    wrong, _ = await answered(program, {"a": roots(pupils=both), "b": Island(of, backwards)})

    assert "{sen _k0: area _k1: no}" in program.fetches[1].document
    assert right.data == {"pupils": [{"sen": "172011"}, {"sen": "272012"}]} and fast
    assert wrong.data == {"pupils": [{"sen": None}, {"sen": None}]}


async def test_a_key_inside_an_object_is_compared_part_by_part() -> None:
    own = (
        'type Area @shareable { code: ID! name: String } type Pupil @key(fields: "area { code } no")'
        " { area: Area! no: Int!"
    )
    program = programs(
        "{ pupils { sen } }", f"type Query {{ pupils: [Pupil] }} {own} }}", f"{own} sen: String }}"
    )
    both = [{"__typename": "Pupil", "area": {"code": code}, "no": 7} for code in (1, 2)]

    def of(sent: Any) -> Any:
        return {"sen": str(sent["area"]["code"])}

    right, _ = await answered(program, {"a": roots(pupils=both), "b": Island(of)})
    wrong, _ = await answered(program, {"a": roots(pupils=both), "b": Island(of, backwards)})

    assert "_k0: area{code} _k1: no" in program.fetches[1].document
    assert right.data == {"pupils": [{"sen": "1"}, {"sen": "2"}]}
    assert wrong.data == {"pupils": [{"sen": None}, {"sen": None}]}


def test_lists_are_compared_in_their_order() -> None:
    tags = Said("tags", "_k0", (Said("id", "id", (), is_id=True),))

    assert same([{"id": 1}, {"id": "2"}], [{"id": "1"}, {"id": 2}], tags)
    assert not same([{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 1}], tags)
    assert not same([{"id": 1}], [{"id": 1}, {"id": 2}], tags)
    assert not same([{"id": 1}], {"id": 1}, tags)
    assert same(None, None, tags) and not same(None, {"id": 1}, tags)


async def test_a_clients_own_name_is_never_taken_for_a_key_that_is_said_again() -> None:
    program = programs("{ pupils { _k0: sen _k2: sen } }", FIRST, SECOND)

    right, fast = await answered(
        program,
        {"a": pupils("1"), "b": Island(lambda sent: {"_k0": "K", "_k2": "K"})},
    )

    assert "{_k0: sen _k2: sen _k1: id}" in program.fetches[1].document
    assert right.data == {"pupils": [{"_k0": "K", "_k2": "K"}]} and fast


TWO = "type Query { x: Pupil y: [Pupil] } type Pupil @key" + '(fields: "id") { id: ID! }'


async def test_of_a_request_for_several_groups_all_is_believed_or_nothing() -> None:
    program = programs("{ x { sen } y { s: sen t: sen } }", TWO, SECOND)
    found = roots(
        x={"__typename": "Pupil", "id": "1"},
        y=[{"__typename": "Pupil", "id": one} for one in ("2", "3")],
    )

    def of(sent: Any) -> Any:
        return dict.fromkeys(("sen", "s", "t"), f"of {sent['id']}")

    right, fast = await answered(program, {"a": found, "b": Island(of)})
    wrong, _ = await answered(program, {"a": found, "b": Island(of, backwards)})

    assert program.fetches[1].answers == ("_e0", "_e1")
    assert right.data == {
        "x": {"sen": "of 1"},
        "y": [{"s": "of 2", "t": "of 2"}, {"s": "of 3", "t": "of 3"}],
    }
    assert fast
    assert wrong.data == {"x": {"sen": None}, "y": [{"s": None, "t": None}] * 2}
    assert codes(wrong) == [ANOTHER]


async def test_calls_that_were_too_large_for_one_are_believed_each_by_itself() -> None:
    program = programs("{ pupils { sen } }", FIRST, SECOND, entities_per_call=2)

    def island(call: Call) -> Any:
        first = call.representations[0]["id"] == "1"
        return Island(sen, backwards if first else list)(call)

    response, _ = await answered(program, {"a": pupils("1", "2", "3", "4"), "b": island})

    assert response.data["pupils"] == [
        {"sen": None},
        {"sen": None},
        {"sen": "of 3"},
        {"sen": "of 4"},
    ]


NAMED = (
    'interface Named @key(fields: "id") { id: ID! }'
    ' type Pupil implements Named @key(fields: "id") { id: ID! }'
)

OBJECT = 'type Named @interfaceObject @key(fields: "id") { id: ID! sen: String }'


async def test_an_interface_object_says_its_key_again_by_the_name_it_was_asked_as() -> None:
    program = programs(
        "{ all { sen } }",
        f"type Query {{ all: [Named] }} {NAMED}",
        OBJECT,
        echoed=("Named",),
    )
    both = roots(all=[{"__typename": "Pupil", "id": one} for one in ("1", "2")])

    right, _ = await answered(program, {"a": both, "b": Island(sen)})
    wrong, _ = await answered(program, {"a": both, "b": Island(sen, backwards)})

    assert "... on Named{sen _k0: id}" in program.fetches[1].document
    assert right.data == {"all": [{"sen": "of 1"}, {"sen": "of 2"}]}
    assert wrong.data == {"all": [{"sen": None}, {"sen": None}]}


async def test_objects_of_several_types_say_theirs_each_under_a_name_of_its_own() -> None:
    kinds = 'type Pupil @key(fields: "id") { id: ID! %s } type Learner @key(fields: "uln") { uln: Int! %s }'
    program = programs(
        "{ all { ... on Pupil { sen } ... on Learner { sen } } }",
        f"type Query {{ all: [Any] }} union Any = Pupil | Learner {kinds % ('', '')}",
        kinds % ("sen: String", "sen: String"),
        echoed=("Pupil", "Learner"),
    )
    both = roots(all=[{"__typename": "Pupil", "id": "1"}, {"__typename": "Learner", "uln": 2}])

    def of(sent: Any) -> Any:
        return {"sen": sent["__typename"]}

    right, _ = await answered(program, {"a": both, "b": Island(of)})
    wrong, _ = await answered(program, {"a": both, "b": Island(of, backwards)})

    document = program.fetches[1].document
    assert "_k0: id" in document and "_k1: uln" in document
    assert right.data == {"all": [{"sen": "Pupil"}, {"sen": "Learner"}]}
    assert wrong.data == {"all": [{"sen": None}, {"sen": None}]}


async def test_what_follows_an_event_is_held_to_it() -> None:
    events = FIRST + " type Subscription { came: Pupil }"
    program = programs("subscription { came { sen } }", events, SECOND)

    class Stream:
        async def events(self, call: Call) -> Any:
            for one in ("1", "2"):
                yield Reply(
                    call, json.dumps(roots(came={"__typename": "Pupil", "id": one})).encode()
                )

    always_the_first = {"b": {"data": {"_entities": [{"sen": "K", "_k0": "1"}]}}}
    found = [
        (one.data, codes(one))
        async for one in subscribe(program, {}, Stream(), Canned(always_the_first))
    ]

    assert found == [
        ({"came": {"sen": "K"}}, []),
        ({"came": {"sen": None}}, [ANOTHER]),
    ]


class Muddled(Near):
    """A way to subgraphs that return what they found in another order. `muddled`: how many replies it was another."""

    muddled = 0

    async def send(self, call: Call) -> Reply:
        """Ask, and turn every list of entities round."""
        reply = await super().send(call)
        body = json.loads(reply.body or b"")
        found = body.get("data") or {}
        turned = {name: backwards(found[name]) for name in call.fetch.answers if found.get(name)}
        self.muddled += not turned.items() <= found.items()
        return Reply(call, json.dumps(body | {"data": found | turned}).encode())


async def test_in_random_worlds_nothing_of_one_object_is_ever_anothers() -> None:
    caught = 0
    for first in range(600, 700, TOGETHER):
        base = graphs_of(first, "usual")
        staged = stage_or_verdict(base)
        for number in range(first, first + TOGETHER) if isinstance(staged, Staged) else ():
            case = make(number, base, "usual")
            operation = read(case.operation, None, case.variables, staged.api)
            made = plan(operation, staged.supergraph, frozenset(case.labels))
            program = compile_program(made, staged.supergraph, echoed=staged.supergraph.types)
            near = Muddled(staged.served, Random(case.seed))
            response = await execute(program, case.variables, near)
            wanted = expected(staged.world, staged.schema, case.operation, case.variables)

            assert below(response.data, wanted["data"]), number
            assert (ANOTHER in codes(response)) == bool(near.muddled), number
            caught += near.muddled
    assert caught > 10
