"""Code sets of the Individualised Learner Record, 2018-19 onwards. Source: ILR specification."""

from __future__ import annotations


def _codes(words: str) -> frozenset[str]:
    return frozenset(words.split())


ETHNICITIES = frozenset(map(str, range(31, 48))) | {"98", "99"}
SEXES = _codes("M F")
LLDD_AND_HEALTH = _codes("1 2 9")
LLDD_CATEGORIES = frozenset(map(str, range(1, 18))) | frozenset(map(str, range(93, 100)))
EMPLOYMENT_STATUSES = _codes("10 11 12 98")
AIM_TYPES = _codes("1 3 4 5")
COMPLETION_STATUSES = _codes("1 2 3 6")
OUTCOMES = _codes("1 2 3 8")
FUNDING_MODELS = _codes("10 25 35 36 37 38 39 70 81 82 99")
DESTINATIONS = _codes("EMP NPE EDU GAP VOL SDE OTH")
