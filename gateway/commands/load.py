"""`causeway load FORMAT FILES…`: statutory returns → the islands' tables, with every row accounted for."""

from __future__ import annotations

import asyncio
import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.commands.unreachable import NO_DATABASE, Unreachable
from subgraphs.postgres import database_url, pool
from subgraphs.returns.format import Format
from subgraphs.returns.formats import FORMATS
from subgraphs.returns.identity import NOBODY, TERMS, Claims, unlisted
from subgraphs.returns.islands import tables
from subgraphs.returns.reasons import Reason
from subgraphs.returns.source import FileRefused, look
from subgraphs.returns.store import Connection, Stored, store

SHOWN = 5
"""Reported rows printed per file before the rest are only counted."""

ALL_STORED, SOME_REPORTED, REFUSED = 0, 1, 2

_EPILOG = """\b
Examples:
  causeway load cin cin-2025.xml
  causeway load ssda903 --authority 201 --year 2025 header.csv episodes.csv
  causeway load school-census --authority 201 --year 2025 --term spring *.csv
  causeway load ilr ILR-10004321-2425.xml --report not-stored.csv
  causeway load gias edubasealldata.csv links_edubasealldata.csv

Exit: 0 all rows stored, 1 some rows reported, 2 a file refused (the others
are loaded), 3 no database."""


@dataclass(slots=True)
class Sums:
    """What became of all the files."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: int = 0

    def add(self, stored: Stored) -> None:
        self.counts.update(read=stored.read, stored=stored.stored, reported=stored.reported)

    @property
    def summary(self) -> str:
        """The last line."""
        return ", ".join(f"{word} {self.counts[word]}" for word in ("read", "stored", "reported"))

    @property
    def code(self) -> int:
        """The exit code."""
        if self.refused:
            return REFUSED
        return SOME_REPORTED if self.counts["reported"] else ALL_STORED


@click.command(epilog=_EPILOG)
@click.argument("format_name", type=click.Choice(tuple(FORMATS)), metavar="FORMAT")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILES…")
@click.option(
    "--database",
    envvar="DATABASE_URL",
    help="Postgres URL.  [default: DATABASE_URL, else the demo's own Postgres]",
)
@click.option(
    "--data",
    envvar="CAUSEWAY_DATA",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path.home() / ".causeway",
    help="Folder of the demo's own Postgres.  [default: ~/.causeway]",
)
@click.option("--authority", default="", metavar="CODE", help="DfE code, if the file has none.")
@click.option(
    "--year", default="", metavar="YYYY", help="Year the return ends in, if the file has none."
)
@click.option(
    "--term",
    type=click.Choice(TERMS),
    default="spring",
    show_default=True,
    help="Term of a school census.",
)
@click.option("--older", is_flag=True, help="Let a file written earlier replace a later one.")
@click.option(
    "--report",
    type=click.File("w", encoding="utf-8", lazy=False),
    help="Write every reported row to this CSV file.",
)
@click.pass_context
def load(context: click.Context, /, **options: Any) -> None:
    """Load statutory returns. FORMAT is cin, ssda903, school-census, ilr or gias.

    A file is stored whole or not at all. A row with a fault is not stored but reported, by its
    line and the reason. Loading a return again replaces what it left before.
    """
    claims = Claims(options["authority"], options["year"], options["term"], options["older"])
    url = options["database"] or database_url(options["data"])
    with _progress() as progress:
        loading = _Loading(
            FORMATS[options["format_name"]], claims, _report(options["report"]), progress
        )
        asyncio.run(loading.run(url, options["files"]))
    click.echo(loading.sums.summary)
    context.exit(loading.sums.code)


Report = Callable[[Sequence[object]], object]


def _report(file: TextIO | None) -> Report:
    """Takes a row of the report, and writes it where one was asked for."""
    if file is None:
        return lambda row: None
    write: Report = csv.writer(file).writerow
    write(("file", "line", "table", "item", "reason", "meaning"))
    return write


@dataclass(frozen=True, slots=True)
class _Loading:
    """One run of the command."""

    form: Format
    claims: Claims
    report: Report
    progress: Progress
    sums: Sums = field(default_factory=Sums)

    async def run(self, url: str, files: Sequence[Path]) -> None:
        """Raises Unreachable; what was stored before stays stored."""
        try:
            async with pool(url, tables(), size=1) as connections, connections.acquire() as one:
                for path in files:
                    await self._file(one, path)
        except NO_DATABASE as why:
            raise Unreachable(why) from why

    async def _file(self, connection: Connection, path: Path) -> None:
        bar = self.progress.add_task(path.name, total=None)
        try:
            source = look(path, lambda seen: self.progress.advance(bar, seen))
            self.progress.update(bar, total=source.size)
            stored = await store(connection, self.form, source, self.claims)
        except FileRefused as why:
            self.sums.refused += 1
            click.echo(f"refused: {why}", err=True)
            return
        finally:
            self.progress.remove_task(bar)
        self.sums.add(stored)
        await self._say(connection, path, stored)

    async def _say(self, connection: Connection, path: Path, stored: Stored) -> None:
        counts = f"read {stored.read}, stored {stored.stored}, reported {stored.reported}"
        click.echo(f"{path.name}: {counts} ({stored.name}{_before(stored)})")
        if stored.body == NOBODY:
            click.echo(
                "  nobody said whose return this is: the rows stand, but cannot be asked for;"
                " give --authority and --year"
            )
        elif unlisted(stored.body):
            click.echo(
                "  no English authority has this code: the rows stand, but cannot be asked for"
            )
        await self._reported(connection, path, stored)
        if aside := await connection.fetch(_ASIDE, stored.file):
            names = ", ".join(_plain(each["name"]) for each in aside[:SHOWN])
            more = f" and {len(aside) - SHOWN} more" if len(aside) > SHOWN else ""
            click.echo(f"  kept as filed, having no column of their own: {names}{more}")

    async def _reported(self, connection: Connection, path: Path, stored: Stored) -> None:
        reasons = Counter[str]()
        async with connection.transaction():
            async for line, table, item, code in connection.cursor(_REPORTED, stored.file):
                reason = Reason[code]
                self.report((path.name, line, table, item, code, reason.sentence))
                if reasons.total() < SHOWN:
                    click.echo(
                        f"  line {line}: {item + ' ' if item else ''}{reason.sentence} ({code})"
                    )
                reasons[code] += 1
        if reasons.total() > SHOWN:
            counted = ", ".join(f"{code} {count}" for code, count in reasons.most_common())
            click.echo(f"  … in all: {counted}")


_REPORTED = """
    select line, "table", item, reason from returns.reported where file = $1 order by record, item
"""
_ASIDE = """
    select distinct jsonb_object_keys(items) as name from returns.further where file = $1 order by 1
"""


def _plain(name: str) -> str:
    """A heading from a file, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "�" for letter in name)


def _before(stored: Stored) -> str:
    if not stored.replaced:
        return ""
    return f"; {'the same file again, ' if stored.again else ''}in place of {stored.replaced}"


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar per file on a terminal; nothing where nobody watches."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        yield progress
