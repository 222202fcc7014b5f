"""`causeway`: every command, each in its own file under `commands`."""

from __future__ import annotations

import click

from gateway.commands.canary import canary
from gateway.commands.compose import compose
from gateway.commands.count import count
from gateway.commands.demo import demo
from gateway.commands.journey import journey
from gateway.commands.keys import keys
from gateway.commands.ledger import ledger
from gateway.commands.load import load
from gateway.commands.match import match
from gateway.commands.pds import pds
from gateway.commands.plan import plan
from gateway.commands.reconcile import reconcile
from gateway.commands.register import register
from gateway.commands.serve import serve
from gateway.commands.trace import trace
from gateway.commands.upgrade import upgrade
from gateway.commands.verify import verify
from gateway.commands.witness import witness


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="causeway")
def main() -> None:
    """One graph over agency identifier islands, answered only for a declared purpose."""


for command in (
    demo,
    journey,
    serve,
    compose,
    plan,
    load,
    count,
    pds,
    trace,
    match,
    reconcile,
    ledger,
    verify,
    witness,
    register,
    keys,
    canary,
    upgrade,
):
    main.add_command(command)
