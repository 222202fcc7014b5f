"""Model → Parts: the monolith's fields dealt out to subgraphs, and whatever each then needs to stand alone.

A subgraph that has a field has the field's type: an entity with a key, a value type whole, an abstract
type with at least its first object. Nothing here is a decoration; those are `decorate`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from tests.federation.random.model import ROOTS, Member, Model, Type, top

GRAPHS = ("alpha", "beta", "gamma", "delta", "e-psilon", "e_psilon")


@dataclass(slots=True)
class Dealt:
    """A field as one subgraph has it."""

    type: str
    arguments: dict[str, tuple[str, str | None]]
    external: bool = False
    requires: str | None = None
    provides: str | None = None
    override: tuple[str, str | None] | None = None
    hidden: bool = False
    hidden_arguments: set[str] = field(default_factory=set)
    contextual: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Piece:
    """A type as one subgraph has it; of `keys` the second part says whether it resolves."""

    kind: str
    fields: dict[str, Dealt] = field(default_factory=dict)
    keys: dict[str, bool] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    hidden_values: set[str] = field(default_factory=set)
    interface_object: bool = False
    hidden: bool = False
    contexts: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Part:
    """One subgraph in the making, and how its SDL will be spelled."""

    name: str
    types: dict[str, Piece] = field(default_factory=dict)
    spelling: str = "imported"
    renamed_roots: bool = False


@dataclass(slots=True)
class Parts:
    """All subgraphs of one model."""

    rng: Random
    model: Model
    parts: dict[str, Part]
    input_enums: set[str] = field(default_factory=set)
    needs: dict[tuple[str, str], set[tuple[str, str]]] = field(default_factory=dict)

    def live(self, type_name: str, name: str) -> list[Part]:
        """The subgraphs that declare a field of an object and resolve it, overridden or not."""
        return [
            part
            for part in self.parts.values()
            if type_name in part.types
            and name in part.types[type_name].fields
            and not part.types[type_name].fields[name].external
        ]

    def declaring(self, type_name: str, name: str) -> list[Dealt]:
        """A field in every subgraph that has it."""
        pieces = (part.types.get(type_name) for part in self.parts.values())
        return [piece.fields[name] for piece in pieces if piece and name in piece.fields]

    def put(self, part: Part, type_name: str, name: str) -> Dealt:
        """Let a subgraph have a field, and the field's type."""
        piece = part.types[type_name]
        if name not in piece.fields:
            member = self.model.types[type_name].fields[name]
            piece.fields[name] = Dealt(member.type, dict(member.arguments))
            self.ensure(part, member)
        return piece.fields[name]

    def ensure(self, part: Part, member: Member) -> None:
        """Let a subgraph have the types of a field and its arguments."""
        self.have(part, member.named)
        for type_name, _ in member.arguments.values():
            self.have(part, type_name.strip("[]!"))

    def have(self, part: Part, name: str) -> None:
        """Let a subgraph have a type."""
        if name in part.types or name not in self.model.types:
            return
        one = self.model.types[name]
        piece = part.types[name] = Piece(one.kind)
        match one.kind:
            case "enum":
                piece.values = (
                    list(one.values) if name in self.input_enums else self._some(one.values)
                )
            case "input":
                for field_name in one.fields:
                    self.put(part, name, field_name)
            case "union":
                piece.members = self._some(one.members)
                self._have_all(part, piece.members)
            case "interface":
                below = self._some(self.model.objects(name))
                self._have_all(part, below)
                for object_ in below:
                    part.types[object_].interfaces.append(name)
            case "object":
                self._have_object(part, name)

    def _have_all(self, part: Part, names: list[str]) -> None:
        for name in names:
            self.have(part, name)

    def _some(self, names: list[str]) -> list[str]:
        """The first, and some or all of the others."""
        if self.rng.random() < 0.6:
            return list(names)
        return names[: self.rng.randint(1, len(names))]

    def _have_object(self, part: Part, name: str) -> None:
        if name in self.model.keys:
            self.identify(part, name)
        elif name not in ROOTS:
            for field_name in self.model.types[name].fields:
                self.put(part, name, field_name)

    def identify(self, part: Part, name: str) -> None:
        """Give an entity in a subgraph some of its keys."""
        first, *others = self.model.keys[name]
        if not others or self.rng.random() < 0.8:
            self.key(part, name, first)
        for one in others:
            if self.rng.random() < 0.4 or (one == others[-1] and not part.types[name].keys):
                self.key(part, name, one)

    def key(self, part: Part, name: str, selections: str) -> None:
        """Give an entity in a subgraph one key, with the fields of it."""
        part.types[name].keys[selections] = True
        for field_name in top(selections):
            self.put(part, name, field_name)
            below = self.model.types[name].fields[field_name].named
            if "{" in selections and self.model.is_composite(below):
                inner = selections.split("{")[1].split("}")[0].split()
                for deeper in inner:
                    self.put(part, below, deeper)


