"""A file of people and where the NHS is → a job worked on to its end: what `causeway trace` and `causeway reconcile` share."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.commands.unreachable import NO_DATABASE, Unreachable
from subgraphs.link.tracing.application import NAME, application_in
from subgraphs.link.tracing.batch import (
    TABLES,
    Batch,
    Busy,
    Submission,
    Work,
    counts,
    resubmit,
    submit,
)
from subgraphs.link.tracing.files import Sheet, Unusable, sheet
from subgraphs.link.tracing.matching import MatchStatus
from subgraphs.link.tracing.outcomes import Outcome, outcomes
from subgraphs.link.tracing.pace import RATE, Shared
from subgraphs.link.tracing.pds import Pds
from subgraphs.link.tracing.sealing import seal_in
from subgraphs.link.tracing.strategies import DEFAULT, STRATEGIES
from subgraphs.postgres import database_url, pool

ALL_TRACED, SOME_ERRORS, REFUSED, LEFT_WAITING = 0, 1, 2, 4
CONNECTIONS = 6

Command = Callable[..., Any]
Write = Callable[[AsyncIterable[Outcome], Path], Awaitable[int]]


def _address(_context: click.Context, _option: click.Parameter, url: str) -> str:
    """One that the client takes."""
    try:
        return Pds(url.rstrip("/")).url
    except ValueError as why:
        raise click.BadParameter(str(why)) from why


_DATABASE: Sequence[Callable[[Command], Command]] = (
    click.option(
        "--database",
        envvar="DATABASE_URL",
        help="Postgres URL.  [default: DATABASE_URL, else the demo's own Postgres]",
    ),
    click.option(
        "--data",
        envvar="CAUSEWAY_DATA",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path.home() / ".causeway",
        help="Folder of keys and of the demo's own Postgres.  [default: ~/.causeway]",
    ),
)
_NHS: Sequence[Callable[[Command], Command]] = (
    click.option(
        "--pds",
        "service",
        envvar="CAUSEWAY_PDS",
        default="http://127.0.0.1:9000",
        callback=_address,
        show_default=True,
        help="The service's address, without its path.",
    ),
    click.option(
        "--strategy",
        type=click.Choice(tuple(STRATEGIES)),
        default=DEFAULT,
        show_default=True,
        help="Of the SUI matcher. What 5 finds is for a person to judge.",
    ),
    click.option(
        "--output", type=click.Path(path_type=Path, dir_okay=False), help="CSV of outcomes."
    ),
    click.option(
        "--again", is_flag=True, help="Ask again for every row without a verified number."
    ),
    click.option(
        "--rate", default=RATE, show_default=True, help="Requests a second, of all processes."
    ),
    click.option("--sandbox", is_flag=True, help="The service asks for no token."),
    click.option(
        "--application", default=NAME, show_default=True, help="The application's name there."
    ),
    click.option(
        "--key",
        envvar="CAUSEWAY_PDS_KEY",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The application's key.  [default: pds.jwk in --data]",
    ),
    click.option(
        "--owner", default="", metavar="KIND:CODE", help="Whose rows these are, such as LA:838."
    ),
)


def nhs_options(command: Command) -> Command:
    """Where the NHS and the database are, and how to ask."""
    for option in reversed((*_NHS, *_DATABASE)):
        command = option(command)
    return command


def run(
    context: click.Context, task: tuple[str, Write], file: Path, options: dict[str, Any]
) -> None:
    """Works on the file's job and ends the command. `task`: what is asked of each row, and how its outcomes are written."""
    try:
        handed_in = sheet(file)
    except Unusable as why:
        click.echo(f"refused: {why}", err=True)
        context.exit(REFUSED)
    tracing = _Tracing(handed_in, task, options)
    with database_or_exit():
        asyncio.run(tracing.run(options["database"] or database_url(options["data"])))
    click.echo(tracing.summary)
    context.exit(tracing.code)


@contextmanager
def database_or_exit() -> Iterator[None]:
    """Says in words what kept a command from the database or its job."""
    try:
        yield
    except Busy as why:
        raise click.ClickException(str(why)) from why
    except NO_DATABASE as why:
        raise Unreachable(why) from why


@dataclass(slots=True)
class _Tracing:
    """One run of the command."""

    sheet: Sheet
    task: tuple[str, Write]
    options: dict[str, Any]
    counts: Counter[str] = field(default_factory=Counter)

    async def run(self, url: str) -> None:
        options, seal = self.options, seal_in(self.options["data"])
        async with pool(url, [TABLES], size=CONNECTIONS) as connections:
            rows = self.sheet.rows()
            batch = await submit(connections, seal, (self._submission, rows))
            if batch.found:
                await resubmit(connections, batch, everything=options["again"])
            self.counts = await counts(connections, batch.id)
            self._say(batch)
            with _progress(batch, self.counts["waiting"]) as advance:
                pds = self._pds(connections)
                await Work(connections, pds, seal, batch, tell=advance).run()
            self.counts = await counts(connections, batch.id)
            if options["output"]:
                await self.task[1](outcomes(connections, seal, batch.id), options["output"])
                click.echo(f"outcomes in {options['output']}")

    @property
    def _submission(self) -> Submission:
        options = self.options
        return Submission(
            self.sheet.name,
            self.sheet.form,
            options["strategy"],
            options["owner"],
            self.sheet.content,
            self.task[0],
        )

    def _pds(self, connections: asyncpg.Pool) -> Pds:
        options = self.options
        key = options["key"] or options["data"] / "pds.jwk"
        name = options["application"]
        application = None if options["sandbox"] else application_in(key, name)
        return Pds(options["service"], application, Shared(connections, name, options["rate"]))

    def _say(self, batch: Batch) -> None:
        if batch.found:
            done = batch.rows - self.counts["waiting"]
            click.echo(f"{self.sheet.name}: handed in before; {done} of {batch.rows} rows stand")

    @property
    def summary(self) -> str:
        """The last line."""
        read = self.counts.total()
        traced = read - self.counts["waiting"]
        named = (f"{each.value} {self.counts[each.value]}" for each in MatchStatus)
        return f"read {read}, traced {traced}, waiting {self.counts['waiting']}: {', '.join(named)}"

    @property
    def code(self) -> int:
        if self.counts["waiting"]:
            return LEFT_WAITING
        return SOME_ERRORS if self.counts[MatchStatus.ERROR.value] else ALL_TRACED


@contextmanager
def _progress(batch: Batch, waiting: int) -> Iterator[Any]:
    """A bar on a terminal; nothing where nobody watches."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("tracing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task("tracing", total=batch.rows, completed=batch.rows - waiting)
        yield lambda: progress.advance(bar)
