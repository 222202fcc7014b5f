"""`causeway serve`: a supergraph over HTTP, with a register of purposes or, for one that has none, without."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import uniform
from typing import Any
from urllib.request import urlopen

import click
import orjson
import uvloop
from joserfc.jwk import OKPKey

from gateway.app import application
from gateway.assembly import Parts, assembled
from gateway.assertion import Signer, new_key
from gateway.budget import USUAL
from gateway.budget import Limits as LookupLimits
from gateway.caller import Callers, read_issuers
from gateway.commands.certificates import calls, in_the_clear, listens, options
from gateway.doors import Events, Http
from gateway.errors import GatewayError
from gateway.federation.engine import Engine
from gateway.federation.errors import FederationError
from gateway.federation.planning.labels import active
from gateway.federation.planning.limits import STRICT, Limits
from gateway.federation.supergraph import Supergraph, load
from gateway.ledger.append import Ledger
from gateway.ledger.checkpoint import Signer as LedgerSigner
from gateway.ledger.sealing import AuditKey
from gateway.ledger.spool import Spool
from gateway.ledger.watch import Watch
from gateway.listening import listening
from gateway.plain import Plain
from gateway.purpose.scopes import UNDERSTOOD
from gateway.recording import spoolable
from gateway.register import InvalidRegister
from gateway.register import load as load_register
from gateway.register.labels import IDENTITY
from gateway.register.seen import advance
from gateway.register.signed import load_signed

COLLECTIONS = (20_000, 50, 100)
"""How often Python looks for garbage: answers are trees without cycles, so seldom (speed.md §4.4)."""
KEYS_SECONDS = 10.0
NEEDED = ("register", "issuers", "keys", "ledger")

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option(
    "--supergraph", "path", type=_FILE, required=True, help="As `causeway compose` writes it."
)
@click.option("--no-register", is_flag=True, help="Serve a supergraph that has no purposes.")
@click.option("--register", type=_FILE, help="The register of purposes.")
@click.option(
    "--signers",
    type=_FILE,
    envvar="CAUSEWAY_SIGNERS",
    help="Who may sign the register; with it, two of them must have. Production sets it.",
)
@click.option("--issuers", type=_FILE, help="Who may vouch for callers (TOML).")
@click.option(
    "--keys",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of this gateway's keys, made if absent.",
)
@click.option(
    "--ledger",
    envvar="LEDGER_URL",
    help="The ledger, as causeway_gateway (default: LEDGER_URL).",
)
@click.option(
    "--origin", default="causeway.example/ledger", show_default=True, help="The ledger's name."
)
@click.option(
    "--witnesses",
    "quorum",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Witnesses who must cosign a checkpoint; four hours without it stop all answers.",
)
@click.option(
    "--max-cost",
    type=click.IntRange(1),
    help=f"The most that an operation may cost by @cost and @listSize (default: {STRICT.cost}; none "
    "without a register).",
)
@click.option(
    "--children-an-hour",
    type=click.IntRange(1),
    default=USUAL.children_an_hour,
    show_default=True,
    help="Children whom one caller may look up by number in an hour, their own caseload aside.",
)
@click.option(
    "--misses",
    type=click.IntRange(1),
    default=USUAL.misses_in_ten_minutes,
    show_default=True,
    help="Lookups that may come to nothing in ten minutes, for one caller.",
)
@options
@click.option("--port", type=int, default=4000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(path: Path, port: int, host: str, *, no_register: bool, **given: Any) -> None:
    """Serve a supergraph at /graphql.

    With a register, callers need a token of a registered issuer and a declared purpose, and nothing is
    released that is not in the ledger. Without one, everything is open to whoever may reach the port.

    Beside a gateway with a register runs `causeway ledger publish`, in a process of its own: it may read the ledger,
    which the gateway may not. While no checkpoint is published answers go on for four hours and then stop; /health
    and the log say so after five minutes, with the time that is left.

    Subgraphs at https URLs are called over TLS, and their names checked against their certificates. A subgraph started
    with --tls-clients asks for the gateway's: --certificate and --key. Renewed files need no restart.

    \b
    Examples:
      causeway serve --supergraph supergraph.graphql --no-register --port 4000
      causeway serve --supergraph schema/supergraph.graphql --register schema/register.toml \\
          --issuers issuers.toml --keys /etc/causeway/keys
      causeway serve … --subgraph-ca ca.pem --certificate gateway.pem --key gateway.key
    """
    try:
        supergraph = load(path.read_text(), () if no_register else UNDERSTOOD)
        if no_register and labelled(supergraph):
            raise click.ClickException(
                f"{path} labels its fields with @category: it is served with a register, or not at all"
            )
        if not no_register and (missing := [n for n in NEEDED if not given[n]]):
            needed = ", ".join(f"--{name}" for name in missing)
            raise click.UsageError(f"give {needed}, or say --no-register")
        run = _plain if no_register else _with_register
        uvloop.run(until_stopped(lambda stop: run(supergraph, (host, port), stop, given)))
    except GatewayError as wrong:
        raise click.ClickException(wrong.message) from wrong
    except (FederationError, InvalidRegister) as wrong:
        raise click.ClickException(f"{path}: {wrong}") from wrong


def labelled(supergraph: Supergraph) -> bool:
    """Whether the supergraph says of any field what it tells of a person."""
    return any(link.identity == IDENTITY for link in supergraph.links)


async def _plain(
    supergraph: Supergraph, address: tuple[str, int], stop: asyncio.Event, given: dict[str, Any]
) -> None:
    door, source = _doors(supergraph, given)
    gateway = Plain(
        Engine(supergraph, Limits(cost=given["max_cost"])),
        door,
        source,
        lambda: active(supergraph, uniform(0, 100)),
    )
    settle()
    app = application(gateway.answer, lambda: None)
    async with listening(app, address[1], address[0], tls=listens(given)) as url:
        _announce(f"{len(supergraph.subgraphs)} subgraphs at {url}/graphql; Ctrl-C stops")
        _announce_clear(supergraph)
        await stop.wait()
    door.close()


async def _with_register(
    supergraph: Supergraph, address: tuple[str, int], stop: asyncio.Event, given: dict[str, Any]
) -> None:
    keys: Path = given["keys"]
    today = datetime.now(UTC).date()
    register = (
        load_signed(given["register"], given["signers"], on=today)
        if given["signers"]
        else load_register(given["register"], on=today)
    )
    if given["signers"]:
        advance(keys / "register.seen", register)
    issuers = read_issuers(given["issuers"].read_bytes(), register)
    door, source = _doors(supergraph, given)
    async with AsyncExitStack() as stack:
        audit = AuditKey.at(keys / "audit.key")
        spool = Spool(keys / "emergency.spool", audit, spoolable(register))
        watch = Watch(quorum=given["quorum"])
        ledger = Ledger(given["ledger"], "gateway", audit, watch=watch, spool=spool)
        await ledger.open()
        stack.push_async_callback(ledger.close)
        stack.callback(door.close)
        signer = signing_key(keys / "gateway.jwk")
        gateway = assembled(
            Parts(
                supergraph=supergraph,
                register=register,
                callers=Callers(issuers, fetched),
                door=door,
                signer=Signer(signer),
                ledger=ledger,
                promising=LedgerSigner.at(keys / "ledger.key", given["origin"]),
                limits=replace(STRICT, cost=given["max_cost"] or STRICT.cost),
                lookups=LookupLimits(given["children_an_hour"], given["misses"]),
                source=source,
            )
        )
        app = application(gateway.answer, lambda: ledger.problem, lambda: ledger.alarm)
        settle()
        server = listening(app, address[1], address[0], tls=listens(given))
        url = await stack.enter_async_context(server)
        _announce(f"register {register.version} at {url}/graphql; Ctrl-C stops")
        _announce_clear(supergraph)
        _announce(f"subgraphs trust the keys in {keys / 'gateway.public.json'}")
        _announce(
            "beside it, as causeway_integrator, or answers stop after four hours: causeway ledger publish"
            f" --key-file {keys / 'ledger.key'} --origin {given['origin']}"
        )
        await stop.wait()


def _doors(supergraph: Supergraph, given: dict[str, Any]) -> tuple[Http, Events]:
    tls = calls(supergraph.subgraphs, given)
    return Http(supergraph.subgraphs, tls=tls), Events(supergraph.subgraphs, tls=tls)


def signing_key(path: Path) -> OKPKey:
    """The key that signs calls, made on first use; its public half beside it is for the subgraphs."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = new_key("gateway-1")
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(orjson.dumps(made.as_dict(private=True)))
        public = orjson.dumps({"keys": [made.as_dict(private=False)]})
        path.with_name("gateway.public.json").write_bytes(public)
    return OKPKey.import_key(orjson.loads(path.read_bytes()))


async def fetched(source: str) -> bytes:
    """An issuer's keys: a file's bytes, or what its https URL answers."""
    if "://" not in source:
        return await asyncio.to_thread(Path(source).read_bytes)
    return await asyncio.to_thread(_downloaded, source)


def _downloaded(url: str) -> bytes:
    with urlopen(url, timeout=KEYS_SECONDS) as answer:
        body: bytes = answer.read(300_000)
        return body


def _announce(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()


def _announce_clear(supergraph: Supergraph) -> None:
    if clear := in_the_clear(supergraph.subgraphs):
        _announce(f"called without TLS, at http URLs: {', '.join(clear)}")


def settle() -> None:
    """After start-up: what lives for ever is looked at no more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)


async def until_stopped(run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Runs something that ends when it is told to: by Ctrl-C or by being terminated."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stop.set)
    await run(stop)
