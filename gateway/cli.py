"""`causeway`: every command, each in its own file under `commands`."""

from __future__ import annotations

import click

from gateway.commands.ledger import ledger, verify, witness


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="causeway")
def main() -> None:
    """One graph over agency identifier islands, answered only for a declared purpose."""


for command in (ledger, verify, witness):
    main.add_command(command)
