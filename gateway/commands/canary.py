"""`causeway canary`: numbers that no child has → a child who is nobody, and raises an alert when it is looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import click

from gateway.commands.unreachable import NO_DATABASE, Unreachable
from gateway.identifiers import MalformedIdentifier, NhsNumber, Uln, Upn
from subgraphs.link import SERVICE
from subgraphs.link.canary import plant
from subgraphs.link.keys import keys_in
from subgraphs.postgres import database_url, pool

_KINDS: dict[str, tuple[str, Callable[[str], object]]] = {
    "upn": ("UPN", Upn.parse),
    "nhs_number": ("NHS", NhsNumber.parse),
    "uln": ("ULN", Uln.parse),
}


@click.command()
@click.option("--upn", help="A Unique Pupil Number that no child has.")
@click.option("--nhs-number", help="An NHS number that no child has.")
@click.option("--uln", help="A Unique Learner Number that no learner has.")
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
    help="Folder of the link node's keys.  [default: ~/.causeway]",
)
def canary(database: str | None, data: Path, **numbers: str | None) -> None:
    """Plant a child who is nobody: whoever looks it up is going through numbers.

    It answers as any child who is not the asker's to know. Each lookup of it is notified on the
    link node's Postgres channel `link_alerts`, as broken glass is, and stands in the ledger.

    \b
    Examples:
      causeway canary --upn H838980021001
    """
    named = [_number(name, text) for name, text in numbers.items() if text]
    if not named:
        raise click.UsageError("name at least one number: --upn, --nhs-number or --uln")
    try:
        asyncio.run(_plant(database or database_url(data), data, named))
    except ValueError as taken:
        raise click.ClickException(str(taken)) from taken
    except NO_DATABASE as why:
        raise Unreachable(why) from why
    click.echo("planted: whoever looks it up is told of on link_alerts")


def _number(name: str, text: str) -> tuple[str, str]:
    kind, parse = _KINDS[name]
    try:
        return kind, str(parse(text))
    except MalformedIdentifier as wrong:
        raise click.UsageError(f"--{name.replace('_', '-')}: {wrong}") from wrong


async def _plant(url: str, folder: Path, numbers: list[tuple[str, str]]) -> None:
    async with (
        pool(url, [SERVICE.tables], size=1) as connections,
        connections.acquire() as connection,
    ):
        await plant(connection, keys_in(folder), numbers)
