"""Why a row was not stored: a code for programs and a sentence for people, never a value."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """The name is the code in the report; the value is the sentence beside it."""

    MISSING = "the item is required and is blank or absent"
    UNKNOWN_CODE = "the code is not in any year's code set for this item"
    NOT_A_DATE = "not a date; write 31/12/2025, 2025-12-31, 20251231 or 2025-Dec-31"
    NOT_A_NUMBER = "not a number"
    NOT_A_FLAG = "not a flag; write true or false, 1 or 0, Y or N"
    NOT_AN_IDENTIFIER = "not of the form this identifier has"
    NHS_NUMBER = "holds an NHS number, which this return must not carry here"
    OUT_OF_RANGE = "outside the range this item can have"
    TOO_LONG = "longer than the item can be"
    REPEATED_ITEM = "given more than once where the return allows one"
    HAS_PARTS = "holds further elements where the return has a plain value"
    REPEATED_ROW = "a row with the same key stands earlier in this file"
    PARENT_NOT_STORED = "belongs to a record of this file that was not stored"
    EMPTY_ROW = "every cell is blank"
    WRONG_WIDTH = "has more or fewer cells than the header row"
    UNKNOWN_RECORD = "a record this return does not define"

    @property
    def code(self) -> str:
        """What programs match on."""
        return self.name

    @property
    def sentence(self) -> str:
        """What people read."""
        return str(self.value)
