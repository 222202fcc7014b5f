"""A code of a statutory set → a GraphQL enum value with its meaning; a stored code → the value, or None."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

import strawberry
from strawberry.types.enum import EnumValueDefinition

E = TypeVar("E", bound=Enum)


def code(value: str, meaning: str) -> EnumValueDefinition:
    return strawberry.enum_value(value, description=meaning)


def coded(kind: type[E], stored: str | None) -> E | None:
    """The value of `kind` for a stored code. A code outside the set is None: loading a return reports it."""
    return None if stored is None else kind._value2member_map_.get(stored)  # type: ignore[return-value]
