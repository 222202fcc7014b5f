"""A question put otherwise is the same question: nothing in the answer, and no request more, may come of how it is written."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from tests.federation.properties.rewriting import (
    SAME_ANSWER,
    SAME_PLAN,
    Given,
    halves,
    rewritten,
    unmarked,
)
from tests.federation.properties.staged import Put, cases, planned, put
from tests.federation.random.casefile import Case
from tests.federation.random.judging import Staged

EACH = 4


def told(case: Case, *texts: str) -> str:
    """What to look at when a property fails."""
    return "\n".join(
        [case.title, *(f"--- {n}\n{sdl}" for n, sdl in case.graphs.items()), case.operation, *texts]
    )


def given_for(case: Case, stage: Staged) -> Given:
    return Given(Random(case.seed), stage.api, case.variables)


@pytest.mark.parametrize("name", SAME_PLAN)
def test_the_very_same_requests_are_planned_for_it(name: str) -> None:
    """SAME_PLAN: wrapping, fragments, repetition and conditions are gone before anything is planned."""
    compared = 0
    for case, stage in cases(EACH):
        text = rewritten(case.operation, SAME_PLAN[name], given_for(case, stage))
        first, second = planned(case, stage), planned(case, stage, text)
        if first is None or second is None:
            assert first is second, told(case, text)
            continue
        compared += 1

        assert second[1] == first[1], told(case, text)
    assert compared > 30


@pytest.mark.parametrize("name", SAME_ANSWER)
def test_as_many_requests_bring_the_same_values(name: str) -> None:
    """SAME_ANSWER: order and response keys show in the requests, not in how many there are."""
    compared = 0
    for case, stage in cases(EACH):
        text = rewritten(case.operation, SAME_ANSWER[name], given_for(case, stage))
        first, second = put(case, stage), put(case, stage, text)
        if first is None or second is None:
            assert first is second, told(case, text)
            continue
        compared += 1

        assert unmarked(second.answer["data"]) == first.answer["data"], told(case, text)
        assert len(second.calls) == len(first.calls), told(case, text)
    assert compared > 30


def test_under_other_names_the_fields_keep_their_order() -> None:
    for case, stage in cases(1):
        text = rewritten(case.operation, SAME_ANSWER["under other names"], given_for(case, stage))
        first, second = put(case, stage), put(case, stage, text)
        if first and second:
            assert json.dumps(unmarked(second.answer["data"])) == first.text, told(case, text)


def test_two_halves_bring_together_what_the_whole_brings_and_ask_no_less() -> None:
    """So asking for more takes nothing away from what was asked before, and one operation is never dearer than two."""
    compared = 0
    for case, stage in cases(EACH):
        whole, parts = put(case, stage), halves(case.operation, given_for(case, stage))
        if whole is None or parts is None or whole.operation.kind != "query":
            continue
        first, second = (put(case, stage, text) for text in parts)
        assert first and second, told(case, *parts)
        if "errors" in whole.answer:
            # A null may bubble out of either half and take the other with it.
            continue
        compared += 1

        assert _together(first, second) == whole.answer["data"], told(case, *parts)
        assert len(whole.calls) <= len(first.calls) + len(second.calls), told(case, *parts)
    assert compared > 15


def _together(first: Put, second: Put) -> Any:
    return _merged(first.answer["data"], second.answer["data"])


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [*one, *(key for key in other if key not in one)]
        return {
            key: _merged(one[key], other[key]) if key in one and key in other
            else one.get(key, other.get(key))
            for key in keys
        }  # fmt: skip
    if isinstance(one, list) and isinstance(other, list):
        return [_merged(*pair) for pair in zip(one, other, strict=True)]
    assert one == other
    return one
