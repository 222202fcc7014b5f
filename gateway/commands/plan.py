"""`causeway plan`: an operation → who would be asked what, and what a purpose would keep closed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

import click

from gateway.federation.errors import InvalidOperation, InvalidSupergraph, TooCostly, Unplannable
from gateway.federation.planning.limits import Limits
from gateway.federation.planning.operation import Operation, read
from gateway.federation.planning.planner import plan as planned
from gateway.federation.planning.printing import short, tree
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph, load
from gateway.purpose.admit import Admissions
from gateway.purpose.closable import closable
from gateway.purpose.labels import compiled
from gateway.register import load as load_register

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
SCHEMA = Path(__file__).parents[2] / "schema"


@click.command()
@click.argument("operation", type=click.File("r"))
@click.option(
    "--supergraph", "path", type=_FILE, default=SCHEMA / "supergraph.graphql", help="The graph."
)
@click.option(
    "--variables", default="{}", help="Variables as JSON; they decide @skip and @include."
)
@click.option("--name", help="Which operation, when the document has several.")
@click.option(
    "--purpose", help="Plan only what this purpose opens; with --role and --organisation-kind."
)
@click.option("--role", help="A role of the register.")
@click.option("--organisation-kind", "kind", default="LA", show_default=True)
@click.option(
    "--register", "table", type=_FILE, default=SCHEMA / "register.toml", help="The register."
)
@click.option(
    "--tree", "as_tree", is_flag=True, help="Print sequence, parallel, flatten and fetch."
)
def plan(
    operation: TextIO, path: Path, variables: str, name: str | None, *, as_tree: bool, **who: str
) -> None:
    """Print the query plan of an OPERATION file, and what its purpose withholds.

    \b
    Examples:
      causeway plan question.graphql
      causeway plan question.graphql --purpose EHC_NEEDS_ASSESSMENT --role ehc_coordinator
    """
    try:
        supergraph = load(path.read_text())
        schema = closable(api_schema(supergraph)) if who["purpose"] else api_schema(supergraph)
        found = read(operation.read(), name, json.loads(variables), schema, Limits())
        if who["purpose"]:
            found = _admitted(found, supergraph, who)
        plan_ = planned(found, supergraph)
    except (InvalidSupergraph, InvalidOperation, TooCostly, Unplannable, ValueError) as wrong:
        raise click.ClickException(str(wrong)) from wrong
    click.echo(tree(plan_) if as_tree else short(plan_))


def _admitted(operation: Operation, supergraph: Supergraph, who: dict[str, str]) -> Operation:
    """The open part; what is withheld is printed."""
    register = load_register(Path(who["table"]))
    asking = (who["purpose"], who["role"] or "", who["kind"])
    refused = register.refusal(*asking)
    if refused:
        raise click.ClickException(f"{refused}: {', '.join(asking)}")
    admissions = Admissions(register, compiled(supergraph, register))
    admission = admissions.admit(operation, register.opening(*asking))
    for one in admission.withheld:
        click.echo(f"withheld {'.'.join(one.path)}: {one.code} {' '.join(one.categories)}")
    return admission.operation
