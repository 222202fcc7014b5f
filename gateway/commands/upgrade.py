"""`causeway upgrade`: a link node's database of an earlier version → the indexes that this one's reads are answered from."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from gateway.commands.unreachable import NO_DATABASE, Unreachable
from subgraphs.link import SERVICE
from subgraphs.link.upgrading import Busy, Upgrade
from subgraphs.postgres import database_url, pool

_EPILOG = """\b
Examples:
  causeway upgrade
  causeway upgrade --database postgresql://link@db/link

The link node answers before, meanwhile and after: what must be changed in its tables it
changes when it starts, and this makes it faster. Each step is said as it begins. There must
be room for the new indexes beside the old."""


@click.command(epilog=_EPILOG)
@click.option(
    "--database",
    envvar="DATABASE_URL",
    help="The link node's Postgres URL.  [default: DATABASE_URL, else the demo's own Postgres]",
)
@click.option(
    "--data",
    envvar="CAUSEWAY_DATA",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path.home() / ".causeway",
    help="Folder of the demo's own Postgres.  [default: ~/.causeway]",
)
def upgrade(database: str | None, data: Path) -> None:
    """Make the indexes of numbers that an older link node's database lacks, while everybody goes on.

    Each is made concurrently, beside what is there. Only the new primary key takes the old one's
    place under a lock, for a moment, and it waits for one in which nobody uses the table. Broken
    off at any point, it is gone on with by the same command.
    """
    try:
        asyncio.run(_upgrade(database or database_url(data)))
    except Busy as why:
        raise click.ClickException(str(why)) from why
    except NO_DATABASE as why:
        raise Unreachable(why) from why


async def _upgrade(url: str) -> None:
    async with pool(url, [SERVICE.tables], size=2) as connections:
        upgrading = Upgrade(connections, click.echo)
        if not await upgrading.needed():
            click.echo("the indexes are this version's: nothing to do")
            return
        await upgrading.run()
        click.echo("the indexes are this version's now")
