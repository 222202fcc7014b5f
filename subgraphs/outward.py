"""What went wrong in an answer → how it may leave: what the asker wrote wrongly in words, what happened here as a code.

A message of our own making might quote what was asked, and so a number; a code cannot.
"""

from __future__ import annotations

import logging
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError, ValueNode, VariableDefinitionNode

logger = logging.getLogger(__name__)


class Withheld(Exception):
    """A resolver's own refusal: a code that says nothing about a person."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def outward(error: GraphQLError) -> dict[str, Any]:
    """The error as the gateway is told it: message, code, and the place in the answer if it has one."""
    code, message = _code(error)
    told: dict[str, Any] = {"message": message, "extensions": {"code": code}}
    if error.path:
        told["path"] = error.path
    return told


def _code(error: GraphQLError) -> tuple[str, str]:
    cause = error.original_error
    if isinstance(cause, Withheld):
        return cause.code, cause.code
    if code := (error.extensions or {}).get("code"):
        return str(code), str(code)
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED", f"syntax error at {error.positions}"
    if error.path is None:
        quotes = any(
            isinstance(node, (ValueNode, VariableDefinitionNode)) for node in error.nodes or ()
        )
        return "GRAPHQL_VALIDATION_FAILED", "a value does not fit" if quotes else error.message
    logger.error("failed at %s: %s", error.path, type(cause).__name__)
    return "INTERNAL", "INTERNAL"
