"""`@link` applications → which specification a written name belongs to, whatever it was imported or renamed as.

A directive is known by its specification's identity, never by the name it happens to have (CVE-2025-64347).
https://specs.apollo.dev/link/v1.0
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from graphql import ConstDirectiveNode, value_from_ast_untyped

from gateway.federation.composition.findings import Findings
from gateway.federation.composition.specs import (
    BUILT_IN_DIRECTIVES,
    CONNECT,
    DIRECTIVES,
    FED_1,
    FEDERATION,
    LATEST,
    LINK,
    OWN_LINKS,
    SCALARS,
    Version,
)

_VERSION = re.compile(r"v(\d+)\.(\d+)")
_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|_(?!_))*(?<!_)")


@dataclass(frozen=True, slots=True)
class Link:
    """One `@link`. `imports` maps the name used here to the specification's own; directives keep their `@`."""

    url: str
    identity: str
    name: str
    version: Version
    prefix: str
    imports: tuple[tuple[str, str], ...] = ()
    purpose: str | None = None

    def meaning(self, written: str) -> str | None:
        """The specification's own name for `@written` (or a type), None when it is not from here."""
        for used, own in self.imports:
            if used == written:
                return own
        at, bare = ("@", written[1:]) if written.startswith("@") else ("", written)
        if at and self.prefix and bare == self.prefix:
            return "@" + self.name
        prefix, _, rest = bare.partition("__")
        return at + rest if prefix and rest and prefix == self.prefix else None

    def written(self, own: str) -> str:
        """What the specification's `@own` (or a type) is called here."""
        for used, name in self.imports:
            if name == own:
                return used
        at, bare = ("@", own[1:]) if own.startswith("@") else ("", own)
        return at + (self.prefix if at and bare == self.name else f"{self.prefix}__{bare}")


@dataclass(frozen=True, slots=True)
class Links:
    """All links of one subgraph."""

    all: tuple[Link, ...] = ()
    directive: str = "link"

    def of(self, identity: str) -> Link | None:
        return next((link for link in self.all if link.identity == identity), None)

    @property
    def version(self) -> Version:
        """The federation version linked; 1.0 when none is."""
        federation = self.of(FEDERATION)
        return federation.version if federation else FED_1

    def source(self, written: str) -> tuple[Link, str] | None:
        """The link a name comes from, with the specification's own name for it."""
        for link in self.all:
            own = link.meaning(written)
            if own is not None:
                return link, own
        return None

    def canonical(self, name: str) -> str:
        """A directive's name as composition knows it: bare when understood, `@name` when foreign."""
        link, own = self.source("@" + name) or (None, "")
        own = own.removeprefix("@")
        if link is None:
            known = DIRECTIVES.get(name)
            old = known and known.since == FED_1 and not self.of(FEDERATION)
            return name if old or name in BUILT_IN_DIRECTIVES else "@" + name
        understood = DIRECTIVES if link.identity == FEDERATION else OWN_LINKS.get(link.identity, ())
        return own if own in understood else "@" + name

    def written(self, own: str) -> str:
        """How this subgraph writes federation's `@own` or type."""
        federation = self.of(FEDERATION)
        return federation.written(own) if federation else own


def read_links(applications: Iterable[ConstDirectiveNode], subgraph: str, found: Findings) -> Links:
    """The links of a schema definition; what is wrong with them goes to `found`."""
    nodes = list(applications)
    directive = _link_name(nodes)
    links = [
        link
        for node in nodes
        if node.name.value == directive
        for link in _read(_arguments(node), subgraph, found)
    ]
    for link in links:
        _check(link, subgraph, found)
    _check_repeats(links, subgraph, found)
    return Links(tuple(links), directive)


def _link_name(nodes: list[ConstDirectiveNode]) -> str:
    """`@link` itself may be renamed, by a link to the link specification."""
    for node in nodes:
        arguments = _arguments(node)
        if str(arguments.get("url", "")).startswith(LINK + "/"):
            return str(arguments.get("as") or "link")
    return "link"


def _arguments(node: ConstDirectiveNode) -> dict[str, Any]:
    return {one.name.value: value_from_ast_untyped(one.value) for one in node.arguments or ()}


