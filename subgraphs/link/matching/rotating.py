"""What matching found under an old key → under the newest: which records are in question, and what a question is known by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from subgraphs.link.matching.conflicts import Source
from subgraphs.link.matching.sealing import Seal
from subgraphs.link.rotation import Guard, Rows

KIND = "MATCH"
_NONE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Findings:
    """The queue, as a rotation turns its key."""

    seal: Seal

    fence = "update matching.key_version set version = $1 where version < $1"
    guards = (
        Guard("matching.finding", "finding_key", "get_byte(digest, 0) >= {new}"),
        Guard("matching.record", "record_key", "get_byte(cipher, 0) >= {new}"),
    )

    @property
    def parts(self) -> tuple[Rows, ...]:
        record = ("finding", "place")
        return (
            Rows(_FOUND, _NEXT_FOUND, _PUT_FOUND, ("finding",), (_NONE,), self._question),
            Rows(_RECORDS, _NEXT_RECORDS, _PUT_RECORDS, record, (_NONE, -1), self._record),
        )

    def begin(self) -> int:
        return self.seal.key.begin()

    def end(self) -> None:
        self.seal.key.end()

    def _question(self, row: Any) -> tuple[Any, ...] | None:
        if row["digest"][0] == self.seal.key.now().newest:
            return None
        sources = self._sources(row["kinds"], row["ciphers"])
        return row["finding"], row["digest"], self.seal.digest(row["kind"], sources)

    def _sources(self, kinds: Sequence[str], ciphers: Sequence[bytes]) -> list[Source]:
        return [self.seal.source(*one, None) for one in zip(kinds, ciphers, strict=True)]

    def _record(self, row: Any) -> tuple[Any, ...] | None:
        kind, cipher = row["kind"], row["cipher"]
        if cipher[0] == self.seal.key.now().newest:
            return None
        newer = self.seal.sealed(self.seal.source(kind, cipher, None))
        return row["finding"], row["place"], cipher, newer


_FOUND = "select count(*) from matching.finding"
_NEXT_FOUND = """
    select f.finding, f.kind, f.digest, array_agg(r.kind order by r.place) as kinds,
        array_agg(r.cipher order by r.place) as ciphers
    from matching.finding f join matching.record r using (finding)
    where f.finding > $1 group by f.finding order by f.finding limit $2
"""
# Found by a run that began before the key was changed, a question may be there twice: the next run forgets this one.
_PUT_FOUND = """
    with moved as (
        update matching.finding f set digest = case
            when exists (select from matching.finding o where o.digest = u.newer)
            then substr(u.newer, 1, 1) || uuid_send(f.finding) else u.newer end
        from unnest($1::uuid[], $2::bytea[], $3::bytea[]) u (finding, known, newer)
        where f.finding = u.finding and f.digest = u.known returning 1
    ) select count(*) from moved
"""
_RECORDS = "select count(*) from matching.record"
_NEXT_RECORDS = """
    select finding, place, kind, cipher from matching.record where (finding, place) > ($1, $2)
    order by finding, place limit $3
"""
_PUT_RECORDS = """
    with moved as (
        update matching.record r set cipher = u.newer
        from unnest($1::uuid[], $2::int[], $3::bytea[], $4::bytea[]) u (finding, place, cipher, newer)
        where r.finding = u.finding and r.place = u.place and r.cipher = u.cipher returning 1
    ) select count(*) from moved
"""
