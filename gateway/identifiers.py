"""Text → a number that an island knows a child, a claimant or an institution by, in its one canonical form.

Each class is made by its `parse`, which refuses whatever cannot be such a number; whoever holds one
need not check it again. No message and no repr ever shows the value: numbers about people stay
out of logs. Sums come from python-stdnum where it has them; its list of authorities is stale, so that is ours.
Sources: NHS Data Dictionary; DfE UPN guide; HESA C17051 (ULN); HMRC NIM39110; GIAS; UKRLP.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from stdnum.gb import nhs, upn


class MalformedIdentifier(ValueError):
    """The text cannot be such a number. Names the kind and the fault, never the text."""

    def __init__(self, kind: str, fault: str) -> None:
        super().__init__(f"{kind}: {fault}")
        self.kind = kind
        self.fault = fault


@dataclass(frozen=True, slots=True, repr=False, order=True)
class Identifier:
    """One number of one kind. `str()` gives the canonical form; `repr()` hides it."""

    value: str

    kind: ClassVar[str]
    pattern: ClassVar[re.Pattern[str]]
    form: ClassVar[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises MalformedIdentifier. Spaces and case are forgiven; other alphabets' digits are not."""
        value = cls._compact(text)
        if not cls.pattern.fullmatch(value):
            raise MalformedIdentifier(cls.kind, f"should be {cls.form}")
        if fault := cls._fault(value):
            raise MalformedIdentifier(cls.kind, fault)
        return cls(value)

    @classmethod
    def _compact(cls, text: str) -> str:
        return text.replace(" ", "").strip("\t\r\n").upper()

    @classmethod
    def _fault(cls, value: str) -> str | None:
        return None

    def __str__(self) -> str:
        return self.value

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


@dataclass(frozen=True, slots=True, repr=False, order=True)
class NhsNumber(Identifier):
    """Ten digits, the last by modulus 11; written 3-3-4 for people, unbroken here.

    Only numbers of England, Wales and the Isle of Man (4…, 6…, 7…) and the never-issued test ranges
    (5…, 9…) are taken: a Scottish, Northern Irish or Irish health number passes the same sum but names
    someone in another register.
    """

    kind = "NHS number"
    pattern = re.compile(r"[0-9]{10}")
    form = "ten digits"

    @classmethod
    def _compact(cls, text: str) -> str:
        return text.replace(" ", "").replace("-", "").strip("\t\r\n")

    @classmethod
    def _fault(cls, value: str) -> str | None:
        if len(set(value)) == 1:
            return "one digit repeated is a placeholder"
        if not nhs.is_valid(value):
            return "the check digit does not hold"
        if value[0] not in "45679":
            return "not a number of England, Wales or the Isle of Man"
        return None

    @property
    def synthetic(self) -> bool:
        """Whether the number is in a range that is never issued to a person."""
        return self.value[0] in "59"


# DfE codes of English authorities, present and past; a UPN keeps the code of the authority that issued it.
_ENGLISH = frozenset(
    str(code)
    for first, last in (
        (201, 213), (301, 320), (330, 336), (340, 344), (350, 359), (370, 373), (380, 384),
        (390, 394), (420, 420), (800, 803), (805, 808), (810, 813), (815, 816), (820, 823), (825, 826),
        (830, 831), (835, 841), (845, 846), (850, 852), (855, 857), (860, 861), (865, 896),
        (908, 909), (916, 916), (919, 919), (921, 921), (925, 926), (928, 929), (931, 931),
        (933, 933), (935, 938), (940, 943),
    )
    for code in range(first, last + 1)
)  # fmt: skip
# Wales, then the service children's, overseas and other pseudo-authorities: CIN census rule 1530.
_ISSUERS_OF_UPNS = _ENGLISH | frozenset(
    f"{code:03}" for codes in (range(660, 682), range(1, 6), range(701, 709)) for code in codes
)


@dataclass(frozen=True, slots=True, repr=False, order=True)
class DfeLaCode(Identifier):
    """The Department's three-digit code of an English local authority, present or past."""

    kind = "LA code"
    pattern = re.compile(r"[0-9]{3}")
    form = "three digits"

    @classmethod
    def _fault(cls, value: str) -> str | None:
        return None if value in _ENGLISH else "no English authority has or had this code"


