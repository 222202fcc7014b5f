"""What the engine composes and how long it plans: one operation many times, or all of the public audit's.

    python tests/benchmarks/engine.py planning supergraph.graphql operation.json [--times 300]
    python tests/benchmarks/engine.py audit http://127.0.0.1:4200

The second asks a running server of github.com/graphql-hive/federation-gateway-audit for its suites: it composes each
suite's subgraphs and compares the outcome with the suite's own supergraph, and plans the suite's operations on that.
Times are CPU time of this process, in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import Request, urlopen

from graphql import GraphQLSchema, Node, SchemaDefinitionNode, StringValueNode, parse, print_ast

from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.errors import (
    CompositionError,
    FederationError,
    InvalidOperation,
    Unplannable,
)
from gateway.federation.execution.program import compile_program
from gateway.federation.planning.cost import cost
from gateway.federation.planning.operation import read
from gateway.federation.planning.planner import plan
from gateway.federation.planning.weights import Weights
from gateway.federation.schema import api_schema
from gateway.federation.selection import Field, Selections, parse_selections
from gateway.federation.supergraph import Supergraph, load

Result = TypeVar("Result")
SAID_ANYWAY = {
    ("join__type", "extension", "false"),
    ("join__type", "resolvable", "true"),
    ("join__type", "isInterfaceObject", "false"),
}
"""Arguments that say what is so without them."""


class Clock:
    """Times by what was done."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    def timed(self, what: str, work: Callable[[], Result]) -> Result:
        """What the work gives; how long it took is kept."""
        begun = time.process_time()
        try:
            return work()
        finally:
            self.times.setdefault(what, []).append((time.process_time() - begun) * 1000)

    def __str__(self) -> str:
        return "\n".join(
            f"{what:10} p50 {at(times, 50):6.2f} ms   p99 {at(times, 99):6.2f} ms   of {len(times)}"
            for what, times in self.times.items()
        )


def at(times: Sequence[float], percent: int) -> float:
    """The percentile."""
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def say(text: object) -> None:
    sys.stdout.write(f"{text}\n")


def planning(supergraph: Path, operation: Path, times: int) -> None:
    """One operation, read, priced, planned and compiled from nothing but the supergraph's graph."""
    clock, known = Clock(), load(supergraph.read_text())
    schema, weights = api_schema(known), Weights(known)
    text = json.loads(operation.read_text())["query"]
    plan(read(text, None, {}, schema), known)
    for _ in range(times):
        found = clock.timed("read", lambda: read(text, None, {}, schema))
        clock.timed("price", lambda one=found: cost(one, weights))
        made = clock.timed("plan", lambda one=found: plan(one, known))
        clock.timed("compile", lambda one=made: compile_program(one, known))
    say(clock)


def audit(url: str) -> None:
    """Every suite of the audit's server."""
    clock, alike = Clock(), 0
    suites = json.loads(asked(f"{url}/ids"))
    for suite in suites:
        given = asked(f"{url}/{suite}/supergraph")
        difference = composed(json.loads(asked(f"{url}/{suite}/subgraphs")), given)
        alike += not difference
        if difference:
            say(f"{suite}: {difference}")
        known = load(given)
        for test in json.loads(asked(f"{url}/{suite}/tests")):
            planned(clock, test["query"], known, api_schema(known))
    say(f"{alike} of {len(suites)} composed supergraphs are the audit's own\n{clock}")


def asked(url: str) -> str:
    with urlopen(Request(url, headers={"accept": "application/json"}), timeout=30) as answer:
        return answer.read().decode()  # type: ignore[no-any-return]


def planned(clock: Clock, text: str, supergraph: Supergraph, schema: GraphQLSchema) -> None:
    """Read and plan; some of the audit's operations are meant to be impossible."""
    with suppress(InvalidOperation, Unplannable):
        found = clock.timed("read", lambda: read(text, None, {}, schema))
        clock.timed("plan", lambda: plan(found, supergraph))


def composed(subgraphs: Sequence[dict[str, str]], wanted: str) -> str:
    """How the composition of these subgraphs differs from the supergraph; empty when it does not."""
    try:
        found = compose([Source(one["name"], one["url"], one["sdl"]) for one in subgraphs])
    except CompositionError as error:
        return str(error)
    ours, theirs = dict(facts(found.sdl)), dict(facts(wanted))
    wrong = sorted(place for place in {*ours, *theirs} if ours.get(place) != theirs.get(place))
    return ", ".join(wrong)


def facts(sdl: str) -> Iterator[tuple[str, Any]]:
    """What a supergraph says, by coordinate, in whatever order it is said."""
    for node in parse(sdl, no_location=True).definitions:
        name = "schema" if isinstance(node, SchemaDefinitionNode) else node.name.value  # type: ignore[attr-defined]
        if name == "link__Purpose" or node.kind == "directive_definition":
            continue
        yield name, fact(node)
        for part in (
            *(getattr(node, "fields", None) or ()),
            *(getattr(node, "values", None) or ()),
        ):
            yield f"{name}.{part.name.value}", fact(part)


def fact(node: Node) -> Any:
    """A definition without the order of its parts."""
    named = (one for key in ("interfaces", "types") for one in getattr(node, key, None) or ())
    type_ = getattr(node, "type", None)
    return (
        node.kind,
        print_ast(type_) if type_ else None,
        getattr(getattr(node, "description", None), "value", None),
        sorted(one.name.value for one in named),
        sorted(map(repr, map(applied, getattr(node, "directives", None) or ()))),
        sorted(
            (one.name.value, print_ast(one)) for one in getattr(node, "arguments", None) or ()
        ),
    )  # fmt: skip


def applied(directive: Any) -> Any:
    name = directive.name.value
    arguments = {one.name.value: one.value for one in directive.arguments or ()}
    return name, sorted(
        (key, repr(unordered(value.value)) if key in ("key", "requires", "provides") else print_ast(value))
        for key, value in arguments.items()
        if (name, key, print_ast(value)) not in SAID_ANYWAY
    )  # fmt: skip


def unordered(fields: str | StringValueNode) -> Any:
    def sort(selections: Selections) -> Any:
        return sorted(
            (one.name, one.alias or "", repr(one.arguments), sort(one.inside))
            if isinstance(one, Field)
            else ("... on", one.type, "", sort(one.inside))
            for one in selections
        )

    return sort(parse_selections(str(fields)))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    ways = parser.add_subparsers(dest="way", required=True)
    one = ways.add_parser("planning")
    one.add_argument("supergraph", type=Path)
    one.add_argument("operation", type=Path)
    one.add_argument("--times", type=int, default=300)
    ways.add_parser("audit").add_argument("url")
    given = vars(parser.parse_args())
    try:
        {"planning": planning, "audit": audit}[given.pop("way")](**given)
    except FederationError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
