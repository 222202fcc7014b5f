"""What schemas are made of, in a subgraph and in the supergraph alike: types, fields, arguments, applied directives.

Types and values are kept as the text GraphQL writes them in, so that two elements are the same when they print the same.
A federation directive is always kept under the name its specification gives it, whatever a subgraph calls it (see `link`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from graphql import parse_value, value_from_ast_untyped

Kind = Literal["SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT"]
Coordinate = tuple[str, str]
"""(type, field)."""

COMPOSITE: frozenset[Kind] = frozenset(("OBJECT", "INTERFACE", "UNION"))
ROOTS = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}
BUILT_IN = frozenset(("Int", "Float", "String", "Boolean", "ID"))


@dataclass(frozen=True, slots=True)
class Applied:
    """One application of a directive. `extension`: it stands on an `extend`, not on the definition itself."""

    name: str
    arguments: tuple[tuple[str, str], ...] = ()
    extension: bool = field(default=False, compare=False)

    def text(self, argument: str) -> str | None:
        """The argument as GraphQL text, None when it is not given."""
        return next((value for name, value in self.arguments if name == argument), None)

    def value(self, argument: str) -> Any:
        """The argument as a Python value, None when it is not given."""
        text = self.text(argument)
        return None if text is None else value_from_ast_untyped(parse_value(text))

    def __str__(self) -> str:
        inside = ", ".join(f"{name}: {value}" for name, value in self.arguments)
        return f"@{self.name}({inside})" if inside else f"@{self.name}"


Directives = tuple[Applied, ...]


def applied(directives: Directives, name: str) -> Iterator[Applied]:
    """The applications of one directive."""
    return (one for one in directives if one.name == name)


def has(directives: Directives, name: str) -> bool:
    """Whether the directive is applied at all."""
    return any(one.name == name for one in directives)


@dataclass(frozen=True, slots=True)
class InputValue:
    """An argument or an input field."""

    name: str
    type: str
    default: str | None = None
    description: str | None = None
    directives: Directives = ()

    @property
    def required(self) -> bool:
        return self.type.endswith("!") and self.default is None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object or an interface. `extension`: it is declared in an `extend`."""

    name: str
    type: str
    arguments: Mapping[str, InputValue] = field(default_factory=dict)
    description: str | None = None
    directives: Directives = ()
    extension: bool = False


@dataclass(frozen=True, slots=True)
class EnumValue:
    """One value of an enum."""

    name: str
    description: str | None = None
    directives: Directives = ()


@dataclass(frozen=True, slots=True)
class Type:
    """A named type; only the parts of its kind are filled. `defined`/`extended`: how the subgraph declares it."""

    kind: Kind
    name: str
    description: str | None = None
    directives: Directives = ()
    interfaces: tuple[str, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    inputs: Mapping[str, InputValue] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    values: Mapping[str, EnumValue] = field(default_factory=dict)
    defined: bool = True
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive definition."""

    name: str
    arguments: Mapping[str, InputValue] = field(default_factory=dict)
    locations: tuple[str, ...] = ()
    repeatable: bool = False
    description: str | None = None


def named(type_text: str) -> str:
    """The name inside a type reference: `[Child!]!` → `Child`."""
    return type_text.strip("[]!")


def text_of(value: object) -> str:
    """A Python value as GraphQL text: strings quoted, names of enums given as they are through `Enum`."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(text_of, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {text_of(inner)}" for key, inner in value.items()) + "}"
    return "null" if value is None else str(value)


def _quoted(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(char, char) for char in text) + '"'
