"""The codes of judging and correcting: no free text, which would say of a child what nobody can withhold."""

from __future__ import annotations

from enum import Enum

import strawberry

from subgraphs.codes import code
from subgraphs.link.matching import conflicts


@strawberry.enum(description="What somebody says of two records.")
class SameChild(Enum):
    SAME = code("SAME", "One child. Needs a second person")
    NOT_SAME = code("NOT_SAME", "Two children. The pair does not come back")
    CANNOT_TELL = code("CANNOT_TELL", "Not from what is there: it stays in the queue")


@strawberry.enum(description="What a judgement rests on.")
class JudgementReason(Enum):
    RECORDS_READ = code("RECORDS_READ", "Both records were looked at where they are kept")
    KEEPERS_ASKED = code("KEEPERS_ASKED", "Those who keep the records were asked")
    FAMILY_ASKED = code("FAMILY_ASKED", "The family was asked")
    TRACED = code("TRACED", "Tracing found it out")
    TWINS_OR_SIBLINGS = code("TWINS_OR_SIBLINGS", "Two children of one family")
    NAMESAKES = code("NAMESAKES", "Two children who share a name")
    TOO_LITTLE = code("TOO_LITTLE", "The records say too little")


@strawberry.enum(name="DuplicateState", description="What was said of two records so far.")
class State(Enum):
    OPEN = code("OPEN", "Waits for somebody to judge it")
    PROPOSED = code("PROPOSED", "One person says that the two are one child")
    SAME = code("SAME", "Two people say so")
    NOT_SAME = code("NOT_SAME", "They are two children")


@strawberry.enum(description="What records disagree about.")
class ConflictKind(Enum):
    BIRTH_DATE = code(conflicts.BIRTH_DATE, "Records of one child give several birth dates")
    ANOTHER_NUMBER = code(
        conflicts.ANOTHER_NUMBER, "A record gives another number than the child is linked by"
    )
    NUMBER_OF_TWO_CHILDREN = code(
        conflicts.NUMBER_OF_TWO_CHILDREN, "One number is said to be two children's"
    )
    NHS_NUMBER_OF_TWO_CHILDREN = code(
        conflicts.NHS_NUMBER_OF_TWO_CHILDREN, "Two children are linked to one NHS number"
    )
    TWO_NHS_NUMBERS = code(conflicts.TWO_NHS_NUMBERS, "One child is linked to two NHS numbers")


@strawberry.enum(description="What the keeper of a record is asked to look at.")
class CorrectionSubject(Enum):
    NAME = code("NAME", "The name")
    BIRTH_DATE = code("BIRTH_DATE", "The birth date")
    SEX = code("SEX", "The sex")
    ADDRESS = code("ADDRESS", "The address")
    NUMBER = code("NUMBER", "A number that the record gives the child")
    TWICE = code("TWICE", "The child is recorded twice")


@strawberry.enum(description="What the keeper of a record says of it.")
class CorrectionAnswer(Enum):
    CORRECTED = code("CORRECTED", "It was wrong, and is corrected")
    STANDS = code("STANDS", "It was looked at, and stands")
    NOT_OURS = code("NOT_OURS", "The record is not kept here any more")
