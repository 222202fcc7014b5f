"""A Search and a Record → how well they agree, from 0 to 1; None when they do not.

The service publishes what matches and that 1.0 is exact, not its sum. Ours is a weighted mean over what was asked,
set so that its published examples come out near their scores (both names by sound: 0.8976 there, 0.89 here).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from subgraphs.pds.question import Search
from subgraphs.pds.record import Known, Name, Record
from subgraphs.pds.sounds import soundex

EXACT, PAST, SWAPPED, WILD, ALIKE, ELSEWHERE = 1.0, 0.95, 0.9, 0.9, 0.86, 0.4
"""Agreement of one thing: as recorded, with a former one, with names changed about, by a wildcard, by sound, not at all."""

_WEIGHTS = {
    "family": 7,
    "given": 6,
    "born": 4,
    "gender": 1,
    "postcode": 2,
    "practice": 1,
    "died": 1,
}
FUZZY_AT_LEAST = 0.6

Parts = dict[str, float]


def score(search: Search, record: Record) -> float | None:
    """None: not a match. Fuzzy and exact are about the person; a restricted one has no place to be found by."""
    if record.restricted and search.by_place:
        return None
    parts = _fuzzy(search, record) if search.fuzzy else _strict(search, record)
    if parts is None:
        return None
    total = sum(_WEIGHTS[part] for part in parts)
    mean = round(sum(_WEIGHTS[part] * agreement for part, agreement in parts.items()) / total, 4)
    if search.exact and mean < EXACT:
        return None
    return mean if mean >= FUZZY_AT_LEAST else None


def _strict(search: Search, record: Record) -> Parts | None:
    """Everything that was asked must agree."""
    past = search.history
    parts = {
        "born": EXACT if record.born in search.born else 0,
        "family,given": _names(search, record, past=past),
        "gender": _same(search.gender, record.gender),
        "postcode": _known(search.postcode, record.postcodes, past=past),
        "practice": _same(search.practice, record.practice),
        "died": None if search.died is None else EXACT if record.died in search.died else 0,
    }
    if not _reachable(search, record, past=past):
        return None
    if any(agreement == 0 for agreement in parts.values()):
        return None
    both = parts.pop("family,given")
    parts |= dict.fromkeys(("family", "given") if search.given else ("family",), both)
    return {part: agreement for part, agreement in parts.items() if agreement is not None}


def _fuzzy(search: Search, record: Record) -> Parts | None:
    """Born and names must agree in some way; what else is asked only weighs."""
    names = max((_alike(search, name) for name in record.names), key=_sum, default=None)
    if names is None or record.born not in search.born:
        return None
    if not _reachable(search, record, past=True):
        return None
    weighed = {
        "gender": _same(search.gender, record.gender),
        "postcode": _known(search.postcode, record.postcodes, past=True),
        "practice": _same(search.practice, record.practice),
        "died": None if search.died is None else EXACT if record.died in search.died else 0,
    }
    if not all(names.values()) and not (weighed["gender"] and weighed["postcode"] == EXACT):
        return None
    if len(names) == 1 and not (weighed["gender"] and weighed["postcode"]):
        return None  # one name alone is enough only where gender and postcode hold
    parts = {"born": EXACT} | names
    return parts | {
        part: agreement or ELSEWHERE for part, agreement in weighed.items() if agreement is not None
    }


def _sum(parts: Parts | None) -> float:
    return sum(parts.values()) if parts else 0


def _alike(search: Search, name: Name) -> Parts | None:
    """How a name agrees; None where no part of it does."""
    straight = _heard(search, name.family, name.given)
    about = _heard(search, " ".join(name.given[:1]), (name.family, *name.given[1:]))
    swapped = {part: min(agreement, SWAPPED) for part, agreement in about.items()}
    parts = max(straight, swapped, key=_sum)
    if not any(parts.values()):
        return None
    return {part: agreement * PAST if name.past else agreement for part, agreement in parts.items()}


def _heard(search: Search, family: str, given: tuple[str, ...]) -> Parts:
    parts = {}
    if search.family:
        parts["family"] = _sounds(search.family, (family,))
    if search.given:
        parts["given"] = sum(_sounds(each, given) for each in search.given) / len(search.given)
    return parts


def _sounds(asked: str, names: tuple[str, ...]) -> float:
    if asked in names or asked in " ".join(names).split():
        return EXACT
    return ALIKE if soundex(asked) in map(soundex, names) else 0


def _names(search: Search, record: Record, *, past: bool) -> float:
    """The best of the patient's names."""
    return max((_named(search, name) for name in record.names if past or not name.past), default=0)


def _named(search: Search, name: Name) -> float:
    family = _spelt(search.family, (name.family,), name.family)
    given = [_spelt(each, name.given, " ".join(name.given)) for each in search.given]
    return min((family, *given)) * (PAST if name.past else EXACT)


def _spelt(asked: str, names: tuple[str, ...], whole: str) -> float:
    """A wildcard is held against the start of the first name only."""
    if "*" in asked:
        return WILD if _pattern(asked).fullmatch(whole) else 0
    return EXACT if asked in (*names, whole) or asked in whole.split() else 0


def _same(asked: str, recorded: str) -> float | None:
    if not asked:
        return None
    return EXACT if asked == recorded else 0


def _known(asked: str, items: Iterable[Known], *, past: bool) -> float | None:
    """A former postcode is as good as the present one: people move, and the other side does not hear of it."""
    if not asked:
        return None
    texts = [item.text for item in items if past or not item.past]
    if "*" in asked:
        return WILD if any(map(_pattern(asked).fullmatch, texts)) else 0
    return EXACT if asked in texts else 0


def _reachable(search: Search, record: Record, *, past: bool) -> bool:
    """A phone number or an address for mail must be the patient's, in a fuzzy search too."""
    phone = _known(search.phone, record.phones, past=past)
    email = _known(search.email, record.emails, past=past)
    return phone != 0 and email != 0


@lru_cache(maxsize=1_000)
def _pattern(asked: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, asked.split("*"))))
