"""No register of all children: nothing in the graph lists children, or finds one, without live work (domain.md §10, 1)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import asyncpg
from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    build_ast_schema,
    get_named_type,
    parse,
)

from gateway.federation.supergraph import load
from tests.journeys.conftest import Machine

SUPERGRAPH = Path("schema/supergraph.graphql")
PEOPLE = {"Child", "Pupil", "Learner", "LocalAuthorityChild", "BenefitsRecord"}
OF_ONE_CHILD = re.compile(r"(?i)identifier|upn|uln|number|localChildId|reference|keys|mother|child")
OWN_STAFF = {"schools", "learners", "local_authority", "benefits"}


@cache
def roots() -> dict[str, GraphQLObjectType]:
    schema = build_ast_schema(parse(SUPERGRAPH.read_text()), assume_valid=True)
    return {one.name: one for one in (schema.query_type, schema.mutation_type) if one}


@cache
def of_link() -> set[tuple[str, str]]:
    """The root fields that the link node answers."""
    supergraph = load(SUPERGRAPH.read_text())
    return {
        (root, name)
        for root in roots()
        for name, field in supergraph.types[root].fields.items()
        if "link" in (field.joins or {})
    }


def leads_to_people(type_: object, depth: int = 3) -> bool:
    named = get_named_type(type_)  # type: ignore[call-overload]
    if named.name in PEOPLE:
        return True
    fields = named.fields.values() if isinstance(named, GraphQLObjectType) and depth else ()
    return any(leads_to_people(field.type, depth - 1) for field in fields)


def test_every_way_from_the_link_node_to_a_child_begins_with_an_identifier_of_that_child() -> None:
    ways = [
        (root, name, field)
        for root, one in roots().items()
        for name, field in one.fields.items()
        if (root, name) in of_link() and leads_to_people(field.type)
    ]

    assert ways
    for root, name, field in ways:
        needed = [
            argument
            for argument, of in field.args.items()
            if isinstance(of.type, GraphQLNonNull) and OF_ONE_CHILD.search(argument)
        ]
        assert needed, f"{root}.{name} leads to children and names none"


def test_a_list_of_children_is_as_long_as_the_list_of_identifiers_asked_with() -> None:
    for root, one in roots().items():
        for name, field in one.fields.items():
            inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
            if (root, name) in of_link() and isinstance(inner, GraphQLList):
                lists = [
                    a
                    for a in field.args.values()
                    if isinstance(a.type, GraphQLNonNull)
                    and isinstance(a.type.of_type, GraphQLList)
                ]
                assert lists or not leads_to_people(field.type), f"{root}.{name}"


def test_nobody_is_looked_for_by_name_birth_date_or_address() -> None:
    schema = build_ast_schema(parse(SUPERGRAPH.read_text()), assume_valid=True)
    identifier = schema.type_map["IdentifierInput"]
    assert isinstance(identifier, GraphQLInputObjectType)

    assert set(identifier.fields) == {
        "nhsNumber", "upn", "uln", "laChild", "childBenefitNumber", "id",
    }  # fmt: skip


async def test_without_live_work_no_child_of_the_machine_is_found_by_any_of_its_numbers(
    machine: Machine,
) -> None:
    connection = await asyncpg.connect(machine.demo.database)
    close = "update link.relationship set closed_on = $1 where closed_on is not distinct from $2"
    today = await connection.fetchval("select (now() at time zone 'utc')::date")
    query = """query($list: [IdentifierInput!]!) { children(identifiers: $list) { identity { status } } }"""
    known = [one for one in machine.demo.children if one.linked]
    numbers = [{"upn": str(one.numbers.upn)} for one in known if one.numbers.upn][:20]

    before = await machine.ask("EHC coordinator", query, variables={"list": numbers})
    await connection.execute(close, today, None)
    answer = await machine.ask("EHC coordinator", query, variables={"list": numbers})
    await connection.execute(close, None, today)
    await connection.close()

    assert any(before.data["children"])
    assert answer.data["children"] == [None] * len(numbers)
