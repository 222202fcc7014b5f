"""Who speaks about sharing, how old the child is, what was assessed → whether the word stands, in what capacity, until when.

Competence is individual and per decision: twelve is a rule of thumb, never a presumption (Gillick; ICO 2011 code).
From sixteen capacity is presumed (MCA 2005 s.1); for EHC plans the rights pass at the end of compulsory school
age, the last Friday of June of the school year of the sixteenth birthday (CFA 2014 s.83). A competent child's word
stands against a parent's, which is kept and never applied. Nothing is inferred: unknown age, no word stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

ASKED_AGAIN = 365  # days


class Giver(Enum):
    """Who speaks. AUTHORITY: a local authority with parental responsibility (CA 1989 s.33; s.20 gives none)."""

    YOUNG_PERSON = "YOUNG_PERSON"
    PARENT = "PARENT"
    AUTHORITY = "AUTHORITY"
    DEPUTY = "DEPUTY"
    WORKER = "WORKER"


class Competence(Enum):
    """What was found about this child for this decision."""

    NOT_ASSESSED = "NOT_ASSESSED"
    COMPETENT = "COMPETENT"
    NOT_COMPETENT = "NOT_COMPETENT"


@dataclass(frozen=True, slots=True)
class Word:
    """What was said, of whom, when. `send`: for a purpose of special educational needs."""

    giver: Giver
    competence: Competence
    born: date | None
    on: date
    send: bool = False
    refusal: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a word is applied, or only kept; `why` is a code, or the capacity in which it was given."""

    applies: bool
    why: str
    refresh_by: date


def standing(word: Word) -> Standing:
    """Decide. Whatever does not stand is kept with the reason, and opens nothing."""
    if word.born is None:
        return Standing(applies=False, why="AGE_NOT_KNOWN", refresh_by=word.on)
    why = _refused(word)
    return Standing(applies=why is None, why=why or _capacity(word), refresh_by=_refresh(word))


def decides(word: Word) -> bool:
    """Whether the child alone decides: so found, or presumed by age and not found otherwise."""
    if word.born is None or word.competence is Competence.NOT_COMPETENT:
        return False
    of_age = word.on >= decides_from(word.born, send=word.send)
    return of_age or word.competence is Competence.COMPETENT


def decides_from(born: date, *, send: bool) -> date:
    """The day from which capacity is presumed."""
    return end_of_compulsory_school_age(born) if send else birthday(born, 16)


def end_of_compulsory_school_age(born: date) -> date:
    """The last Friday of June in the school year (from 1 September) of the sixteenth birthday."""
    sixteen = birthday(born, 16)
    end = date(sixteen.year + (sixteen.month >= 9), 6, 30)
    return end - timedelta(days=(end.weekday() - 4) % 7)


def birthday(born: date, years: int) -> date:
    """Of those born on 29 February, 1 March of a common year."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def _refused(word: Word) -> str | None:
    """Why the word is kept and not applied."""
    assert word.born is not None
    if word.giver is Giver.WORKER:
        return None
    if word.giver is Giver.YOUNG_PERSON:
        if word.refusal or decides(word):
            return None  # a child's no is heard before its competence is known
        assessed = word.competence is not Competence.NOT_ASSESSED
        return "NOT_COMPETENT" if assessed else "COMPETENCE_NOT_ASSESSED"
    if word.giver is Giver.DEPUTY:
        found = word.competence is Competence.NOT_COMPETENT
        return None if found and word.on >= birthday(word.born, 16) else "NO_DEPUTY_NEEDED"
    if word.on >= birthday(word.born, 18):
        return "ADULT_DECIDES"
    return "CHILD_DECIDES" if decides(word) else None


def _capacity(word: Word) -> str:
    of_age = word.born is not None and word.on >= decides_from(word.born, send=word.send)
    own = "PRESUMED" if of_age else word.competence.value
    return {
        Giver.YOUNG_PERSON: own,
        Giver.PARENT: "PARENTAL_RESPONSIBILITY",
        Giver.AUTHORITY: "CARE_ORDER",
        Giver.DEPUTY: "DEPUTY",
        Giver.WORKER: "PROFESSIONAL",
    }[word.giver]


def _refresh(word: Word) -> date:
    """Asked again after twelve months, at twelve, and on the day that the decision passes to the child."""
    assert word.born is not None
    passes = decides_from(word.born, send=word.send)
    turns = (birthday(word.born, 12), birthday(word.born, 16), passes, birthday(word.born, 18))
    after = [one for one in turns if one > word.on]
    return min([word.on + timedelta(days=ASKED_AGAIN), *after])
