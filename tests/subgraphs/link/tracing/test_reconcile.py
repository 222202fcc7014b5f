"""How a record that holds an NHS number agrees with the NHS; and whether a number is someone's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.identifiers import NhsNumber
from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.matching import MatchStatus, Verdict
from subgraphs.link.tracing.pace import Unshared
from subgraphs.link.tracing.pds import Pds
from subgraphs.link.tracing.person import Address
from subgraphs.link.tracing.reconcile import Reconciled, Reconciliation, reconcile
from subgraphs.link.tracing.status import NumberStatus, Source, indicated
from subgraphs.link.tracing.strategies import STRATEGIES
from subgraphs.link.tracing.verify import Verification, verify
from tests.subgraphs.link.tracing.nhs import ANNE, BEN, CARA, LOST, OLD_BEN, TWIN

BEN_TOLD = Told("Ben", "Baker", "2012-05-06", "male", "LS1 1AA", nhs_number=BEN)
BORN = date(2012, 5, 6)


async def _reconciled(nhs: Pds, told: Told) -> Reconciled:
    return await reconcile(nhs, told, STRATEGIES["4"])


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (BEN, "NoDifferences"),
        ("", "NoDifferences"),
        ("9000000018", "LocalNhsNumberIsNotValid"),
        (OLD_BEN, "LocalNhsNumberIsSuperseded"),
        ("9111231130", "LocalNhsNumberIsNotFoundInNhs"),
        (LOST, "LocalNhsNumberIsNotFoundInNhs"),
        (ANNE, "Differences"),
    ],
)
async def test_a_held_number_is_what_it_is(nhs: Pds, number: str, status: str) -> None:
    reconciled = await _reconciled(nhs, replace(BEN_TOLD, nhs_number=number))

    assert reconciled.status.value == status
    assert ("nhsNumber" in reconciled.missing_here) is (number == "")


async def test_what_differs_and_what_is_missing_are_named_apart(nhs: Pds) -> None:
    told = replace(BEN_TOLD, gender="female", email="ben@example.com", postcode="")

    reconciled = await _reconciled(nhs, told)

    assert reconciled.status is Reconciliation.DIFFERENCES
    assert reconciled.different == ("gender",)
    assert reconciled.missing_here == ("postcode", "phone")
    assert reconciled.missing_there == ("email", "phone")


async def test_histories_of_addresses_are_compared(nhs: Pds) -> None:
    lived = (Address(("1 Old Road",), "LS9 9ZZ"), Address(("12 Mill Lane",), "LS1 1AA"))

    reconciled = await _reconciled(nhs, replace(BEN_TOLD, addresses=lived))

    assert not reconciled.addresses.primary_same
    assert reconciled.addresses.histories_meet
    assert reconciled.addresses.primary_nhs_in_local_history


async def test_who_is_not_traced_cannot_be_reconciled(nhs: Pds) -> None:
    stranger = await _reconciled(nhs, replace(BEN_TOLD, family="Nobody"))
    twin = await _reconciled(nhs, Told("Cara", "Cole", "2012-05-06", nhs_number=CARA))

    for reconciled in (stranger, twin):
        assert reconciled.status is Reconciliation.DEMOGRAPHICS_DID_NOT_MATCH


async def test_an_outage_is_an_error() -> None:
    pds = Pds("http://127.0.0.1:9", pace=Unshared(100_000), pause=0.001)

    assert (await _reconciled(pds, BEN_TOLD)).status is Reconciliation.ERROR


@pytest.mark.parametrize(
    ("number", "family", "born", "expected"),
    [
        (BEN, "BAKER", BORN, Verification.YES),
        (OLD_BEN, "Baker", BORN, Verification.SUPERSEDED),
        (OLD_BEN, "Archer", BORN, Verification.NO),
        (BEN, "Archer", BORN, Verification.NO),
        (BEN, "Baker", date(2012, 5, 7), Verification.NO),
        (LOST, "Lost", BORN, Verification.NO),
        ("9111231130", "Baker", BORN, Verification.NO),
    ],
)
async def test_a_number_is_verified_for_who_knows_whose_it_is(
    nhs: Pds, number: str, family: str, born: date, expected: Verification
) -> None:
    assert await verify(nhs, NhsNumber.parse(number), family, born) is expected


async def test_a_number_that_cannot_be_verified_now_is_neither_yes_nor_no() -> None:
    pds = Pds("http://127.0.0.1:9", pace=Unshared(100_000), pause=0.001)

    assert await verify(pds, NhsNumber.parse(BEN), "Baker", BORN) is Verification.UNAVAILABLE


_MATCH = Verdict(MatchStatus.MATCH, "r", 1.0, NhsNumber.parse(ANNE))
_TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("verdict", "supplied", "weeks", "expected"),
    [
        (_MATCH, None, 500, (NumberStatus.VERIFIED, Source.PDS_TRACE)),
        (_MATCH, ANNE, 500, (NumberStatus.VERIFIED, Source.PDS_VERIFIED)),
        (_MATCH, TWIN, 500, (NumberStatus.CONFLICT, Source.PDS_VERIFIED)),
        (replace(_MATCH, judged=True), None, 500, (NumberStatus.CONFLICT, Source.NONE)),
        (Verdict(MatchStatus.POTENTIAL_MATCH), None, 500, (NumberStatus.CONFLICT, Source.NONE)),
        (Verdict(MatchStatus.MANY_MATCH), ANNE, 500, (NumberStatus.NO_OR_MANY_MATCHES, Source.SUPPLIED)),
        (Verdict(MatchStatus.NO_MATCH), None, 500, (NumberStatus.NO_OR_MANY_MATCHES, Source.NONE)),
        (Verdict(MatchStatus.NO_MATCH), None, 5, (NumberStatus.POSTPONED, Source.NONE)),
        (Verdict(MatchStatus.NO_MATCH), None, 6, (NumberStatus.NO_OR_MANY_MATCHES, Source.NONE)),
        (Verdict(MatchStatus.ERROR), None, 500, (NumberStatus.TRACE_REQUIRED, Source.NONE)),
        (Verdict(MatchStatus.ERROR), ANNE, 500, (NumberStatus.NOT_TRACED, Source.SUPPLIED)),
    ],
)  # fmt: skip
def test_a_verdict_says_what_the_number_is_worth(
    verdict: Verdict, supplied: str | None, weeks: int, expected: tuple[NumberStatus, Source]
) -> None:
    number = NhsNumber.parse(supplied) if supplied else None

    worth = indicated(verdict, number, (_TODAY - timedelta(weeks=weeks), _TODAY))

    assert (worth.status, worth.source) == expected
    assert worth.status.joins is (worth.status.value == "01")
