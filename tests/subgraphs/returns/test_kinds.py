from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from subgraphs.returns.kinds import (
    DATE,
    DECIMAL,
    FLAG,
    NINO,
    SEX,
    ULN,
    UPN,
    Kind,
    Reason,
    code,
    whole,
)


@pytest.mark.parametrize(
    "text",
    [
        "16/02/2025",  # SSDA903
        "16-02-2025",  # GIAS
        "2025-02-16",  # CIN census, ILR
        "2025-02-16T00:00:00",
        "2025-02-16T00:00:00.000+01:00",
        "2025-02-16Z",
        "2025-Feb-16 00:00:00",  # COLLECT
        "2025-FEB-16",
        "20250216",  # Demographics Batch Service
    ],
)
def test_each_of_the_returns_ways_to_write_a_date_is_read(text: str) -> None:
    assert DATE.read(text) == (date(2025, 2, 16),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31/02/2025", Reason.NOT_A_DATE),
        ("02/16/2025", Reason.NOT_A_DATE),
        ("2025-Foo-16", Reason.NOT_A_DATE),
        ("2025-anf-16", Reason.NOT_A_DATE),
        ("16/02/25", Reason.NOT_A_DATE),
        ("١٦/٠٢/٢٠٢٥", Reason.NOT_A_DATE),
        ("45704", Reason.NOT_A_DATE),
        ("2025-Feb-16 11:14:05", Reason.NOT_A_DATE),
        ("16/02/0025", Reason.OUT_OF_RANGE),
    ],
)
def test_what_could_be_guessed_at_is_no_date(text: str, reason: Reason) -> None:
    assert DATE.read(text) is reason


@pytest.mark.parametrize(
    ("text", "sex"),
    [("1", "M"), ("2", "F"), ("1.0", "M"), ("m", "M"), ("Female", "F"), ("U", "U"), ("0", "U"), ("9", "U")],
)  # fmt: skip
def test_every_returns_sex_codes_become_one_and_the_filed_one_is_kept(text: str, sex: str) -> None:
    assert SEX.read(text) == (sex, text)


def test_an_unknown_sex_code_is_a_fault() -> None:
    assert SEX.read("3") is Reason.UNKNOWN_CODE


def test_a_upn_that_passes_is_served_and_one_that_fails_is_only_kept() -> None:
    assert UPN.read("b801200005001") == ("B801200005001", "b801200005001", "PASSED")
    assert UPN.read("A801200005001") == (None, "A801200005001", "FAILED")


def test_an_opaque_upn_is_kept_as_filed_and_never_joins() -> None:
    assert UPN.read("21db2df8-fa0") == (None, "21db2df8-fa0", "FAILED")


def test_a_upn_no_column_can_hold_is_a_fault() -> None:
    assert UPN.read("A" * 65) is Reason.TOO_LONG


def test_the_uln_that_says_none_was_issued_joins_nobody() -> None:
    assert ULN.read("9999999999") == (None, "9999999999", "NOT_YET_KNOWN")
    assert ULN.read("9276308686") == ("9276308686", "9276308686", "PASSED")
    assert ULN.read("9276308685") == (None, "9276308685", "FAILED")


@pytest.mark.parametrize("kind", [ULN, UPN, NINO])
def test_an_nhs_number_typed_into_another_box_is_not_stored(kind: Kind) -> None:
    assert kind.read("943 476 5919") is Reason.NHS_NUMBER


@pytest.mark.parametrize(("text", "value"), [("True", True), ("0", False), ("Y", True), ("1.0", True)])  # fmt: skip
def test_flags_are_read_in_every_spelling(text: str, *, value: bool) -> None:
    assert FLAG.read(text) == (value,)
    assert FLAG.read("perhaps") is Reason.NOT_A_FLAG


def test_a_whole_number_that_a_spreadsheet_wrote_with_a_point_is_whole() -> None:
    assert whole(0, 40).read("25.0") == (25,)
    assert whole(0, 40).read("25.5") is Reason.NOT_A_NUMBER
    assert whole(0, 40).read("41") is Reason.OUT_OF_RANGE
    assert whole(0, 40).read("-1") is Reason.OUT_OF_RANGE
    assert whole().read("1e9") is Reason.NOT_A_NUMBER


def test_decimals_are_exact() -> None:
    assert DECIMAL.read("32.7") == (Decimal("32.7"),)
    assert DECIMAL.read("NaN") is Reason.NOT_A_NUMBER


def test_a_code_is_known_in_either_case_spelled_out_or_with_a_point() -> None:
    kind = code({"SNR", "1"}, {"Sought, no reply": "SNR"})

    assert [kind.read(text) for text in ("snr", "sought, NO reply", "1.0")] == [
        ("SNR",),
        ("SNR",),
        ("1",),
    ]
    assert kind.read("XXX") is Reason.UNKNOWN_CODE
