"""Whatever one subgraph writes on the wire, the client gets what the others know, and one error that names the one."""

from __future__ import annotations

import json
from typing import Any

import pytest

PUPILS = b'{"data":{"pupils":[{"id":"1","name":"Ada"},{"id":"2","name":"Bo"}]}}'
KNOWN = {"pupils": [{"name": "Ada", "visits": None}, {"name": "Bo", "visits": None}]}
HTML = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"
HALF = b'{"data":{"_entities":[{"visits":1},{"vis'
BOTH = b'{"data":{"_entities":[{"visits":1},{"visits":2}]}}'


def shorter(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body) + 100, body)


@pytest.mark.parametrize(
    ("code", "kind", "body"),
    [
        ("SUBREQUEST_MALFORMED_RESPONSE", "whole", b"\x00\xff\xfe garbage \x80"),
        ("SUBREQUEST_MALFORMED_RESPONSE", "whole", HTML),
        ("SUBREQUEST_HTTP_ERROR", "failed", HTML),
        ("SUBREQUEST_MALFORMED_RESPONSE", "whole", HALF),
        ("SUBREQUEST_MALFORMED_RESPONSE", "cut", HALF),
        ("SUBREQUEST_MALFORMED_RESPONSE", "whole", b""),
        ("SUBREQUEST_HTTP_ERROR", "raw", b"no HTTP at all\r\n\r\n"),
        ("SUBREQUEST_HTTP_ERROR", "raw", b""),
        ("SUBREQUEST_MALFORMED_RESPONSE", "whole", b'{"data":{"_entities":[{"visits":1}]}}'),
        ("SUBREQUEST_MALFORMED_RESPONSE", "whole", BOTH.replace(b"]", b",null]")),
        ("SUBREQUEST_MALFORMED_RESPONSE", "whole", b'{"data":null}'),
        ("SUBREQUEST_MALFORMED_RESPONSE", "whole", b'{"data":{"_entities":null}}'),
        ("SUBREQUEST_MALFORMED_RESPONSE", "whole", b'{"data":{"_entities":{}}}'),
        ("SUBREQUEST_MALFORMED_RESPONSE", "whole", b"[" * 200_000),
        ("DOWNSTREAM_SERVICE_ERROR", "whole", b'{"errors":[{"message":"no"}],"data":null}'),
    ],
)
async def test_an_answer_that_is_none_costs_only_what_it_was_asked_for(
    from_outside: Any, code: str, kind: str, body: bytes
) -> None:
    serving, saying, whole = from_outside
    written = {
        "whole": lambda: whole(body),
        "failed": lambda: whole(body, b"text/html", b"502 Bad Gateway"),
        "cut": lambda: shorter(body),
        "raw": lambda: body,
    }[kind]()
    async with serving(saying(whole(PUPILS)), saying(written)) as client:
        answer = await client.post("/graphql", json={"query": "{ pupils { name visits } }"})

    assert answer.status_code == 200
    assert answer.json()["data"] == KNOWN
    (error,) = answer.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["service"]) == (code, "clinic")


async def test_ten_megabytes_are_read_like_any_answer(from_outside: Any) -> None:
    serving, saying, whole = from_outside
    notes = ["x" * 1000] * 10_000
    entities = [{"notes": notes}, {"notes": None}]
    clinic = saying(whole(json.dumps({"data": {"_entities": entities}}).encode()))
    async with serving(saying(whole(PUPILS)), clinic) as client:
        answer = await client.post("/graphql", json={"query": "{ pupils { notes } }"})

    assert answer.json() == {"data": {"pupils": entities}}


async def test_a_root_that_is_no_answer_is_null_with_one_error(from_outside: Any) -> None:
    serving, saying, whole = from_outside
    async with serving(saying(whole(HTML)), saying(b"asked!")) as client:
        answer = await client.post("/graphql", json={"query": "{ pupil { name visits } }"})

    assert answer.json()["data"] == {"pupil": None}
    (error,) = answer.json()["errors"]
    assert (error["path"], error["extensions"]["service"]) == (["pupil"], "schools")
