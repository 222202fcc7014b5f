"""What operations cost: a table over one supergraph whose specifications have names of their own."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.errors import InvalidSupergraph, TooCostly
from gateway.federation.execution.program import compile_program
from gateway.federation.planning.cache import Plans
from gateway.federation.planning.cost import Cost, cost
from gateway.federation.planning.limits import STRICT, Limits
from gateway.federation.planning.operation import document
from gateway.federation.planning.weights import Weights
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph, load

SDL = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", as: "fed",
  import: [{ name: "@cost", as: "@price" }, "@listSize"])

directive @cost(weight: Int!) on FIELD_DEFINITION

type Query {
  child: Child
  plain: String
  dear: String @price(weight: 5)
  other: String @cost(weight: 700)
  children: [Child!]!
  assumed: [Child] @listSize(assumedSize: 3)
  first(first: Int, last: Int = 4): [Child] @listSize(assumedSize: 7, slicingArguments: ["first", "last"], requireOneSlicingArgument: false)
  sliced(first: Int): [Child] @listSize(slicingArguments: ["first"])
  either(first: Int, last: Int): [Child] @listSize(slicingArguments: ["first", "last"])
  usual(first: Int = 3, last: Int): [Child] @listSize(slicingArguments: ["first", "last"])
  page(first: Int): Page @listSize(slicingArguments: ["first"], sizedFields: ["items"])
  grid: [[Child]]
  people: [Person] @listSize(assumedSize: 2)
  anyone: Someone
  find(by: By, all: [By!], tone: Tone, word: String @price(weight: 6)): Child
  seal: Seal
}
type Mutation { rename(by: By): Child }
type Page { items: [Child] more: [Child] }
interface Person { name: String friend: Person }
type Child implements Person { name: String friend: Person dear: String @price(weight: 9) }
type Adult implements Person { name: String @price(weight: 4) friend: Person work: String @price(weight: 2) }
union Someone = Child | Adult
type Seal @price(weight: 8) { tone: Tone }
enum Tone @price(weight: 3) { HIGH LOW }
input By { id: ID @price(weight: 2) more: By tone: Tone }
"""


@pytest.fixture(scope="module")
def supergraph() -> Supergraph:
    return load(compose([Source("a", "http://a", SDL)]).sdl)


def priced(
    supergraph: Supergraph, text: str, variables: dict[str, Any], limits: Limits | None = None
) -> tuple[Cost, dict[str, Any]]:
    found = document(text, api_schema(supergraph), limits or Limits())
    values = found.coerced(None, variables)
    return cost(found.operation(None, variables), Weights(supergraph)), values


