"""A code of a statutory set → a GraphQL enum value with its meaning; a stored code → the value, or None.

A code that starts with a digit is written with an underscore before it, in every set.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeVar, cast

import strawberry
from strawberry.types.enum import EnumValueDefinition

E = TypeVar("E", bound=Enum)


def code(value: str, meaning: str) -> EnumValueDefinition:
    """One value of a set; `value` is the code as it is filed."""
    return strawberry.enum_value(value, description=meaning)


def coded(kind: type[E], stored: str | None) -> E | None:
    """The value of `kind` for a stored code. A code outside the set is None: loading a return reports it."""
    return cast("E | None", kind._value2member_map_.get(stored))
