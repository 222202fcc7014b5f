"""The specifications a subgraph may link and the supergraph is written in: which directives, since when, under which link.

Shapes follow https://specs.apollo.dev (federation 2.0 to 2.14, join v0.3 to v0.5, link v1.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ROOT = "https://specs.apollo.dev"
LINK = f"{ROOT}/link"
FEDERATION = f"{ROOT}/federation"
CONNECT = f"{ROOT}/connect"

Version = tuple[int, int]
FED_1: Version = (1, 0)
LATEST: Version = (2, 14)


@dataclass(frozen=True, slots=True)
class Known:
    """A directive composition understands: its place in federation and, when it reaches the supergraph, its own link.

    `shape` is its definition in SDL without the name, `{FieldSet}` and `{Scope}` standing for the scalars of the spec.
    """

    since: Version
    shape: str
    url: str = ""
    purpose: str = ""

    @property
    def spec(self) -> str:
        """The identity of the supergraph's link for it; empty when the directive stays in the subgraph."""
        return self.url.rpartition("/")[0]


_TAGGED = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM"
    " | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
_GUARDED = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"

DIRECTIVES: dict[str, Known] = {
    "key": Known(
        FED_1,
        "(fields: {FieldSet}!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE",
    ),
    "requires": Known(FED_1, "(fields: {FieldSet}!) on FIELD_DEFINITION"),
    "provides": Known(FED_1, "(fields: {FieldSet}!) on FIELD_DEFINITION"),
    "external": Known(FED_1, "(reason: String) on OBJECT | FIELD_DEFINITION"),
    "extends": Known(FED_1, " on OBJECT | INTERFACE"),
    "tag": Known(FED_1, f"(name: String!) repeatable on {_TAGGED} | SCHEMA", f"{ROOT}/tag/v0.3"),
    "shareable": Known((2, 0), " repeatable on OBJECT | FIELD_DEFINITION"),
    "inaccessible": Known((2, 0), f" on {_TAGGED}", f"{ROOT}/inaccessible/v0.2", "SECURITY"),
    "override": Known((2, 0), "(from: String!, label: String) on FIELD_DEFINITION"),
    "composeDirective": Known((2, 1), "(name: String) repeatable on SCHEMA"),
    "interfaceObject": Known((2, 3), " on OBJECT"),
    "authenticated": Known((2, 5), f" on {_GUARDED}", f"{ROOT}/authenticated/v0.1", "SECURITY"),
    "requiresScopes": Known(
        (2, 5),
        f"(scopes: [[{{Scope}}!]!]!) on {_GUARDED}",
        f"{ROOT}/requiresScopes/v0.1",
        "SECURITY",
    ),
    "policy": Known(
        (2, 6),
        f"(policies: [[{{Policy}}!]!]!) on {_GUARDED}",
        f"{ROOT}/policy/v0.1",
        "SECURITY",
    ),
    "context": Known(
        (2, 8),
        "(name: String!) repeatable on INTERFACE | OBJECT | UNION",
        f"{ROOT}/context/v0.1",
        "SECURITY",
    ),
    "fromContext": Known((2, 8), "(field: {ContextFieldValue}) on ARGUMENT_DEFINITION"),
    "cost": Known(
        (2, 9),
        "(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION"
        " | INPUT_FIELD_DEFINITION | OBJECT | SCALAR",
        f"{ROOT}/cost/v0.1",
    ),
    "listSize": Known(
        (2, 9),
        "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],"
        " requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
        f"{ROOT}/cost/v0.1",
    ),
    "cacheTag": Known((2, 12), "(format: String!) repeatable on OBJECT | FIELD_DEFINITION"),
}

_BEFORE: dict[str, tuple[Version, str, str]] = {
    "shareable": ((2, 2), " repeatable", ""),
    "override": ((2, 7), ", label: String", ""),
}
"""What a directive's shape lacked before a version."""


def shape(name: str, version: Version, scalars: Mapping[str, str]) -> str:
    """A directive's definition without its name, as a federation version has it."""
    text = DIRECTIVES[name].shape.format(**scalars)
    since, new, old = _BEFORE.get(name, (version, "", ""))
    return text if version >= since else text.replace(new, old)


SCALARS: dict[str, Version] = {
    "FieldSet": FED_1,
    "Scope": (2, 5),
    "Policy": (2, 6),
    "ContextFieldValue": (2, 8),
}

OWN_LINKS: dict[str, tuple[str, ...]] = {
    known.spec: tuple(name for name, other in DIRECTIVES.items() if other.spec == known.spec)
    for known in DIRECTIVES.values()
    if known.spec
}
"""Specifications that may also be linked on their own, outside federation, and the directives each holds."""

BUILT_IN_DIRECTIVES = ("deprecated", "specifiedBy", "oneOf")

LINK_DEFINITIONS = """
directive @{link}(url: String, as: String, for: {Purpose}, import: [{Import}]) repeatable on SCHEMA
scalar {Import}
enum {Purpose} {{ SECURITY EXECUTION }}
"""