def split(rng: Random, model: Model) -> Parts:
    """Deal a model out to two to six subgraphs."""
    count = rng.choice((2, 2, 3, 3, 3, 4, 4, 5, 6))
    parts = Parts(rng, model, {name: Part(name) for name in GRAPHS[:count]})
    parts.input_enums = _input_enums(model)
    for name, one in model.types.items():
        if one.kind != "object" or (name not in model.keys and name not in ROOTS):
            continue
        for field_name in one.fields:
            if field_name not in model.key_fields(name):
                _deal(parts, name, field_name)
    for name in model.keys:
        if not any(name in part.types for part in parts.parts.values()):
            parts.have(rng.choice(list(parts.parts.values())), name)
    finish_interfaces(parts)
    return parts


def _input_enums(model: Model) -> set[str]:
    used = {
        t.strip("[]!")
        for one in model.types.values()
        for m in one.fields.values()
        for t, _ in m.arguments.values()
    }
    used |= {
        m.named for one in model.types.values() if one.kind == "input" for m in one.fields.values()
    }
    return {name for name in used if name in model.types and model.types[name].kind == "enum"}


def _deal(parts: Parts, type_name: str, name: str) -> None:
    rng = parts.rng
    shared = 0.05 if type_name == "Mutation" else 0.2
    several = rng.random() < shared and f"{type_name}.{name}" not in parts.model.counters
    for part in rng.sample(list(parts.parts.values()), 2 if several else 1):
        if type_name in ROOTS:
            part.types.setdefault(type_name, Piece("object"))
        else:
            parts.have(part, type_name)
        parts.put(part, type_name, name)


def finish_interfaces(parts: Parts) -> None:
    """Let every interface in a subgraph have fields that all of its objects there have."""
    pending = True
    while pending:
        pending = False
        for part in parts.parts.values():
            for name in [n for n, p in part.types.items() if p.kind == "interface"]:
                pending |= _finish(parts, part, name)


def _finish(parts: Parts, part: Part, name: str) -> bool:
    piece, whole = part.types[name], parts.model.types[name]
    below = [p for p in part.types.values() if name in p.interfaces]
    shared = [f for f in whole.fields if all(f in p.fields for p in below)]
    if piece.fields:
        return False
    if not shared:
        shared = [parts.rng.choice(list(whole.fields))]
        for object_ in [n for n, p in part.types.items() if name in p.interfaces]:
            parts.put(part, object_, shared[0])
    if parts.rng.random() < 0.2:
        shared = parts.rng.sample(shared, parts.rng.randint(1, len(shared)))
    for field_name in shared:
        parts.put(part, name, field_name)
    return True


def subscribe(parts: Parts) -> None:
    """Let a subgraph tell of something as it happens that it can also be asked for."""
    places = [
        (part, name)
        for part in parts.parts.values()
        for name in (part.types["Query"].fields if "Query" in part.types else ())
    ]
    part, name = parts.rng.choice(places)
    parts.model.types["Subscription"] = Type(
        "object", {name: parts.model.types["Query"].fields[name]}
    )
    part.types["Subscription"] = Piece("object")
    parts.put(part, "Subscription", name)


