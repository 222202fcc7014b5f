"""For the record alone, the link node says whose an island's rows are: also where every crossing is switched off."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.assertion import HEADER, Assertion, Signer, new_key, public_keys
from gateway.register import load
from subgraphs.guard import guarded
from subgraphs.population import named

SUBJECTS = "query ($island: String!, $keys: [String!]!) { subjects(island: $island, keys: $keys) }"
CROSSINGS = """query ($island: String!, $keys: [String!]!) {
  crossings(island: $island, keys: $keys) { subject } }"""
SDL = Path("schema/link.graphql").read_text()


async def test_each_row_has_its_child_and_a_number_of_nobody_has_none(ask, children) -> None:
    kai = named(children, "Kai")
    local = kai.numbers.local_authority[0]
    by_upn = {"island": "schools", "keys": [json.dumps({"upn": str(kai.numbers.upn)}), "{}"]}
    key = {"laCode": str(local.la_code), "localChildId": str(local.local_child_id)}

    (pupil, nobody) = (await ask("link", SUBJECTS, by_upn))["data"]["subjects"]
    authority = await ask(
        "link", SUBJECTS, {"island": "local_authority", "keys": [json.dumps(key)]}
    )

    assert nobody is None
    assert authority["data"]["subjects"] == [pupil]
    crossed = await ask("link", CROSSINGS, by_upn | {"keys": by_upn["keys"][:1]})
    assert crossed["data"]["crossings"] == [{"subject": pupil}]


async def test_nobody_is_named_across_a_seal(ask, children) -> None:
    rowan = named(children, "Rowan")
    assert rowan.before_adoption is not None
    old = [json.dumps({"upn": str(rowan.before_adoption.upn)})]

    answer = await ask("link", SUBJECTS, {"island": "schools", "keys": old})

    assert answer["data"]["subjects"] == [None]


async def test_it_may_be_asked_where_the_use_of_the_number_is_off_and_nothing_else_may() -> None:
    register, key = load(Path("schema/register.toml")), new_key("test")
    assert not register.crosses("SCHOOL_TRANSFER")

    async def app(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    guard = guarded(app, sdl=SDL, audience="link", keys=public_keys([key]), register=register)

    async def status(query: str) -> int:
        body = json.dumps({"query": query, "variables": {"island": "schools", "keys": []}}).encode()
        who = Assertion(
            purpose="SCHOOL_TRANSFER", role="senco", organisation="990001",
            organisation_kind="SCHOOL", actor="a", register=register.digest, request="r",
        )  # fmt: skip
        token = Signer(key).sign(who, "link", body)
        sent: list[dict] = []

        async def receive() -> dict:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict) -> None:
            sent.append(message)

        headers = [(HEADER.encode(), token.encode()), (b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers}
        await guard(scope, receive, send)
        return sent[0]["status"]

    assert await status(SUBJECTS) == 200
    assert await status(CROSSINGS) != 200
    assert await status(SUBJECTS[:-1] + " " + CROSSINGS.partition("{")[2]) != 200
