"""How many children somebody may look up: decided by counts alone, and forgotten in time."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import budget
from gateway.budget import (
    DAY,
    HOUR,
    TEN_MINUTES,
    Budgets,
    Charged,
    Limits,
    Spent,
    allows,
    usual,
)
from gateway.errors import TooManyLookups

ME, COLLEAGUE = ("a1", "LA:838"), ("a2", "LA:838")
FEW = Limits(children_an_hour=5, misses_in_ten_minutes=3, day=10, times=3)


class Clock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def budgets(clock: Clock) -> Budgets:
    return Budgets(FEW, clock)


def spent(
    budgets: Budgets, *children: object, who: tuple[str, str] = ME, missed: int = 0
) -> Charged:
    charged = budgets.charge(who, children)
    budgets.settle(charged, [f"missed {one}" for one in range(missed)], ())
    return charged


@given(st.integers(0, 300), st.integers(0, 90), st.integers(1, 100))
def test_more_is_never_allowed_where_less_is_not(children: int, misses: int, more: int) -> None:
    now = Spent(children, misses)

    if allows(now, more, budget.USUAL):
        assert allows(Spent(max(0, children - 1), max(0, misses - 1)), more, budget.USUAL)
        assert allows(now, more - 1, budget.USUAL)
        assert children + more <= budget.USUAL.children_an_hour
    assert allows(now, 0, budget.USUAL), "a question about nobody is nobody's lookup"


def test_so_many_different_children_an_hour_and_no_more(budgets: Budgets) -> None:
    for child in range(5):
        spent(budgets, child)

    with pytest.raises(TooManyLookups):
        spent(budgets, 5)
    spent(budgets, 0, who=COLLEAGUE)


def test_the_same_child_again_costs_nothing_more(budgets: Budgets) -> None:
    for _ in range(50):
        spent(budgets, "one", "two")


def test_a_list_is_charged_for_everyone_in_it_or_for_nobody(budgets: Budgets) -> None:
    with pytest.raises(TooManyLookups):
        spent(budgets, *range(6))

    assert spent(budgets, *range(5)).new == (0, 1, 2, 3, 4)


def test_many_at_once_are_many(budgets: Budgets) -> None:
    for child in range(5):
        budgets.charge(ME, [child])  # not one of them has been answered

    with pytest.raises(TooManyLookups):
        budgets.charge(ME, [5])


def test_own_caseload_is_given_back(budgets: Budgets) -> None:
    for child in range(50):
        budgets.settle(budgets.charge(ME, [child]), (), [child])


def test_whoever_was_not_there_counts_once_however_often_they_are_asked_for(
    budgets: Budgets,
) -> None:
    for _ in range(50):
        spent(budgets, "nobody", missed=2)
    spent(budgets, "nobody", missed=3)

    for question in ("nobody", "somebody else", "a child of my own"):
        with pytest.raises(TooManyLookups):
            spent(budgets, question)
    spent(budgets)


@pytest.mark.parametrize(("missed", "after"), [(0, HOUR), (3, TEN_MINUTES)])
def test_time_gives_it_back_and_says_when(
    budgets: Budgets, clock: Clock, missed: int, after: float
) -> None:
    spent(budgets, *range(3 if missed else 5), missed=missed)
    clock.now += 60

    with pytest.raises(TooManyLookups) as refused:
        spent(budgets, "one more")
    assert refused.value.headers == {"retry-after": f"{after - 60:.0f}"}

    clock.now += after - 60
    spent(budgets, "one more")


def test_a_refusal_says_the_same_whatever_was_asked(budgets: Budgets) -> None:
    spent(budgets, "known", *range(4))
    said = set()
    for asked in (["known"], ["never seen"], [0, 1], ["a", "b", "c"]):
        with pytest.raises(TooManyLookups) as refused:
            budgets.charge(ME, asked)
        said.add((refused.value.message, refused.value.code, *refused.value.headers.items()))

    assert len(said) == 1


def test_what_is_remembered_has_bounds(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "PEOPLE", 10)
    budgets = Budgets(FEW, clock)
    for one in range(100):
        spent(budgets, *range(5), who=(f"a{one}", f"LA:{one}"), missed=100)

    assert len(budgets._people) == len(budgets._organisations) == 10
    assert all(len(one.misses) == 3 for one in budgets._people.values())


def test_a_day_is_unusual_beside_earlier_days_and_never_before_there_are_some() -> None:
    assert usual([], FEW) == inf
    assert usual([1] * 6, FEW) == inf
    assert usual([1] * 7, FEW) == 10, "little is never unusual"
    assert usual([20] * 7, FEW) == 60


def test_an_unusual_day_is_told_once_and_stops_nobody(clock: Clock) -> None:
    budgets = Budgets(Limits(1_000, 3, day=10, times=3), clock)
    for _ in range(8):
        spent(budgets, "the usual one")
        clock.now += DAY

    told = [spent(budgets, child).alert for child in range(40)]

    assert told.count("unusual_day") == 1
    assert told.index("unusual_day") == 10


def test_days_without_a_question_are_days(clock: Clock) -> None:
    budgets = Budgets(Limits(1_000, 3, day=10, times=3), clock)
    spent(budgets, *range(500))
    clock.now += 20 * DAY

    assert "unusual_day" in [spent(budgets, child).alert for child in range(100)]


def test_many_children_an_hour_for_a_purpose_that_alerts_on_rate_are_told_once(
    budgets: Budgets, clock: Clock
) -> None:
    def asked(child: int, *, rated: bool = True) -> str | None:
        charged = budgets.charge(ME, [child], rated=rated)
        budgets.settle(charged, (), [child])  # of the caller's own caseload: nothing is stopped
        return charged.alert

    told = [asked(child) for child in range(30)]
    assert [place for place, alert in enumerate(told) if alert] == [FEW.rated_an_hour]
    assert told[FEW.rated_an_hour] == "rate"

    clock.now += HOUR
    assert [asked(child) for child in range(3)] == [None] * 3
    assert not any(asked(child, rated=False) for child in range(30))


def test_only_the_first_refusal_of_a_row_alerts(budgets: Budgets, clock: Clock) -> None:
    def refused() -> str | None:
        with pytest.raises(TooManyLookups) as said:
            spent(budgets, "one more")
        return said.value.alert

    spent(budgets, *range(5))
    assert [refused(), refused()] == ["lookups_spent", None]

    clock.now += HOUR
    spent(budgets, *range(5))
    assert refused() == "lookups_spent"
