"""Parts → the same Parts with one more thing that federation allows: DECORATIONS, each with its chance.

Each finds the places where it could stand, takes one at random, or leaves everything alone when there is
none. Whether the result can be composed is for the composer to say: what it refuses is not a case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.federation.random.model import ROOTS, Member, Model, Type, arguments
from tests.federation.random.split import Dealt, Part, Parts, Piece, finish_interfaces

LABELS = ("percent(50)", "later", "percent(0)")


def decorate(rng: Random, parts: Parts, *, hiding: bool = False) -> None:
    """Add a random few; with `hiding`, hide a type."""
    for add, chance in DECORATIONS:
        if hiding and add is spelled:
            hide_type(rng, parts)
        for _ in range(3):
            if rng.random() < chance:
                add(rng, parts)
                finish_interfaces(parts)


def _fields(parts: Parts) -> list[tuple[Part, str, str]]:
    """Every field of an entity that one subgraph alone has, and that is no part of a key."""
    found = []
    for part in parts.parts.values():
        for type_name, piece in part.types.items():
            if piece.kind == "object" and piece.keys and not piece.interface_object:
                keys = parts.model.key_fields(type_name)
                found += [(part, type_name, name) for name in piece.fields if name not in keys]
    return [one for one in found if parts.live(*one[1:]) == [one[0]]]


def _plain(dealt: Dealt) -> bool:
    return not (
        dealt.external or dealt.requires or dealt.provides or dealt.override or dealt.hidden
    )


def requires(rng: Random, parts: Parts) -> None:
    """A field that needs others of its entity, with arguments, through objects and fragments."""
    places = [
        (part, type_name, name)
        for part, type_name, name in _fields(parts)
        if _plain(part.types[type_name].fields[name]) and any(part.types[type_name].keys.values())
    ]
    rng.shuffle(places)
    for part, type_name, name in places:
        need = Need(rng, parts, part, (type_name, name))
        needed = [
            other
            for other in parts.model.types[type_name].fields
            if other not in parts.model.key_fields(type_name)
            and parts.live(type_name, other)
            and part not in parts.live(type_name, other)
            and need.may(type_name, other)
        ]
        if needed:
            chosen = rng.sample(needed, min(len(needed), rng.choice((1, 1, 2))))
            texts = [need.of((type_name, one), 0) for one in chosen]
            part.types[type_name].fields[name].requires = " ".join(texts)
            parts.needs.setdefault((type_name, name), set()).update(need.found)
            return


@dataclass(slots=True)
class Need:
    """A selection of what a subgraph must be given, which it then declares without resolving it."""

    rng: Random
    parts: Parts
    part: Part
    target: tuple[str, str] | None = None
    found: set[tuple[str, str]] = field(default_factory=set)

    def may(self, type_name: str, name: str) -> bool:
        """Whether the field may be needed: it counts nothing, and does not itself need the target."""
        if f"{type_name}.{name}" in self.parts.model.counters:
            return False
        seen, ends = set(), [(one, name) for one in self.parts.model.objects(type_name)]
        while ends:
            end = ends.pop()
            if end == self.target:
                return False
            if end not in seen:
                seen.add(end)
                ends += self.parts.needs.get(end, ())
        return True

    def of(self, place: tuple[str, str], depth: int) -> str:
        """The selection of one field."""
        model = self.parts.model
        whole = model.types[place[0]].fields[place[1]]
        new = place[1] not in self.part.types[place[0]].fields
        dealt = self.parts.put(self.part, *place)
        if new and place[1] not in model.key_fields(place[0]):
            dealt.external = True
        self.found |= {(one, place[1]) for one in model.objects(place[0])}
        text = place[1] + _literals(self.rng, model, whole)
        if not model.is_composite(whole.named):
            return text
        return f"{text} {{ {self.below(whole.named, depth + 1)} }}"

    def below(self, named: str, depth: int) -> str:
        """A selection below a composite field of what this subgraph may declare."""
        piece = self.part.types[named]
        if piece.kind == "union" or (piece.kind == "interface" and self.rng.random() < 0.4):
            some = standing(self.part, named)
            chosen = self.rng.sample(some, self.rng.randint(1, len(some)))
            return " ".join(f"... on {n} {{ {self.below(n, depth)} }}" for n in chosen)
        names = self._names(named, depth)
        if not names:
            return "__typename"
        chosen = self.rng.sample(names, min(len(names), self.rng.choice((1, 1, 2))))
        return " ".join(self.of((named, one), depth) for one in chosen)

    def _names(self, named: str, depth: int) -> list[str]:
        model, piece = self.parts.model, self.part.types[named]
        return [
            name
            for name, one in model.types[named].fields.items()
            if self.may(named, name)
            and (name in piece.fields or (piece.kind == "object" and named in model.keys))
            and (depth < 3 or not model.is_composite(one.named))
        ]


def _literals(rng: Random, model: Model, whole: Member) -> str:
    given = [
        f"{name}: {literal(rng, model, type_name)}"
        for name, (type_name, default) in whole.arguments.items()
        if (type_name.endswith("!") and default is None) or rng.random() < 0.5
    ]
    return f"({', '.join(given)})" if given else ""


def literal(rng: Random, model: Model, type_name: str) -> str:
    """A random value of an input type, as GraphQL writes it."""
    if not type_name.endswith("!") and rng.random() < 0.1:
        return "null"
    bare = type_name.removesuffix("!")
    if bare.startswith("["):
        return f"[{', '.join(literal(rng, model, bare[1:-1]) for _ in range(rng.randint(0, 2)))}]"
    one = model.types.get(bare)
    if one and one.kind == "enum":
        return rng.choice(one.values)
    if one and one.kind == "input":
        names = rng.sample(list(one.fields), rng.randint(0, min(2, len(one.fields))))
        inner = (f"{name}: {literal(rng, model, one.fields[name].type)}" for name in names)
        return "{" + ", ".join(inner) + "}"
    return {
        "Int": str(rng.randint(-2, 9)),
        "Float": rng.choice(("1.5", "-2", "1e3")),
        "Boolean": rng.choice(("true", "false")),
        "ID": rng.choice(('"1"', "7", '"a b"')),
    }.get(bare, rng.choice(('"x"', '"\\"q\\" \\\\ \\n"', '"é☃"', '""')))


def provides(rng: Random, parts: Parts) -> None:
    """A field below which its subgraph answers what is otherwise another's."""
    places = []
    for part in parts.parts.values():
        for type_name, piece in part.types.items():
            for name, dealt in piece.fields.items():
                target = dealt.type.strip("[]!")
                fits = piece.kind == "object" and _plain(dealt) and target in part.types
                if fits and part in parts.live(type_name, name):
                    below = [n for n in standing(part, target) if n in parts.model.keys]
                    places += [(part, dealt, target, object_) for object_ in below]
    rng.shuffle(places)
    for part, dealt, target, object_ in places:
        names = [
            n for n in parts.model.types[object_].fields if _providable(parts, part, object_, n)
        ]
        if names:
            text = " ".join(
                Need(rng, parts, part).of((object_, one), 2).split("(")[0]
                for one in rng.sample(names, min(len(names), rng.choice((1, 2))))
            )
            dealt.provides = text if target == object_ else f"... on {object_} {{ {text} }}"
            return


