"""One file → rows in the islands' tables, all or nothing: one transaction, and the count must come out.

Rows stream through COPY a batch at a time. Loading a return again replaces what it left before; a
process that dies on the way leaves the database as it was.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg

from subgraphs.returns.format import Format
from subgraphs.returns.identity import Claims, Return, identify
from subgraphs.returns.record import Heading, Reading, Reported, Row
from subgraphs.returns.source import Source
from subgraphs.returns.stage import BESIDE, FURTHER, REPORTED, Staged, staged

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

BATCH = 2_000  # rows held before they are copied


class Miscounted(AssertionError):
    """Rows read are not rows stored plus rows reported: a fault of this program. Nothing was stored."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one file. `file` is its number in returns.file."""

    file: int
    name: str
    read: int
    stored: int
    reported: int
    replaced: str  # the file whose place it took, and when that was loaded
    again: bool  # that file was this very one
    body: str


async def store(connection: Connection, form: Format, source: Source, claims: Claims) -> Stored:
    """Raises FileRefused, and leaves the database as it was, when the file cannot be taken."""
    tables = staged(form.tables_of(source))
    async with connection.transaction():
        await connection.execute(BESIDE + "".join(each.create() for each in tables))
        batch = _Batch(connection, source, {each.table.name: each for each in tables})
        for reading in form.read(source):
            await batch.take(reading)
        await batch.flush()
        heading = Heading(batch.said)
        _check_collection(form, source, heading)
        of = identify(form, source, heading, claims)
        return await _Move(connection, source, form, of, batch).settle(older=claims.older)


def _check_collection(form: Format, source: Source, heading: Heading) -> None:
    if not form.shape:
        return
    path, collection = form.shape.collection
    if (said := heading.said.get(path, [collection])) != [collection]:
        raise source.refused(
            f"its header says it is of another collection ({len(said)} named)",
            f"this format is {form.title}",
        )


