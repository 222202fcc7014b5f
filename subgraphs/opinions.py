"""What someone thinks → an object that says who, when and on what basis; a fact needs none of these.

Each kind of opinion is a GraphQL type of its own, because its fields carry the category of what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

import strawberry

from subgraphs.labels import fact

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opinion(Generic[T]):
    """A judgement and its author. A role, not a name: who may know the name is another question."""

    value: T
    author_role: str
    recorded_on: date | None
    basis: str


def opinion(value: object, category: str, *, name: str, about: str, **more: Any) -> Any:
    """A field that holds an Opinion of `value`; `name` is the GraphQL type, labelled as the field is."""
    kind = _type(value, category, name)
    return fact(category, about=about, graphql_type=kind | None, **more)


def opinions(value: object, category: str, *, name: str, about: str, **more: Any) -> Any:
    """A field that holds a list of them."""
    return fact(category, about=about, graphql_type=list[_type(value, category, name)], **more)  # type: ignore[misc]


def _type(value: object, category: str, name: str) -> Any:
    body: Mapping[str, object] = {
        "__annotations__": {
            "value": value,
            "author_role": str,
            "recorded_on": date | None,
            "basis": str,
        },
        "value": fact(category, about="What they think."),
        "author_role": fact(category, about="Whose opinion it is, by role."),
        "recorded_on": fact(category, about="When they said so."),
        "basis": fact(category, about="What they went by."),
    }
    return strawberry.type(type(name, (), dict(body)), description="An opinion, not a fact.")
