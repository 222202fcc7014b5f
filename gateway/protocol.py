"""GraphQL over HTTP without HTTP: headers and bytes → Request, and what goes back as an Answer.

POST with JSON in UTF-8 only (trust.md I-14): no GET, no multipart, no arrays. A name that stands
twice in one object is refused, because two readers could each believe a different one.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from gateway.errors import BadRequest, GatewayError

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
BODY_LIMIT = 1_000_000


class WrongMediaType(GatewayError):
    """The body is not JSON in UTF-8."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class NotAcceptable(GatewayError):
    """The answer has a media type that the client did not say it takes."""

    status = 406
    code = "NOT_ACCEPTABLE"


@dataclass(frozen=True, slots=True)
class Request:
    """One GraphQL request as the client sent it, before anything is believed."""

    document: str
    operation_name: str | None
    variables: Mapping[str, Any]
    extensions: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request for an answer: the GraphQL request, and the headers that decide."""

    request: Request
    authorization: tuple[str, ...]
    declared_purpose: tuple[str, ...]
    accept: str
    proof: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a body, or a stream of parts."""

    body: bytes | AsyncIterator[bytes]
    status: int = 200
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def read_request(content_type: str, body: bytes) -> Request:
    """Reads a POST body; raises BadRequest or WrongMediaType with the way out."""
    _check_media_type(content_type)
    try:
        found = json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as wrong:
        raise BadRequest('the body is not JSON in UTF-8; send {"query": "…"}') from wrong
    if not isinstance(found, dict):
        raise BadRequest(
            'the body must be one JSON object such as {"query": "…"}; batches are not read'
        )
    return Request(
        _text(found, "query", needed=True) or "",
        _text(found, "operationName"),
        _object_of(found, "variables"),
        _object_of(found, "extensions"),
    )


def answer_type(accept: str) -> str:
    """The media type to answer in: GraphQL's own when the client names it, else JSON."""
    return GRAPHQL_JSON if GRAPHQL_JSON in accept else JSON


def _check_media_type(content_type: str) -> None:
    kind, _, parameters = content_type.lower().partition(";")
    charset = parameters.replace(" ", "").removeprefix("charset=").strip('"')
    if kind.strip() != JSON or charset not in ("", "utf-8"):
        raise WrongMediaType("send the query as POST with Content-Type: application/json")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _text(found: Mapping[str, Any], name: str, *, needed: bool = False) -> str | None:
    value = found.get(name)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or (not value.isascii() and _has_surrogate(value)):
        raise BadRequest(f'"{name}" must be a string')
    return value


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _object_of(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest(f'"{name}" must be an object')
    return value