def standing(part: Part, name: str) -> list[str]:
    """The objects that a subgraph knows where a type stands."""
    piece = part.types[name]
    if piece.kind == "interface":
        return [n for n, p in part.types.items() if p.kind == "object" and name in p.interfaces]
    return piece.members if piece.kind == "union" else [name]


def _providable(parts: Parts, part: Part, type_name: str, name: str) -> bool:
    whole = parts.model.types[type_name].fields[name]
    return (
        name not in parts.model.key_fields(type_name)
        and f"{type_name}.{name}" not in parts.model.counters
        and not whole.arguments
        and not parts.model.is_composite(whole.named)
        and bool(parts.live(type_name, name))
        and part not in parts.live(type_name, name)
        and all(not d.requires and not d.override for d in parts.declaring(type_name, name))
    )


def override(rng: Random, parts: Parts) -> None:
    """A field that one subgraph takes over from another, at once or while a label is on."""
    places = _fields(parts) + [
        (part, "Query", name)
        for part in parts.parts.values()
        if "Query" in part.types
        for name in part.types["Query"].fields
        if parts.live("Query", name) == [part]
    ]
    rng.shuffle(places)
    for part, type_name, name in places:
        takers = [
            other
            for other in parts.parts.values()
            if other is not part
            and type_name in other.types
            and not any(piece.interface_object for piece in other.types.values())
            and name not in other.types[type_name].fields
            and (type_name == "Query" or any(other.types[type_name].keys.values()))
        ]
        if takers and all(_plain(d) for d in parts.declaring(type_name, name)):
            taker = rng.choice(takers)
            label = rng.choice(LABELS) if rng.random() < 0.4 else None
            parts.put(taker, type_name, name).override = (part.name, label)
            return


