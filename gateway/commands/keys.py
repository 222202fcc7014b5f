"""`causeway keys`: the link node's keys → which versions are in use, and new versions while everything runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.commands.load import Unreachable as NoDatabase
from subgraphs.link import SERVICE
from subgraphs.link.keys import NUMBERS, KeyRing, ring_in
from subgraphs.link.rotation import Busy, Rotation, Tell
from subgraphs.postgres import database_url, pool

DAYS = 30

_EPILOG = """\b
Examples:
  causeway keys rotate
  causeway keys rotate NHS UPN --database postgresql://link@db/link
  causeway keys rotate-ids --days 30
  causeway keys show

Where several hosts run the link node they share the keys' file: copy it to each of them
when a rotation begins and when it has ended. Keep an old file with the old backups of the
database, for nothing else opens them."""

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
@click.argument("kinds", nargs=-1, type=click.Choice(NUMBERS), metavar="[KIND]…")
@click.option(
    "--database",
    envvar="DATABASE_URL",
    help="Postgres URL.  [default: DATABASE_URL, else the demo's own Postgres]",
)
@_data
def rotate(kinds: tuple[str, ...], database: str | None, data: Path) -> None:
    """Put numbers under a new key: NHS, LA, UPN, ULN, CHB; all of them when none is named.

    The link node goes on answering. Broken off at any point, it is gone on with by the same
    command; an old key is forgotten when the database has checked that nothing is under it.
    """
    try:
        moved = asyncio.run(_rotate(database or database_url(data), ring_in(data), kinds))
    except Busy as why:
        raise click.ClickException(str(why)) from why
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.InvalidCatalogNameError) as why:
        raise NoDatabase(why) from why
    click.echo(
        "\n".join(f"{kind}: {count} numbers put under a new key" for kind, count in moved.items())
    )


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
    """Say which versions there are, and whether a rotation is open. No key is shown."""
    held = ring_in(data).now()
    for kind in NUMBERS:
        newest, *older = held.versions(kind)
        click.echo(f"{kind}: version {newest}" + ("; a rotation is open" if older else ""))
    for version, until in held.windows():
        click.echo(f"ids: version {version}" + (f", read until {until}" if until else ""))


async def _rotate(url: str, ring: KeyRing, kinds: tuple[str, ...]) -> dict[str, int]:
    async with pool(url, [SERVICE.tables], size=3) as connections:
        with _progress() as tell:
            return await Rotation(connections, ring, tell).run(kinds or NUMBERS)


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