@dataclass(frozen=True, slots=True, repr=False, order=True)
class Upn(Identifier):
    """Unique Pupil Number: check letter, issuing LA, establishment, year, serial.

    A temporary UPN ends in a letter. Letters leave out I, O and S.
    """

    kind = "UPN"
    pattern = re.compile(r"[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]")
    form = "a letter and twelve digits, or eleven digits and a letter"

    @classmethod
    def _fault(cls, value: str) -> str | None:
        if value[1:4] not in _ISSUERS_OF_UPNS:
            return "no authority issues UPNs under this code"
        if upn.calc_check_digit(value[1:]) != value[0]:
            return "the check letter does not hold"
        return None

    @property
    def temporary(self) -> bool:
        return self.value[-1].isalpha()


@dataclass(frozen=True, slots=True, repr=False, order=True)
class Uln(Identifier):
    """Unique Learner Number: ten digits whose weighted sum leaves 10 (an NHS number's leaves 0).

    So no ULN is an NHS number: a value typed into the wrong box is recognised with certainty.
    """

    kind = "ULN"
    pattern = re.compile(r"[1-9][0-9]{9}")
    form = "ten digits, the first not zero"

    NOT_YET_KNOWN: ClassVar[str] = "9999999999"  # the ILR's own value; never a learner

    @classmethod
    def _fault(cls, value: str) -> str | None:
        if value in (cls.NOT_YET_KNOWN, "1000000000"):
            return "this is a placeholder"
        if sum(int(digit) * (10 - place) for place, digit in enumerate(value)) % 11 != 10:
            return "the check digit does not hold"
        return None


@dataclass(frozen=True, slots=True, repr=False, order=True)
class Nino(Identifier):
    """National Insurance number. Unique without its suffix: compare `stem`, not the whole."""

    kind = "NINO"
    pattern = re.compile(r"[A-Z]{2}[0-9]{6}[A-D]")
    form = "two letters, six digits and a letter A to D"

    _issued: ClassVar[re.Pattern[str]] = re.compile(
        r"(?!BG|GB|KN|NK|NT|TN|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z]"
    )

    @classmethod
    def parse(cls, text: str, *, synthetic: bool = False) -> Self:
        """`synthetic` admits HMRC's example prefix QQ, which names nobody, and is off unless
        the deployment holds invented people."""
        value = cls._compact(text)
        if synthetic and value.startswith("QQ") and cls.pattern.fullmatch(value):
            return cls(value)
        return super(Nino, cls).parse(value)

    @classmethod
    def _fault(cls, value: str) -> str | None:
        return None if cls._issued.match(value) else "this prefix is never issued"

    @property
    def stem(self) -> str:
        return self.value[:8]


@dataclass(frozen=True, slots=True, repr=False, order=True)
class ChildBenefitNumber(Identifier):
    """The number of a Child Benefit claim, which covers one or more children. No check digit is published."""

    kind = "Child Benefit number"
    pattern = re.compile(r"CHB[0-9]{8}[A-Z]{2}")
    form = "CHB, eight digits and two letters"


@dataclass(frozen=True, slots=True, repr=False, order=True)
class LocalChildId(Identifier):
    """What one authority calls a child (`LAchildID`, SSDA903 `CHILD`): free text, so case and spaces inside count."""

    kind = "LA child ID"
    pattern = re.compile(r"[!-~](?:[ -~]{0,34}[!-~])?")
    form = "1 to 36 plain characters"

    @classmethod
    def _compact(cls, text: str) -> str:
        return text.strip(" \t\r\n")


@dataclass(frozen=True, slots=True, order=True)
class LaChildId:
    """A child in one authority's records. Two authorities may use the same local id, so the pair is the number."""

    la_code: DfeLaCode
    local_child_id: LocalChildId

    @classmethod
    def parse(cls, la_code: str, local_child_id: str) -> Self:
        """Raises MalformedIdentifier for either part."""
        return cls(DfeLaCode.parse(la_code), LocalChildId.parse(local_child_id))

    def __str__(self) -> str:
        return f"{self.la_code}:{self.local_child_id}"


@dataclass(frozen=True, slots=True, repr=False, order=True)
class Urn(Identifier):
    """Unique Reference Number of one opening of a school or college (GIAS)."""

    kind = "URN"
    pattern = re.compile(r"[1-9][0-9]{5}")
    form = "six digits, the first not zero"


@dataclass(frozen=True, slots=True, repr=False, order=True)
class Ukprn(Identifier):
    """UK Provider Reference Number (UKRLP)."""

    kind = "UKPRN"
    pattern = re.compile(r"1[0-9]{7}")
    form = "eight digits beginning with 1"
