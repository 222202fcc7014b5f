"""Which addresses are one."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from subgraphs.link.tracing.addresses import Comparison, Likeness, alike, compare
from subgraphs.link.tracing.person import Address


def at(*lines: str, postcode: str = "LS1 1AA") -> Address:
    return Address(lines, postcode)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (at("12 Mill Lane"), at("12 Mill Lane", postcode="LS1 1AB"), Likeness.UNMATCHED),
        (at("12 Mill Lane", postcode=""), at("12 Mill Lane", postcode=""), Likeness.UNMATCHED),
        (at("12 Mill Lane"), at("12 MILL LANE.", postcode="ls11aa"), Likeness.MATCHED),
        (at("The Old Mill"), at("The Old Mill"), Likeness.MATCHED),
        (at("L'Hôtel"), at("Lhotel"), Likeness.MATCHED),
        (at("12 Mill Lane"), at("12 Mill Ln"), Likeness.MATCHED),
        (at("12 Mill Lane"), at("14 Mill Lane"), Likeness.UNMATCHED),
        (at("12A Mill Lane"), at("12 Mill Lane"), Likeness.UNMATCHED),
        (at("The Old Mill"), at("12 Mill Lane"), Likeness.UNMATCHED),
        (at("The Old Mill", "12 Mill Lane"), at("12 Mill Lane"), Likeness.MATCHED),
        (at("Flat 2", "16 High Street"), at("16 High Street"), Likeness.FLAT_MISSING),
        (at("16 High Street"), at("Flat 2, 16 High Street"), Likeness.FLAT_MISSING),
        (at("Flat 2", "16 High Street"), at("18 High Street"), Likeness.UNMATCHED),
        (at("12-14 Mill Lane"), at("12 - 14 Mill Ln"), Likeness.MATCHED),
        (at("13 Mill Lane"), at("12-14 Mill Lane"), Likeness.NUMBER_RANGE),
        (at("12-14 Mill Lane"), at("13 Mill Lane"), Likeness.NUMBER_RANGE),
        (at("16 Mill Lane"), at("12-14 Mill Lane"), Likeness.UNMATCHED),
    ],
)
def test_two_addresses(one: Address, other: Address, expected: Likeness) -> None:
    assert alike(one, other) is expected
    assert alike(other, one) is expected


def test_two_histories_are_four_statements() -> None:
    here, before, elsewhere = at("1 Mill Lane"), at("2 Mill Lane"), at("3 Mill Lane")

    assert astuple(compare([here, before], [here])) == (True, True, True, True)
    assert astuple(compare([before, here], [here, elsewhere])) == (False, True, False, True)
    assert astuple(compare([here], [elsewhere, here])) == (False, True, True, False)
    assert astuple(compare([here], [elsewhere])) == (False, False, False, False)


def test_where_a_side_has_no_address_nothing_is_stated() -> None:
    assert compare([], [at("1 Mill Lane")]) == Comparison()