@dataclass(slots=True)
class _Batch:
    """Rows on their way into the temporary tables."""

    connection: Connection
    source: Source
    tables: Mapping[str, Staged]
    read: int = 0
    said: dict[str, list[str]] = field(default_factory=dict)
    waiting: defaultdict[str, list[tuple[object, ...]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    held: int = 0

    async def take(self, reading: Reading) -> None:
        if isinstance(reading, Heading):
            self._heading(reading)
            return
        self.read += 1
        if isinstance(reading, Row):
            self._row(reading)
        else:
            self._reported(reading)
        self.held += 1
        if self.held >= BATCH:
            await self.flush()

    def _heading(self, heading: Heading) -> None:
        if twice := sorted({*self.said} & {*heading.said}):
            place = f"{twice[0]} stands in it more than once"
            raise self.source.refused(place, "split it into one file per return")
        self.said.update(heading.said)

    def _row(self, row: Row) -> None:
        place = row.place
        self.waiting[row.table.name].append(
            (place.record, place.line, place.parent, place.nth, *row.values)
        )
        if row.further:
            items = json.dumps(row.further, ensure_ascii=False)
            self.waiting[FURTHER].append((place.record, place.line, row.table.name, items))

    def _reported(self, row: Reported) -> None:
        for fault in row.faults:
            self.waiting[REPORTED].append(
                (row.place.record, row.place.line, row.table, fault.item, fault.reason.code)
            )

    async def flush(self) -> None:
        for name, rows in self.waiting.items():
            to = self.tables.get(name)
            await self.connection.copy_records_to_table(
                to.name if to else name, records=rows, columns=to.columns if to else None
            )
        self.waiting.clear()
        self.held = 0


@dataclass(frozen=True, slots=True)
class _Move:
    """Staged rows of one return → the islands' tables."""

    connection: Connection
    source: Source
    form: Format
    of: Return
    batch: _Batch

    async def settle(self, *, older: bool) -> Stored:
        await self.connection.execute("select pg_advisory_xact_lock(hashtext($1))", self.of.name)
        earlier = await self._earlier()
        if not older:
            self._check_newer(earlier)
        for each in self.batch.tables.values():
            await self._prune(each)
            await self._replace(each)
        stored = 0
        for each in self.batch.tables.values():
            stored += await self._keep(each)
        reported = await self._reported()
        if self.batch.read != stored + reported:
            raise Miscounted(f"read {self.batch.read}, stored {stored}, reported {reported}")
        return await self._record((stored, reported), earlier)

    @property
    def _labels(self) -> list[str]:
        return [each.table.label for each in self.batch.tables.values()]

    async def _earlier(self) -> list[asyncpg.Record]:
        """The files in force whose place this one takes, the newest first."""
        same = "digest = $3" if self.form.national else "$3::text is not null"
        return await self.connection.fetch(
            "select id, name, digest, loaded_at, prepared from returns.file where source = $1"
            f" and tables && $2 and replaced_by is null and {same} order by id desc",
            self.of.name,
            self._labels,
            self.source.digest,
        )

    def _check_newer(self, earlier: list[asyncpg.Record]) -> None:
        then = [each["prepared"] for each in earlier if each["prepared"]]
        if self.of.prepared and then and self.of.prepared < max(then):
            raise self.source.refused(
                f"its header says it was written before the file of {self.of.name} that is in force",
                "load the newer one, or give --older to go back to this one",
            )

    async def _prune(self, table: Staged) -> None:
        await self.connection.execute(table.ready())
        for statement in (table.report_orphans(), table.report_repeated()):
            if statement:
                await self.connection.execute(statement)

    async def _replace(self, table: Staged) -> None:
        if not table.table.folded:
            given = () if table.table.standing else (self._origin(table),)
            await self.connection.execute(table.replace(), *given)

    async def _keep(self, table: Staged) -> int:
        if table.table.folded:
            return int(await self.connection.fetchval(f"select count(*) from {table.name}"))
        given = self._origin(table), self.of.as_at, self.of.body
        said = await self.connection.execute(table.insert(), *given)
        return int(said.rsplit(" ")[-1])

    def _origin(self, table: Staged) -> str:
        part = table.table.part
        return f"{self.of.name}/{part}" if part else self.of.name

    async def _reported(self) -> int:
        return int(await self.connection.fetchval(f"select count(distinct record) from {REPORTED}"))

    async def _record(self, counts: tuple[int, int], earlier: list[asyncpg.Record]) -> Stored:
        file = await self._file(counts)
        await self._beside(file, [each["id"] for each in earlier])
        first = earlier[0] if earlier else None
        return Stored(
            file,
            self.of.name,
            self.batch.read,
            *counts,
            replaced=f"{first['name']} of {first['loaded_at']:%Y-%m-%d %H:%M}" if first else "",
            again=bool(first and first["digest"] == self.source.digest),
            body=self.of.body,
        )

    async def _file(self, counts: tuple[int, int]) -> int:
        return int(
            await self.connection.fetchval(
                "insert into returns.file (format, source, tables, as_at, prepared, name, digest,"
                " heading, read, stored, reported)"
                " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id",
                self.form.name,
                self.of.name,
                self._labels,
                self.of.as_at,
                self.of.prepared,
                self.source.path.name,
                self.source.digest,
                json.dumps(self.batch.said, ensure_ascii=False),
                self.batch.read,
                *counts,
            )
        )

    async def _beside(self, file: int, earlier: list[int]) -> None:
        """What was not stored, and what had no column; the replaced files' own are dropped."""
        for table in ("reported", "further"):
            await self.connection.execute(
                f"delete from returns.{table} where file = any($1)", earlier
            )
        await self.connection.execute(
            f"insert into returns.reported select $1, s.* from {REPORTED} s", file
        )
        await self.connection.execute(
            f"insert into returns.further select $1, s.* from {FURTHER} s"
            f" where record not in (select record from {REPORTED})",
            file,
        )
        await self.connection.execute(
            "update returns.file set replaced_by = $1 where id = any($2)", file, earlier
        )