def unresolvable(rng: Random, parts: Parts) -> None:
    """A key that a subgraph can give but not be asked by."""
    stubs = [
        (type_name, piece)
        for part in parts.parts.values()
        for type_name, piece in part.types.items()
        if piece.keys
        and set(piece.fields) <= parts.model.key_fields(type_name)
        and not piece.interface_object
        and not any(part.types[one].keys for one in piece.interfaces)
    ]
    if stubs:
        _, piece = rng.choice(stubs)
        piece.keys = dict.fromkeys(piece.keys, False)


def interface_object(rng: Random, parts: Parts) -> None:
    """A subgraph that adds fields to an interface without knowing what implements it."""
    model = parts.model
    fits = [
        name
        for name, one in model.types.items()
        if one.kind == "interface"
        and "id" in one.fields
        and all(n in model.keys for n in model.objects(name))
    ]
    if not fits or "view" in parts.parts:
        return
    name = rng.choice(fits)
    real = rng.choice(list(parts.parts.values()))
    _make_entity_interface(parts, real, name)
    view = parts.parts["view"] = Part("view")
    piece = view.types[name] = Piece("object", keys={"id": True}, interface_object=True)
    piece.fields["id"] = Dealt(model.types[name].fields["id"].type, {})
    for new in rng.sample(("views", "likes"), rng.randint(1, 2)):
        _add_to_interface(rng, parts, view, name, new)
    if rng.random() < 0.6:
        model.types["Query"].fields["viewed"] = Member(rng.choice((name, f"[{name}!]")))
        view.types["Query"] = Piece(
            "object", {"viewed": Dealt(model.types["Query"].fields["viewed"].type, {})}
        )
    others = [
        f
        for f in model.types[name].fields
        if f not in ("id", "views", "likes") and f in real.types[name].fields
    ]
    leaves = [
        f
        for f in others
        if not model.is_composite(model.types[name].fields[f].named)
        and not model.types[name].fields[f].arguments
    ]
    if leaves and rng.random() < 0.4:
        needed = model.types[name].fields[leaves[0]]
        view.types.setdefault(
            needed.named, Piece("scalar")
        ) if needed.named == "Blob" else parts.have(view, needed.named)
        piece.fields[leaves[0]] = Dealt(needed.type, {}, external=True)
        next(d for n, d in piece.fields.items() if n in ("views", "likes")).requires = leaves[0]


def _make_entity_interface(parts: Parts, real: Part, name: str) -> None:
    parts.have(real, name)
    for below in parts.model.objects(name):
        parts.have(real, below)
        parts.key(real, below, "id")
        if name not in real.types[below].interfaces:
            real.types[below].interfaces.append(name)
    parts.put(real, name, "id")
    real.types[name].keys["id"] = True
    for field_name in list(real.types[name].fields):
        for below in parts.model.objects(name):
            parts.put(real, below, field_name)


def _add_to_interface(rng: Random, parts: Parts, view: Part, name: str, new: str) -> None:
    model = parts.model
    safe = [n for n, t in model.types.items() if t.kind == "enum"]
    type_ = rng.choice(("Int", "String!", "[Int!]", "Blob", *safe))
    added = Member(
        type_, arguments(rng, Model({k: v for k, v in model.types.items() if k == "Blob"}), 0.2)
    )
    for one in (name, *model.objects(name)):
        model.types[one].fields[new] = added
    view.types[name].fields[new] = Dealt(type_, dict(added.arguments))
    parts.have(view, added.named)


def hidden(rng: Random, parts: Parts) -> None:
    """A field, a defaulted argument or an enum value that clients are not shown."""
    (_hide_field, _hide_value, _hide_argument)[rng.randint(0, 2)](rng, parts)


def hide_type(rng: Random, parts: Parts) -> None:
    """An object type of a union or interface that clients are not shown, nor any field of that type."""
    model = parts.model
    wide = [n for n, t in model.types.items() if t.kind in ("union", "interface")]
    objects = sorted({one for name in wide for one in model.objects(name)})
    if not objects:
        return
    hiding = rng.choice(objects)
    for part in parts.parts.values():
        for type_name, piece in part.types.items():
            piece.hidden |= type_name == hiding
            for dealt in piece.fields.values():
                dealt.hidden |= dealt.type.strip("[]!") == hiding


def _hide_field(rng: Random, parts: Parts) -> None:
    model = parts.model
    places = [
        (part, type_name, name)
        for part, type_name, name in _fields(parts)
        if not _promised(model, model.types[type_name], name)
        and _plain(part.types[type_name].fields[name])
    ]
    if places:
        part, type_name, name = rng.choice(places)
        part.types[type_name].fields[name].hidden = True


