"""Random → Model: the types of a monolith, before anyone thinks of subgraphs.

Names are few and shared between types on purpose: `name` is a string here and a list there, so that
response keys clash, and `id` is a key in one place and a plain field in another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

ENTITIES = ("Author", "Book", "City", "Deed")
VALUES = ("Size", "Note", "Mark")
INTERFACES = ("Node", "Item")
UNIONS = ("Match", "Found")
ENUMS = ("Tone", "Grade")
NAMES = ("name", "size", "tag", "rank", "next", "owner", "part", "kind", "note", "a", "b", "c")
SCALARS = ("String", "String", "Int", "Int", "Boolean", "Float", "ID", "Blob")
WRAPPINGS = (
    *(("{}",) * 9),
    *(("{}!",) * 5),
    *(("[{}!]!",) * 3),
    "[{}]",
    "[{}]!",
    "[{}!]",
    "[[{}]]",
    "[[{}!]!]!",
)
ROOTS = ("Query", "Mutation")


@dataclass(slots=True)
class Member:
    """A field: its type as text, and by argument the type and the default as text."""

    type: str
    arguments: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    @property
    def named(self) -> str:
        """The type inside its lists and exclamation marks."""
        return self.type.strip("[]!")


@dataclass(slots=True)
class Type:
    """A type of the monolith."""

    kind: str
    fields: dict[str, Member] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Model:
    """The monolith. `keys` are the field sets that identify an entity, the first in most graphs."""

    types: dict[str, Type] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    counters: list[str] = field(default_factory=list)

    def objects(self, name: str) -> list[str]:
        """The object types that may stand where a type does."""
        one = self.types[name]
        if one.kind == "union":
            return one.members
        if one.kind == "interface":
            return [n for n, t in self.types.items() if t.kind == "object" and name in t.interfaces]
        return [name]

    def is_composite(self, name: str) -> bool:
        """Whether a selection is needed below a type."""
        return name in self.types and self.types[name].kind in ("object", "interface", "union")

    def key_fields(self, name: str) -> set[str]:
        """The fields of an entity that are part of one of its keys."""
        return {one for key in self.keys.get(name, ()) for one in top(key)}


def top(selections: str) -> list[str]:
    """The outermost names of a field set without arguments."""
    depth, names = 0, []
    for word in selections.replace("{", " { ").replace("}", " } ").split():
        depth += {"{": 1, "}": -1}.get(word, 0)
        if depth == 0 and word != "}":
            names.append(word)
    return names


def monolith(rng: Random, *, nested: bool = False) -> Model:
    """A random monolith; `nested` has an interface that implements another."""
    model = Model()
    _leaves(rng, model)
    for name in ENTITIES[: rng.choice((1, 2, 2, 3, 3, 4))]:
        model.types[name] = Type("object", {"id": Member("ID!")})
        model.keys[name] = ["id"]
    for name in VALUES[: rng.choice((0, 1, 1, 2))]:
        model.types[name] = Type("object")
    _abstract(rng, model)
    for name, one in model.types.items():
        if one.kind == "object":
            _fields(rng, model, one, rng.randint(2, 5) if name in model.keys else rng.randint(1, 3))
    _interface_fields(rng, model)
    if nested:
        _nest(rng, model)
    for name in model.keys:
        _more_keys(rng, model, name)
    _roots(rng, model)
    return model


def _leaves(rng: Random, model: Model) -> None:
    model.types["Blob"] = Type("scalar")
    for name in ENUMS[: rng.randint(0, 2)]:
        values = [f"{name[0]}{i}" for i in range(rng.randint(2, 4))]
        model.types[name] = Type("enum", values=values)
    if rng.random() < 0.4:
        fields = {"min": Member("Int"), "word": Member("String")}
        if "Tone" in model.types:
            fields["tone"] = Member("Tone")
        if rng.random() < 0.4:
            fields["inner"] = Member("Range")
        model.types["Range"] = Type("input", fields)


def _abstract(rng: Random, model: Model) -> None:
    entities = list(model.keys)
    objects = [name for name, one in model.types.items() if one.kind == "object"]
    for name in INTERFACES[: rng.choice((0, 1, 1, 2))]:
        below = entities if rng.random() < 0.7 else objects
        model.types[name] = Type("interface")
        if set(below) <= set(entities) and rng.random() < 0.8:
            model.types[name].fields["id"] = Member(rng.choice(("ID!", "ID!", "ID")))
        for one in rng.sample(below, rng.randint(1, min(3, len(below)))):
            model.types[one].interfaces.append(name)
    for name in UNIONS[: rng.choice((0, 0, 1, 1, 2))]:
        members = rng.sample(objects, rng.randint(1, min(3, len(objects))))
        model.types[name] = Type("union", members=members)


def _fields(rng: Random, model: Model, one: Type, count: int) -> None:
    free = [name for name in NAMES if name not in one.fields]
    for name in rng.sample(free, count):
        one.fields[name] = member(rng, model)


def member(rng: Random, model: Model) -> Member:
    """A random field."""
    composite = [name for name in model.types if model.is_composite(name) and name not in ROOTS]
    enums = [name for name, one in model.types.items() if one.kind == "enum"]
    if composite and rng.random() < 0.45:
        named = rng.choice(composite)
    elif enums and rng.random() < 0.2:
        named = rng.choice(enums)
    else:
        named = rng.choice(SCALARS)
    return Member(rng.choice(WRAPPINGS).format(named), arguments(rng, model, 0.2))


def arguments(rng: Random, model: Model, chance: float) -> dict[str, tuple[str, str | None]]:
    """Random arguments, or none."""
    if rng.random() > chance:
        return {}
    choices = [("first", "Int", "2"), ("word", "String", '"w\\"x"'), ("ids", "[ID!]", '["1", "2"]')]
    if "Range" in model.types:
        choices.append(("range", "Range", '{min: 1, word: "x"}'))
    if "Tone" in model.types:
        choices.append(("tone", "Tone", "T1"))
    found: dict[str, tuple[str, str | None]] = {}
    for name, type_name, default in rng.sample(choices, rng.randint(1, 2)):
        required = "!" if rng.random() < 0.2 else ""
        found[name] = (type_name + required, default if rng.random() < 0.5 else None)
    return found


def _interface_fields(rng: Random, model: Model) -> None:
    """Give each interface fields that all its objects then have, some of them non-null only there."""
    for name in [n for n, t in model.types.items() if t.kind == "interface"]:
        one, below = model.types[name], [model.types[n] for n in model.objects(name)]
        used = {f for t in below for f in t.fields} | {
            f for t in model.types.values() if t.kind == "interface" for f in t.fields
        }
        free = [f for f in NAMES if f not in used] or [f"{name.lower()}Name"]
        count = rng.randint(0 if one.fields else 1, 2)
        for new in rng.sample(free, min(count, len(free))):
            one.fields[new] = member(rng, model)
            for object_ in below:
                object_.fields[new] = _stricter(rng, one.fields[new])


def _nest(rng: Random, model: Model) -> None:
    """Let one interface implement the other, and so let its objects."""
    for name in INTERFACES:
        if name not in model.types:
            model.types[name] = Type("interface", {f"{name.lower()}Name": Member("String")})
    low, high = rng.sample(INTERFACES, 2)
    below = model.objects(low) or rng.sample(list(model.keys), 1)
    model.types[low].interfaces.append(high)
    for owner in (low, *below):
        one = model.types[owner]
        one.interfaces += [name for name in (low, high) if name not in (owner, *one.interfaces)]
        for inner in (low, high):
            for name, loose in model.types[inner].fields.items():
                strict = one.fields.get(name, loose)
                one.fields[name] = loose if len(loose.type) > len(strict.type) else strict


def _stricter(rng: Random, loose: Member) -> Member:
    required = loose.type.endswith("!") or rng.random() < 0.8
    return Member(loose.type if required else loose.type + "!", dict(loose.arguments))


def _more_keys(rng: Random, model: Model, name: str) -> None:
    fields, keys = model.types[name].fields, model.keys[name]
    if rng.random() < 0.35:
        fields["code"] = Member(rng.choice(("String!", "Int!", "String")))
        keys.append("code")
    if rng.random() < 0.2:
        fields["no"], fields["zone"] = Member("Int!"), Member("String!")
        keys.append("no zone")
    others = [one for one in model.keys if one != name]
    if others and rng.random() < 0.2:
        other = rng.choice(others)
        many = rng.random() < 0.3
        fields["refs" if many else "ref"] = Member(f"[{other}!]!" if many else f"{other}!")
        keys.append(f"{'refs' if many else 'ref'} {{ id }}")
    if "Size" in model.types and rng.random() < 0.15:
        model.types["Size"].fields["w"] = Member("String!")
        fields["dims"] = Member("Size!")
        keys.append("id dims { w }")


def _roots(rng: Random, model: Model) -> None:
    query = model.types["Query"] = Type("object")
    composite = [n for n in model.types if model.is_composite(n) and n not in ROOTS]
    for name in composite:
        for suffix, wrapping in (("", "{}"), ("s", "[{}!]"), ("List", "[{}]!"), ("Sure", "{}!")):
            if rng.random() < 0.4:
                wrapped = wrapping.format(name)
                query.fields[name.lower() + suffix] = Member(wrapped, arguments(rng, model, 0.3))
    entity = next(iter(model.keys))
    query.fields.setdefault(entity.lower() + "s", Member(f"[{entity}!]"))
    if rng.random() < 0.3:
        query.fields["name"] = Member("String", arguments(rng, model, 0.5))
    if rng.random() < 0.3:
        _mutations(rng, model, composite)


def _mutations(rng: Random, model: Model, composite: list[str]) -> None:
    mutation = model.types["Mutation"] = Type("object")
    for name in ("add", "put", "drop")[: rng.randint(1, 3)]:
        named = rng.choice(composite) if rng.random() < 0.7 else "Int"
        mutation.fields[name] = Member(rng.choice(("{}", "{}!", "[{}!]")).format(named))
        mutation.fields[name].arguments = arguments(rng, model, 0.3)
    entity = rng.choice(list(model.keys))
    if "seen" not in model.types[entity].fields:
        model.types[entity].fields["seen"] = Member("Int!")
        model.counters.append(f"{entity}.seen")


def printed(model: Model) -> str:
    """The monolith's SDL."""
    parts = [_print(name, one) for name, one in model.types.items() if one.kind != "scalar"]
    return "\n".join(["scalar Blob", *parts]) + "\n"


def _print(name: str, one: Type) -> str:
    match one.kind:
        case "union":
            return f"union {name} = {' | '.join(one.members)}"
        case "enum":
            return f"enum {name} {{ {' '.join(one.values)} }}"
    above = f" implements {' & '.join(one.interfaces)}" if one.interfaces else ""
    word = {"object": "type"}.get(one.kind, one.kind)
    fields = "\n".join(
        f"  {f}{argument_text(m.arguments)}: {m.type}" for f, m in one.fields.items()
    )
    return f"{word} {name}{above} {{\n{fields}\n}}"


def argument_text(given: dict[str, tuple[str, str | None]]) -> str:
    """Argument definitions as SDL writes them."""
    texts = (
        f"{name}: {type_}" + (f" = {default}" if default is not None else "")
        for name, (type_, default) in given.items()
    )
    return f"({', '.join(texts)})" if given else ""
