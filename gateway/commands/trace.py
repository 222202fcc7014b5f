"""`causeway trace FILE`: people without an NHS number, or with one that nobody has checked → what the NHS knows of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from gateway.commands.tracing import database_or_exit, nhs_options, run
from subgraphs.link.tracing.batch import TABLES, TRACE
from subgraphs.link.tracing.judging import conflict_of, listed
from subgraphs.link.tracing.report import write
from subgraphs.postgres import database_url, pool

_EPILOG = """\b
Examples:
  causeway trace children.csv
  causeway trace dbs.txt --pds https://api.service.nhs.uk --key app.jwk --application KEY
  causeway trace children.csv --strategy 5 --owner LA:838 --output judged.csv
  causeway trace --queue --owner LA:838

Two forms are read: the SUI matcher's CSV, with headings (GivenName, Surname, DOB,
Gender, PostCode, Email, Phone, NHSNumber, SourceID; the first three are needed), and
the Demographics Batch Service's, by position. The same file again goes on with what
waits, and asks again for rows that failed.

What an officer judges (`tracesToJudge`, `judgeTrace`) is what --queue lists.

\b
Exit: 0 all rows traced, 1 some could not be, 2 the file refused, 3 no database,
4 the NHS out of reach: rows are left waiting, run it again."""


@click.command(epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE", required=False)
@click.option(
    "--queue", is_flag=True, help="List the rows that wait for a person, and trace nothing."
)
@nhs_options
@click.pass_context
def trace(context: click.Context, /, file: Path | None, *, queue: bool, **options: Any) -> None:
    """Trace the NHS numbers of the people in FILE, a row at a time, and account for every row.

    Nothing in FILE is changed. A number is given only where the match is sure; a likely one is kept
    for a person to judge.
    """
    if queue:
        with database_or_exit():
            asyncio.run(
                _list(options["database"] or database_url(options["data"]), options["owner"])
            )
        return
    if file is None:
        raise click.UsageError("FILE is missing; or ask for --queue")
    run(context, (TRACE, write), file, options)


async def _list(url: str, owner: str) -> None:
    """Who handed in what, and why it waits: nothing about anybody."""
    async with pool(url, [TABLES], size=1) as connections:
        rows = await listed(connections, owner)
    for row in rows:
        since = row["traced"].strftime("%Y-%m-%d %H:%M")
        where = f"{row['name']}:{row['position']}" if row["name"] else "asked alone"
        score = f" {row['score']:.2f}" if row["score"] else ""
        click.echo(
            f"{since}  {row['owner'] or '-'}  {where}  {row['status']}{score}  {conflict_of(row).value}"
        )
    click.echo(f"{len(rows)} to be judged")
