"""`causeway ledger`, `causeway verify`, `causeway witness`: keep the record, hand it out, check it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import asyncpg
import click
import uvicorn

from gateway.ledger.append import OldLedger, create_tables
from gateway.ledger.checkpoint import LatticeSigner, Signer, publish_for_ever
from gateway.ledger.checkpoint import Witness as RemoteWitness
from gateway.ledger.export import export as export_lines
from gateway.ledger.fhir import audit_events
from gateway.ledger.figures import Quarter, figures
from gateway.ledger.note import COSIGNATURE, BadNote, Note, VerifierKey
from gateway.ledger.retention import Retired, years
from gateway.ledger.retention import retire as retire_due
from gateway.ledger.verify import Trust, Verdict, by_name
from gateway.ledger.verify import verify as verify_lines
from gateway.ledger.witness import Memory
from gateway.ledger.witness import witness as witness_app
from gateway.register import load

SHOWN = 20
"""Findings printed before the rest are only counted."""


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


@click.group()
def ledger() -> None:
    """Keep the record of every decision: its tables, its checkpoints, its exports."""


@ledger.command()
@DATABASE
def tables(database: str) -> None:
    """Make or update the ledger's tables, functions and roles; needs the database's owner."""

    async def make() -> None:
        connection = await asyncpg.connect(database)
        try:
            await create_tables(connection)
        finally:
            await connection.close()

    try:
        asyncio.run(make())
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

    async def write() -> int:
        connection = await asyncpg.connect(database)
        lines = 0
        async for line in export_lines(connection):
            output.write(line + "\n")
            lines += 1
        await connection.close()
        return lines

    click.echo(f"{asyncio.run(write())} lines", err=True)


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

    async def lift() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(database)
        lifted = await connection.fetch(LIFT, because)
        await connection.close()
        return lifted

    lifted = asyncio.run(lift())
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

    async def write() -> None:
        connection = await asyncpg.connect(database)
        async for line in audit_events(connection):
            output.write(line + "\n")
        await connection.close()

    asyncio.run(write())


@ledger.command()
@DATABASE
@click.argument("quarter", type=Quarter.parse)
def transparency(database: str, quarter: Quarter) -> None:
    """Print what may be published of a quarter: counts, the small ones suppressed, the rest rounded.

    \b
    Example: causeway ledger transparency 2026-Q4
    """

    async def count() -> dict[str, Any]:
        connection = await asyncpg.connect(database)
        found = await figures(connection, quarter)
        await connection.close()
        return found

    click.echo(json.dumps(asyncio.run(count()), indent=2))


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

    async def run() -> Retired:
        connection = await asyncpg.connect(database)
        done = await retire_due(connection, by_purpose, datetime.now(UTC), folder)
        await connection.close()
        return done

    done = asyncio.run(run())
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

    async def destroy() -> int:
        connection = await asyncpg.connect(database)
        keys: int = await connection.fetchval(KEYS_OF, subject)
        await connection.execute("select ledger.shred($1)", subject)
        await connection.close()
        return keys

    click.echo(f"{asyncio.run(destroy())} data keys destroyed")


KEYS_OF = "select count(*) from ledger.data_key where subject = $1"


@click.command()
@click.argument("file", type=click.File("r"))
@click.option(
    "--key", type=VerifierKey.parse, metavar="KEY", required=True, help="The ledger's public key."
)
@click.option(
    "--witness",
    "witnesses",
    type=VerifierKey.parse,
    metavar="KEY",
    multiple=True,
    help="A witness's key, repeatable; of one with two keys, both.",
)
@click.option("--quorum", type=int, help="Witnesses each checkpoint needs (default: all given).")
@click.option(
    "--checkpoint", "notes", type=click.File("r"), multiple=True, help="One that others kept."
)
@click.option(
    "--receipts", type=click.File("r"), help="Receipts that callers kept, a line of JSON each."
)
def verify(
    file: TextIO,
    key: VerifierKey,
    witnesses: tuple[VerifierKey, ...],
    quorum: int | None,
    notes: tuple[TextIO, ...],
    receipts: TextIO | None,
) -> None:
    """Check an export of the ledger, offline: exit 0 when it is whole, 1 when it is not.

    What it is checked against must not come from the export: ask the ledger's owner for the key, the
    witnesses for theirs and for the last checkpoint they saw, and callers for their receipts.

    \b
    Example: causeway verify ledger.jsonl --key 'causeway.example/ledger+…' --receipts mine.jsonl
    """
    trust = Trust(
        key,
        witnesses,
        len(by_name(witnesses)) if quorum is None else quorum,
        tuple(Note.parse(note.read()) for note in notes),
        tuple(json.loads(line) for line in receipts or ()),
    )
    verdict = verify_lines(file, trust)
    click.echo("\n".join(report(verdict)))
    sys.exit(0 if verdict.whole else 1)


def report(verdict: Verdict) -> Iterable[str]:
    """A verdict as lines for people."""
    for finding in verdict.findings[:SHOWN]:
        yield str(finding)
    if len(verdict.findings) > SHOWN:
        yield f"… and {len(verdict.findings) - SHOWN} more"
    yield (
        f"{verdict.entries} entries in {verdict.streams} streams, {verdict.checkpoints} checkpoints;"
        f" {verdict.entries - verdict.covered} entries are newer than the last checkpoint"
    )
    yield "whole" if verdict.whole else f"NOT WHOLE: {len(verdict.findings)} findings"


@click.command()
@click.option("--port", type=int, default=4100, show_default=True)
@click.option(
    "--key-file",
    type=Path,
    required=True,
    help="This witness's private key, made if absent; its ML-DSA-44 key is beside it, as FILE.mldsa.",
)
@click.option("--name", required=True, help="This witness's name, such as icb.example/witness.")
@click.option(
    "--ledger",
    "ledgers",
    type=VerifierKey.parse,
    metavar="KEY",
    multiple=True,
    required=True,
    help="A ledger's public key.",
)
@click.option(
    "--memory", type=Path, required=True, help="The file that remembers what was cosigned."
)
def witness(
    port: int, key_file: Path, name: str, ledgers: tuple[VerifierKey, ...], memory: Path
) -> None:
    """Cosign checkpoints of other people's ledgers: only ever what extends what was seen before."""
    lattice = LatticeSigner.at(key_file.with_name(key_file.name + ".mldsa"), name)
    signers = (Signer.at(key_file, name, COSIGNATURE), lattice)
    click.echo("\n".join(f"witness {one.key}" for one in signers))
    click.echo(f"listening on http://127.0.0.1:{port}/add-checkpoint")
    app = witness_app(signers, {key.name: key for key in ledgers}, Memory(memory))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
