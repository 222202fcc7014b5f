"""Vectors and traps of each identifier. People here are invented or published examples."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.gb import upn as stdnum_upn

from gateway.identifiers import (
    ChildBenefitNumber,
    DfeLaCode,
    Identifier,
    LaChildId,
    LocalChildId,
    MalformedIdentifier,
    NhsNumber,
    Nino,
    Ukprn,
    Uln,
    Upn,
    Urn,
)

KINDS: tuple[type[Identifier], ...] = (
    NhsNumber, Upn, Uln, Nino, ChildBenefitNumber, LocalChildId, DfeLaCode, Urn, Ukprn,
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "9434765870", "9000000009", "9000000017", "9000000025", "9000000033", "9111231130",
        "9876543210", "9434765919", "9449305552", "9691914913",
        "5900046192",  # a PDS integration stub, in a range never issued
    ],
)  # fmt: skip
def test_a_number_with_its_check_digit_is_an_nhs_number(text: str) -> None:
    assert str(NhsNumber.parse(text)) == text
    assert NhsNumber.parse(text).synthetic


@pytest.mark.parametrize(
    "text",
    [
        "9434765871", "9000000000", "1234567890", "", "943476587", "94347658700",
        "9000000015",  # the number of the PDS sandbox's own "John Paul Smith"
    ],
)  # fmt: skip
def test_a_number_whose_check_fails_is_refused(text: str) -> None:
    with pytest.raises(MalformedIdentifier):
        NhsNumber.parse(text)


@pytest.mark.parametrize("digit", "0123456789")
def test_one_digit_repeated_is_a_placeholder_though_its_sum_is_right(digit: str) -> None:
    with pytest.raises(MalformedIdentifier, match="placeholder"):
        NhsNumber.parse(digit * 10)


@pytest.mark.parametrize("text", ["٩٤٣٤٧٦٥٨٧٠", "９４３４７６５８７０", "943476587०"])
def test_digits_of_other_alphabets_are_refused(text: str) -> None:
    for kind in (NhsNumber, Uln):
        with pytest.raises(MalformedIdentifier):
            kind.parse(text)


def test_an_nhs_number_may_be_written_in_three_groups() -> None:
    assert NhsNumber.parse(" 943 476 5870 ") == NhsNumber.parse("943-476-5870")


@pytest.mark.parametrize("text", ["0101010101", "3200000004", "8000000002"])
def test_a_health_number_of_another_country_is_refused(text: str) -> None:
    """Scotland, Northern Ireland, Ireland: the sum may hold, the register is another one."""
    with pytest.raises(MalformedIdentifier):
        NhsNumber.parse(text)


@pytest.mark.parametrize(
    "text", ["B801200005001", "P207000016049", "J80120002412A", "K80120002412T"]
)
def test_a_letter_that_matches_makes_a_upn(text: str) -> None:
    assert str(Upn.parse(text.lower())) == text
    assert Upn.parse(text).temporary == text[-1].isalpha()


@pytest.mark.parametrize(
    "text",
    [
        "A801200005001",
        "Q207000016049",  # help pages "correct" the letter to this one; the sum gives P
        "O801200005001", "B80120000500", "B8012000050011", "B80120000500I", "BB01200005001",
    ],
)  # fmt: skip
def test_a_upn_with_a_wrong_letter_or_form_is_refused(text: str) -> None:
    with pytest.raises(MalformedIdentifier):
        Upn.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "L838400024001",
        "Q839400024001",
        "G940400024001",
        "L941400024001",
        "Q942400024001",
        "V943400024001",
    ],
)
def test_authorities_that_python_stdnum_does_not_know_issue_upns(text: str) -> None:
    assert not stdnum_upn.is_valid(text)
    assert str(Upn.parse(text)) == text


def test_wales_and_pseudo_authorities_issue_upns_and_no_others_do() -> None:
    for code in ("660", "681", "001", "708"):
        body = f"{code}400024001"
        Upn.parse(stdnum_upn.calc_check_digit(body) + body)
    body = "999400024001"
    with pytest.raises(MalformedIdentifier, match="authority"):
        Upn.parse(stdnum_upn.calc_check_digit(body) + body)


def test_a_uln_leaves_ten() -> None:
    assert str(Uln.parse("9276308686")) == "9276308686"


@pytest.mark.parametrize("text", ["9999999999", "1000000000", "0276308686", "9276308685"])
def test_placeholders_and_wrong_sums_are_no_uln(text: str) -> None:
    with pytest.raises(MalformedIdentifier):
        Uln.parse(text)


@given(st.from_regex(r"[1-9][0-9]{9}", fullmatch=True))
def test_no_number_is_both_a_uln_and_an_nhs_number(text: str) -> None:
    assert not (_is(NhsNumber, text) and _is(Uln, text))


def _is(kind: type[Identifier], text: str) -> bool:
    try:
        kind.parse(text)
    except MalformedIdentifier:
        return False
    return True


def test_a_nino_is_unique_without_its_suffix() -> None:
    assert Nino.parse("lj 00 00 00 a").stem == Nino.parse("LJ000000D").stem == "LJ000000"


@pytest.mark.parametrize(
    "text",
    ["BG000000A", "GB000000A", "KN000000A", "NK000000A", "NT000000A", "TN000000A", "ZZ000000A",
     "DA000000A", "AO000000A", "AV000000A", "AB000000E", "AB000000", "99A999999"],
)  # fmt: skip
def test_prefixes_that_are_never_issued_are_no_nino(text: str) -> None:
    with pytest.raises(MalformedIdentifier):
        Nino.parse(text)
    with pytest.raises(MalformedIdentifier):
        Nino.parse(text, synthetic=True)


def test_the_example_prefix_is_taken_only_where_people_are_invented() -> None:
    with pytest.raises(MalformedIdentifier):
        Nino.parse("QQ123456C")
    assert str(Nino.parse("qq 123456 c", synthetic=True)) == "QQ123456C"
    with pytest.raises(MalformedIdentifier):
        Nino.parse("QQ123456E", synthetic=True)


def test_a_child_benefit_number_has_eight_digits_and_two_letters() -> None:
    assert str(ChildBenefitNumber.parse("chb12345678 ab")) == "CHB12345678AB"
    with pytest.raises(MalformedIdentifier):
        ChildBenefitNumber.parse("CHB1234567AB")


@pytest.mark.parametrize("text", ["DfEX0000001", "566910", "CHILD10", "L1036584", "a b/c"])
def test_an_authority_may_write_its_child_ids_as_it_likes(text: str) -> None:
    assert str(LocalChildId.parse(f" {text} ")) == text


@pytest.mark.parametrize("text", ["", "  ", "x" * 37, "naïve", "a\x00b"])
def test_an_empty_long_or_unprintable_child_id_is_refused(text: str) -> None:
    with pytest.raises(MalformedIdentifier):
        LocalChildId.parse(text)


def test_two_authorities_may_use_the_same_child_id() -> None:
    assert LaChildId.parse("838", "1") != LaChildId.parse("839", "1")
    with pytest.raises(MalformedIdentifier):
        LaChildId.parse("999", "1")


def test_codes_of_institutions_have_their_form() -> None:
    assert str(Urn.parse("100000")) == "100000"
    assert str(Ukprn.parse("10079319")) == "10079319"
    for kind, text in ((Urn, "012345"), (Urn, "12345"), (Ukprn, "20079319"), (DfeLaCode, "12")):
        with pytest.raises(MalformedIdentifier):
            kind.parse(text)


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=40) | st.from_regex(r"[A-Z]{0,3}[0-9]{6,12}[A-Z]?", fullmatch=True))
def test_whatever_is_typed_is_parsed_canonically_or_refused_without_being_shown(
    kind: type[Identifier], text: str
) -> None:
    try:
        found = kind.parse(text)
    except MalformedIdentifier as refused:
        assert not re.search(r"[0-9]{3}", str(refused))
    else:
        assert kind.parse(str(found)) == found
        assert repr(found) == f"{kind.__name__}(…)"
