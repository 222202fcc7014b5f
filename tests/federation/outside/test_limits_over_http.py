"""Every limit over HTTP: what passes it is refused, with a code of its own, before any subgraph is asked."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from gateway.federation.planning.limits import Limits

DEEP = "{ pupil " + "{ friend " * 35 + "{ id }" + " }" * 36
FIELDS = " ".join("name" for _ in range(300))
MANY = " ".join(f"a{n}: visits" for n in range(600))
EXPLODING = (
    "{ pupil { ...F0 } } "
    + " ".join(
        f"fragment F{n} on Pupil {{ {' '.join(f'friend {{ ...F{n + 1} }}' for _ in range(10))} }}"
        for n in range(9)
    )
    + " fragment F9 on Pupil { id }"
)


@pytest.mark.parametrize(
    ("code", "limits", "query"),
    [
        ("DOCUMENT_TOO_LARGE", None, "{ pupil { id } } #" + " " * 100_000),
        ("TOO_MANY_TOKENS", None, "{ pupil { " + "id " * 10_001 + "} }"),
        ("TOO_DEEP", None, DEEP),
        (
            "TOO_MANY_ALIASES",
            None,
            "{ pupil { " + " ".join(f"a{n}: id" for n in range(201)) + " } }",
        ),
        ("TOO_MANY_ROOT_FIELDS", None, "{ " + "pupil { id } " * 51 + "}"),
        ("TOO_MANY_DIRECTIVES", None, "{ pupil { " + "id @skip(if: false) " * 101 + "} }"),
        ("TOO_MANY_SELECTIONS", None, EXPLODING),
        ("TOO_MANY_SELECTIONS", Limits(selections=100), "{ pupil { " + FIELDS + " } }"),
        ("TOO_COSTLY", Limits(cost=49), "{ dear }"),
        ("TOO_COSTLY", Limits(cost=49), "{ some(first: 50) { id } }"),
        ("ONE_SLICING_ARGUMENT_NEEDED", Limits(cost=49), "{ some { id } }"),
        ("TOO_MANY_FETCHES", Limits(fetches=1), "{ pupil { visits } }"),
        ("PLANNING_TOO_HARD", Limits(steps=1), "{ pupil { visits friend { visits } } }"),
        ("PLANNING_TOO_SLOW", Limits(seconds=-1.0, aliases=900), "{ pupil { " + MANY + " } }"),
    ],
)
async def test_what_passes_a_limit_is_refused_by_its_name(
    from_outside: Any, code: str, limits: Limits | None, query: str
) -> None:
    serving, saying, _ = from_outside
    nobody = saying(b"asked!")
    async with serving(nobody, nobody, limits) as client:
        answer = await client.post("/graphql", json={"query": query})

    assert [one["extensions"]["code"] for one in answer.json()["errors"]] == [code]
    assert "data" not in answer.json()
    assert "subgraph" not in answer.text


async def test_a_body_that_is_too_large_is_not_read(from_outside: Any) -> None:
    serving, saying, _ = from_outside
    async with serving(saying(b""), saying(b"")) as client:
        answer = await client.post("/graphql", json={"query": " " * 1_100_000})

    assert answer.status_code == 413
    assert answer.json()["errors"][0]["extensions"]["code"] == "TOO_LARGE"


async def test_more_entities_than_one_answer_may_need_are_not_asked_for(from_outside: Any) -> None:
    serving, saying, whole = from_outside
    pupils = [{"id": str(number)} for number in range(50_001)]
    schools = saying(whole(json.dumps({"data": {"pupils": pupils}}).encode()))
    async with serving(schools, saying(b"asked!")) as client:
        answer = await client.post("/graphql", json={"query": "{ pupils { visits } }"})

    assert answer.json()["data"]["pupils"][0] == {"visits": None}
    assert [one["extensions"]["code"] for one in answer.json()["errors"]] == ["TOO_MANY_ENTITIES"]


async def test_a_subgraph_that_takes_longer_than_it_may_is_left(from_outside: Any) -> None:
    serving, saying, whole = from_outside

    async def silent(_: bytes, writer: Any) -> None:
        await asyncio.sleep(60)

    schools = saying(whole(b'{"data":{"pupil":{"id":"1","name":"Ada"}}}'))
    async with serving(schools, silent, patience=0.2) as client:
        answer = await client.post("/graphql", json={"query": "{ pupil { name visits } }"})

    assert answer.json()["data"] == {"pupil": {"name": "Ada", "visits": None}}
    (error,) = answer.json()["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["pupil"], "SUBREQUEST_TIMEOUT")
