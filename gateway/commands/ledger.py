"""`causeway ledger`: keep the record of every decision, hand it out, let it go when its time is over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO, TypeAlias, TypeVar

import asyncpg
import click

from gateway.commands.unreachable import NO_DATABASE, Unreachable
from gateway.ledger.checkpoint import Signer, publish_for_ever
from gateway.ledger.checkpoint import Witness as RemoteWitness
from gateway.ledger.export import export as export_lines
from gateway.ledger.fhir import audit_events
from gateway.ledger.figures import Quarter, figures
from gateway.ledger.note import BadNote, VerifierKey
from gateway.ledger.retention import retire as retire_due
from gateway.ledger.retention import years
from gateway.ledger.tables import OldLedger, create_tables
from gateway.register import load


def witness_at(text: str) -> RemoteWitness:
    """Reads `URL KEY` or `URL KEY KEY`; raises BadNote."""
    url, *keys = text.split()
    known = tuple(map(VerifierKey.parse, keys))
    if len({key.name for key in known}) != 1:
        raise BadNote("a witness is its URL and its keys, all of one name")
    return RemoteWitness(url.rstrip("/"), known)


DATABASE = click.option(
    "--database", envvar="LEDGER_URL", required=True, help="Postgres URL (default: LEDGER_URL)."
)


Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
T = TypeVar("T")


def _with(database: str, work: Callable[[Connection], Awaitable[T]]) -> T:
    """What comes of work on one connection. Raises Unreachable."""

    async def run() -> T:
        try:
            connection = await asyncpg.connect(database)
        except NO_DATABASE as why:
            raise Unreachable(why, "LEDGER_URL") from why
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(run())


@click.group()
def ledger() -> None:
    """Keep the record of every decision: its tables, its checkpoints, its exports."""


@ledger.command()
@DATABASE
def tables(database: str) -> None:
    """Make or update the ledger's tables, functions and roles; needs the database's owner."""

    try:
        _with(database, create_tables)
    except OldLedger as old:
        raise click.ClickException(str(old)) from old
    click.echo("the ledger's tables are there; connect gateways as causeway_gateway")


@ledger.command()
@DATABASE
@click.option(
    "--output", "-o", type=click.File("w"), default="-", help="Where to write (default: out)."
)
def export(database: str, output: TextIO) -> None:
    """Write the whole ledger as lines of JSON that `causeway verify` checks offline.

    \b
    Example: causeway ledger export -o ledger.jsonl
    """

    async def write(connection: Connection) -> int:
        lines = 0
        async for line in export_lines(connection):
            output.write(line + "\n")
            lines += 1
        return lines

    click.echo(f"{_with(database, write)} lines", err=True)


@ledger.command()
@DATABASE
@click.option(
    "--key-file", type=Path, required=True, help="The ledger's private key, made if absent."
)
@click.option(
    "--origin", default="causeway.example/ledger", show_default=True, help="The ledger's name."
)
@click.option(
    "--witness",
    "witnesses",
    type=witness_at,
    metavar="'URL KEY [KEY]'",
    multiple=True,
    help="Who cosigns, with each of these keys; repeatable.",
)
def publish(
    database: str, key_file: Path, origin: str, witnesses: tuple[RemoteWitness, ...]
) -> None:
    """Keep publishing checkpoints, one a second while there is something new. Ctrl-C ends it."""
    signer = Signer.at(key_file, origin)
    click.echo(f"checkpoints are signed by {signer.key}")
    try:
        asyncio.run(publish_for_ever(database, signer, witnesses))
    except KeyboardInterrupt:
        click.echo("stopped")


@ledger.command()
@DATABASE
@click.option("--because", required=True, help="Why it may go on; it is kept.")
def resume(database: str, because: str) -> None:
    """Let a frozen ledger go on, in new streams; needs the database's owner.

    It froze because it is not what a checkpoint or a gateway remembers. Find out why first: `causeway ledger export`
    and `causeway verify` with the witnesses' checkpoints say where. If it was put right, go on as before; if not, go
    on under another --origin, for which witnesses begin anew.

    \b
    Example: causeway ledger resume --because 'backup of 3 May restored by mistake, undone; INC-311'
    """

    lifted = _with(database, lambda connection: connection.fetch(LIFT, because))
    for row in lifted:
        click.echo(f"{row['at']:%Y-%m-%d %H:%M:%S} {row['found_by']}: {row['why']}; lifted")
    if not lifted:
        click.echo("the ledger is not frozen")


LIFT = """
    update ledger.freeze set lifted = clock_timestamp(), because = $1 where lifted is null
    returning at, found_by, why
"""


@ledger.command()
@DATABASE
@click.option("--output", "-o", type=click.File("w"), default="-", help="Where to write.")
def fhir(database: str, output: TextIO) -> None:
    """Write every entry as a FHIR R5 AuditEvent, a line of JSON each.

    \b
    Example: causeway ledger fhir -o audit.ndjson
    """

    async def write(connection: Connection) -> None:
        async for line in audit_events(connection):
            output.write(line + "\n")

    _with(database, write)


@ledger.command()
@DATABASE
@click.argument("quarter", type=Quarter.parse)
def transparency(database: str, quarter: Quarter) -> None:
    """Print what may be published of a quarter: counts, the small ones suppressed, the rest rounded.

    \b
    Example: causeway ledger transparency 2026-Q4
    """

    found = _with(database, lambda connection: figures(connection, quarter))
    click.echo(json.dumps(found, indent=2))


@ledger.command()
@DATABASE
@click.option(
    "--register",
    "table",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=Path("schema/register.toml"),
    show_default=True,
    help="The register, which says how long.",
)
@click.option("--to", "folder", type=Path, required=True, help="The folder for what is removed.")
def retire(database: str, table: Path, folder: Path) -> None:
    """Export what has been kept long enough, and leave its hashes; needs the database's owner.

    \b
    Example: causeway ledger retire --to /var/archive/ledger
    """
    by_purpose = {code: years(one.retention) for code, one in load(table).purposes.items()}

    now = datetime.now(UTC)
    done = _with(database, lambda connection: retire_due(connection, by_purpose, now, folder))
    click.echo(f"{done.entries} entries, {done.keys} data keys and {done.months} months retired")


@ledger.command()
@DATABASE
@click.argument("subject")
@click.confirmation_option(
    prompt="What the record says of this person cannot be read again. Go on?"
)
def shred(database: str, subject: str) -> None:
    """Make unreadable who a person was, who asked and in which case; needs the database's owner.

    SUBJECT is the person's pseudonym in the ledger, as `causeway ledger fhir` writes it. Their data keys are destroyed;
    every entry and every proof stays as it was.

    \b
    Example: causeway ledger shred --yes 9fQ2…
    """

    async def destroy(connection: Connection) -> int:
        keys: int = await connection.fetchval(KEYS_OF, subject)
        await connection.execute("select ledger.shred($1)", subject)
        return keys

    click.echo(f"{_with(database, destroy)} data keys destroyed")


KEYS_OF = "select count(*) from ledger.data_key where subject = $1"
