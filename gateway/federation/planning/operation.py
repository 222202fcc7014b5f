"""Text and variables → Operation: valid, within limits, fragments and conditions folded in.

After this no stage meets a variable's value, a directive or a named fragment. The order is law: size
and counts first, then validation, then expansion; nothing unbounded runs before it is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    ValueNode,
    VariableDefinitionNode,
    parse,
    print_ast,
    validate,
)
from graphql.execution.values import get_variable_values

from gateway.federation.errors import InvalidOperation, Quoting, TooCostly
from gateway.federation.planning.folding import Folding, conditions, fragments_of
from gateway.federation.planning.limits import Limits, check_document, check_text
from gateway.federation.planning.standing import field_type, possible, standing
from gateway.federation.selection import On, Selections, fields

INTROSPECTION = ("__schema", "__type")


@dataclass(frozen=True, slots=True)
class Operation:
    """One valid question.

    `written` is what the client asked in its own order, with inline fragments on any type and
    without conditions. `closed` are the (object type, field) pairs that it must not get: they are
    not planned, and print as null. `definitions` are the client's variable definitions as text.
    `identity` is what it was made from (text, name, conditions): equal for equal operations. `labels`
    are those of its deferred parts, the first part's first.
    """

    kind: str
    name: str | None
    root: str
    written: Selections
    definitions: Mapping[str, str]
    schema: GraphQLSchema = field(repr=False, compare=False)
    limits: Limits
    identity: tuple[str, str | None, tuple[bool, ...]] = ("", None, ())
    labels: tuple[str | None, ...] = ()
    closed: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Withheld:
    """A field of the answer that is closed: where the client asked, and what."""

    path: tuple[str, ...]
    type: str
    field: str

    @property
    def coordinate(self) -> str:
        """As GraphQL writes it: `Pupil.upn`."""
        return f"{self.type}.{self.field}"


def read(
    text: str,
    name: str | None,
    variables: Mapping[str, Any] | None,
    schema: GraphQLSchema,
    limits: Limits | None = None,
) -> Operation:
    """One operation of the document; raises TooCostly, or InvalidOperation with GraphQL's errors."""
    return document(text, schema, limits or Limits()).operation(name, variables or {})


def document(text: str, schema: GraphQLSchema, limits: Limits) -> Document:
    """A parsed, counted and validated document."""
    check_text(text, limits)
    node = _parsed(text, limits)
    check_document(node, limits)
    errors = validate(schema, node, max_errors=10, hide_suggestions=True)
    if errors:
        raise InvalidOperation([_plain(error) for error in errors])
    return Document(text, node, schema, limits)


def _parsed(text: str, limits: Limits) -> DocumentNode:
    try:
        return parse(text, max_tokens=limits.tokens)
    except GraphQLError as error:
        if f"more than {limits.tokens} tokens" in error.message:
            message = f"the document has more than {limits.tokens} tokens"
            raise TooCostly("TOO_MANY_TOKENS", message) from None
        if "nested too deeply" in error.message:
            raise TooCostly("TOO_DEEP", "the document is nested too deeply to be read") from None
        raise InvalidOperation([_plain(error)]) from None


