"""From text and variables to an operation: bounds, validity, conditions, and what is closed."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from graphql import GraphQLSchema, build_schema

from gateway.federation.errors import InvalidOperation, TooCostly
from gateway.federation.planning.limits import Limits
from gateway.federation.planning.operation import Operation, closed, read
from gateway.federation.selection import print_selections

SCHEMA = build_schema(
    """
    directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    type Query { child(id: ID): Child people: [Person!]! }
    interface Person { name: String friend: Person }
    type Child implements Person { name: String friend: Person upn: ID }
    type Adult implements Person { name: String friend: Person }
    """
)


@pytest.fixture
def schema() -> GraphQLSchema:
    return SCHEMA


def written(text: str, **variables: object) -> str:
    return print_selections(read(text, None, variables, SCHEMA).written)


def test_fragments_and_conditions_are_folded_in() -> None:
    text = (
        "query ($yes: Boolean!, $no: Boolean = false) {"
        " child { ...F upn @include(if: $no) ... @skip(if: $no) { friend { name } } } }"
        " fragment F on Child { name @include(if: $yes) }"
    )

    assert written(text, yes=True) == "{child{... on Child{name} friend{name}}}"
    assert written(text, yes=False, no=True) == "{child{upn}}"


def test_only_the_conditions_make_a_difference(schema: GraphQLSchema) -> None:
    text = "query ($id: ID, $yes: Boolean!) { child(id: $id) { name @include(if: $yes) } }"

    one = read(text, None, {"id": 1, "yes": True}, schema)

    assert one == read(text, None, {"id": 2, "yes": True}, schema)
    assert one != read(text, None, {"id": 1, "yes": False}, schema)


def test_the_operation_is_chosen_by_name(schema: GraphQLSchema) -> None:
    text = "query A { child { name } } query B { child { upn } }"

    assert print_selections(read(text, "B", {}, schema).written) == "{child{upn}}"
    for name in (None, "C"):
        with pytest.raises(InvalidOperation):
            read(text, name, {}, schema)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ child {", {}),
        ("{ child { nothing } }", {}),
        ("query ($id: ID!) { child(id: $id) { name } }", {}),
        ("query ($id: ID) { child(id: $id) { name } }", {"id": {"not": "an id"}}),
        ("{ child { ...F } } fragment F on Child { ...F }", {}),
    ],
)
def test_what_graphql_refuses_is_refused_without_suggestions(
    text: str, variables: dict[str, object]
) -> None:
    with pytest.raises(InvalidOperation) as raised:
        read(text, None, variables, SCHEMA)

    assert raised.value.errors[0]["message"]
    assert "Did you mean" not in str(raised.value)


BOMB = " ".join(
    f"fragment F{n} on Person {{ {' '.join(f'a{i}: friend {{ ...F{n + 1} }}' for i in range(10))} }}"
    for n in range(8)
)


@pytest.mark.parametrize(
    ("code", "limits", "text"),
    [
        ("DOCUMENT_TOO_LARGE", Limits(bytes=10), "{ child { name } }"),
        ("TOO_MANY_TOKENS", Limits(tokens=4), "{ child { name } }"),
        ("TOO_DEEP", Limits(depth=2), "{ child { friend { name } } }"),
        ("TOO_DEEP", Limits(depth=2), "{ child { ...F } } fragment F on Child { friend { name } }"),
        (
            "TOO_DEEP",
            Limits(bytes=1_000_000, tokens=100_000),
            "{ child " + "{ friend " * 20_000 + "}" * 20_001,
        ),
        ("TOO_MANY_ALIASES", Limits(aliases=1), "{ a: child { name } b: child { name } }"),
        ("TOO_MANY_ROOT_FIELDS", Limits(root_fields=1), "{ a: child { name } child { name } }"),
        (
            "TOO_MANY_DIRECTIVES",
            Limits(directives=1),
            "{ child { name @skip(if: true) @include(if: true) } }",
        ),
        ("TOO_MANY_SELECTIONS", Limits(selections=3), "{ child { name upn friend { name } } }"),
        (
            "TOO_MANY_SELECTIONS",
            Limits(),
            "{ people { ...F0 } } " + BOMB + " fragment F8 on Person { name }",
        ),
    ],
)
def test_every_limit_has_its_code_and_is_checked_before_anything_expands(
    code: str, limits: Limits, text: str
) -> None:
    started = time.perf_counter()
    with pytest.raises(TooCostly) as raised:
        read(text, None, {}, SCHEMA, limits)

    assert raised.value.code == code
    assert time.perf_counter() - started < 1


def shut(operation: Operation, *coordinates: str) -> tuple[Operation, list[str]]:
    found, withheld = closed(operation, lambda owner, name: f"{owner}.{name}" not in coordinates)
    return found, [f"{'.'.join(one.path)}: {one.coordinate}" for one in withheld]


def test_a_closed_field_is_found_wherever_it_is_written(schema: GraphQLSchema) -> None:
    text = "{ child { a: upn ...F } people { ... on Child { upn } } } fragment F on Child { upn }"

    operation, withheld = shut(read(text, None, {}, schema), "Child.upn")

    assert operation.closed == {("Child", "upn")}
    assert withheld == ["child.a: Child.upn", "child.upn: Child.upn", "people.upn: Child.upn"]


def test_a_field_of_an_interface_is_asked_about_for_every_type(schema: GraphQLSchema) -> None:
    operation, withheld = shut(read("{ people { name } }", None, {}, schema), "Child.name")

    assert withheld == ["people.name: Child.name"]
    assert operation.closed == {("Child", "name")}


def test_below_what_is_closed_nothing_is_asked(schema: GraphQLSchema) -> None:
    asked: list[str] = []

    def is_open(owner: str, name: str) -> bool:
        asked.append(f"{owner}.{name}")
        return name != "child"

    closed(read("{ child { name } __typename }", None, {}, schema), is_open)

    assert asked == ["Query.child"]


def test_deferred_parts_are_numbered(schema: GraphQLSchema) -> None:
    text = '{ child { ... @defer(label: "x") { name } ... @defer(if: false) { upn } } }'

    operation = read(text, None, {}, schema)

    assert operation.labels == ("x",)
    assert replace(operation, labels=()) != operation
