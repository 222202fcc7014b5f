"""Part → SDL, in one of the spellings that federation allows.

imported  the directives imported by name            renamed   imported under other names
prefixed  nothing imported: `@federation__key`       aliased   the whole namespace under another name
fed1      no @link at all: `extend type`, key fields @external, everything shareable implied
"""

from __future__ import annotations

from collections.abc import Callable

from tests.federation.random.model import ROOTS, argument_text
from tests.federation.random.split import Dealt, Part, Parts, Piece

URL = "https://specs.apollo.dev/federation/v2.7"
LENDING = "https://specs.apollo.dev/federation/v2.8"
DIRECTIVES = [
    "key",
    "external",
    "requires",
    "provides",
    "shareable",
    "override",
    "inaccessible",
    "interfaceObject",
]
RENAMED = {"key": "pk", "shareable": "common", "requires": "needs"}

Name = Callable[[str], str]


def spell(parts: Parts, part: Part) -> str:
    """The subgraph's SDL."""
    link, name = _link(part)
    extra = [link] if link else []
    if part.renamed_roots:
        present = [root for root in (*ROOTS, "Subscription") if root in part.types]
        roots = " ".join(f"{root.lower()}: {_type_name(part, root)}" for root in present)
        extra += [f"schema {{ {roots} }}"] if roots else []
    types = [_type(parts, part, type_name, name) for type_name in part.types]
    return "\n".join([*extra, *types]) + "\n"


def _link(part: Part) -> tuple[str, Name]:
    lends = any(piece.contexts for piece in part.types.values())
    url = LENDING if lends else URL
    match part.spelling:
        case "fed1":
            return "", lambda one: one
        case "prefixed":
            return f'extend schema @link(url: "{url}")', lambda one: f"federation__{one}"
        case "aliased":
            return f'extend schema @link(url: "{url}", as: "fed")', lambda one: f"fed__{one}"
    renamed = RENAMED if part.spelling == "renamed" else {}
    imports = ", ".join(
        f'{{name: "@{one}", as: "@{renamed[one]}"}}' if one in renamed else f'"@{one}"'
        for one in (*DIRECTIVES, *(("context", "fromContext") if lends else ()))
    )
    return (
        f'extend schema @link(url: "{url}", import: [{imports}])',
        lambda one: renamed.get(one, one),
    )


def _type_name(part: Part, name: str) -> str:
    return f"Root{name}" if part.renamed_roots and name in ROOTS else name


def _type(parts: Parts, part: Part, type_name: str, name: Name) -> str:
    piece = part.types[type_name]
    match piece.kind:
        case "scalar":
            return f"scalar {type_name}"
        case "union":
            return f"union {type_name} = {' | '.join(piece.members)}"
        case "enum":
            hidden = f" @{name('inaccessible')}"
            values = (v + hidden if v in piece.hidden_values else v for v in piece.values)
            return f"enum {type_name} {{ {' '.join(values)} }}"
    head = f"{_word(part, type_name, piece)} {_type_name(part, type_name)}"
    if piece.interfaces:
        head += f" implements {' & '.join(piece.interfaces)}"
    for selections, resolvable in piece.keys.items():
        more = "" if resolvable else ", resolvable: false"
        head += f' @{name("key")}(fields: "{selections}"{more})'
    if piece.interface_object:
        head += f" @{name('interfaceObject')}"
    for context in piece.contexts:
        head += f' @{name("context")}(name: "{context}")'
    if piece.hidden:
        head += f" @{name('inaccessible')}"
    fields = (_field(parts, part, (type_name, field_name), name) for field_name in piece.fields)
    return head + " {\n" + "\n".join(fields) + "\n}"


def _word(part: Part, type_name: str, piece: Piece) -> str:
    word = {"object": "type"}.get(piece.kind, piece.kind)
    stub = part.spelling == "fed1" and is_extension(piece)
    return f"extend {word}" if stub or (type_name in ROOTS and not part.renamed_roots) else word


def is_extension(piece: Piece) -> bool:
    """Whether a federation 1 subgraph writes the entity as an extension: if it adds nothing but a key."""
    return any(one.external for one in piece.fields.values())


def _field(parts: Parts, part: Part, place: tuple[str, str], name: Name) -> str:
    piece = part.types[place[0]]
    one = piece.fields[place[1]]
    arguments = argument_text(one.arguments)
    for hidden in one.hidden_arguments:
        type_, default = one.arguments[hidden]
        plain = argument_text({hidden: (type_, default)})[1:-1]
        arguments = arguments.replace(plain, f"{plain} @{name('inaccessible')}")
    for lent, source in one.contextual.items():
        plain = argument_text({lent: one.arguments[lent]})[1:-1]
        taken = f'{plain} @{name("fromContext")}(field: "{source}")'
        arguments = arguments.replace(plain, taken)
    text = f"  {place[1]}{arguments}: {one.type}"
    text += _directives(one, name)
    if part.spelling != "fed1" and piece.kind == "object" and is_shared(parts, part, place):
        text += f" @{name('shareable')}"
    return text


def _directives(one: Dealt, name: Name) -> str:
    text = f" @{name('external')}" if one.external else ""
    if one.requires:
        text += f" @{name('requires')}(fields: {_quoted(one.requires)})"
    if one.provides:
        text += f" @{name('provides')}(fields: {_quoted(one.provides)})"
    if one.override:
        source, label = one.override
        more = f', label: "{label}"' if label else ""
        text += f' @{name("override")}(from: "{source}"{more})'
    return text + (f" @{name('inaccessible')}" if one.hidden else "")


def _quoted(selections: str) -> str:
    return '"' + selections.replace("\\", "\\\\").replace('"', '\\"') + '"'


def is_shared(parts: Parts, part: Part, place: tuple[str, str]) -> bool:
    """Whether the field needs @shareable here: it is resolved elsewhere too, or provided somewhere."""
    one = part.types[place[0]].fields[place[1]]
    if one.external or one.override or part.types[place[0]].interface_object:
        return False
    others = [d for d in parts.declaring(*place) if d is not one]
    taken = any(d.override and d.override[0] == part.name for d in others)
    return not taken and bool(others)