@pytest.mark.parametrize(
    ("expected", "text", "variables"),
    [
        (0, "{ plain }", {}),
        (5, "{ dear }", {}),
        (10, "{ a: dear b: dear }", {}),
        (5, "{ dear dear }", {}),
        (0, "{ other }", {}),
        (1, "{ child { name } }", {}),
        (10, "{ child { name dear } }", {}),
        (10, "{ children { name } }", {}),
        (20, "{ children { friend { __typename } } }", {}),
        (3, "{ assumed { name } }", {}),
        (100, "{ grid { name } }", {}),
        (0, "{ __schema { types { name } } }", {}),
        # slicing arguments
        (5, "{ sliced(first: 5) { name } }", {}),
        (0, "{ sliced(first: 0) { name } }", {}),
        (10, "{ sliced { name } }", {}),
        (10, "{ sliced(first: null) { name } }", {}),
        (10, "{ sliced(first: -5) { name } }", {}),
        (4, "{ first { name } }", {}),
        (9, "{ first(first: 9) { name } }", {}),
        (4, "{ first(first: 2) { name } }", {}),
        (7, "{ first(last: null) { name } }", {}),
        (50, "query ($n: Int) { sliced(first: $n) { name } }", {"n": 50}),
        (10, "query ($n: Int) { sliced(first: $n) { name } }", {"n": -1}),
        (10, "query ($n: Int) { sliced(first: $n) { name } }", {"n": None}),
        (10, "query ($n: Int) { sliced(first: $n) { name } }", {}),
        (6, "query ($n: Int = 6) { sliced(first: $n) { name } }", {}),
        (4, "query ($n: Int) { first(last: $n) { name } }", {}),
        (7, "query ($n: Int) { first(last: $n) { name } }", {"n": None}),
        (500, "query ($n: Int) { sliced(first: $n) { dear } }", {"n": 50}),
        (2**31 - 1, "query ($n: Int) { sliced(first: $n) { name } }", {"n": 2**31 - 1}),
        # the lists one level down
        (4, "{ page(first: 3) { items { name } } }", {}),
        (14, "{ page(first: 3) { items { name } more { name } } }", {}),
        (21, "query ($n: Int) { page(first: $n) { items { name } } }", {"n": 20}),
        # the dearest of those who may stand there
        (2 * 5, "{ people { name } }", {}),
        (2 * 10, "{ people { ... on Child { dear } ... on Adult { work } } }", {}),
        (1 + 4 + 2, "{ anyone { ... on Person { name } ... on Adult { work } } }", {}),
        (
            1 + 5,
            "{ anyone { ... on Person { friend { name } } ... on Adult { friend { name } } } }",
            {},
        ),
        # what is given
        (1 + 6, '{ find(word: "x") { name } }', {}),
        (1, "{ find(word: null) { name } }", {}),
        (1 + 3, "{ find(tone: HIGH) { name } }", {}),
        (1 + 1 + 2, '{ find(by: { id: "1" }) { name } }', {}),
        (1 + 1 + 1 + 2 + 3, '{ find(by: { more: { id: "1", tone: LOW } }) { name } }', {}),
        (1 + 2 * 3, '{ find(all: [{ id: "1" }, { id: "2" }]) { name } }', {}),
        (1 + 3, "query ($b: By) { find(by: $b) { name } }", {"b": {"id": "1"}}),
        (1, "query ($b: By) { find(by: $b) { name } }", {}),
        (1 + 1, "query ($i: ID) { find(by: { id: $i }) { name } }", {}),
        (1 + 9, "query ($a: [By!]) { find(all: $a) { name } }", {"a": [{"id": "1"}] * 3}),
        (8 + 3, "{ seal { tone } }", {}),
        (11, "mutation { rename { name } }", {}),
        (
            21,
            "mutation ($b: By) { a: rename(by: $b) { name } }",
            {"b": {"more": {"more": {"id": 1, "tone": "LOW", "more": {"more": {}}}}}},
        ),
    ],
)
def test_an_operation_costs(
    supergraph: Supergraph, expected: int, text: str, variables: dict[str, Any]
) -> None:
    found, values = priced(supergraph, text, variables)

    assert found.of(values) == expected


def test_without_variables_there_is_nothing_to_work_out(supergraph: Supergraph) -> None:
    text = "query ($id: ID, $n: Int) { sliced(first: 3) { friend { friend { name } } } child { name } }"
    text = text.replace("$id: ID, $n: Int", "$x: Boolean!").replace(
        "name } } }", "name @skip(if: $x) } } }"
    )

    found, _ = priced(supergraph, text, {"x": False})

    assert (found.terms, found.total) == ((), 3 * (1 + 1 + 1 + 4) + 1)


def test_many_types_do_not_make_much_work(supergraph: Supergraph) -> None:
    deep = "{ people { " + "friend { " * 27 + "name" + " }" * 27 + " } }"

    found, _ = priced(
        supergraph,
        deep.replace("{ people", "query ($n: Int) { sliced(first: $n) { name } people"),
        {},
    )

    assert len(found.terms) < 10
    assert found.of({"n": 1}) == 1 + 2 * (27 + 1 + 4)


