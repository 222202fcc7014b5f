"""`causeway pds`: stub patients or the demonstration's → a stand-in of the NHS Personal Demographics Service."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from gateway.commands.serve import until_stopped
from gateway.listening import listening
from subgraphs.link.tracing.application import NAME, application_in
from subgraphs.pds.access import Access
from subgraphs.pds.app import PATH, RATE, TOKEN_PATH, Pace, Service
from subgraphs.pds.patients import Patients
from subgraphs.pds.stubs import Unreadable, from_folder, invented
from subgraphs.population import CHILDREN

_EPILOG = """\b
Examples:
  causeway pds
  causeway pds --patients stubs/ --port 9100
  causeway pds --sandbox --rate 0

In its own mode it asks for a token, and gives one for an assertion signed by the key at --key, which is
made on first use and which `causeway trace` signs with. As a sandbox it asks for none and a search may
find up to fifty."""


@click.command(epilog=_EPILOG)
@click.option("--port", default=9000, show_default=True, help="Port on this machine; 0 takes one.")
@click.option(
    "--patients",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of FHIR Patients and search results.  [default: the demo's invented children]",
)
@click.option("--children", default=CHILDREN, show_default=True, help="How many of the demo's.")
@click.option(
    "--rate",
    default=float(RATE),
    show_default=True,
    help="Requests a second and application; 0: any.",
)
@click.option("--sandbox", is_flag=True, help="Ask for no token; find up to fifty.")
@click.option(
    "--key",
    envvar="CAUSEWAY_PDS_KEY",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path.home() / ".causeway" / "pds.jwk",
    help="The application's key.  [default: ~/.causeway/pds.jwk]",
)
@click.option("--application", default=NAME, show_default=True, help="The application's name.")
def pds(**options: Any) -> None:
    """Serve a stand-in of the NHS Personal Demographics Service, on this machine only."""
    try:
        folder = options["patients"]
        patients = from_folder(folder) if folder else invented(options["children"])
    except Unreadable as why:
        raise click.UsageError(str(why)) from why
    asyncio.run(until_stopped(lambda stop: _serve(stop, patients, options)))


async def _serve(stop: asyncio.Event, patients: Patients, options: dict[str, Any]) -> None:
    access = None if options["sandbox"] else _access(options)
    service = Service(patients, access, Pace(options["rate"]))
    async with listening(service.app(), options["port"]) as url:
        if access:
            access.audience = url + TOKEN_PATH
        mode = "no token asked for" if access is None else f"tokens for {options['application']}"
        click.echo(f"{len(patients)} patients at {url}{PATH}; {mode}; Ctrl-C stops")
        await stop.wait()


def _access(options: dict[str, Any]) -> Access:
    asking = application_in(options["key"], options["application"])
    return Access({asking.name: asking.public_key()})
