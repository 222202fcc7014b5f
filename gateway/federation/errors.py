"""What the engine raises.

FederationError
├── CompositionError    these subgraphs make no supergraph; every reason at once
├── InvalidSupergraph   this SDL is no supergraph we can serve
├── InvalidOperation    GraphQL says no; carries the errors the client should see
├── TooCostly           a limit, named by its code
└── Unplannable         valid, but no subgraph can be reached that answers it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class FederationError(Exception):
    """Whatever the engine refuses to do."""


class CompositionError(FederationError):
    """These subgraphs make no supergraph. `problems` are all the reasons, each a code and a sentence."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"{code}: {message}" for code, message in problems))
        self.problems = tuple(problems)


class InvalidSupergraph(FederationError):
    """This SDL is no supergraph that the engine can serve."""


class InvalidOperation(FederationError):
    """The operation is not valid against the API schema. `errors` are GraphQL error objects."""

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
        super().__init__("; ".join(str(error.get("message")) for error in errors))
        self.errors = tuple(errors)


class Quoting(dict[str, Any]):
    """A GraphQL error whose message quotes what the client sent as a value. `instead` says as much without it."""

    def __init__(self, error: Mapping[str, Any], instead: str) -> None:
        super().__init__(error)
        self.instead = instead


class TooCostly(FederationError):
    """A limit was passed. `code` names which one; nothing was expanded beyond it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Unplannable(FederationError):
    """The operation is valid but some selection cannot be reached; the message says where and why."""
