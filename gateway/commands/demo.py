"""`causeway demo`: the whole of it on this machine, with invented children, ready to be asked."""

from __future__ import annotations

import asyncio
import json
import shlex
from pathlib import Path

import click
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.commands.serve import until_stopped
from gateway.demo import Person, Running, people, running
from gateway.demo.shown import shown
from gateway.errors import GatewayError

QUERY = """query Ehc($identifier: IdentifierInput!) {
  child(identifier: $identifier) {
    identity { status verifiedOn }
    nhsNumber
    pupil { senProvision }
  }
}"""
"""A crossing from the link node to the schools, with something withheld."""


@click.command()
@click.option(
    "--port", type=int, default=4000, show_default=True, help="Where the gateway answers."
)
@click.option("--fresh", is_flag=True, help="Forget what earlier runs left, and begin again.")
@click.option(
    "--children",
    type=click.IntRange(8, 49_000),
    default=200,
    show_default=True,
    help="How many invented children.",
)
@click.option(
    "--data",
    envvar="CAUSEWAY_DATA",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path.home() / ".causeway",
    show_default=True,
    help="The folder that keeps it between runs.",
)
def demo(port: int, children: int, data: Path, *, fresh: bool) -> None:
    """Run everything on this machine: Postgres, invented children, six subgraphs and the gateway.

    All of it is invented: no number can be a real person's. The demo switches all three uses of the
    NHS number on, which a deployment would not. A second run finds the data of the first.

    \b
    Examples:
      causeway demo
      causeway demo --port 4100 --children 2000 --fresh
    """

    async def run(stop: asyncio.Event) -> None:
        await _until(stop, data, port=port, children=children, fresh=fresh)

    try:
        uvloop.run(until_stopped(run))
    except GatewayError as wrong:
        raise click.ClickException(wrong.message) from wrong
    click.echo("stopped")


async def _until(stop: asyncio.Event, data: Path, *, port: int, children: int, fresh: bool) -> None:
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=1.0)

        def tell(what: str, done: float) -> None:
            progress.update(task, description=what, completed=done)
            if not console.is_terminal:
                click.echo(what)

        async with running(data, tell, children=children, port=port, fresh=fresh) as machine:
            progress.stop()
            with shown(machine, data):
                click.echo(introduction(machine))
                await stop.wait()


def introduction(machine: Running) -> str:
    """What a newcomer needs: where it is, who may ask, and a line to try."""
    callers = people(machine.children)
    lines = [
        f"\nCauseway answers at {machine.url}/graphql   (health: {machine.url}/health)",
        f"{len(machine.children)} invented children; every use of the NHS number is switched on here.",
        "\nCallers, each with a purpose and a token that is good for twelve hours:\n",
    ]
    for person in callers:
        lines += [
            f"  {person.title} ({person.organisation}), for {person.purpose}, about {_about(person)}",
            f"    {_token(machine, person)}\n",
        ]
    lines += [
        "Try it; the NHS number is withheld, and the answer says why:\n",
        curl(machine, callers[0]),
    ]
    lines += [
        "\nThe fourteen journeys, each asked as whoever's it is, in another shell:\n",
        "causeway journey",
        "causeway journey 1",
        f"\nThe ledger's key, for `causeway verify`: {machine.ledger_key}",
        "Ctrl-C stops it all.",
    ]
    return "\n".join(lines)


def curl(machine: Running, person: Person) -> str:
    """A request as a line for the shell."""
    body = {"query": QUERY, "variables": {"identifier": person.identifier}}
    headers = (
        "content-type: application/json",
        f"declared-purpose: {person.purpose}",
        f"authorization: Bearer {_token(machine, person)}",
    )
    parts = ["curl", "-s", f"{machine.url}/graphql"]
    for header in headers:
        parts += ["-H", header]
    return shlex.join([*parts, "-d", json.dumps(body)])


def _about(person: Person) -> str:
    by = f" by {json.dumps(person.identifier)}" if person.identifier else ""
    return f"{person.child}{by}"


def _token(machine: Running, person: Person) -> str:
    return machine.issuer.token(person.subject, person.role, person.organisation)
