"""`causeway verify`: an export of the ledger, and what others kept of it → whether it is whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TextIO

import click

from gateway.ledger.note import Note, VerifierKey
from gateway.ledger.verify import Trust, Verdict, by_name
from gateway.ledger.verify import verify as verify_lines

SHOWN = 20
"""Findings printed before the rest are only counted."""


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