def _promised(model: Model, one: Type, name: str) -> bool:
    return any(name in model.types[interface].fields for interface in one.interfaces)


def _hide_value(rng: Random, parts: Parts) -> None:
    for part in parts.parts.values():
        for name, piece in part.types.items():
            if piece.kind == "enum" and len(piece.values) > 1 and name not in parts.input_enums:
                piece.hidden_values.add(piece.values[-1])
                return


def _hide_argument(rng: Random, parts: Parts) -> None:
    for part, type_name, name in _fields(parts):
        dealt = part.types[type_name].fields[name]
        if _promised(parts.model, parts.model.types[type_name], name):
            continue
        for argument, (type_, default) in dealt.arguments.items():
            if default is not None or not type_.endswith("!"):
                dealt.hidden_arguments.add(argument)
                return


def stricter(rng: Random, parts: Parts) -> None:
    """A subgraph that promises more of a shared field than the whole graph does."""
    for part in parts.parts.values():
        for type_name, piece in part.types.items():
            for name, dealt in piece.fields.items():
                shared = len(parts.live(type_name, name)) > 1 and piece.kind == "object"
                loose = (
                    not dealt.type.endswith("!")
                    and parts.model.types[type_name].fields[name].type == dealt.type
                )
                rest = [d for d in parts.declaring(type_name, name) if d is not dealt]
                strict = any(d.external or d.type != dealt.type for d in rest)
                if shared and loose and not strict and rng.random() < 0.15:
                    dealt.type += "!"


def narrower(rng: Random, parts: Parts) -> None:
    """A subgraph in which a shared abstract field is always of one object type."""
    for part in parts.parts.values():
        for type_name, piece in part.types.items():
            for name, dealt in piece.fields.items():
                named = dealt.type.strip("[]!")
                rest = [d for d in parts.declaring(type_name, name) if d is not dealt]
                if (
                    piece.kind == "object"
                    and named in parts.model.types
                    and parts.model.types[named].kind == "union"
                    and rest
                    and all(d.type == dealt.type and _plain(d) for d in (dealt, *rest))
                    and rng.random() < 0.3
                ):
                    first = parts.model.objects(named)[0]
                    parts.have(part, first)
                    dealt.type = dealt.type.replace(named, first)
                    return


def spelled(rng: Random, parts: Parts) -> None:
    """Directives under other names, root types under other names, federation 1."""
    hiding = any(
        d.hidden or d.hidden_arguments or piece.hidden_values or piece.hidden
        for part in parts.parts.values()
        for piece in part.types.values()
        for d in (*piece.fields.values(), Dealt("", {}))
    )
    # @inaccessible must have one name everywhere: it goes into the supergraph.
    ways = ("renamed", "fed1") if hiding else ("prefixed", "aliased", "renamed", "fed1")
    for part in parts.parts.values():
        if rng.random() < 0.3:
            part.spelling = rng.choice(ways)
        if part.spelling == "fed1" and not _is_fed1(parts, part):
            part.spelling = "imported"
        part.renamed_roots = rng.random() < 0.15


def _is_fed1(parts: Parts, part: Part) -> bool:
    """Whether federation 1 can say it all: no new directive, and nothing shared but keys and value types."""
    for type_name, piece in part.types.items():
        if (
            piece.interface_object
            or piece.hidden_values
            or piece.hidden
            or (piece.kind == "interface" and piece.keys)
        ):
            return False
        for name, dealt in piece.fields.items():
            new = dealt.override or dealt.hidden or dealt.hidden_arguments
            key = name in parts.model.key_fields(type_name)
            shared = piece.kind == "object" and len(parts.declaring(type_name, name)) > 1
            keyed = bool(piece.keys) or type_name in ROOTS
            if (
                new
                or (shared and keyed and not key and not dealt.external)
                or not all(piece.keys.values())
            ):
                return False
            if any(
                d.override and d.override[0] == part.name for d in parts.declaring(type_name, name)
            ):
                return False
    return True


DECORATIONS: tuple[tuple[Callable[[Random, Parts], None], float], ...] = (
    (interface_object, 0.12),
    (requires, 0.4),
    (provides, 0.2),
    (override, 0.15),
    (unresolvable, 0.2),
    (stricter, 0.15),
    (narrower, 0.1),
    (hidden, 0.12),
    (spelled, 0.5),
)
