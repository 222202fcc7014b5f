"""A subgraph's SDL and an operation on it → what the operation reaches: every permission it needs.

Unknown is refused: a field without a label, a type that is not there, a second operation, introspection.
An entity's own key fields need nothing: the gateway fetches them to cross, and drops them (I-5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    ListTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeNode,
    parse,
    value_from_ast_untyped,
)

from gateway.register.bits import Scale
from gateway.register.labels import IDENTITY, NAME, Label, UnknownCategory, label

KEPT = 2_000  # texts: a gateway sends a small fixed set
FEDERATION = "https://specs.apollo.dev/federation"


class Unlabelled(Exception):
    """A field of the SDL has no usable label: the subgraph does not start. One sentence per field."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Unreadable(Exception):
    """The operation is none that this SDL answers."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What an operation needs. `sdl`: it reads the SDL and nothing else; `only`: the one field it reads of its root."""

    need: int
    sdl: bool = False
    only: str | None = None


@dataclass(frozen=True, slots=True)
class _Field:
    label: Label
    type: str
    arguments: Mapping[str, int]


@dataclass(slots=True)
class _Type:
    fields: dict[str, _Field] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)


class Reaches:
    """Operations on one subgraph, walked once per text. Raises Unlabelled for its SDL."""

    def __init__(self, sdl: str, scale: Scale) -> None:
        self._types, self._roots = _Sdl(parse(sdl, no_location=True), scale).read()
        self._known: dict[str, Reach] = {}

    def of(self, text: str) -> Reach:
        """What the operation in a document reaches. Raises Unreadable."""
        found = self._known.get(text)
        if found is None:
            found = self._walked(text)
            if len(self._known) >= KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[text] = found
        return found

    def _walked(self, text: str) -> Reach:
        try:
            document = parse(text, no_location=True)
        except (GraphQLError, RecursionError) as error:
            raise Unreadable("the operation is no GraphQL") from error
        operations = [
            one for one in document.definitions if isinstance(one, OperationDefinitionNode)
        ]
        if len(operations) != 1:
            raise Unreadable("not exactly one operation")
        root = self._roots.get(operations[0].operation.value)
        if root is None:
            raise Unreadable("no such root")
        return _Walk(self._types, document).reach(root, operations[0].selection_set)


class _Walk:
    """One document on its way to what it needs."""

    def __init__(self, types: Mapping[str, _Type], document: DocumentNode) -> None:
        self._types = types
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        self._spreading: list[str] = []

    def reach(self, root: str, selections: SelectionSetNode) -> Reach:
        fields = [one.name.value for one in selections.selections if isinstance(one, FieldNode)]
        if fields == ["_service"] and len(selections.selections) == 1:
            return Reach(0, sdl=True)
        only = fields[0] if len(selections.selections) == len(fields) == 1 else None
        return Reach(self._within(root, selections, top=True), only=only)

    def _within(self, name: str, selections: SelectionSetNode, *, top: bool = False) -> int:
        need = 0
        for one in selections.selections:
            if isinstance(one, FieldNode):
                need |= self._field(name, one, top=top)
            elif isinstance(one, InlineFragmentNode):
                condition = one.type_condition
                below = condition.name.value if condition else name
                need |= self._within(below, one.selection_set, top=top)
            elif isinstance(one, FragmentSpreadNode):
                need |= self._spread(one.name.value, top=top)
        return need

    def _spread(self, name: str, *, top: bool) -> int:
        fragment = self._fragments.get(name)
        if fragment is None or name in self._spreading:
            raise Unreadable("a fragment that is missing, or spreads itself")
        self._spreading.append(name)
        need = self._within(fragment.type_condition.name.value, fragment.selection_set, top=top)
        self._spreading.pop()
        return need

    def _field(self, parent: str, node: FieldNode, *, top: bool) -> int:
        name = node.name.value
        if name == "__typename":
            return 0
        if name == "_entities" and top and node.selection_set:
            return self._within("_Entity", node.selection_set)
        need = 0
        below = ""
        for owner in self._owners(parent, name):
            found = self._types[owner].fields[name]
            below = found.type
            need |= 0 if name in self._types[owner].keys else found.label.need
            for argument in node.arguments or ():
                need |= found.arguments.get(argument.name.value, 0)
        if node.selection_set:
            need |= self._within(below, node.selection_set)
        return need

    def _owners(self, parent: str, name: str) -> list[str]:
        """The type and every member of it that has the field; a field nobody has is refused."""
        known = self._types.get(parent)
        if known is None:
            raise Unreadable("no such type")
        owners = [one for one in (parent, *known.members) if name in self._types[one].fields]
        if not owners:
            raise Unreadable("no such field")
        return owners


