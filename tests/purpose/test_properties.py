"""The decision's properties (trust.md §1.3): a ban beats everything, the same is decided alike, however it is asked."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, GraphQLUnionType, get_named_type
from graphql.type import is_composite_type, is_required_argument
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.federation.planning.operation import Operation
from gateway.purpose.admit import Admission, Admissions
from gateway.purpose.labels import Labels
from gateway.register import Opening, Register, rule
from gateway.register.read import expanded
from tests.test_register import FILE, REGISTER, prohibited, some_facts, some_openings

REWRITES = 12
QUESTIONS = 40
Tree = list[tuple[str, str, str, Any]]
"""Selections: type, field with its arguments, response key, and what is below."""


@settings(max_examples=400, deadline=None)
@given(some_openings, some_facts(), st.booleans())
def test_a_prohibition_beats_every_fact_and_every_emergency(
    opening: Opening, facts: Any, emergency: bool
) -> None:
    released = rule(opening, facts, REGISTER.scale, REGISTER.scale.full, emergency=emergency)
    banned = [
        code for code in expanded("*", FILE["category"]) if prohibited(opening.purpose.code, code)
    ]

    assert not set(REGISTER.scale.categories(released.released)) & set(banned)


@settings(max_examples=200, deadline=None)
@given(some_openings, some_facts(), st.booleans(), st.integers(0, 1 << 30))
def test_the_same_facts_are_ruled_alike_and_each_category_by_itself(
    opening: Opening, facts: Any, emergency: bool, part: int
) -> None:
    """Pure, and independent of what else is asked: the ledger can be replayed."""
    whole = rule(opening, facts, REGISTER.scale, REGISTER.scale.full, emergency=emergency)
    again = rule(opening, facts, REGISTER.scale, REGISTER.scale.full, emergency=emergency)
    some = Random(part).getrandbits(REGISTER.scale.full.bit_length())
    less = rule(opening, facts, REGISTER.scale, some, emergency=emergency)

    assert whole == again
    assert less.released == whole.released & some


def tree(rng: Random, schema: GraphQLSchema, type_name: str, depth: int) -> Tree:
    """Some fields of an object type, and some below them."""
    one = schema.type_map[type_name]
    assert isinstance(one, GraphQLObjectType)
    usable = [
        name
        for name, field in one.fields.items()
        if all(name in ARGUMENTS or not is_required_argument(a) for a in field.args.values())
    ]
    found: Tree = []
    for name in rng.sample(usable, min(len(usable), rng.randint(1, 4))):
        target = get_named_type(one.fields[name].type)
        below: Any = None
        if is_composite_type(target):
            if not isinstance(target, GraphQLObjectType) or not depth:
                continue
            below = tree(rng, schema, target.name, depth - 1)
            if not below:
                continue
        found.append((type_name, name, name, below))
    return found


ARGUMENTS = {"pupil": "(upn: 1)", "child": "(upn: 1)", "school": "(urn: 1)"}


def plain(selections: Tree) -> str:
    return " ".join(
        f"{name}{ARGUMENTS.get(name, '') if of == 'Query' else ''}"
        + (f" {{ {plain(below)} }}" if below else "")
        for of, name, _, below in selections
    )


def rewritten(rng: Random, selections: Tree, fragments: list[str]) -> str:
    """The same fields in other words: other names, another order, fragments, conditions that hold, twice."""
    parts = []
    for of, name, _, below in rng.sample(selections, len(selections)):
        alias = f"x{rng.randrange(10**6)}: " if rng.random() < 0.5 else ""
        condition = rng.choice(
            ["", " @include(if: true)", " @skip(if: false)", " @include(if: $yes)"]
        )
        inside = f" {{ {rewritten(rng, below, fragments)} }}" if below else ""
        arguments = ARGUMENTS.get(name, "") if of == "Query" else ""
        text = f"{alias}{name}{arguments}{condition}{inside}"
        kind = rng.randrange(5)
        if kind == 0:
            text = f"... on {of} {{ {text} }}"
        elif kind == 1:
            text = f"... {{ ... on {of} {{ {text} }} }}"
        elif kind == 2:
            fragments.append(f"fragment f{len(fragments)} on {of} {{ {text} }}")
            text = f"...f{len(fragments) - 1}"
        parts.append(text)
        if rng.random() < 0.2 and not alias:
            parts.append(text)
    return " ".join(parts)


def decided(admission: Admission) -> Any:
    """What was decided, without where a client wrote it."""
    return (
        {(one.coordinate, one.code, one.categories) for one in admission.withheld},
        {subgraph: frozenset(names) for subgraph, names in admission.released.items()},
        {subgraph: frozenset(codes) for subgraph, codes in admission.categories.items()},
    )


@pytest.mark.parametrize("seed", range(QUESTIONS))
def test_the_decision_does_not_depend_on_how_the_question_is_written(
    seed: int,
    schema: GraphQLSchema,
    register: Register,
    labels: Labels,
    operation: Callable[[str], Operation],
) -> None:
    """I-6, the metamorphic fuzzer: 40 questions, each written in 12 other ways, asked by a random caller."""
    rng = Random(seed)
    who = rng.choice(sorted(one for one in register.openings if register.openings[one].open))
    admissions = Admissions(register, labels)
    asked = tree(rng, schema, "Query", 3)
    if not asked:
        return
    expected = decided(admissions.admit(operation(f"{{ {plain(asked)} }}"), register.opening(*who)))

    for _ in range(REWRITES):
        fragments: list[str] = []
        text = rewritten(rng, asked, fragments)
        head = "query ($yes: Boolean = true)" if "$yes" in text + "".join(fragments) else "query"
        whole = f"{head} {{ {text} }} {' '.join(fragments)}"
        assert decided(admissions.admit(operation(whole), register.opening(*who))) == expected, (
            whole
        )


def test_the_questions_are_about_what_is_open_and_what_is_closed(
    schema: GraphQLSchema,
    register: Register,
    labels: Labels,
    operation: Callable[[str], Operation],
) -> None:
    opening = register.opening("EHC_NEEDS_ASSESSMENT", "ehc_coordinator", "LA")
    found = [
        Admissions(register, labels).admit(operation(f"{{ {plain(asked)} }}"), opening)
        for seed in range(QUESTIONS)
        if (asked := tree(Random(seed), schema, "Query", 3))
    ]

    assert sum(bool(one.withheld) for one in found) > QUESTIONS // 4
    assert sum(any(one.released.values()) for one in found) > QUESTIONS // 4
    assert any(isinstance(one, GraphQLUnionType) for one in schema.type_map.values())
