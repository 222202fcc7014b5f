"""`causeway reconcile FILE`: people with their NHS numbers as an authority holds them → how each agrees with the NHS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gateway.commands.tracing import nhs_options, run
from subgraphs.link.tracing.batch import RECONCILE
from subgraphs.link.tracing.report import write_reconciled

_EPILOG = """\b
Examples:
  causeway reconcile children.csv --output differences.csv

FILE is as for `causeway trace`, with NHSNumber; addresses are compared where there are
AddressLine1 and AddressLine2, or AddressHistory: the present address first, addresses
parted by |, their lines by commas, the postcode last. Outcomes name fields and say
nothing of what stands in them.

\b
Exit: as `causeway trace`."""


@click.command(epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@nhs_options
@click.pass_context
def reconcile(context: click.Context, /, file: Path, **options: Any) -> None:
    """Compare the people in FILE, and their NHS numbers, with what the NHS holds; nothing is changed.

    Each row comes to one of the SUI matcher's seven statuses.
    """
    run(context, (RECONCILE, write_reconciled), file, options)