class _Sdl:
    """One SDL on its way to types and their labels."""

    def __init__(self, document: DocumentNode, scale: Scale) -> None:
        self._document = document
        self._scale = scale
        self._directives = _names(document)
        self._types: dict[str, _Type] = {"_Entity": _Type()}
        self._problems: list[str] = []

    def read(self) -> tuple[dict[str, _Type], dict[str, str]]:
        for node in self._document.definitions:
            kind = node.kind.removesuffix("_definition").removesuffix("_extension")
            if kind in ("object_type", "interface_type", "union_type"):
                self._type(node)
        if self._problems:
            raise Unlabelled(self._problems)
        return self._types, self._roots()

    def _roots(self) -> dict[str, str]:
        for node in self._document.definitions:
            found = {one.operation.value: one.type.name.value for one in _roots_of(node)}
            if found:
                return found
        return {
            one: one.title()
            for one in ("query", "mutation", "subscription")
            if one.title() in self._types
        }

    def _type(self, node: Any) -> None:
        name = node.name.value
        one = self._types.setdefault(name, _Type())
        for member in getattr(node, "types", None) or ():
            one.members.add(member.name.value)
            self._types.setdefault(member.name.value, _Type())
        for interface in getattr(node, "interfaces", None) or ():
            self._types.setdefault(interface.name.value, _Type()).members.add(name)
        for key in self._applied(node, f"{FEDERATION}/key"):
            one.keys |= _leaves(str(key.get("fields", "")))
        for definition in getattr(node, "fields", None) or ():
            self._field(name, one, definition, interface="interface" in node.kind)

    def _field(self, owner: str, one: _Type, node: Any, *, interface: bool) -> None:
        place = f"{owner}.{node.name.value}"
        if node.name.value in ("_service", "_entities"):
            return
        found = self._label(place, node)
        if found is None and interface:
            found = Label(0)  # its objects' own labels count
        if found is None and list(self._applied(node, f"{FEDERATION}/external")):
            return  # another subgraph's: without a label here it stays unknown, so it is refused
        if found is None:
            self._problems.append(
                f"{place}: no @category; label it, or mark it STRUCTURE or PUBLIC"
            )
            return
        arguments = {}
        for argument in node.arguments or ():
            narrowed = self._label(f"{place}({argument.name.value}:)", argument)
            arguments[argument.name.value] = narrowed.need if narrowed else 0
        one.fields[node.name.value] = _Field(found, _named(node.type), arguments)

    def _label(self, place: str, node: Any) -> Label | None:
        try:
            return label(self._applied(node, f"{IDENTITY}/{NAME}"), self._scale)
        except UnknownCategory as error:
            self._problems.append(f"{place}: {error.code} is no category of the register")
            return Label(0)

    def _applied(self, node: Any, meant: str) -> Iterator[dict[str, Any]]:
        for one in node.directives or ():
            if self._directives.get(one.name.value) == meant:
                yield _arguments(one)


def _names(document: DocumentNode) -> dict[str, str]:
    """Each directive's name in the document → specification/name, by the document's links."""
    names: dict[str, str] = {}
    for node in document.definitions:
        if node.kind in ("schema_definition", "schema_extension"):
            for one in node.directives or ():  # type: ignore[attr-defined]
                names.update(_linked(_arguments(one)))
    return names


def _linked(link: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    identity, _, _version = str(link.get("url", "")).rpartition("/")
    own = identity.rsplit("/", 1)[-1]
    prefix = link.get("as") or own
    yield str(prefix), f"{identity}/{own}"
    for name in ("key", "external", NAME):
        yield f"{prefix}__{name}", f"{identity}/{name}"
    for one in link.get("import") or ():
        name = str(one["name"] if isinstance(one, dict) else one)
        here = str(one.get("as") or name) if isinstance(one, dict) else name
        yield here.removeprefix("@"), f"{identity}/{name.removeprefix('@')}"


def _arguments(node: Any) -> dict[str, Any]:
    return {one.name.value: value_from_ast_untyped(one.value) for one in node.arguments or ()}


def _roots_of(node: Any) -> Iterable[Any]:
    if node.kind in ("schema_definition", "schema_extension"):
        return node.operation_types or ()
    return ()


def _leaves(fields: str) -> set[str]:
    """The top names of a field set: `laCode localChildId`, `organisation { id }`."""
    node = parse("{" + fields + "}", no_location=True).definitions[0]
    assert isinstance(node, OperationDefinitionNode)
    return {one.name.value for one in node.selection_set.selections if isinstance(one, FieldNode)}


def _named(node: TypeNode) -> str:
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    return str(node.name.value)  # type: ignore[attr-defined]
