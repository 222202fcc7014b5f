"""Each child's part of a call goes out only as far as that child's facts open it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.crossing import (
    LINK_DOWN,
    Crossed,
    Crossing,
    Key,
    Link,
    LinkUnavailable,
    Narrower,
    Told,
)
from gateway.federation.execution.canned import Canned
from gateway.federation.execution.echo import Echo, Said
from gateway.federation.execution.transport import Call, Fetch, Reply, prefix
from gateway.federation.planning.steps import Kind, Step

SEN, ATTENDANCE, NUMBER = 1, 2, 4
NEEDS = {
    ("Pupil", "upn"): NUMBER,
    ("Pupil", "sen"): 0,
    ("Sen", "provision"): SEN,
    ("Pupil", "absences"): ATTENDANCE,
    ("School", "absences"): ATTENDANCE,
}


class Labels:
    def need(self, owner: str, field: str) -> int | None:
        return NEEDS.get((owner, field))

    def leads_to(self, owner: str, field: str) -> str:
        return {"sen": "Sen"}.get(field, "String")


def fetch(document: str, answers: tuple[str, ...] = ("_entities",)) -> Fetch:
    step = Step(0, "schools", Kind.ENTITY, "query", (), (), (), (), document, ())
    names = (
        tuple(f"r{i}" for i in range(len(answers))) if len(answers) > 1 else ("representations",)
    )
    return Fetch(
        "schools",
        "query",
        ((step,),) * len(answers),
        names,
        answers,
        (),
        document,
        (),
        prefix(document),
    )


PUPILS = fetch(
    "query($representations: [_Any!]!){_entities(representations: $representations)"
    "{... on Pupil{sen{provision} absences}}}"
)


def pupils(*upns: str) -> list[dict[str, Any]]:
    return [{"__typename": "Pupil", "upn": upn} for upn in upns]


def knows(known: dict[str, Crossing], asked: list[Any] | None = None):
    async def ask(island: str, keys: Sequence[Key]) -> list[Crossing | None]:
        if asked is not None:
            asked.append((island, tuple(keys)))
        return [known.get(dict(key)["upn"]) for key in keys]

    return ask


def school(call: Call) -> dict[str, Any]:
    """Answers whatever is asked, with the UPN in every value."""
    document = call.fetch.document

    def pupil(one: Any) -> dict[str, Any]:
        sen = {"sen": {"provision": "K " + one["upn"]}} if "provision" in document else {}
        return sen | ({"absences": one["upn"]} if "absences" in document else {})

    groups = zip(call.fetch.answers, call.split(), strict=True)
    return {
        "data": {name: [pupil(one) for one in group] for name, group in groups if name in document}
    }


def crossed(ask, answer=school) -> tuple[Crossed, Canned]:
    island = Canned({"schools": answer})
    return Crossed(island, ask, Narrower(Labels()), {"Pupil": ("upn",)}), island


def entities(reply) -> Any:
    return json.loads(reply.body)["data"]["_entities"] if reply.body else None


BOTH = SEN | ATTENDANCE


async def test_what_is_open_for_every_child_is_sent_as_it_is() -> None:
    door, island = crossed(knows({"a": Crossing("s1", BOTH), "b": Crossing("s2", BOTH)}))

    reply = await door.send(Call(PUPILS, {}, pupils("a", "b")))

    assert entities(reply)[1] == {"sen": {"provision": "K b"}, "absences": "b"}
    assert [call.fetch.document for call in island.calls] == [PUPILS.document]
    assert reply.problems == ()


async def test_a_field_that_is_closed_for_a_child_is_not_asked_about_that_child() -> None:
    door, island = crossed(knows({"a": Crossing("s1", BOTH), "b": Crossing("s2", SEN)}))

    reply = await door.send(Call(PUPILS, {}, pupils("a", "b")))

    assert entities(reply) == [
        {"sen": {"provision": "K a"}, "absences": "a"},
        {"sen": {"provision": "K b"}},
    ]
    about_b = [c for c in island.calls if {"upn": "b", "__typename": "Pupil"} in c.representations]
    assert len(about_b) == 1
    assert "absences" not in about_b[0].fetch.document
    assert [(p.code, p.position, p.path) for p in reply.problems] == [
        ("NOT_AVAILABLE", 1, ("absences",))
    ]


async def test_a_child_that_the_link_node_does_not_know_is_not_asked_about() -> None:
    door, island = crossed(knows({"a": Crossing("s1", BOTH)}))

    reply = await door.send(Call(PUPILS, {}, pupils("x", "a", "x")))

    assert [entity and entity["absences"] for entity in entities(reply)] == [None, "a", None]
    assert [call.representations for call in island.calls] == [pupils("a")]
    assert {problem.position for problem in reply.problems} == {0, 2}


async def test_when_nothing_is_open_nothing_is_sent() -> None:
    door, island = crossed(knows({"a": Crossing("s1", 0)}))

    reply = await door.send(Call(PUPILS, {}, pupils("a", "x")))

    assert island.calls == []
    assert entities(reply) == [None, None]


async def test_an_unknown_child_and_a_closed_one_look_the_same() -> None:
    door, _ = crossed(knows({"closed": Crossing("s1", 0)}))

    closed, unknown = [
        await door.send(Call(PUPILS, {}, pupils(upn))) for upn in ("closed", "unknown")
    ]

    assert (closed.body, closed.problems) == (unknown.body, unknown.problems)


async def test_a_container_with_nothing_open_in_it_is_not_asked_for() -> None:
    door, island = crossed(knows({"a": Crossing("s1", ATTENDANCE)}))

    await door.send(Call(PUPILS, {}, pupils("a")))

    assert "sen{" not in island.calls[0].fetch.document


async def test_an_unlabelled_field_and_an_unknown_type_are_closed() -> None:
    door, island = crossed(knows({"a": Crossing("s1", -1)}))
    odd = fetch(
        "query($representations: [_Any!]!){_entities(representations: $representations)"
        "{... on Pupil{absences diary}}}"
    )

    await door.send(Call(odd, {}, pupils("a")))
    await door.send(Call(odd, {}, [{"__typename": "Teacher", "id": "1"}]))

    assert [call.fetch.document.count("diary") for call in island.calls] == [0]


async def test_an_entity_whose_key_is_not_whole_does_not_cross() -> None:
    door, island = crossed(knows({"None": Crossing("s1", BOTH)}))

    await door.send(
        Call(PUPILS, {}, [{"__typename": "Pupil"}, {"__typename": "Pupil", "upn": None}])
    )

    assert island.calls == []


async def test_the_link_node_is_asked_once_about_each_child() -> None:
    asked: list[Any] = []
    door, _ = crossed(knows({"a": Crossing("s1", BOTH)}, asked))

    await door.send(Call(PUPILS, {}, pupils("a", "a", "x")))
    await door.send(Call(PUPILS, {}, pupils("x", "a")))

    assert asked == [("schools", ((("upn", "a"),), (("upn", "x"),)))]


async def test_a_silent_link_node_is_an_error_and_not_an_absent_child() -> None:
    async def down(island: str, keys: Sequence[Key]) -> list[Crossing | None]:
        raise LinkUnavailable

    door, island = crossed(down)

    reply = await door.send(Call(PUPILS, {}, pupils("a")))

    assert reply.failure and reply.failure.code == LINK_DOWN
    assert island.calls == []


async def test_decisions_say_for_each_child_what_was_released_and_what_kept_it_closed() -> None:
    door, _ = crossed(
        knows(
            {
                "a": Crossing("s1", BOTH),
                "b": Crossing("s2", SEN, reasons=(("consent", ATTENDANCE),)),
            }
        )
    )

    await door.send(Call(PUPILS, {}, pupils("a", "b", "x")))

    released = {
        subject: (tuple(decision.released), decision.withheld)
        for (subject, _), decision in door.decisions.items()
    }
    assert released["s1"] == (("Sen.provision", "Pupil.sen", "Pupil.absences"), {})
    assert released["s2"] == (("Sen.provision", "Pupil.sen"), {"Pupil.absences": "consent"})
    assert released[None][0] == ()


async def test_errors_of_a_part_are_told_at_the_place_of_the_whole() -> None:
    def failing(call: Call) -> dict[str, Any]:
        body = school(call)
        return body | {"errors": [{"message": "m", "path": ["_entities", 0, "sen"]}]}

    door, _ = crossed(knows({"a": Crossing("s1", BOTH)}), failing)

    reply = await door.send(Call(PUPILS, {}, pupils("x", "a")))

    assert json.loads(reply.body)["errors"][0]["path"] == ["_entities", 1, "sen"]


async def test_a_group_of_a_batch_with_nothing_open_is_left_out_of_the_request() -> None:
    batch = fetch(
        "query($r0: [_Any!]!, $r1: [_Any!]!){_e0: _entities(representations: $r0){... on Pupil{absences}}"
        " _e1: _entities(representations: $r1){... on Pupil{sen{provision}}}}",
        ("_e0", "_e1"),
    )
    door, island = crossed(knows({"a": Crossing("s1", SEN), "b": Crossing("s2", SEN)}))

    reply = await door.send(Call(batch, {}, pupils("a", "b"), sizes=(1, 1)))

    assert "_e0" not in island.calls[0].fetch.document
    assert island.calls[0].representations == pupils("b")
    assert json.loads(reply.body)["data"] == {"_e0": [None], "_e1": [{"sen": {"provision": "K b"}}]}


async def test_a_variable_that_only_a_closed_field_used_is_not_declared() -> None:
    asked = fetch(
        "query($representations: [_Any!]!, $from: Date){_entities(representations: $representations)"
        "{... on Pupil{absences(from: $from) sen{provision}}}}"
    )
    door, island = crossed(knows({"a": Crossing("s1", SEN)}))

    await door.send(Call(asked, {"from": "2026-01-01"}, pupils("a")))

    assert "$from" not in island.calls[0].fetch.document


@pytest.mark.parametrize("body", [b"<html>", b'{"data": {"_entities": []}}', b"[]"])
async def test_an_answer_that_cannot_be_trusted_is_passed_on_as_it_is(body: bytes) -> None:
    door, _ = crossed(knows({"a": Crossing("s1", BOTH)}), lambda _: body)

    assert (await door.send(Call(PUPILS, {}, pupils("x", "a")))).body == body


HELD = replace(
    fetch(
        "query($representations:[_Any!]!){_entities(representations:$representations)"
        "{...on Pupil{sen{provision}_k0:upn}...on School{absences _k1:urn}}}"
    ),
    echo=Echo(
        ({"Pupil": (Said("upn", "_k0"),), "School": (Said("urn", "_k1"),)},),
        frozenset({"_k0", "_k1"}),
    ),
)
"""What the engine asks for of pupils and schools, each of whom has to say their key again."""


def narrow(asked: Fetch, opened: int, narrower: Narrower | None = None) -> str:
    return (narrower or Narrower(Labels())).narrowed(asked, opened).fetch.document


async def test_a_key_that_is_said_again_is_neither_released_nor_withheld() -> None:
    door, island = crossed(knows({"a": Crossing("s1", SEN)}))

    reply = await door.send(Call(HELD, {}, pupils("a")))

    assert "{...on Pupil{sen{provision}_k0:upn}" in island.calls[0].fetch.document
    assert [problem.path for problem in reply.problems] == [("absences",)]
    assert [tuple(one.released) for one in door.decisions.values()] == [
        ("Sen.provision", "Pupil.sen")
    ]
    assert [tuple(one.withheld) for one in door.decisions.values()] == [("School.absences",)]


async def test_where_nothing_but_keys_is_left_nothing_is_sent() -> None:
    door, island = crossed(knows({"a": Crossing("s1", 0), "b": Crossing("s2", NUMBER)}))

    reply = await door.send(Call(HELD, {}, pupils("a", "b", "x")))

    assert island.calls == []
    assert entities(reply) == [None, None, None]


def test_an_entity_of_which_nothing_is_left_says_its_key_beside_one_of_which_something_is() -> None:
    """Without it, it would look like another than was asked about."""
    document = narrow(HELD, SEN)

    assert document.endswith("{...on Pupil{sen{provision}_k0:upn}...on School{_k1:urn}}}")


@pytest.mark.parametrize("held_first", [True, False])
def test_a_name_that_a_client_chose_is_as_closed_as_what_it_names(held_first: bool) -> None:
    """One text twice: once the engine asks for the key again, once a client gave the key that name."""
    chosen, narrower = replace(HELD, echo=Echo()), Narrower(Labels())
    cut = {
        one.echo.aliases: (
            narrow(one, BOTH, narrower),
            {cut.coordinate for cut in narrower.measured(one, BOTH).cuts},
        )
        for one in ((HELD, chosen) if held_first else (chosen, HELD))
    }

    assert "_k0:upn" in cut[HELD.echo.aliases][0]
    assert "Pupil.upn" not in cut[HELD.echo.aliases][1]
    assert "_k0:upn" not in cut[frozenset()][0]
    assert "Pupil.upn" in cut[frozenset()][1]


def of_link(operation: str) -> Call:
    document = f"{operation}{{child}}"
    step = Step(0, "link", Kind.ROOT, operation, (), (), (), (), document, ())
    root = Fetch("link", operation, ((step,),), (), (), (), document, (), prefix(document))
    return Call(root, {})


def told_crossed(ask, told: Told) -> tuple[Crossed, Canned]:
    parts = Canned({"schools": school, "link": {"data": {"child": None}}})
    door = Crossed(
        parts, ask, Narrower(Labels()), {"Pupil": ("upn",)}, Link("link", lambda _: told)
    )
    return door, parts


async def test_what_the_link_node_told_beside_its_answer_is_not_asked_and_closes_as_much() -> None:
    asked: list[Any] = []
    ways = {("schools", (("upn", "a"),)): Crossing("s1", SEN)}
    door, parts = told_crossed(knows({}, asked), Told(ways=ways))

    await door.send(of_link("query"))
    reply = await door.send(Call(PUPILS, {}, pupils("a")))

    assert asked == []
    assert entities(reply) == [{"sen": {"provision": "K a"}}]
    assert "absences" not in parts.calls[-1].fetch.document


async def test_after_a_change_every_child_is_asked_about_anew() -> None:
    known = {"a": Crossing("s1", BOTH)}
    ways = {("schools", (("upn", "a"),)): Crossing("s1", BOTH)}
    door, parts = told_crossed(knows(known), Told(ways=ways))
    await door.send(Call(PUPILS, {}, pupils("a")))

    known["a"] = Crossing(
        "s1", SEN
    )  # a consent is withdrawn by the next field of the same mutation
    await door.send(of_link("mutation"))
    reply = await door.send(Call(PUPILS, {}, pupils("a")))

    assert entities(reply) == [{"sen": {"provision": "K a"}}]
    assert "absences" not in parts.calls[-1].fetch.document


async def test_what_the_link_node_was_still_answering_when_something_was_changed_is_not_believed() -> (
    None
):
    known = {"a": Crossing("s1", BOTH)}
    asked: list[Any] = []
    answers = [asyncio.Event(), asyncio.Event()]

    async def ask(island: str, keys: Sequence[Key]) -> list[Crossing | None]:
        asked.append(keys)
        open_then = [known[dict(key)["upn"]] for key in keys]
        await answers[len(asked) - 1].wait()
        return open_then

    door, parts = told_crossed(ask, Told())
    under_way = asyncio.ensure_future(door.send(Call(PUPILS, {}, pupils("a"))))
    await asyncio.sleep(0)
    known["a"] = Crossing("s1", SEN)
    await door.send(of_link("mutation"))
    assert door.kin == set()  # the change is heard of
    for answer in answers:
        answer.set()

    assert entities(await under_way) == [{"sen": {"provision": "K a"}}]
    assert len(asked) == 2
    assert "absences" not in parts.calls[-1].fetch.document


async def test_a_link_node_that_answers_later_than_is_believed_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr("gateway.crossing.door.monotonic", lambda: now[0])
    known = knows({"a": Crossing("s1", BOTH), "b": Crossing("s2", BOTH)})

    async def slow(island: str, keys: Sequence[Key]) -> Sequence[Crossing | None]:
        await asyncio.sleep(0)
        now[0] += 3
        await asyncio.sleep(0)
        return await known(island, keys)

    door, _ = crossed(slow)

    async def asked(upn: str) -> Any:
        return entities(await door.send(Call(PUPILS, {}, pupils(upn))))

    assert await asyncio.gather(asked("a"), asked("b"), asked("a")) == [
        [{"sen": {"provision": f"K {upn}"}, "absences": upn}] for upn in "aba"
    ]


async def test_children_for_whom_the_same_is_open_are_asked_about_together() -> None:
    open_ = {"a": BOTH, "b": SEN, "c": BOTH, "d": SEN, "e": 0, "f": NUMBER}
    door, island = crossed(knows({upn: Crossing(f"s-{upn}", mask) for upn, mask in open_.items()}))

    reply = await door.send(Call(PUPILS, {}, pupils(*open_)))

    assert [[one["upn"] for one in call.representations] for call in island.calls] == [
        ["a", "c"],
        ["b", "d"],
    ]
    assert [one and one.get("absences") for one in entities(reply)] == [
        *("a", None, "c", None, None, None)
    ]
    assert {subject for subject, _ in door.decisions} == {f"s-{upn}" for upn in open_}


@pytest.mark.parametrize("masks", [(BOTH, NUMBER), (NUMBER, BOTH), (BOTH, 0), (-1, BOTH, SEN)])
async def test_what_is_open_for_one_child_opens_nothing_for_another(masks: tuple[int, ...]) -> None:
    children = {f"{place}": Crossing(f"s{place}", mask) for place, mask in enumerate(masks)}
    door, _ = crossed(knows(children))

    found = entities(await door.send(Call(PUPILS, {}, pupils(*children))))

    for mask, one in zip(masks, found, strict=True):
        assert bool(one and "absences" in one) == bool(mask & ATTENDANCE)
        assert bool(one and "sen" in one) == bool(mask & SEN)


async def test_what_is_told_too_late_to_be_believed_is_asked_anew_and_not_taken_from_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr("gateway.crossing.door.monotonic", lambda: now[0])
    asked: list[Any] = []
    ways = {("schools", (("upn", "a"),)): Crossing("s1", BOTH)}
    door, _ = told_crossed(knows({"a": Crossing("s1", 0)}, asked), Told(ways=ways))

    await door.send(of_link("query"))
    now[0] += 2.1
    reply = await door.send(Call(PUPILS, {}, pupils("a")))

    assert len(asked) == 1
    assert entities(reply) == [None]


async def test_an_event_is_of_the_link_node_or_says_nothing_of_children() -> None:
    ways = {("schools", (("upn", "a"),)): Crossing("s1", BOTH)}
    told = Told([Crossing("s1", BOTH)], ways, ["s1"])
    door, _ = told_crossed(knows({}), told)

    door.hear(Reply(of_link("subscription"), b"{}"))

    assert set(door.decisions) == {("s1", "link")}
    assert door.kin == {"s1"}
    assert set(door.entered) == {"link"}
    # What an event told is of the moment it came: a fetch asks.
    assert entities(await door.send(Call(PUPILS, {}, pupils("a")))) == [None]
