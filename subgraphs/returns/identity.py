"""What a file says of itself and what the command said → whose return it is, or a refusal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from gateway.identifiers import DfeLaCode, MalformedIdentifier
from subgraphs.returns.format import Format, Identity
from subgraphs.returns.record import Heading
from subgraphs.returns.source import Source

TERMS = ("autumn", "spring", "summer")
NOBODY = "000"
"""The authority of a file that cannot say whose it is: its rows stand, and no query can ask for them."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What whoever loads says where the file does not."""

    authority: str = ""
    year: str = ""
    term: str = "spring"
    older: bool = False  # let a file written earlier replace one written later


@dataclass(frozen=True, slots=True)
class Return:
    """One return. `name` is what its rows carry as their source."""

    name: str
    body: str
    as_at: date
    prepared: datetime | None = None


def identify(form: Format, source: Source, heading: Heading, claims: Claims) -> Return:
    """Raises FileRefused when body, year or day is nowhere said, or file and command disagree.

    A plain table has no header to say it in: it is nobody's, and of the year in its file's name.
    """
    if form.national:
        return Return(form.name, "", datetime.now(UTC).date())
    stated = form.identity(heading)
    silent = form.speaks_of is not None
    body = _agreed(source, "--authority", stated.body, claims.authority or NOBODY * silent)
    year = _agreed(source, "--year", stated.year, claims.year or _year_named(source) * silent)
    if not re.fullmatch(r"[0-9]{3}|[1-9][0-9]{7}", body) or not re.fullmatch(r"[0-9]{4}", year):
        raise source.refused(
            "the authority is not three digits (a provider: eight) or the year not four",
            "correct the file's header, or --authority and --year",
        )
    term = (claims.term,) if form.termly else ()
    name = "/".join((form.name, body, year, *term))
    return Return(name, body, _day(form, source, stated, (year, claims.term)), _instant(stated))


def _agreed(source: Source, option: str, stated: str, claimed: str) -> str:
    if stated and claimed and stated != claimed:
        place = f"its header does not agree with {option}"
        raise source.refused(place, f"leave {option} out, or load the file it was meant for")
    if not (stated or claimed):
        raise source.refused(
            "the file does not say whose or which year's return it is",
            "give --authority and --year",
        )
    return stated or claimed


def _year_named(source: Source) -> str:
    found = re.search(r"(?<!\d)20\d\d(?!\d)", source.path.name)
    return found[0] if found else str(datetime.now(UTC).year)


def _day(form: Format, source: Source, stated: Identity, said: tuple[str, str]) -> date:
    if stated.as_at:
        return stated.as_at
    if form.speaks_of:
        return form.speaks_of(*said)
    raise source.refused(
        "its header has no readable date of reference or preparation", "correct the header"
    )


def _instant(stated: Identity) -> datetime | None:
    try:
        moment = datetime.fromisoformat(stated.prepared)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def unlisted(body: str) -> bool:
    """Whether a three-digit body is no English authority's code; rows stand, but cannot be asked for."""
    try:
        return len(body) == 3 and not DfeLaCode.parse(body)
    except MalformedIdentifier:
        return True