def test_counting_itself_is_bounded(supergraph: Supergraph) -> None:
    with pytest.raises(TooCostly) as raised:
        priced(supergraph, "{ child { name } plain dear }", {}, Limits(steps=3))

    assert raised.value.code == "PLANNING_TOO_HARD"


async def test_the_limit_is_looked_at_for_each_request_though_the_operation_is_remembered(
    supergraph: Supergraph,
) -> None:
    plans = Plans(
        supergraph,
        api_schema(supergraph),
        lambda plan: compile_program(plan, supergraph),
        limits=Limits(cost=20),
    )
    text = "query ($n: Int) { sliced(first: $n) { name } }"

    kept = await plans.operation(text, None, {"n": 20})
    assert await plans.operation(text, None, {"n": 3}) is kept
    with pytest.raises(TooCostly) as raised:
        await plans.operation(text, None, {"n": 21})
    plans.close()

    assert raised.value.code == "TOO_COSTLY"
    assert "21" in str(raised.value)
    assert "20" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ sliced(first: 5) { name } }", {}),
        ("query ($n: Int) { sliced(first: $n) { name } }", {"n": 5}),
        ("query ($n: Int = 5) { sliced(first: $n) { name } }", {}),
        ("{ either(first: 5) { name } }", {}),
        ("{ either(last: 5, first: null) { name } }", {}),
        ("query ($n: Int, $m: Int) { either(first: $n, last: $m) { name } }", {"m": 5}),
        ("{ usual { name } }", {}),
        ("{ usual(last: 5) { name } }", {}),
        ("{ first { name } }", {}),
        ("{ first(first: 1, last: 2) { name } }", {}),
        ("{ assumed { name } children { name } }", {}),
    ],
)
def test_one_slicing_argument_is_enough(
    supergraph: Supergraph, text: str, variables: dict[str, Any]
) -> None:
    found, values = priced(supergraph, text, variables)

    found.check(values, Limits(cost=1000))


@pytest.mark.parametrize(
    ("place", "text", "variables"),
    [
        ("Query.sliced", "{ sliced { name } }", {}),
        ("Query.sliced", "{ sliced(first: null) { name } }", {}),
        ("Query.sliced", "query ($n: Int) { sliced(first: $n) { name } }", {}),
        ("Query.sliced", "query ($n: Int) { sliced(first: $n) { name } }", {"n": None}),
        ("Query.sliced", "{ sliced(first: 1) { name } again: sliced { name } }", {}),
        ("Query.page", "{ page { items { name } } }", {}),
        ("Query.either", "{ either { name } }", {}),
        ("Query.either", "{ either(first: 1, last: 2) { name } }", {}),
        (
            "Query.either",
            "query ($n: Int, $m: Int) { either(first: $n, last: $m) { name } }",
            {"n": 1, "m": 2},
        ),
    ],
)
def test_a_list_that_wants_one_slicing_argument_is_refused_without_and_with_two(
    supergraph: Supergraph, place: str, text: str, variables: dict[str, Any]
) -> None:
    """`requireOneSlicingArgument`, which is true where it is not written."""
    found, values = priced(supergraph, text, variables)

    with pytest.raises(TooCostly, match=f"^{place} needs exactly one") as raised:
        found.check(values, Limits(cost=1000))
    assert raised.value.code == "ONE_SLICING_ARGUMENT_NEEDED"
    found.check(values, Limits())


def test_nothing_is_limited_unless_it_is_said(supergraph: Supergraph) -> None:
    found, values = priced(supergraph, "{ grid { name } }", {})

    found.check(values, Limits())
    with pytest.raises(TooCostly):
        found.check(values, Limits(cost=99))
    assert STRICT.cost is not None


def test_a_weight_that_is_no_number_is_refused() -> None:
    sdl = compose([Source("a", "http://a", SDL)]).sdl.replace("weight: 5", 'weight: "5"')

    with pytest.raises(InvalidSupergraph, match="dear"):
        Weights(load(sdl))
