"""`causeway keys`: the link node's keys → which versions are in use, and new versions while everything runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.commands.unreachable import NO_DATABASE, Unreachable
from subgraphs.link import SERVICE
from subgraphs.link.keyed import NAMES, STORES, key_files, turned_in
from subgraphs.link.keys import LEDGER, NUMBERS, PAIRWISE, ring_in
from subgraphs.link.matching.findings import TABLES as QUEUE
from subgraphs.link.rewrapping import Ownerless
from subgraphs.link.rotation import Busy, Rotation, Tell
from subgraphs.link.tracing.batch import TABLES as JOBS
from subgraphs.postgres import database_url, pool

DAYS = 30

_EPILOG = """\b
Examples:
  causeway keys rotate
  causeway keys rotate NHS UPN --database postgresql://link@db/link
  causeway keys rotate SEALED TRACE MATCH
  causeway keys rotate-ids --days 30
  causeway keys show

Where several hosts run the link node they share the keys' files (link.keys,
link.sealed.key, trace.key, match.key): copy them to each of them when a rotation begins
and when it has ended. Keep an old file with the old backups of the database, for nothing
else opens them. Rotating SEALED opens no sealed record and shows nothing of any: two people
of the records agency read them, before, meanwhile and afterwards."""

_data = click.option(
    "--data",
    envvar="CAUSEWAY_DATA",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path.home() / ".causeway",
    help="Folder of the link node's keys.  [default: ~/.causeway]",
)


@click.group(epilog=_EPILOG)
def keys() -> None:
    """Look at the keys of the link node, and renew them while it runs."""


@keys.command()
@click.argument("kinds", nargs=-1, type=click.Choice(NAMES), metavar="[KEY]…")
@click.option(
    "--database",
    envvar="DATABASE_URL",
    help="Postgres URL.  [default: DATABASE_URL, else the demo's own Postgres]",
)
@_data
def rotate(kinds: tuple[str, ...], database: str | None, data: Path) -> None:
    """Put what is kept under new keys; all of them when none is named.

    NHS, LA, UPN, ULN and CHB are the numbers of each kind; SEALED what adoptions sealed; TRACE
    the trace jobs; MATCH what matching found. The link node goes on answering. Broken off at any
    point, it is gone on with by the same command; an old key is forgotten when the database has
    checked that nothing is under it.
    """
    try:
        moved = asyncio.run(_rotate(database or database_url(data), data, kinds))
    except (Busy, Ownerless) as why:
        raise click.ClickException(str(why)) from why
    except NO_DATABASE as why:
        raise Unreachable(why) from why
    for name, count in moved.items():
        click.echo(f"{name}: {count} {'rows' if name in STORES else 'numbers'} put under a new key")


@keys.command("rotate-ids")
@click.option("--days", default=DAYS, show_default=True, help="How long ids given before are read.")
@_data
def rotate_ids(days: int, data: Path) -> None:
    """Give children other ids from now on. An id given before leads to its child until its day."""
    until = ring_in(data).renew_pairwise(days)
    click.echo(f"ids given before are read until {until.isoformat()}")


@keys.command()
@_data
def show(data: Path) -> None:
    """Say which versions there are and since when, and whether a rotation is open. No key is shown."""
    held = ring_in(data).now()
    for kind in NUMBERS:
        _say(kind, held.made(f"index.{kind}"))
    for name, file in key_files(data).items():
        now = file.now()
        _say(name, {version: now.held[version].made for version in now.opening})
    windows = dict(held.windows())
    for version, made in held.made(PAIRWISE).items():
        until = windows[version]
        click.echo(f"ids: {_version(version, made)}" + (f", read until {until}" if until else ""))
    for version, made in held.made(LEDGER).items():
        click.echo(f"names in the ledger: {_version(version, made)}; never changed")


def _say(name: str, made: Mapping[int, date]) -> None:
    newest = next(iter(made))
    click.echo(
        f"{name}: {_version(newest, made[newest])}"
        + ("; a rotation is open" if len(made) > 1 else "")
    )


def _version(version: int, made: date) -> str:
    days = (datetime.now(UTC).date() - made).days
    return f"version {version}, since {made.isoformat()} ({days} days)"


async def _rotate(url: str, data: Path, names: tuple[str, ...]) -> dict[str, int]:
    async with pool(url, [SERVICE.tables, JOBS, QUEUE], size=3) as connections:
        with _progress() as tell:
            return await Rotation(connections, turned_in(data), tell).run(names)


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar for each kind on a terminal; nothing where nobody watches."""
    console = Console(stderr=True)
    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:
        known: dict[str, Any] = {}

        def tell(kind: str, moved: int, of: int) -> None:
            if kind not in known:
                known[kind] = bars.add_task(kind, total=of)
            bars.update(known[kind], completed=moved)

        yield tell
