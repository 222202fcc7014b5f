"""`causeway count`: the islands' records → this month's tables of counts for service planning."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import click

from gateway.commands.unreachable import NO_DATABASE, Unreachable
from subgraphs import roster
from subgraphs.cubes import Cube
from subgraphs.menu import MENU, count_all
from subgraphs.postgres import database_url, pool


@click.command()
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
def count(database: str | None, data: Path) -> None:
    """Count this month for service planning. Run it once a month; a second run changes nothing.

    What is kept is what may be published: 1 to 7 as `*`, the rest to the nearest 5. A month that was
    counted is never counted again, so that two days' tables never differ by one child.

    \b
    Examples:
      causeway count
      causeway count --database postgresql://owner@db/causeway
    """
    try:
        asyncio.run(_run(database or database_url(data)))
    except NO_DATABASE as why:
        raise Unreachable(why) from why


async def _run(url: str) -> None:
    islands = dict.fromkeys(cube.island for cube in MENU)
    async with (
        pool(url, [roster.service(name).tables for name in islands], size=1) as connections,
        connections.acquire() as connection,
    ):
        async for cube, now in count_all(connection, date.today()):  # noqa: DTZ011  months are local
            click.echo(_said(cube, now=now))


def _said(cube: Cube, *, now: bool) -> str:
    became = "counted" if now else "was counted before; nothing changed"
    return f"{cube.island}.{cube.name}: {became}"
