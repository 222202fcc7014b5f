"""`causeway match`: the records of an authority's children → a queue of possible duplicates and conflicts, for people to judge."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.commands.unreachable import NO_DATABASE, Unreachable
from subgraphs.link import SERVICE
from subgraphs.link.keys import ring_in
from subgraphs.link.matching.asking import Gateway, Unanswered, safe
from subgraphs.link.matching.findings import TABLES
from subgraphs.link.matching.installed import MatchingNotInstalled
from subgraphs.link.matching.run import Busy, Counts, Run, Tell
from subgraphs.link.matching.sealing import seal_in
from subgraphs.postgres import database_url, pool

FOUND, UNANSWERED = 0, 2
CONNECTIONS = 2

_EPILOG = """\b
Examples:
  CAUSEWAY_TOKEN=… causeway match --authority 838
  causeway match --authority 838 --token-file batch.token --gateway https://gateway.example

Runs where the link node's keys are. Names, birth dates and postcodes come through the gateway,
under LINK_MAINTENANCE as a system_batch of the authority: decided child by child, and recorded.
They are compared in memory and kept nowhere. Nothing is joined. Broken off, a run leaves
nothing; the same again finds the same, and what was judged does not come back.

\b
Exit: 0 compared, 2 the gateway did not answer for all of them: nothing is kept, run it
again, 3 no database."""


def _address(_context: click.Context, _option: click.Parameter, url: str) -> str:
    if not safe(url):
        raise click.BadParameter("it must begin with https://, or be on 127.0.0.1")
    return url


@click.command(epilog=_EPILOG)
@click.option("--authority", required=True, metavar="CODE", help="DfE code of the authority.")
@click.option(
    "--gateway",
    "url",
    envvar="CAUSEWAY_GATEWAY",
    default="http://127.0.0.1:4000",
    show_default=True,
    callback=_address,
    help="The gateway's address, without its path.",
)
@click.option(
    "--token-file",
    type=click.File(encoding="ascii"),
    help="File with the batch job's token.  [default: CAUSEWAY_TOKEN]",
)
@click.option("--token", envvar="CAUSEWAY_TOKEN", default="", hidden=True)
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
@click.pass_context
def match(context: click.Context, /, **options: Any) -> None:
    """Compare the records that islands hold of one authority's children, and queue what people should look at."""
    file, data = options["token_file"], options["data"]
    token = file.read().strip() if file else options["token"]
    if not token:
        raise click.UsageError("a token is needed: CAUSEWAY_TOKEN, or --token-file")
    gateway = Gateway(options["url"], token, ring_in(data), options["authority"])
    try:
        counts = asyncio.run(_run(gateway, options["database"] or database_url(data), data))
    except MatchingNotInstalled as why:
        raise click.ClickException(str(why)) from why
    except Busy as why:
        raise click.ClickException("another run of this authority is at work: let it end") from why
    except Unanswered as why:
        click.echo(
            f"the gateway did not answer for all children: {why}; nothing was kept", err=True
        )
        context.exit(UNANSWERED)
    except NO_DATABASE as why:
        raise Unreachable(why) from why
    click.echo(_said(counts))


async def _run(gateway: Gateway, url: str, data: Path) -> Counts:
    async with pool(url, [SERVICE.tables, TABLES], size=CONNECTIONS) as connections:
        run = Run(connections, gateway.keys, seal_in(data), gateway.authority)
        with _progress() as tell:
            return await run.run(gateway.ask, tell)


def _said(counts: Counts) -> str:
    return (
        f"children {counts.children}, records {counts.records}: possible duplicates "
        f"{counts.duplicates}, conflicts {counts.conflicts}, of these new {counts.new}"
    )


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar on a terminal; nothing where nobody watches."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task("reading", total=None)
        yield lambda what, done, of: progress.update(
            bar, description=what, completed=done, total=of or None
        )
