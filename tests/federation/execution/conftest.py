"""Plans written by hand, one line per step, and run through every executor there is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_abstract_type,
    is_enum_type,
    is_leaf_type,
    parse,
)

from gateway.federation.execution.canned import Canned
from gateway.federation.execution.columnar import Columnar
from gateway.federation.execution.executor import execute
from gateway.federation.execution.flow import Exchange, Flow
from gateway.federation.execution.layout import Inexpressible
from gateway.federation.execution.program import Limits, Program, compile_program
from gateway.federation.execution.response import Response
from gateway.federation.execution.transport import Call, Reply, Transport
from gateway.federation.planning.steps import (
    Batch,
    Branch,
    Each,
    Input,
    Key,
    Kind,
    Leaf,
    Only,
    Path,
    Plan,
    Segment,
    Sent,
    Shape,
    Step,
    Taken,
)
from gateway.federation.selection import Field, On, Selections, parse_selections, print_selections
from gateway.federation.supergraph import FieldDefinition, Supergraph, Type, TypeRef

_STEP = re.compile(
    r"(?P<id>\d+)(?: after (?P<needs>[\d ]+))? (?P<subgraph>\w+)"
    r"(?: at (?P<path>\S+))?(?: with (?P<inputs>.+?))?: (?P<output>\{.*\})$"
)


def step(line: str, operation: str = "query") -> Step:
    """`2 after 1 reviews at users.@ with User{id}: { reviews { body } }`.

    In an input `name: source` reads the field from another key, and a `?` after the type says that
    its fields may be null in the subgraph.
    """
    found = _STEP.match(line)
    assert found, line
    output = parse_selections(found["output"])
    inputs = tuple(_input(text) for text in (found["inputs"] or "").split(" | ") if text)
    if inputs:
        names = [one.typename for one in inputs]
        document = (
            "query($representations: [_Any!]!){_entities(representations: $representations)"
            + "{__typename "
            + " ".join(f"... on {name}{print_selections(output)}" for name in names)
            + "}}"
        )
        output = tuple(On(str(name), output) for name in names)
    else:
        document = operation + print_selections(output)
    return Step(
        int(found["id"]),
        found["subgraph"],
        Kind.ENTITY if inputs else Kind.ROOT,
        operation,
        _path(found["path"] or ""),
        inputs,
        output,
        tuple(map(int, (found["needs"] or "").split())),
        document,
        (),
    )


def _path(text: str) -> Path:
    def segment(part: str) -> Segment:
        if part == "@":
            return Each()
        return Only(frozenset(part[1:-1].split(","))) if part.startswith("<") else Key(part)

    return tuple(segment(part) for part in text.split(".") if part)


def _input(text: str) -> Input:
    name, _, rest = text.partition("{")
    fields = parse_selections("{" + rest)
    required = not name.endswith("?")
    name = name.removesuffix("?")
    return Input(frozenset(), name, _sent(fields, required))


def _sent(fields: Selections, required: bool) -> tuple[Sent, ...]:
    return tuple(
        Sent(one.key, one.name, _sent(one.inside, required), required)
        for one in fields
        if isinstance(one, Field)
    )


def shape(schema: GraphQLSchema, operation: str) -> Shape:
    """The shape of an operation without fragments on concrete positions."""
    document: DocumentNode = parse(operation)
    definition = document.definitions[0]
    root = schema.get_root_type(definition.operation)  # type: ignore[attr-defined]
    selections = parse_selections(operation[operation.index("{") :])
    return _shape(schema, root, selections)


def _shape(schema: GraphQLSchema, parent: Any, selections: Selections) -> Shape:
    abstract = is_abstract_type(parent)
    kinds = schema.get_possible_types(parent) if abstract else [parent]
    return Shape(
        parent.name,
        abstract,
        {kind.name: tuple(_fields(schema, kind, selections)) for kind in kinds},
    )


def _fields(schema: GraphQLSchema, kind: Any, selections: Selections) -> list[Leaf | Branch]:
    found: list[Leaf | Branch] = []
    for one in selections:
        if isinstance(one, On):
            if one.type in (kind.name, *(interface.name for interface in kind.interfaces)):
                found += _fields(schema, kind, one.inside)
        elif one.name == "__typename":
            found.append(Leaf(one.key, "__typename", "String", (True,)))
        else:
            found.append(_field(schema, kind.fields[one.name].type, one))
    return found


def _field(schema: GraphQLSchema, type_: Any, one: Field) -> Leaf | Branch:
    named = get_named_type(type_)
    if is_leaf_type(named):
        values = frozenset(named.values) if is_enum_type(named) else None
        return Leaf(one.key, one.key, named.name, _required(type_), values)
    return Branch(one.key, one.key, _required(type_), _shape(schema, named, one.inside))


def _required(type_: Any) -> tuple[bool, ...]:
    required = isinstance(type_, GraphQLNonNull)
    inner = type_.of_type if required else type_
    rest = _required(inner.of_type) if isinstance(inner, GraphQLList) else ()
    return (required, *rest)


def _type(one: Any) -> Type:
    kinds = {"GraphQLObjectType": "object", "GraphQLInterfaceType": "interface"}
    kind = kinds.get(type(one).__name__, "union" if is_abstract_type(one) else "scalar")
    fields = {
        name: FieldDefinition(
            name,
            TypeRef(get_named_type(field.type).name, _required(field.type)),
            {},
            everywhere=True,
            inaccessible=False,
            directives=(),
            node=None,  # type: ignore[arg-type]
        )
        for name, field in getattr(one, "fields", {}).items()
    }
    return Type(one.name, kind, {}, fields, {}, {}, {}, False, (), None)  # type: ignore[arg-type]  # noqa: FBT003


class Heard:
    """Remembers every reply, in front of another door."""

    def __init__(self, door: Transport) -> None:
        self.door = door
        self.replies: dict[tuple[str, bytes], Reply] = {}

    async def send(self, call: Call) -> Reply:
        assert (call.subgraph, call.body()) not in self.replies, "asked twice"
        reply = await self.door.send(call)
        self.replies[call.subgraph, call.body()] = reply
        return reply


class Again:
    """Gives what was heard once more; whoever asks something else has another plan."""

    def __init__(self, heard: Heard) -> None:
        self.heard = heard

    async def send(self, call: Call) -> Reply:
        return self.heard.replies[call.subgraph, call.body()]


async def _fast(program: Program, door: Transport) -> Response | None:
    """What the fast path makes of it alone; None when it gives up."""
    if program.columns is None:
        return None
    flow = Flow(program, Exchange(door, 60), run := Columnar(program, program.columns, {}))
    try:
        flow.start()
        await flow.until(range(len(program.fetches)))
        return run.respond()
    except Inexpressible:
        return None


class ByHand:
    """An API schema, an operation and the lines of its plan."""

    def __init__(self, schema: str) -> None:
        self.schema = build_schema(schema)

    def program(
        self,
        operation: str,
        lines: Sequence[str],
        *,
        batches: Sequence[Batch] = (),
        limits: Limits | None = None,
        taken: Mapping[int, tuple[Taken, ...]] | None = None,
    ) -> Program:
        """The compiled plan."""
        first = operation.split()[0]
        kind = first if first in ("mutation", "subscription") else "query"
        steps = tuple(step(line, kind if " with " not in line else "query") for line in lines)
        steps = tuple(replace(one, taken=(taken or {}).get(one.id, ())) for one in steps)
        plan = Plan(kind, steps, shape(self.schema, operation), tuple(batches))
        return compile_program(plan, self._supergraph(), limits)

    def _supergraph(self) -> Supergraph:
        types = {name: _type(one) for name, one in self.schema.type_map.items()}
        return Supergraph({}, types, {}, (), parse("{x}"))

    async def run(
        self,
        operation: str,
        lines: Sequence[str],
        answers: Any,
        *,
        mask_errors: bool = True,
        **options: Any,
    ) -> Response:
        """The response, after every executor gave the same."""
        program = self.program(operation, lines, **options)
        self.door = answers if hasattr(answers, "send") else Canned(answers)
        heard = Heard(self.door)
        response = await execute(program, {}, heard, mask_errors=mask_errors)
        self.fast = await _fast(program, Again(heard))
        alone = replace(program, columns=None)
        general = await execute(alone, {}, Again(heard), mask_errors=mask_errors)
        assert response.data == general.data
        assert (
            response.body().partition(b',"errors":')[0]
            == general.body().partition(b',"errors":')[0]
        )
        assert response.errors == general.errors
        return response


@pytest.fixture
def by_hand() -> type[ByHand]:
    """Makes plans from lines of text."""
    return ByHand


@pytest.fixture
def shop() -> ByHand:
    """Users with reviews of products, over three subgraphs."""
    return ByHand(SHOP)


SHOP = """
type Query { users: [User!] me: User product: Product! }
type User { id: ID! name: String reviews: [Review] organisation: Organisation }
type Review { id: ID! body: String product: Product }
type Product { upc: ID! name: String! price: Int size: Size }
type Organisation { id: ID! country: String name: String }
enum Size { SMALL LARGE }
"""


def by_path(response: Response) -> list[tuple[Any, str]]:
    """Where each error is, and its code."""
    return [(one.get("path"), one["extensions"]["code"]) for one in response.errors]


@pytest.fixture
def errors() -> Any:
    """Reads a response's errors as (path, code)."""
    return by_path


def entities(*found: Mapping[str, Any] | None) -> dict[str, Any]:
    """A subgraph's answer about entities."""
    return {"data": {"_entities": list(found)}}


@pytest.fixture(name="entities")
def _entities() -> Any:
    """Makes a subgraph's answer about entities."""
    return entities
