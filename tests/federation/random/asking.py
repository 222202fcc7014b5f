"""A client's schema → a random valid operation on it, and variables for it.

Weighted towards what breaks planners: fragments on abstract types, the same key in disjoint fragments,
aliases that are the names of keys, `__typename` under another name, equal fields asked twice,
conditions that contradict each other, variables with defaults that may or may not be given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)

LENT = ("kids", "cost")
"""Fields that only some cases have, which are then what they are about."""

ALIASES = ("id", "code", "name", "a", "b", "size", "no", "ref", "x", "key", "_r0", "on")

Place = tuple[str, ...]
"""Where in the answer: the response keys from the root."""


@dataclass(frozen=True, slots=True)
class Question:
    """An operation's text and the variables sent with it."""

    text: str
    variables: Mapping[str, Any]


@dataclass(slots=True)
class Asking:
    """One operation in the making. `budget` is how many fields it may still have; with `defers` some
    of its fragments may come later."""

    rng: Random
    schema: GraphQLSchema
    budget: int
    defers: bool = False
    definitions: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    shapes: dict[Place, str] = field(default_factory=dict)
    askers: dict[Place, dict[str, str]] = field(default_factory=dict)
    deferred: int = 0

    def selections(self, parent: Any, place: Place, depth: int) -> str:
        """A selection set on a type, without its braces; never empty."""
        parts = [
            self._selection(parent, place, depth) for _ in range(self.rng.choice((1, 2, 2, 3, 4)))
        ]
        parts = [one for one in parts if one]
        if not parts:
            parts = [self._typename(place)]
        return " ".join(parts)

    def _typename(self, place: Place) -> str:
        for key in ("__typename", "kindOf", "type1", "type2"):
            if self._fits((*place, key), "*", "String!", "__typename"):
                return "__typename" if key == "__typename" else f"{key}: __typename"
        raise AssertionError("one of the keys is free")

    def _selection(self, parent: Any, place: Place, depth: int) -> str:
        dice = self.rng.random()
        if dice < 0.07:
            return self._typename(place) + self._condition()
        abstract = is_abstract_type(parent)
        if dice < (0.5 if abstract else 0.17) or not getattr(parent, "fields", None):
            return self._fragment(parent, place, depth)
        return self._field(parent, place, depth)

    def _fragment(self, parent: Any, place: Place, depth: int) -> str:
        if depth > 5:
            return ""
        options = [parent, *self._related(parent)]
        on = self.rng.choice(options)
        inner = self.selections(on, place, depth + 1)
        if self.rng.random() < 0.2:
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {on.name} {{ {inner} }}")
            twice = f" ...{name}" if self.rng.random() < 0.2 else ""
            return f"...{name}{self._condition()}{self._defer()}{twice}"
        bare = on is parent and self.rng.random() < 0.4
        head = f"...{'' if bare else f' on {on.name}'}{self._condition()}{self._defer()}"
        return f"{head} {{ {inner} }}"

    def _defer(self) -> str:
        if not self.defers or self.rng.random() > 0.5:
            return ""
        self.deferred += 1
        given = [f'label: "part{self.deferred}"'] if self.rng.random() < 0.5 else []
        if self.rng.random() < 0.15:
            given.append(f"if: ${self._boolean()}")
        return f" @defer({', '.join(given)})" if given else " @defer"

    def _related(self, parent: Any) -> list[Any]:
        """Types whose objects overlap with the parent's."""
        types = self.schema.type_map.values()
        here = self._objects(parent)
        others = (one for one in types if is_composite_type(one) and not one.name.startswith("__"))
        near = [one for one in others if one is not parent and here & self._objects(one)]
        objects = [one for one in near if isinstance(one, GraphQLObjectType)]
        return near + objects + objects

    def _objects(self, one: Any) -> set[str]:
        if is_abstract_type(one):
            return {object_.name for object_ in self.schema.get_possible_types(one)}
        return {one.name}

    def _field(self, parent: Any, place: Place, depth: int) -> str:
        names = [*parent.fields, *(one for one in parent.fields if one in LENT for _ in range(4))]
        name = self.rng.choice(names)
        definition: GraphQLField = parent.fields[name]
        composite = is_composite_type(get_named_type(definition.type))
        if self.budget <= 0 or (composite and depth > 5):
            return ""
        self.budget -= 1
        arguments = self._arguments(definition)
        key = self._key(parent, place, name, definition, arguments)
        if key is None:
            return ""
        text = (f"{key}: " if key != name else "") + name + arguments
        text += "" if parent is self.schema.subscription_type else self._condition()
        if composite:
            below = get_named_type(definition.type)
            text += f" {{ {self.selections(below, (*place, key), depth + 1)} }}"
        return text

    def _key(
        self, parent: Any, place: Place, name: str, definition: GraphQLField, arguments: str
    ) -> str | None:
        keys = [name] if self.rng.random() < 0.75 else [self.rng.choice(ALIASES)]
        keys += [name, f"{name}1", f"{name}2", f"{name}3"]
        asker = parent.name if isinstance(parent, GraphQLObjectType) else "*"
        shape = str(definition.type)
        named = get_named_type(definition.type)
        if is_composite_type(named):
            shape = shape.replace(named.name, "{}")
        for key in keys:
            if self._fits((*place, key), asker, shape, name + arguments):
                return key
        return None

    def _fits(self, place: Place, asker: str, shape: str, asked: str) -> bool:
        """Whether a response key may stand for this; notes it if so. Stricter than the rule, and simpler."""
        if self.shapes.get(place, shape) != shape:
            return False
        known = self.askers.get(place, {})
        clash = known.values() if asker == "*" else [known.get("*", asked), known.get(asker, asked)]
        if any(one != asked for one in clash):
            return False
        self.shapes[place] = shape
        self.askers.setdefault(place, {})[asker] = asked
        return True

    def _condition(self) -> str:
        if self.rng.random() > 0.08:
            return ""
        word = self.rng.choice(("skip", "include"))
        if self.rng.random() < 0.3:
            return f" @{word}(if: {self.rng.choice(('true', 'false'))})"
        return f" @{word}(if: ${self._boolean()})"

    def _boolean(self) -> str:
        name = f"if{self.rng.randint(0, 2)}"
        if not any(one.startswith(f"${name}:") for one in self.definitions):
            default = self.rng.choice(("true", "false", None))
            given = default is None or self.rng.random() < 0.5
            self.definitions.append(f"${name}: Boolean!" + (f" = {default}" if default else ""))
            if given:
                self.variables[name] = self.rng.random() < 0.5
        return name

    def _arguments(self, definition: GraphQLField) -> str:
        given = []
        for name, one in definition.args.items():
            needed = is_non_null_type(one.type) and one.default_value is Undefined
            if needed or self.rng.random() < 0.6:
                given.append(f"{name}: {self._value(one.type)}")
        return f"({', '.join(given)})" if given else ""

    def _value(self, type_: Any) -> str:
        if self.rng.random() < 0.35:
            return f"${self._variable(type_)}"
        return self._literal(type_)

    def _variable(self, type_: Any) -> str:
        name = f"v{len(self.definitions)}"
        default = self._literal(type_) if self.rng.random() < 0.4 else None
        self.definitions.append(f"${name}: {type_}" + (f" = {default}" if default else ""))
        if self.rng.random() < 0.7 or (default is None and is_non_null_type(type_)):
            self.variables[name] = self._json(type_)
        return name

    def _literal(self, type_: Any) -> str:
        return _text(self._json(type_), type_)

    def _json(self, type_: Any) -> Any:
        """A random value of an input type."""
        if is_non_null_type(type_):
            return self._given(type_.of_type)
        return None if self.rng.random() < 0.08 else self._given(type_)

    def _given(self, type_: Any) -> Any:
        rng = self.rng
        if is_list_type(type_):
            return [self._json(type_.of_type) for _ in range(rng.randint(0, 2))]
        if isinstance(type_, GraphQLEnumType):
            return rng.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            some = [n for n in type_.fields if rng.random() < 0.5 and n != "inner"]
            return {name: self._json(type_.fields[name].type) for name in some}
        return {
            "Int": rng.randint(-3, 9),
            "Float": rng.choice((1.5, -2.0)),
            "Boolean": rng.random() < 0.5,
            "ID": rng.choice(("1", "x y")),
        }.get(type_.name, rng.choice(("x", 'q"\\\n', "é☃", "")))


