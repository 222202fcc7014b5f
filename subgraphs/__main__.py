"""One service alone: `python -m subgraphs schools --port 4001`.

Uses DATABASE_URL, or a Postgres kept in the data folder. Answers only under an assertion signed by a gateway it trusts.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson
import uvicorn
from joserfc.jwk import OKPKey

from gateway.assertion import public_keys
from gateway.errors import NotReady
from gateway.register import InvalidRegister, load
from gateway.register.seen import advance
from gateway.register.signed import load_signed
from gateway.tls import GATEWAY, Clients, identity, serving
from subgraphs import roster
from subgraphs.postgres import database_url
from subgraphs.service import Trust, opened, sdl


@click.command()
@click.argument("name", type=click.Choice(roster.NAMES))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=4001, show_default=True)
@click.option(
    "--data",
    envvar="CAUSEWAY_DATA",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path.home() / ".causeway",
    show_default=True,
    help="Folder for what the service keeps itself: its Postgres, the link node's keys.",
)
@click.option(
    "--reader-url",
    envvar="READER_URL",
    help="Postgres URL that an island reads by: its role causeway_NAME, or a login that belongs to that role alone."
    "  [default: DATABASE_URL as that role, with its password from the password file (PGPASSFILE)]",
)
@click.option(
    "--keys",
    envvar="CAUSEWAY_GATEWAY_KEYS",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON Web Key Set: the public keys of the gateways whose assertions count.",
)
@click.option(
    "--register",
    envvar="CAUSEWAY_REGISTER",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=Path("schema/register.toml"),
    show_default=True,
    help="This service's own copy of the register of purposes.",
)
@click.option(
    "--also",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="The register before or after it, while a change is carried through.",
)
@click.option(
    "--signers",
    envvar="CAUSEWAY_SIGNERS",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Who may sign the register; with it, two of them must have. Production sets it.",
)
@click.option(
    "--use",
    "uses",
    envvar="CAUSEWAY_USES",
    multiple=True,
    help="A use of the NHS number that is on; those of the register when none is given.",
)
@click.option(
    "--tls-certificate",
    envvar="CAUSEWAY_TLS_CERTIFICATE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Answer over TLS, with this certificate (PEM). It and the files below are looked at again when they change.",
)
@click.option(
    "--tls-key",
    envvar="CAUSEWAY_TLS_KEY",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Its private key (PEM, no password).",
)
@click.option(
    "--tls-clients",
    envvar="CAUSEWAY_TLS_CLIENTS",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Answer only clients with a certificate of this authority (PEM), /health included. Production sets it.",
)
@click.option(
    "--tls-client-name",
    envvar="CAUSEWAY_TLS_CLIENT_NAME",
    help=f"The one DNS name that clients' certificates must be for (default: {GATEWAY}).",
)
@click.option(
    "--open-sdl", is_flag=True, help="Show the SDL without an assertion: a developer's machine."
)
@click.option("--sdl", "only_sdl", is_flag=True, help="Print the SDL and serve nothing.")
@click.option(
    "--synthetic/--real", default=False, help="Whether invented people's QQ numbers are taken."
)
def main(name: str, *, only_sdl: bool, **given: Any) -> None:
    """Serve one subgraph at /graphql."""
    if only_sdl:
        click.echo(sdl(roster.service(name)), nl=False)
        return
    if given["keys"] is None:
        raise click.UsageError("--keys: whose assertions count? give a JSON Web Key Set")
    try:
        trust = trusted(name, given)
        address = (given["host"], given["port"], encrypted(given))
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(name, address, trust, given))
    except (InvalidRegister, NotReady) as wrong:
        raise click.ClickException(str(wrong)) from wrong


def trusted(name: str, given: dict[str, Any]) -> Trust:
    """Raises InvalidRegister for a register that may not serve: in production unsigned, out of force, or older than one that has."""
    uses = given["uses"] or None
    if given["signers"] is None:
        registers = [load(one, uses=uses) for one in (given["register"], *given["also"])]
    else:
        today = datetime.now(UTC).date()
        first = load_signed(given["register"], given["signers"], on=today, uses=uses)
        others = [load_signed(one, given["signers"], uses=uses) for one in given["also"]]
        registers = [first, *others]
        advance(given["data"] / f"{name}.register.seen", first)
    return Trust(keys_in(given["keys"]), registers[0], tuple(registers[1:]), given["open_sdl"])


def keys_in(path: Path) -> dict[str, OKPKey]:
    """The Ed25519 keys of a key set, by `kid`."""
    return public_keys(OKPKey.import_key(key) for key in orjson.loads(path.read_bytes())["keys"])


def encrypted(given: dict[str, Any]) -> ssl.SSLContext | None:
    """How TLS is spoken; None: not at all. Raises NotReady for files that cannot be used or go unused."""
    authority, name = given["tls_clients"], given["tls_client_name"]
    if name and authority is None:
        raise NotReady(f"--tls-client-name {name}: whose certificates count? give --tls-clients")
    own = identity(given["tls_certificate"], given["tls_key"])
    if own is None and authority is not None:
        raise NotReady(
            f"--tls-clients {authority}: TLS comes first; give --tls-certificate and --tls-key"
        )
    clients = Clients(authority, name or GATEWAY) if authority else None
    return serving(own, clients) if own else None


async def serve(
    name: str,
    address: tuple[str, int, ssl.SSLContext | None],
    trust: Trust,
    given: dict[str, Any],
) -> None:
    """Until interrupted. Raises NotReady for an island whose reader Postgres does not let in."""
    data: Path = given["data"]
    place = (database_url(data), data)
    host, port, tls = address
    kinds = {"synthetic": given["synthetic"], "reader_url": given["reader_url"]}
    async with opened(roster.service(name), place, trust, **kinds) as app:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    main()
