"""Where each number comes from is kept beside it, and told of no number that the caller may not know of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from subgraphs.link.keys import KeyRing, ring_in
from subgraphs.link.numbers import Entry, add
from subgraphs.link.provenance import BACK_OFFICE, BY_TRACE, NHS, Check, NumberCheck
from subgraphs.link.sealed import Agency, sealed_store
from subgraphs.link.told import NumberProvenance
from subgraphs.population import Child, named

Ask = Callable[..., Awaitable[dict[str, Any]]]

QUERY = """
query ($identifier: IdentifierInput!) {
  child(identifier: $identifier) {
    identity { source } islands { island presence }
    provenance { kind origin check recordedOn recordedBy }
  }
}
"""
ISLAND_OF = {"local_authority": "LA", "schools": "UPN", "learners": "ULN", "benefits": "CHB"}


def by_upn(child: Child) -> dict[str, Any]:
    return {"identifier": {"upn": str(child.numbers.upn)}}


async def test_a_coordinator_is_told_where_the_numbers_come_from_that_lead_somewhere(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    kai = named(children, "Kai")
    assert kai.numbers.child_benefit

    found = (await ask("link", QUERY, by_upn(kai)))["data"]["child"]

    assert [one["kind"] for one in found["provenance"]] == ["LA", "NHS", "ULN", "UPN"], (
        "benefits are closed to this purpose: that there is a number is not told"
    )
    nhs = found["provenance"][1]
    assert (nhs["origin"], nhs["check"], nhs["recordedBy"]) == ("NHS", "TRACED", "NHS")
    assert date.fromisoformat(nhs["recordedOn"]) <= kai.today


@pytest.mark.parametrize(
    ("purpose", "role", "organisation"),
    [
        ("EHC_NEEDS_ASSESSMENT", "ehc_coordinator", ("LA", "838")),
        ("IDENTIFIER_TRACE", "identity_officer", ("LA", "838")),
        ("LINK_MAINTENANCE", "identity_officer", ("LA", "838")),
        ("CHILD_MISSING_EDUCATION", "cme_officer", ("LA", "383")),
    ],
)
async def test_nobody_learns_of_more_islands_than_presence_tells(
    ask: Ask,
    children: tuple[Child, ...],
    purpose: str,
    role: str,
    organisation: tuple[str, str],
) -> None:
    told = 0
    for child in children:
        if not child.numbers.upn:
            continue
        who = {"purpose": purpose, "role": role, "organisation": organisation}
        body = await ask("link", QUERY, by_upn(child), **who)
        found = body["data"] and body["data"]["child"]
        if not found or found["provenance"] is None:
            continue
        present = {ISLAND_OF[one["island"]] for one in found["islands"] if one["presence"] == "PRESENT"}  # fmt: skip
        kinds = {one["kind"] for one in found["provenance"]}
        assert kinds - {"NHS"} == present
        told += bool(kinds)
    assert told


async def test_a_purpose_without_the_status_is_refused_it(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    query = "query ($identifier: IdentifierInput!) { child(identifier: $identifier) { provenance { kind } } }"
    who = {"purpose": "UNSCHEDULED_CARE_CPIS", "role": "clinician_ed", "organisation": ("NHS_TRUST", "RQX")}  # fmt: skip

    body = await ask("link", query, by_upn(named(children, "Kai")), **who)

    assert "data" not in body and [one["extensions"]["code"] for one in body["errors"]] == ["REFUSED"]  # fmt: skip


async def test_a_number_that_stands_alone_unverified_tells_of_no_other(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    tobias = named(children, "Tobias")

    found = (await ask("link", QUERY, by_upn(tobias)))["data"]["child"]

    assert found["provenance"] == []


def test_an_organisation_is_named_to_itself_and_to_no_other() -> None:
    row = {
        "kind": "UPN", "provenance": "LA 838", "checked": "NOT_CHECKED", "checked_by": "LA:838",
        "checked_on": date(2026, 11, 1),
    }  # fmt: skip

    assert NumberProvenance.of(row, "LA:838").recorded_by == "LA:838"
    for other in ("LA:839", "SCHOOL:838", "NHS_TRUST:RQX", ""):
        assert NumberProvenance.of(row, other).recorded_by is None
    assert NumberProvenance.of(row | {"checked_by": NHS}, "LA:839").recorded_by == "NHS"


@pytest.mark.parametrize(
    ("kind", "said", "origin", "check"),
    [
        ("NHS", "PDS trace", "NHS", "TRACED"),
        ("NHS", "PDS trace, judged by a person", "NHS", "JUDGED"),
        ("NHS", "birth notification", "NHS", "NOTIFIED"),
        ("NHS", BACK_OFFICE, "NHS", "TRACED"),
        ("UPN", BACK_OFFICE, "AGENCY", "NOT_CHECKED"),
        ("UPN", "LA 838", "AGENCY", "NOT_CHECKED"),
        ("UPN", "", None, None),
        ("UPN", None, None, None),
    ],
)
def test_what_earlier_rows_say_is_told_in_codes(
    kind: str, said: str | None, origin: str | None, check: str | None
) -> None:
    row = dict.fromkeys(("checked", "checked_by", "checked_on")) | {"kind": kind, "provenance": said}  # fmt: skip

    told = NumberProvenance.of(row, "LA:838")

    assert (told.origin and told.origin.value, told.check and told.check.value) == (origin, check)


# At rest


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return ring_in(tmp_path)


async def child(links: asyncpg.Pool, *entries: Entry, ring: KeyRing) -> UUID:
    made = uuid4()
    await links.execute("insert into link.child (child, status, verified_on, verified_by) values ($1, '01', current_date, $2)", made, BY_TRACE)  # fmt: skip
    for entry in entries:
        await add(links, ring, Entry(made, entry.kind, entry.text, entry.custodian, entry.provenance, entry.check))  # fmt: skip
    return made


async def kept(links: asyncpg.Pool, child: UUID) -> dict[str, Any]:
    rows = await links.fetch("select * from link.identifier where child = $1", child)
    return {row["kind"]: row for row in rows}


TRACED = Entry(uuid4(), "NHS", "9000000009", None, BY_TRACE, Check(NumberCheck.TRACED, NHS))
HANDED_IN = Entry(uuid4(), "NHS", "9000000009", None, "LA 838", Check(NumberCheck.NOT_CHECKED, "LA:838"))  # fmt: skip


async def test_a_number_that_is_made_sure_of_later_says_so_and_one_that_was_sure_stays_so(
    links: asyncpg.Pool, ring: KeyRing
) -> None:
    made = await child(links, HANDED_IN, ring=ring)
    before = (await kept(links, made))["NHS"]
    await add(links, ring, Entry(made, "NHS", "9000000009", None, BY_TRACE, TRACED.check))
    traced = (await kept(links, made))["NHS"]
    await add(links, ring, Entry(made, "NHS", "9000000009", None, "LA 839", Check(NumberCheck.NOT_CHECKED, "LA:839")))  # fmt: skip
    after = (await kept(links, made))["NHS"]

    assert (before["checked"], before["checked_by"]) == ("NOT_CHECKED", "LA:838")
    assert (traced["checked"], traced["checked_by"]) == ("TRACED", "NHS")
    assert traced["provenance"] == BY_TRACE
    assert traced["checked_on"] == datetime.now(UTC).date()
    assert after == traced


async def test_what_is_told_of_an_adopted_childs_numbers_is_told_of_any_childs(
    links: asyncpg.Pool, ring: KeyRing, tmp_path: Path
) -> None:
    upn = Entry(uuid4(), "UPN", "B801200005001", "990001", BACK_OFFICE)
    ordinary = await child(links, TRACED, upn, ring=ring)
    old = await child(links, Entry(uuid4(), "NHS", "9000000017"), ring=ring)
    store = sealed_store(ring, tmp_path)
    numbers = [("NHS", "9000000025"), ("UPN", "P207000016049")]

    new = await store.seal(links, old, numbers, Agency("838", None, "ADOPTION"))

    assert new
    mine, theirs = await kept(links, new), await kept(links, ordinary)
    for kind in ("NHS", "UPN"):
        for own in ("LA:838", "LA:839"):
            assert NumberProvenance.of(mine[kind], own) == NumberProvenance.of(theirs[kind], own)