def _read(arguments: dict[str, Any], subgraph: str, found: Findings) -> Iterator[Link]:
    url, alias = arguments.get("url"), arguments.get("as")
    if not isinstance(url, str) or not urlsplit(url).scheme or not urlsplit(url).path.strip("/"):
        message = f"{subgraph}: @link needs a `url` such as {FEDERATION}/v2.3, not {url!r}"
        found.problem("INVALID_LINK_IDENTIFIER", message)
        return
    identity, name, version = split_url(url)
    if version is None:
        message = (
            f"{subgraph}: @link to {url} needs a version at its end, such as {url.rstrip('/')}/v1.0"
        )
        found.problem("INVALID_LINK_IDENTIFIER", message)
        return
    # A name that GraphQL cannot write only means that everything used must be imported.
    prefix = alias or (name if _NAME.fullmatch(name) else "")
    if alias and not _NAME.fullmatch(alias):
        message = f'{subgraph}: @link to {url} is `as: "{alias}"`, which is no usable name; use letters and digits, without "__"'
        found.problem("INVALID_LINK_IDENTIFIER", message)
        return
    imports = tuple(_imports(arguments.get("import") or (), url, subgraph, found))
    yield Link(url, identity, name, version, prefix, imports, arguments.get("for"))


def split_url(url: str) -> tuple[str, str, Version | None]:
    """(identity, name, version) of a specification's URL."""
    parts = url.rstrip("/").split("/")
    match = _VERSION.fullmatch(parts[-1])
    if match:
        parts.pop()
    version = (int(match[1]), int(match[2])) if match else None
    return "/".join(parts), parts[-1], version


def _imports(
    entries: Iterable[object], url: str, subgraph: str, found: Findings
) -> Iterator[tuple[str, str]]:
    for entry in entries:
        name, used = entry, entry
        if isinstance(entry, dict):
            name, used = entry.get("name"), entry.get("as") or entry.get("name")
        if not isinstance(name, str) or not isinstance(used, str):
            message = f'{subgraph}: @link to {url} imports {entry!r}; an import is "@name" or {{name: "@name", as: "@other"}}'
            found.problem("INVALID_LINK_DIRECTIVE_USAGE", message)
        elif name.startswith("@") != used.startswith("@"):
            message = f'{subgraph}: @link to {url} imports "{name}" as "{used}"; a directive stays a directive: both names start with "@"'
            found.problem("INVALID_LINK_DIRECTIVE_USAGE", message)
        else:
            yield used, name


def _check(link: Link, subgraph: str, found: Findings) -> None:
    if link.identity == FEDERATION:
        _check_federation(link, subgraph, found)
    elif link.identity == LINK and link.version != (1, 0):
        message = f"{subgraph}: {link.url} is not a known version of the link specification; use {LINK}/v1.0"
        found.problem("UNKNOWN_LINK_VERSION", message)
    elif link.purpose and link.identity not in (CONNECT, LINK, *OWN_LINKS):
        message = f"{subgraph}: {link.url} is linked `for: {link.purpose}`, which demands a composer that knows it; this one does not: take the link away, or compose with one that does"
        found.problem("UNSUPPORTED_LINKED_FEATURE", message)


def _check_federation(link: Link, subgraph: str, found: Findings) -> None:
    version = link.version
    if not (2, 0) <= version <= LATEST:
        message = f"{subgraph}: {link.url} is not a known federation version; link {FEDERATION}/v2.0 to v2.{LATEST[1]}"
        found.problem("UNKNOWN_FEDERATION_LINK_VERSION", message)
        return
    known = {"@" + name for name, one in DIRECTIVES.items() if one.since <= version}
    known |= {name for name, since in SCALARS.items() if since <= version}
    for _, own in link.imports:
        if own not in known:
            message = f'{subgraph}: federation v{version[0]}.{version[1]} has no "{own}" to import{_since(own)}'
            found.problem("INVALID_LINK_DIRECTIVE_USAGE", message)


def _since(own: str) -> str:
    bare = own.removeprefix("@")
    if own.startswith("@") and bare in DIRECTIVES:
        major, minor = DIRECTIVES[bare].since
        return f"; it came with v{major}.{minor}: link that version"
    return f'; did you mean "@{own}"?' if own in DIRECTIVES else ""


def _check_repeats(links: list[Link], subgraph: str, found: Findings) -> None:
    seen: dict[str, Link] = {}
    for link in links:
        other = seen.setdefault(link.identity, link)
        if other is not link:
            message = (
                f"{subgraph}: {link.identity} is linked twice; keep one @link with all the imports"
            )
            found.problem("INVALID_LINK_DIRECTIVE_USAGE", message)
    used: dict[str, Link] = {}
    for link in links:
        for name, _ in link.imports:
            if used.setdefault(name, link) is not link:
                message = f'{subgraph}: "{name}" is imported from two links; rename one with {{name: …, as: …}}'
                found.problem("INVALID_LINK_DIRECTIVE_USAGE", message)