def _text(value: Any, type_: Any) -> str:
    """A JSON value as GraphQL writes it for this type."""
    inner = type_.of_type if is_non_null_type(type_) else type_
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case list():
            return f"[{', '.join(_text(one, inner.of_type) for one in value)}]"
        case dict():
            pairs = (
                f"{name}: {_text(one, inner.fields[name].type)}" for name, one in value.items()
            )
            return "{" + ", ".join(pairs) + "}"
        case str() if isinstance(inner, GraphQLEnumType):
            return value
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return str(value)


def ask(
    rng: Random, schema: GraphQLSchema, size: int, kind: str | None = None, *, defers: bool = False
) -> Question:
    """A random operation of about this many fields, of a random kind unless one is given; with
    `defers` parts of it may come later."""
    if kind is None:
        mutates = schema.mutation_type is not None and rng.random() < 0.4
        kind = "mutation" if mutates else "query"
    root = schema.get_root_type(OperationType(kind))
    asking = Asking(rng, schema, size, defers)
    if kind == "subscription":
        parts = [asking._field(root, (), 0)]
    else:
        parts = [asking.selections(root, (), 0) for _ in range(rng.choice((1, 1, 2)))]
    name = rng.choice(("", " Q", " _x1"))
    body = " ".join([*parts, *asking.fragments])
    used = [one for one in asking.definitions if re.search(rf"\{one.split(':')[0]}\b", body)]
    variables = {
        n: v for n, v in asking.variables.items() if any(one.startswith(f"${n}:") for one in used)
    }
    definitions = f"({', '.join(used)})" if used else ""
    if definitions and not name:
        name = " Q"
    text = f"{kind}{name}{definitions} {{ {' '.join(parts)} }}"
    return Question("\n".join([text, *asking.fragments]), variables)
