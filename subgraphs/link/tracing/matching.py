"""What every rule found → one verdict.

Two rules that are sure of different people make it ManyMatch, which beats any match. A rule that got no answer makes
it Error: it might have been the one to differ, and "no such child" must never be said for "could not look".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from gateway.identifiers import NhsNumber
from subgraphs.link.tracing.demographics import Demographics
from subgraphs.link.tracing.pds import Answer, Failed, Found, Pds, Several
from subgraphs.link.tracing.strategies import Strategy

SURE, LIKELY = 0.95, 0.85

Outcomes: TypeAlias = Sequence[tuple[str, Answer]]
"""Each rule's name with its answer."""


class MatchStatus(Enum):
    """As in the Department's SUI matcher. Only MATCH may be used without a person looking at it."""

    MATCH = "Match"
    POTENTIAL_MATCH = "PotentialMatch"
    LOW_CONFIDENCE_MATCH = "LowConfidenceMatch"
    MANY_MATCH = "ManyMatch"
    NO_MATCH = "NoMatch"
    ERROR = "Error"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The status; whom it is about and how surely, and the rule that found them, where there is one person."""

    status: MatchStatus
    rule: str = ""
    score: float = 0.0
    number: NhsNumber | None = None
    judged: bool = False  # by a person, before it is used
    fault: str = ""  # code of the failure that made it Error

    @property
    def usable(self) -> NhsNumber | None:
        """The number, where nobody needs to look at it first."""
        return self.number if self.status is MatchStatus.MATCH and not self.judged else None


NOT_ENOUGH = Verdict(MatchStatus.ERROR, fault="NOT_ENOUGH_DATA")


def weigh(outcomes: Outcomes, *, judged: bool = False) -> Verdict:
    for rule, answer in outcomes:
        if isinstance(answer, Failed):
            return Verdict(MatchStatus.ERROR, rule, fault=answer.code)
    found = [(rule, answer) for rule, answer in outcomes if isinstance(answer, Found)]
    sure = {answer.person.number for _rule, answer in found if answer.score >= SURE}
    if len(sure) > 1:
        return Verdict(MatchStatus.MANY_MATCH)
    if found:
        rule, best = max(found, key=lambda pair: pair[1].score)  # the earliest of equals
        status = _status(best.score)
        needs_looking = judged or status is not MatchStatus.MATCH
        return Verdict(status, rule, best.score, best.person.number, needs_looking)
    several = next((rule for rule, answer in outcomes if isinstance(answer, Several)), None)
    return Verdict(MatchStatus.MANY_MATCH, several) if several else Verdict(MatchStatus.NO_MATCH)


def _status(score: float) -> MatchStatus:
    if score >= SURE:
        return MatchStatus.MATCH
    return MatchStatus.POTENTIAL_MATCH if score >= LIKELY else MatchStatus.LOW_CONFIDENCE_MATCH


async def trace(pds: Pds, of: Demographics | None, strategy: Strategy) -> Verdict:
    """Asks every rule of the strategy, until one gets no answer. Without enough to go by, asks nothing."""
    if of is None:
        return NOT_ENOUGH
    outcomes: list[tuple[str, Answer]] = []
    for rule, terms in strategy.searches(of):
        answer = await pds.search(terms)
        outcomes.append((rule, answer))
        if isinstance(answer, Failed):
            break
    return weigh(outcomes, judged=strategy.judged)
