"""Trace jobs under an old key → under the newest: what was handed in, whom the NHS has, what was said of it, and what a job is known by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from subgraphs.link.rotation import Guard, Rows
from subgraphs.link.tracing.sealing import Place, Seal

KIND = "TRACE"
_NONE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Traces:
    """The jobs, as a rotation turns their key."""

    seal: Seal

    fence = "update tracing.key_version set version = $1 where version < $1"
    guards = (
        Guard("tracing.batch", "batch_key", "get_byte(digest, 0) >= {new}"),
        Guard("tracing.row", "row_key", "get_byte(told, 0) >= {new} and (number is null or get_byte(number, 0) >= {new})"),
        Guard("tracing.judgement", "judgement_key", "get_byte(why, 0) >= {new}"),
    )  # fmt: skip

    @property
    def parts(self) -> tuple[Rows, ...]:
        row, judgement = ("batch", "position"), ("batch", "position", "judged_at")
        return (
            Rows(_JOBS, _NEXT_JOBS, _PUT_JOBS, ("id",), (_NONE,), self._job),
            Rows(_ROWS, _NEXT_ROWS, _PUT_ROWS, row, (_NONE, 0), self._row),
            Rows(_SAID, _NEXT_SAID, _PUT_SAID, judgement, (_NONE, 0, None), self._said),
        )

    def begin(self) -> int:
        return self.seal.key.begin()

    def end(self) -> None:
        self.seal.key.end()

    def _job(self, row: Any) -> tuple[Any, ...] | None:
        key, known = self.seal.key.now(), row["digest"]
        return None if known[0] == key.newest else (row["id"], known, key.chained_on(known))

    def _row(self, row: Any) -> tuple[Any, ...] | None:
        place, told, number = Place(row["batch"], row["position"]), row["told"], row["number"]
        newer = self.seal.renewed(told, place.bound("told"))
        found = self.seal.renewed(number, place.bound("number")) if number else None
        if (newer, found) == (told, number):
            return None
        return place.batch, place.position, told, number, newer, found

    def _said(self, row: Any) -> tuple[Any, ...] | None:
        place, why = Place(row["batch"], row["position"]), row["why"]
        newer = self.seal.renewed(why, place.bound("words"))
        return None if newer == why else (place.batch, place.position, row["judged_at"], why, newer)


_JOBS = "select count(*) from tracing.batch"
_NEXT_JOBS = "select id, digest from tracing.batch where id > $1 order by id limit $2"
# Handed in by two at the moment in which the key was changed, a job may be there twice: the other keeps what it is known by.
_PUT_JOBS = """
    with moved as (
        update tracing.batch b set digest = case
            when exists (select from tracing.batch o where o.digest = u.newer) then substr(u.newer, 1, 1) || uuid_send(b.id)
            else u.newer end
        from unnest($1::uuid[], $2::bytea[], $3::bytea[]) u (id, known, newer)
        where b.id = u.id and b.digest = u.known returning 1
    ) select count(*) from moved
"""
_ROWS = "select count(*) from tracing.row"
_NEXT_ROWS = """
    select batch, position, told, number from tracing.row where (batch, position) > ($1, $2)
    order by batch, position limit $3
"""
_PUT_ROWS = """
    with moved as (
        update tracing.row r set told = u.newer, number = u.found
        from unnest($1::uuid[], $2::int[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[])
            u (batch, position, told, number, newer, found)
        where r.batch = u.batch and r.position = u.position and r.told = u.told
            and r.number is not distinct from u.number
        returning 1
    ) select count(*) from moved
"""
_SAID = "select count(*) from tracing.judgement"
_NEXT_SAID = """
    select batch, position, judged_at, why from tracing.judgement
    where (batch, position, judged_at) > ($1, $2, coalesce($3, '-infinity'::timestamptz))
    order by batch, position, judged_at limit $4
"""
_PUT_SAID = """
    with moved as (
        update tracing.judgement j set why = u.newer
        from unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::bytea[], $5::bytea[])
            u (batch, position, judged_at, why, newer)
        where j.batch = u.batch and j.position = u.position and j.judged_at = u.judged_at and j.why = u.why
        returning 1
    ) select count(*) from moved
"""
