"""What a subgraph leaves to connectors → a problem for each place: nothing here calls a REST API by what an SDL says.

https://specs.apollo.dev/connect, known by its identity under whatever names it is imported.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import DocumentNode

from gateway.federation.composition.findings import Findings
from gateway.federation.composition.link import Link, Links
from gateway.federation.composition.specs import CONNECT

_WAY_OUT = (
    "connectors are not run here: resolve it in a subgraph that answers GraphQL itself, "
    "and take the link away"
)


def check_connectors(document: DocumentNode, links: Links, subgraph: str, found: Findings) -> None:
    """UNSUPPORTED_FEATURE for every type and field that `@connect` resolves, or else for the link alone."""
    link = links.of(CONNECT)
    if link is None:
        return
    places = list(_connected(document, links, link)) or [f"the @link to {link.url}"]
    for place in places:
        message = f"{subgraph}: {place} asks for a connector ({link.url}); {_WAY_OUT}"
        found.problem("UNSUPPORTED_FEATURE", message)


def _connected(document: DocumentNode, links: Links, link: Link) -> Iterator[str]:
    for node in document.definitions:
        for part in (node, *(getattr(node, "fields", None) or ())):
            names = ("@" + one.name.value for one in getattr(part, "directives", None) or ())
            if any(links.source(name) == (link, "@connect") for name in names):
                owner = node.name.value  # type: ignore[attr-defined]
                yield f'"{owner}"' if part is node else f'"{owner}.{part.name.value}"'
