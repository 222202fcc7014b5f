"""An operation that cannot be run → the answer that says so, as GraphQL clients read it (GraphQL over HTTP §6.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from gateway.federation.errors import InvalidOperation, Quoting, TooCostly, Unplannable
from gateway.protocol import GRAPHQL_JSON, Answer, answer_type

_NUMBER = re.compile(r"\d{6,}")
"""What is long enough to be of a number that names somebody, wherever in an operation it was written."""


def unanswered(
    error: InvalidOperation | TooCostly | Unplannable, accept: str, *, quoting: bool = True
) -> Answer:
    """An operation that cannot be run, as GraphQL clients read it (GraphQL over HTTP §6.4).

    Not `quoting`: no value that was sent comes back, because it may be somebody's number.
    """
    media = answer_type(accept)
    if isinstance(error, InvalidOperation):
        told = error.errors if quoting else map(_unquoted, error.errors)
        found: Mapping[str, Any] = {"errors": [_coded(one) for one in told]}
    elif isinstance(error, TooCostly):
        found = {"errors": [{"message": str(error), "extensions": {"code": error.code}}]}
    else:
        problem = {"message": str(error), "extensions": {"code": "UNPLANNABLE"}}
        return Answer(orjson.dumps({"data": None, "errors": [problem]}), media_type=media)
    return Answer(orjson.dumps(found), 400 if media == GRAPHQL_JSON else 200, media)


def _unquoted(error: Mapping[str, Any]) -> Mapping[str, Any]:
    message = error.instead if isinstance(error, Quoting) else str(error["message"])
    return {**error, "message": _NUMBER.sub("…", message)}


def _coded(error: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}, **error}
