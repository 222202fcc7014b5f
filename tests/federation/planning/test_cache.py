"""Operations and plans are worked out once, off the event loop, within bounds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from gateway.federation.errors import TooCostly
from gateway.federation.planning.cache import VARIANTS, Plans
from gateway.federation.planning.limits import Limits
from gateway.federation.planning.operation import closed
from gateway.federation.planning.steps import Plan
from gateway.federation.schema import api_schema
from tests.federation.planning.conftest import composed

A = """
type Query { child(id: ID): Child }
type Child @key(fields: "id") { id: ID! name: String stock: Int }
"""
B = """
type Child @key(fields: "id") { id: ID! school: String stock: Int @override(from: "a", label: "percent(25)") }
"""
SUPERGRAPH = composed((("a", A), ("b", B)))
SCHEMA = api_schema(SUPERGRAPH)
ON = frozenset({"percent(25)"})


class Counting:
    """Makes of a plan the plan, and counts."""

    def __init__(self) -> None:
        self.made: list[Plan] = []
        self.threads: set[int] = set()

    def __call__(self, plan: Plan) -> Plan:
        self.made.append(plan)
        self.threads.add(threading.get_ident())
        return plan


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def plans(counting: Counting) -> Iterator[Plans[Plan]]:
    found = Plans(SUPERGRAPH, SCHEMA, counting)
    yield found
    found.close()


async def planned(
    plans: Plans[Plan], text: str, labels: frozenset[str] = frozenset(), **variables: object
) -> Plan:
    return await plans.plan(await plans.operation(text, None, variables), labels)


async def test_the_same_question_is_planned_once_in_another_thread(
    plans: Plans[Plan], counting: Counting
) -> None:
    text = "query ($id: ID) { child(id: $id) { name } }"

    found = await asyncio.gather(*(planned(plans, text, id=str(n)) for n in range(20)))

    assert all(one is found[0] for one in found)
    assert len(counting.made) == 1
    assert threading.get_ident() not in counting.threads


async def test_conditions_and_what_is_closed_make_another_plan(
    plans: Plans[Plan], counting: Counting
) -> None:
    text = "query ($far: Boolean!) { child { name school @include(if: $far) } }"
    near = await plans.operation(text, None, {"far": False})
    far = await plans.operation(text, None, {"far": True})
    shut, _ = closed(far, lambda owner, name: name != "school")

    steps = [len((await plans.plan(one)).steps) for one in (near, far, shut)]

    assert steps == [1, 2, 1]
    assert len(counting.made) == 3


async def test_a_label_counts_only_where_it_can_be_felt(
    plans: Plans[Plan], counting: Counting
) -> None:
    for labels in (frozenset[str](), ON):
        await planned(plans, "{ child { name } }", labels)
        await planned(plans, "{ child { stock } }", labels)

    assert len(counting.made) == 3


async def test_what_cannot_be_planned_is_not_tried_again(counting: Counting) -> None:
    plans = Plans(SUPERGRAPH, SCHEMA, counting, limits=Limits(steps=1))
    operation = await plans.operation("{ child { school } }", None, {})

    for _ in range(2):
        with pytest.raises(TooCostly) as raised:
            await plans.plan(operation)
        assert raised.value.code == "PLANNING_TOO_HARD"

    plans.close()


async def test_planning_ends_at_its_deadline(counting: Counting) -> None:
    plans = Plans(SUPERGRAPH, SCHEMA, counting, limits=Limits(seconds=0.0, aliases=1000))
    many = " ".join(f"a{n}: school" for n in range(600))
    operation = await plans.operation(f"{{ child {{ {many} }} }}", None, {})

    with pytest.raises(TooCostly) as raised:
        await plans.plan(operation)

    assert raised.value.code == "PLANNING_TOO_SLOW"
    plans.close()


async def test_memory_is_bounded(counting: Counting) -> None:
    plans = Plans(SUPERGRAPH, SCHEMA, counting, room=40_000)

    for n in range(50):
        await planned(plans, f"{{ child {{ a{n}: name }} }}")
    await planned(plans, "{ child { a0: name } }")

    assert len(counting.made) == 51
    plans.close()


async def test_one_operation_cannot_fill_the_memory_with_variants(
    plans: Plans[Plan], counting: Counting
) -> None:
    names = [f"b{n}" for n in range(7)]
    head = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: name @include(if: ${name})" for name in names)
    text = f"query ({head}) {{ child {{ id {fields} }} }}"

    for _ in range(2):
        for n in range(2**7):
            chosen = {name: bool(n >> place & 1) for place, name in enumerate(names)}
            await planned(plans, text, **chosen)

    assert len(counting.made) == 2 * 2**7 - VARIANTS


async def test_who_stops_waiting_stops_nobody_else(plans: Plans[Plan], counting: Counting) -> None:
    operation = await plans.operation("{ child { name school } }", None, {})
    impatient = asyncio.create_task(plans.plan(operation))
    patient = asyncio.create_task(plans.plan(operation))
    await asyncio.sleep(0)

    impatient.cancel()

    assert len((await patient).steps) == 2
    assert len(counting.made) == 1
