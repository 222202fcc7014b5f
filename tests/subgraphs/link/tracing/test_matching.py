"""What is made of the rules' answers."""

from __future__ import annotations

import pytest

from gateway.identifiers import NhsNumber
from subgraphs.link.tracing.matching import NOT_ENOUGH, MatchStatus, Outcomes, trace, weigh
from subgraphs.link.tracing.pace import Unshared
from subgraphs.link.tracing.pds import Failed, Gone, Nobody, Pds, Several
from subgraphs.link.tracing.strategies import STRATEGIES
from tests.subgraphs.link.tracing.nhs import ANNE, BEN, CARA, demographics, found


@pytest.mark.parametrize(
    ("outcomes", "status", "rule", "number"),
    [
        ([("r1", found(ANNE, 0.95))], "Match", "r1", ANNE),
        ([("r1", found(ANNE, 0.9499))], "PotentialMatch", "r1", ANNE),
        ([("r1", found(ANNE, 0.85))], "PotentialMatch", "r1", ANNE),
        ([("r1", found(ANNE, 0.8499))], "LowConfidenceMatch", "r1", ANNE),
        ([("r1", Nobody()), ("r2", Nobody())], "NoMatch", "", None),
        ([], "NoMatch", "", None),
        ([("r1", Nobody()), ("r2", found(ANNE, 1.0))], "Match", "r2", ANNE),
        ([("r1", found(ANNE, 1.0)), ("r2", found(ANNE, 0.97))], "Match", "r1", ANNE),
        ([("r1", found(ANNE, 1.0)), ("r2", found(BEN, 0.97))], "ManyMatch", "", None),
        ([("r1", found(ANNE, 1.0)), ("r2", found(BEN, 0.94))], "Match", "r1", ANNE),
        ([("r1", found(ANNE, 0.86)), ("r2", found(BEN, 0.9))], "PotentialMatch", "r2", BEN),
        ([("r1", Several()), ("r2", Nobody())], "ManyMatch", "r1", None),
        ([("r1", Several()), ("r2", found(ANNE, 1.0))], "Match", "r2", ANNE),
        ([("r1", Failed("HTTP_503")), ("r2", Nobody())], "Error", "r1", None),
        ([("r1", found(ANNE, 1.0)), ("r2", Failed("HTTP_503"))], "Error", "r2", None),
        ([("r1", Nobody()), ("r2", Failed("UNREACHABLE"))], "Error", "r2", None),
        ([("r1", Gone())], "NoMatch", "", None),
    ],
)
def test_the_verdict_on_what_the_rules_found(
    outcomes: Outcomes, status: str, rule: str, number: str | None
) -> None:
    verdict = weigh(outcomes)

    assert (verdict.status.value, verdict.rule) == (status, rule)
    assert verdict.number == (NhsNumber.parse(number) if number else None)


def test_only_a_match_is_usable_and_not_one_that_a_person_must_judge() -> None:
    sure = [("r", found(ANNE, 1.0))]

    assert weigh(sure).usable == NhsNumber.parse(ANNE)
    assert weigh(sure, judged=True).usable is None
    assert weigh([("r", found(ANNE, 0.9))]).usable is None
    assert weigh([("r", found(ANNE, 0.9))]).judged


async def test_a_child_is_found_and_twins_are_many(nhs: Pds) -> None:
    strategy = STRATEGIES["4"]

    anne = await trace(nhs, demographics(postcode="LS1 1AA", gender="female"), strategy)
    twin = await trace(nhs, demographics(given=("Cara",), family="Cole"), strategy)
    nobody = await trace(nhs, demographics(family="Nobody"), strategy)

    assert (anne.status, str(anne.number)) == (MatchStatus.MATCH, ANNE)
    assert twin.status is MatchStatus.MANY_MATCH and CARA not in repr(twin)
    assert nobody.status is MatchStatus.NO_MATCH


async def test_an_outage_is_an_error_and_never_no_match() -> None:
    pds = Pds("http://127.0.0.1:9", pace=Unshared(100_000), pause=0.001)

    verdict = await trace(pds, demographics(), STRATEGIES["4"])

    assert (verdict.status, verdict.fault) == (MatchStatus.ERROR, "UNREACHABLE")


async def test_a_row_without_enough_asks_nothing() -> None:
    assert await trace(Pds("http://127.0.0.1:9"), None, STRATEGIES["4"]) is NOT_ENOUGH


async def test_what_strategy_5_finds_is_for_a_person(nhs: Pds) -> None:
    unnamed = demographics(given=("Baby",), gender="female", postcode="LS1 1AA")

    by_4 = await trace(nhs, unnamed, STRATEGIES["4"])
    by_5 = await trace(nhs, unnamed, STRATEGIES["5"])

    assert (by_5.status, by_5.rule) == (MatchStatus.MATCH, "FuzzyFDRangeGPostcode")
    assert by_5.judged and by_5.usable is None
    assert by_4.status is not MatchStatus.MATCH
