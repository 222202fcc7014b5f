"""plan/*.case: who is asked what, for every feature of federation."""

from __future__ import annotations

from tests.cases import Case
from tests.federation.planning.conftest import expect, planned


def test_the_plan_is(case: Case) -> None:
    expect(case, planned(case))
