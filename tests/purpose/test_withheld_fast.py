"""Withheld fields do not leave the executor's fast path: their nulls are written, and nobody is asked for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gateway.federation.execution.canned import Canned
from gateway.federation.execution.columnar import Columnar
from gateway.federation.execution.executor import execute
from gateway.federation.execution.flow import Exchange, Flow
from gateway.federation.execution.layout import Inexpressible
from gateway.federation.execution.program import Program, compile_program
from gateway.federation.planning.operation import read
from gateway.federation.planning.planner import plan
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph
from gateway.purpose.admit import Admission, Admissions
from gateway.purpose.closable import closable
from gateway.purpose.labels import Labels
from gateway.register import Register

CALLER = ("EHC_NEEDS_ASSESSMENT", "ehc_coordinator", "LA")
OPERATION = """{ child(upn: 1) {
  pupil { lunch: meals sen attendance support { cost kind } }
  nhsNumber
  numbers { value } } }"""


@dataclass(frozen=True)
class Asked:
    """One operation under one purpose, run by the executor there is, and by each way of running alone."""

    program: Program
    admission: Admission

    async def run(self, answers: Mapping[str, Any], *, fast: bool = True) -> tuple[bytes, Canned]:
        """The body, and the door that was asked."""
        door = Canned(answers)
        program = self.program if fast else replace(self.program, columns=None)
        response = await execute(program, {}, door)
        response.errors += self.admission.reasons.errors(response)
        return response.body(), door

    async def is_fast(self, answers: Mapping[str, Any]) -> bool:
        """Whether the fast path has an answer by itself."""
        assert self.program.columns is not None
        exchange = Exchange(Canned(answers), 10)
        columnar = Columnar(self.program, self.program.columns, {})
        flow = Flow(self.program, exchange, columnar)
        try:
            flow.start()
            await flow.until(range(len(self.program.fetches)))
            columnar.respond()
        except Inexpressible:
            return False
        finally:
            exchange.close()
        return True


@pytest.fixture
def asked(supergraph: Supergraph, labels: Labels, register: Register) -> Asked:
    operation = read(OPERATION, None, None, closable(api_schema(supergraph)))
    admission = Admissions(register, labels).admit(operation, register.opening(*CALLER))
    return Asked(compile_program(plan(admission.operation, supergraph), supergraph), admission)


def link(pupil: Any) -> Any:
    return {"data": {"child": {"pupil": pupil, "numbers": None}}}


def schools(*pupils: Any) -> Any:
    return {"data": {"_entities": list(pupils)}}


KAI = {"sen": "K", "attendance": 90, "support": {"kind": "S"}}


@pytest.mark.parametrize(
    ("answers", "fast"),
    [
        ({"link": link({"upn": "1"}), "schools": schools(KAI)}, True),
        ({"link": link({"upn": "1"}), "schools": schools(KAI | {"support": None})}, True),
        ({"link": link(None)}, True),
        ({"link": link({"upn": "1"}), "schools": schools(None)}, True),
        ({"link": link({"upn": "1"}), "schools": schools(KAI | {"attendance": "many"})}, False),
        ({"link": link({"upn": "1"}), "schools": {"errors": [{"message": "down"}]}}, False),
    ],
)
async def test_whatever_comes_both_executors_withhold_alike(
    asked: Asked, answers: dict[str, Any], fast: bool
) -> None:
    body, door = await asked.run(answers)
    slow, other = await asked.run(answers, fast=False)

    assert body == slow
    assert await asked.is_fast(answers) is fast
    assert [one.body() for one in door.calls] == [one.body() for one in other.calls]
    for closed in ("meals", "cost", "nhsNumber"):
        assert not any(closed in one.fetch.document for one in door.calls)


async def test_a_withheld_field_is_null_where_the_client_asked_for_it(asked: Asked) -> None:
    body, _ = await asked.run({"link": link({"upn": "1"}), "schools": schools(KAI)})

    assert body.startswith(
        b'{"data":{"child":{"pupil":{"lunch":null,"sen":"K",'
        b'"attendance":90,"support":{"cost":null,"kind":"S"}},"nhsNumber":null,"numbers":null}},"errors":['
    )
