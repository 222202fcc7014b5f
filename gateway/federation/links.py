"""`@link` and `@core` on a schema → Link: which specifications it uses, and under which names.

Two names in a document mean the same when they come from the same specification, whatever they are
called here. The law: a name is looked up through its link, and never compared as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import DirectiveNode, DocumentNode, value_from_ast_untyped

from gateway.federation.errors import InvalidSupergraph

_APOLLO = "https://specs.apollo.dev/"
_VERSION = re.compile(r"v(\d+)\.(\d+)")

VERSIONS: Mapping[str, frozenset[str]] = {
    _APOLLO + "core": frozenset({"v0.1", "v0.2"}),
    _APOLLO + "link": frozenset({"v1.0"}),
    _APOLLO + "join": frozenset({"v0.1", "v0.2", "v0.3", "v0.4", "v0.5"}),
    _APOLLO + "inaccessible": frozenset({"v0.1", "v0.2"}),
    _APOLLO + "tag": frozenset({"v0.1", "v0.2", "v0.3"}),
    _APOLLO + "cost": frozenset({"v0.1"}),
    _APOLLO + "context": frozenset({"v0.1"}),
}
"""The specifications that the engine itself understands, and the versions of each."""


@dataclass(frozen=True, slots=True)
class Link:
    """One specification in use. `names` maps a name in the document to the name in the specification;
    directives keep their `@`. `prefix` stands before every name that is not imported."""

    identity: str
    version: str
    prefix: str
    names: Mapping[str, str]
    purpose: str | None

    @property
    def own_name(self) -> str:
        """The specification's last path segment, which is also its main directive's name."""
        return self.identity.rsplit("/", 1)[-1]


def links_of(document: DocumentNode, understood: Collection[str]) -> tuple[Link, ...]:
    """Every link of the document, checked: raises InvalidSupergraph for one that must not be ignored."""
    found = tuple(_read(document))
    if not any(link.identity == _APOLLO + "join" for link in found):
        raise InvalidSupergraph(
            "the schema links no join specification: this is no supergraph; compose it first"
        )
    for link in found:
        _check(link, understood)
    return found


def named(links: tuple[Link, ...], name: str, *, directive: bool) -> tuple[str, str] | None:
    """The specification and the name there of a name in the document; None when no link brought it."""
    written = f"@{name}" if directive else name
    for link in links:
        if written in link.names:
            return link.identity, link.names[written].removeprefix("@")
    for link in links:
        if directive and name == link.prefix:
            return link.identity, link.own_name
        if name.startswith(link.prefix + "__"):
            return link.identity, name.removeprefix(link.prefix + "__")
    return None


def _read(document: DocumentNode) -> Iterator[Link]:
    nodes = [
        directive
        for definition in document.definitions
        if definition.kind in ("schema_definition", "schema_extension")
        for directive in getattr(definition, "directives", None) or ()
    ]
    linking = _linking_names(nodes)
    for node in nodes:
        if node.name.value in linking:
            yield _link(_values(node))


def _linking_names(nodes: list[DirectiveNode]) -> set[str]:
    """The names under which this document has `@link` and `@core`: each links itself."""
    found = set()
    for node in nodes:
        values = _values(node)
        url = values.get("url") or values.get("feature")
        if isinstance(url, str) and url.startswith((_APOLLO + "link/", _APOLLO + "core/")):
            own = url.removeprefix(_APOLLO).split("/", 1)[0]
            if node.name.value == (values.get("as") or own):
                found.add(node.name.value)
    return found


def _values(node: DirectiveNode) -> dict[str, Any]:
    return {one.name.value: value_from_ast_untyped(one.value) for one in node.arguments or ()}


def _link(values: Mapping[str, Any]) -> Link:
    url = values.get("url") or values.get("feature")
    if not isinstance(url, str) or "/" not in url:
        raise InvalidSupergraph(f"a link of the schema has no usable url: {url!r}")
    identity, _, version = url.rstrip("/").rpartition("/")
    if not _VERSION.fullmatch(version):
        identity, version = url.rstrip("/"), ""
    names = dict(_imported(one) for one in values.get("import") or ())
    prefix = values.get("as") or identity.rsplit("/", 1)[-1]
    return Link(identity, version, prefix, names, values.get("for"))


def _imported(one: object) -> tuple[str, str]:
    if isinstance(one, str):
        return one, one
    if isinstance(one, dict) and isinstance(one.get("name"), str):
        return str(one.get("as") or one["name"]), one["name"]
    raise InvalidSupergraph(f"a link of the schema imports {one!r}, which is no name")


def _check(link: Link, understood: Collection[str]) -> None:
    known = VERSIONS.get(link.identity)
    if link.identity in understood:
        return
    if known is not None and link.version in known:
        return
    if known is not None and (link.purpose or link.own_name in ("join", "link", "core")):
        raise InvalidSupergraph(
            f"the supergraph uses {link.identity}/{link.version}; "
            f"known versions are {', '.join(sorted(known))}"
        )
    if link.purpose in ("SECURITY", "EXECUTION"):
        raise InvalidSupergraph(
            f"the supergraph links {link.identity}/{link.version} for {link.purpose}, "
            "which nothing here understands; serve it with what enforces it, or compose without it"
        )
