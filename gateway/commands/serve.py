"""`causeway serve`: a supergraph over HTTP, with a register of purposes or, for one that has none, without."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import uvloop

from gateway.app import application
from gateway.doors import Http
from gateway.errors import GatewayError
from gateway.federation.engine import Engine
from gateway.federation.errors import InvalidSupergraph
from gateway.federation.supergraph import Supergraph, load
from gateway.listening import listening
from gateway.pipeline import Plain
from gateway.register.labels import IDENTITY

COLLECTIONS = (20_000, 50, 100)
"""How often Python looks for garbage: answers are trees without cycles, so seldom (speed.md §4.4)."""


@click.command()
@click.option(
    "--supergraph",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The composed supergraph, as `causeway compose` writes it.",
)
@click.option("--no-register", is_flag=True, help="Serve a supergraph that has no purposes.")
@click.option("--port", type=int, default=4000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(path: Path, port: int, host: str, *, no_register: bool) -> None:
    """Serve a supergraph at /graphql.

    \b
    Example: causeway serve --supergraph supergraph.graphql --no-register --port 4000
    """
    try:
        supergraph = load(path.read_text())
        if not no_register:
            raise click.UsageError("say --no-register, or use `causeway demo`")
        if labelled(supergraph):
            raise click.ClickException(
                f"{path} labels its fields with @category: it is served with a register, or not at all"
            )
        uvloop.run(until_stopped(lambda stop: _plain(supergraph, (host, port), stop)))
    except (InvalidSupergraph, GatewayError) as wrong:
        raise click.ClickException(f"{path}: {wrong}") from wrong


def labelled(supergraph: Supergraph) -> bool:
    """Whether the supergraph says of any field what it tells of a person."""
    return any(link.identity == IDENTITY for link in supergraph.links)


async def _plain(supergraph: Supergraph, address: tuple[str, int], stop: asyncio.Event) -> None:
    door = Http(supergraph.subgraphs)
    gateway = Plain(Engine(supergraph), door)
    settle()
    async with listening(application(gateway.answer, lambda: None), address[1], address[0]) as url:
        click.echo(f"{len(supergraph.subgraphs)} subgraphs at {url}/graphql; Ctrl-C stops")
        sys.stdout.flush()
        await stop.wait()
    door.close()


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