def _plain(error: GraphQLError) -> dict[str, Any]:
    variables = [one for one in error.nodes or () if isinstance(one, VariableDefinitionNode)]
    if variables:
        name = variables[0].variable.name.value
        return Quoting(error.formatted, f"The value of ${name} does not fit its type.")
    if isinstance(error, GraphQLSyntaxError):
        return Quoting(error.formatted, "The document cannot be read from here on.")
    if any(isinstance(one, ValueNode) for one in error.nodes or ()):
        return Quoting(error.formatted, "A value does not fit its type.")
    return {**error.formatted}


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document; each of its operations still waits for variables."""

    text: str
    node: DocumentNode
    schema: GraphQLSchema
    limits: Limits
    _conditions: dict[str | None, tuple[str, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def definition(self, name: str | None) -> OperationDefinitionNode:
        """The operation of that name, or the only one; raises InvalidOperation."""
        found = [
            node for node in self.node.definitions if isinstance(node, OperationDefinitionNode)
        ]
        if name is not None:
            found = [node for node in found if node.name and node.name.value == name]
        if len(found) != 1:
            known = "is not in the document" if name else "is needed: name one with operationName"
            raise InvalidOperation([{"message": f"Operation {name or ''} {known}".strip() + "."}])
        return found[0]

    def coerced(self, name: str | None, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The variables' values by the API schema; raises InvalidOperation."""
        definitions = self.definition(name).variable_definitions
        if not definitions:
            return {}
        found = get_variable_values(
            self.schema, definitions, dict(variables), max_errors=10, hide_suggestions=True
        )
        if isinstance(found, list):
            raise InvalidOperation([_plain(error) for error in found])
        return found.coerced

    def conditions(self, name: str | None) -> tuple[str, ...]:
        """The variables that decide which selections there are, in order of name."""
        if name not in self._conditions:
            selections = self.definition(name).selection_set
            found = conditions(selections, fragments_of(self.node))
            self._conditions[name] = tuple(sorted(found))
        return self._conditions[name]

    def operation(self, name: str | None, variables: Mapping[str, Any]) -> Operation:
        """The operation with the variables' conditions folded in."""
        definition = self.definition(name)
        values = self.coerced(name, variables)
        root = self.schema.get_root_type(definition.operation)
        assert root is not None
        folding = Folding(
            self.schema,
            self.node,
            values,
            left=self.limits.selections,
            defers=definition.operation.value == "query",
        )
        written = folding.fold(definition.selection_set, root.name)
        definitions = {
            one.variable.name.value: f"${one.variable.name.value}: {print_ast(one.type)}"
            + (f" = {print_ast(one.default_value)}" if one.default_value else "")
            for one in definition.variable_definitions or ()
        }
        return Operation(
            kind=definition.operation.value,
            name=definition.name.value if definition.name else None,
            root=root.name,
            written=written,
            labels=tuple(folding.labels),
            definitions=definitions,
            schema=self.schema,
            limits=self.limits,
            identity=(self.text, name, tuple(bool(values.get(c)) for c in self.conditions(name))),
        )


def closed(
    operation: Operation, is_open: Callable[[str, str], bool]
) -> tuple[Operation, tuple[Withheld, ...]]:
    """The operation without what is not open, and what that was.

    Each field is asked about for every object type that may stand where it is selected, so that no
    interface or union opens what its members keep closed. Below a field that is closed for every
    such type nothing is asked. `__typename` and introspection are always open.
    """
    found = tuple(
        dict.fromkeys(_closed(operation.schema, operation.root, operation.written, (), is_open))
    )
    pairs = frozenset((one.type, one.field) for one in found)
    return replace(operation, closed=operation.closed | pairs), found


def _closed(
    schema: GraphQLSchema,
    parent: str,
    selections: Selections,
    path: tuple[str, ...],
    is_open: Callable[[str, str], bool],
) -> Iterator[Withheld]:
    for one in selections:
        if isinstance(one, On):
            for name in sorted(possible(schema, one.type) & possible(schema, parent)):
                yield from _closed(schema, name, one.inside, path, is_open)
            continue
        if one.name.startswith("__"):
            continue
        here = (*path, one.key)
        owners = standing(schema, parent)
        shut = [name for name in owners if not is_open(name, one.name)]
        yield from (Withheld(here, name, one.name) for name in shut)
        if one.inside and len(shut) < len(owners):
            below = field_type(schema, parent, one.name)
            yield from _closed(schema, below.name, one.inside, here, is_open)


def introspects(operation: Operation) -> bool:
    """Whether the operation asks about the schema itself."""
    return any(one.name in INTROSPECTION for one in fields(operation.written))
