"""Which specifications the supergraph links, and under which names it writes their directives: those all subgraphs agree on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.federation.composition.elements import Directives
from gateway.federation.composition.findings import Findings
from gateway.federation.composition.merge.composed import Composed
from gateway.federation.composition.merge.merged import SupergraphLink
from gateway.federation.composition.specs import DIRECTIVES, LINK, ROOT, Version
from gateway.federation.composition.subgraph import Subgraph


def every_application(subgraph: Subgraph) -> Iterator[Directives]:
    """The directives of every element of a subgraph."""
    yield subgraph.schema
    for one in subgraph.types.values():
        yield one.directives
        yield from (value.directives for value in one.values.values())
        yield from (value.directives for value in one.inputs.values())
        for field in one.fields.values():
            yield field.directives
            yield from (argument.directives for argument in field.arguments.values())


def printed_names(subgraphs: Sequence[Subgraph], found: Findings) -> dict[str, str]:
    """For every known directive that is applied and reaches the supergraph, the name it has there."""
    used: dict[str, dict[str, list[str]]] = {}
    for subgraph in subgraphs:
        applications = {a.name for each in every_application(subgraph) for a in each}
        for name, known in DIRECTIVES.items():
            if known.spec and name in applications:
                written = _written(subgraph, name)
                used.setdefault(name, {}).setdefault(written, []).append(subgraph.name)
    for name, by_written in used.items():
        if len(by_written) > 1:
            where = " and ".join(f'"@{w}" in {", ".join(at)}' for w, at in by_written.items())
            message = f"@{name} is imported under different names: {where}; import it under one name everywhere"
            found.problem("LINK_IMPORT_NAME_MISMATCH", message)
    return {name: next(iter(used[name])) for name in DIRECTIVES if name in used}


def hint_upgrades(subgraphs: Iterable[Subgraph], found: Findings) -> None:
    """A subgraph that links a specification younger than its federation is composed as if it linked that."""
    for subgraph in subgraphs:
        version = subgraph.links.version
        for link in subgraph.links.all:
            since = [one.since for one in DIRECTIVES.values() if one.spec == link.identity]
            if since and not subgraph.is_fed_1 and min(since) > version:
                implied = ".".join(map(str, min(since)))
                message = (
                    f"{subgraph.name}: {link.url} came with federation v{implied}, and v{version[0]}.{version[1]} is linked; "
                    f"it is read as v{implied}: link that"
                )
                found.hint("IMPLICITLY_UPGRADED_FEDERATION_VERSION", message)


def _written(subgraph: Subgraph, name: str) -> str:
    own = subgraph.links.of(DIRECTIVES[name].spec)
    return (own or subgraph.links).written("@" + name).removeprefix("@")


def supergraph_links(
    names: Mapping[str, str], composed: Iterable[Composed], join: Version
) -> tuple[SupergraphLink, ...]:
    """The links in print: the machinery's, the known specifications', the composed ones'."""
    known: dict[str, list[tuple[str, str]]] = {}
    purposes: dict[str, str] = {}
    for name, written in names.items():
        one = DIRECTIVES[name]
        purposes[one.url] = one.purpose
        imports = known.setdefault(one.url, [])
        if written != _default(one.spec, name):
            imports.append(("@" + name, "@" + written))
    custom: dict[str, list[tuple[str, str]]] = {}
    for directive in composed:
        custom.setdefault(directive.link.url, []).append((directive.own, directive.written))
    return (
        SupergraphLink(f"{LINK}/v1.0"),
        SupergraphLink(f"{ROOT}/join/v{join[0]}.{join[1]}", "EXECUTION"),
        *(SupergraphLink(url, purposes[url], tuple(each)) for url, each in known.items()),
        *(SupergraphLink(url, "", tuple(each)) for url, each in custom.items()),
    )


def _default(spec: str, name: str) -> str:
    prefix = spec.rpartition("/")[2]
    return name if name == prefix else f"{prefix}__{name}"


def join_version(subgraphs: Iterable[Subgraph]) -> Version:
    """The oldest join specification that can say all that the subgraphs use: the widest choice of gateways."""
    version: Version = (0, 3)
    for subgraph in subgraphs:
        applications = [a for each in every_application(subgraph) for a in each]
        if any(a.name == "fromContext" for a in applications):
            return (0, 5)
        if any(
            a.name == "cacheTag" or (a.name == "override" and a.text("label")) for a in applications
        ):
            version = (0, 4)
    return version
