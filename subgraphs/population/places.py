"""The authorities, schools and colleges of the invented children: the first are real, the others are not."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.identifiers import DfeLaCode, Ukprn, Urn


@dataclass(frozen=True, slots=True)
class Authority:
    code: DfeLaCode
    name: str
    ods: str


@dataclass(frozen=True, slots=True)
class School:
    urn: Urn
    authority: DfeLaCode
    establishment_number: str
    name: str
    phase: str  # GIAS PhaseOfEducation: Primary, Secondary


@dataclass(frozen=True, slots=True)
class Provider:
    ukprn: Ukprn
    authority: DfeLaCode
    name: str


AUTHORITIES: tuple[Authority, ...] = tuple(
    Authority(DfeLaCode.parse(code), name, ods)
    for code, name, ods in (
        ("838", "Dorset", "411"),
        ("839", "Bournemouth, Christchurch and Poole", "412"),
        ("383", "Leeds", "213"),
        ("204", "Hackney", "709"),
        ("211", "Tower Hamlets", "726"),
        ("317", "Redbridge", "719"),
    )
)

_SCHOOL_NAMES = ("Long Barrow", "Hollow Lane", "St Alder's", "Quarry Bank", "Millrace", "Tern Hill")
SCHOOLS: tuple[School, ...] = tuple(
    School(
        # GIAS has issued nothing above 400,000-odd to schools, nor 99xx establishment numbers.
        urn=Urn.parse(str(990_000 + 10 * place + offset)),
        authority=authority.code,
        establishment_number=f"99{place}{offset}",
        name=f"{name} {phase} School",
        phase=phase,
    )
    for place, (authority, name) in enumerate(zip(AUTHORITIES, _SCHOOL_NAMES, strict=True))
    for offset, phase in enumerate(("Primary", "Secondary"))
)

_COLLEGES = ("Purbeck Shore", "Twin Sails", "Aire Valley", "Lea Marsh", "Limehouse", "Roding")
PROVIDERS: tuple[Provider, ...] = tuple(
    Provider(Ukprn.parse(str(19_990_000 + place)), authority.code, f"{name} College")
    for place, (authority, name) in enumerate(zip(AUTHORITIES, _COLLEGES, strict=True))
)


def place_of(authority: DfeLaCode) -> int:
    """Where an authority stands in AUTHORITIES."""
    return next(place for place, known in enumerate(AUTHORITIES) if known.code == authority)
