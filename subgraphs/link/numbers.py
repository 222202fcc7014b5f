"""A child and a number → a row that leads from the one to the other, with where the number came from.

While the keys of a kind are rotated, what already stands under the number is put under the new key first: a number
that stands for two children is then under one index, and is seen to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from subgraphs.link.finding import KEYED, Finding
from subgraphs.link.keys import KeyRing, Keys
from subgraphs.link.provenance import Check
from subgraphs.link.rekeying import rekeyed


@dataclass(frozen=True, slots=True)
class Entry:
    """`custodian`: the organisation that keeps the record under this number. `provenance`: who said that it is the child's.

    `check` None: how it was made sure of is not to be told from anything.
    """

    child: UUID
    kind: str
    text: str
    custodian: str | None = None
    provenance: str = ""
    check: Check | None = None


async def add(connection: Any, ring: KeyRing | Keys, entry: Entry) -> None:
    """A number that the child has already stays as it is, but for how it was made sure of, if it was. Raises StaleKeys on a host that was not given the newest key."""
    keys = ring.now()
    while not await _added(connection, keys, entry):
        keys = Finding(connection, ring).renewed(keys)


async def _added(connection: Any, keys: Keys, entry: Entry) -> bool:
    """False, and nothing is written, where there is a newer key than these."""
    await moved_up(connection, keys, (entry.kind, entry.text))
    said = await connection.execute(
        _ADD,
        entry.kind,
        keys.index(entry.kind, entry.text),
        entry.child,
        keys.sealed(entry.kind, entry.text),
        entry.custodian,
        entry.provenance,
        keys.versions(entry.kind)[0],
        entry.check.how.value if entry.check else None,
        entry.check.by if entry.check else None,
    )
    return bool(said == "INSERT 0 1")


async def moved_up(connection: Any, keys: Keys, number: tuple[str, str]) -> None:
    """Nothing to do unless a rotation of this kind is open."""
    older = keys.indexes(*number)[1:]
    if older and (found := await connection.fetch(_OLDER, number[0], older)):
        await rekeyed(connection, keys, number[0], found)


async def taken(connection: Any, ring: KeyRing | Keys, numbers: Sequence[tuple[str, str]]) -> bool:
    """Whether one of these is somebody's, sealed ones included."""
    finding = Finding(connection, ring)
    for kind, text in numbers:
        rows = await finding.under(_TAKEN, (kind, [text]), (kind,))
        if any(row["child"] for row in rows):
            return True
    return False


_ADD = """
    insert into link.identifier as i (kind, index, child, cipher, custodian, provenance, checked, checked_by, checked_on)
    select $1, $2, $3, $4, $5, $6, $8, $9, case when $8::text is not null then current_date end
    where (select version from link.key_version where kind = $1) <= $7
    on conflict (kind, index, child) do update set former = false,
        provenance = case when excluded.checked <> 'NOT_CHECKED' then excluded.provenance else i.provenance end,
        checked = case when excluded.checked <> 'NOT_CHECKED' then excluded.checked else i.checked end,
        checked_by = case when excluded.checked <> 'NOT_CHECKED' then excluded.checked_by else i.checked_by end,
        checked_on = case when excluded.checked <> 'NOT_CHECKED' then excluded.checked_on else i.checked_on end
"""
_OLDER = """
    select index, (array_agg(cipher))[1] as cipher from link.identifier
    where kind = $1 and index = any ($2::bytea[]) group by index
"""
_TAKEN = f"""
    select a.nth, i.child, {KEYED.format(kind="$2")} from unnest($1::bytea[]) with ordinality a (index, nth)
    left join link.identifier i on i.kind = $2 and i.index = a.index
"""