def borrow(parts: Parts) -> None:
    """Let a subgraph need, for a field of a new entity, something of whoever has it.

    Only types that set the context lead to the entity: elsewhere its field could not be answered.
    """
    rng, model = parts.rng, parts.model
    lenders = [
        (part, name, leaf)
        for part in parts.parts.values()
        for name, piece in part.types.items()
        for leaf, dealt in piece.fields.items()
        if piece.kind == "object" and any(piece.keys.values()) and not piece.interface_object
        if not (dealt.arguments or dealt.external or model.is_composite(dealt.type.strip("[]!")))
    ]
    part, name, leaf = rng.choice(lenders)
    named = part.types[name].fields[leaf].type.removesuffix("!")
    others = [n for p, n, one in lenders if p is part and one == leaf and n != name]
    fits = [n for n in others if part.types[n].fields[leaf].type.removesuffix("!") == named]
    model.types["Kid"] = Type("object", {"id": Member("ID!"), "next": Member("Kid")})
    model.types["Kid"].fields["cost"] = Member(rng.choice(("Int", "Int!", "[String]")))
    model.keys["Kid"] = ["id"]
    for lender in (name, *fits):
        part.types[lender].contexts.add("lent")
        whole = Member(rng.choice(("[Kid!]!", "Kid", "[[Kid]!]")))
        model.types[lender].fields["kids"] = whole
        having = [one for one in parts.parts.values() if any(_keys(one, lender))]
        parts.put(rng.choice(having), lender, "kids")
    parts.have(part, "Kid")
    dealt = parts.put(part, "Kid", "cost")
    dealt.arguments["lent"] = (named, None)
    dealt.contextual["lent"] = f"$lent {{ {leaf} }}"
    other = rng.choice(list(parts.parts.values()))
    parts.have(other, "Kid")
    parts.put(other, "Kid", "next")


def _keys(part: Part, name: str) -> Iterable[bool]:
    return part.types[name].keys.values() if name in part.types else ()


def nest_interfaces(parts: Parts) -> None:
    """Let an interface implement another in most subgraphs that have both."""
    for part in parts.parts.values():
        interfaces = [n for n, piece in part.types.items() if piece.kind == "interface"]
        for low in interfaces:
            for high in parts.model.types[low].interfaces:
                if high in interfaces and parts.rng.random() < 0.8:
                    _nest(parts, part, low, high)
    finish_interfaces(parts)


def _nest(parts: Parts, part: Part, low: str, high: str) -> None:
    part.types[low].interfaces.append(high)
    below = [name for name, piece in part.types.items() if low in piece.interfaces]
    for owner in (low, *below):
        piece = part.types[owner]
        piece.interfaces += [high] if high not in piece.interfaces else []
        for name in part.types[high].fields:
            parts.put(part, owner, name)


def told(parts: Parts) -> Model:
    """What of the model some subgraph has: that is the monolith they are held against."""
    model = parts.model
    types = {}
    for name, one in model.types.items():
        pieces = [part.types[name] for part in parts.parts.values() if name in part.types]
        if not pieces:
            continue
        below = {n for p in pieces for n in (*p.members, *p.values, *p.interfaces)}
        types[name] = Type(
            one.kind,
            {f: m for f, m in one.fields.items() if _is_told(parts, name, f)},
            [n for n in one.interfaces if n in below],
            [n for n in one.members if n in below],
            [n for n in one.values if n in below],
        )
    return Model(types, model.keys, [c for c in model.counters if _is_told(parts, *c.split("."))])


def _is_told(parts: Parts, type_name: str, name: str) -> bool:
    pieces = [
        part.types.get(one)
        for part in parts.parts.values()
        for one in (type_name, *parts.model.types[type_name].interfaces)
    ]
    hiding = any(
        p.interface_object and name in p.fields and not p.fields[name].external for p in pieces if p
    )
    return hiding or bool(parts.live(type_name, name))
