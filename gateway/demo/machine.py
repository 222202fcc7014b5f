"""Everything on one machine: an embedded Postgres, invented children, six subgraphs and the gateway.

A folder keeps it all between runs: the database, the keys, the children. All of it listens on this
machine only, and all of it ends when the block does.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from importlib import import_module
from pathlib import Path

import asyncpg

from gateway.app import application
from gateway.assembly import Parts, assembled
from gateway.assertion import Signer, new_key, public_keys
from gateway.caller import Callers
from gateway.caller.demo import DemoIssuer
from gateway.demo.people import ORGANISATIONS
from gateway.doors import Events, Http
from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.supergraph import Supergraph, load
from gateway.ledger.append import Ledger
from gateway.ledger.checkpoint import Signer as LedgerSigner
from gateway.ledger.checkpoint import publish_for_ever
from gateway.ledger.sealing import AuditKey
from gateway.ledger.spool import Spool
from gateway.ledger.tables import create_tables, gateway_url
from gateway.listening import listening
from gateway.recording import spoolable
from gateway.register import Register
from gateway.register import load as load_register
from subgraphs import roster
from subgraphs.menu import count_all
from subgraphs.pds.app import Pace
from subgraphs.pds.app import Service as StandIn
from subgraphs.pds.stubs import patients
from subgraphs.population import Child, population
from subgraphs.population.county import PEOPLE, load_county
from subgraphs.postgres import database_url, pool
from subgraphs.service import Trust, opened, sdl

REGISTER = Path(__file__).parents[2] / "schema" / "register.toml"
USES = ("proportionate", "universal", "universal_plus", "rights", "assurance", "sealed")
"""The demo switches every use of the NHS number on, and says so."""
LEDGER_SECONDS = 1.0
ORIGIN = "causeway.example/demo"
LOADED = "children.json"

Tell = Callable[[str, float], None]
"""What is being done, and how far along it is from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Running:
    """A demo that answers: where, who may ask, and about whom."""

    url: str
    subgraphs: Mapping[str, str]
    issuer: DemoIssuer
    register: Register
    children: tuple[Child, ...]
    ledger_key: str
    database: str


@asynccontextmanager
async def running(
    folder: Path, tell: Tell, *, children: int, port: int = 0, fresh: bool = False
) -> AsyncIterator[Running]:
    """The whole of it, for as long as the block lasts."""
    register = load_register(REGISTER, uses=USES)
    tell("starting Postgres", 0.0)
    database = await asyncio.to_thread(_database, folder, fresh=fresh)
    invented = population(children)
    await _tables(database)
    await _load(database, folder, invented, tell)
    await _count(database)
    async with AsyncExitStack() as stack:
        tell("starting six subgraphs and a stand-in of the NHS", 0.9)
        signing = new_key("demo-gateway")
        trust = Trust(public_keys([signing]), register)
        with await _nhs(stack, invented):
            urls = {
                name: await _subgraph(stack, name, (database, folder), trust)
                for name in roster.NAMES
            }
        tell("starting the gateway", 0.95)
        issuer = DemoIssuer(register, ORGANISATIONS)
        promising = LedgerSigner.at(folder / "ledger.key", ORIGIN)
        audit = AuditKey.at(folder / "audit.key")
        spool = Spool(folder / "emergency.spool", audit, spoolable(register))
        # Six subgraphs and Postgres share this machine's processors with the gateway.
        ledger = Ledger(gateway_url(database), "demo", audit, spool=spool, seconds=LEDGER_SECONDS)
        await ledger.open()
        stack.push_async_callback(ledger.close)
        publishing = asyncio.create_task(publish_for_ever(database, promising))
        stack.callback(publishing.cancel)
        supergraph = _supergraph(urls)
        gateway = assembled(
            Parts(
                supergraph=supergraph,
                register=register,
                callers=Callers([issuer.issuer], issuer.fetch),
                door=_door(stack, supergraph),
                signer=Signer(signing),
                ledger=ledger,
                promising=promising,
                source=Events(supergraph.subgraphs),
            )
        )
        app = application(gateway.answer, lambda: ledger.problem, lambda: ledger.alarm)
        url = await stack.enter_async_context(listening(app, port))
        tell("ready", 1.0)
        yield Running(url, urls, issuer, register, invented, str(promising.key), database)


async def _nhs(stack: AsyncExitStack, children: Sequence[Child]) -> AbstractContextManager[None]:
    """A stand-in of the Personal Demographics Service for the link node to trace by, unless it was told of one."""
    if "CAUSEWAY_PDS" in os.environ:
        return nullcontext()
    service = StandIn(patients(children), None, Pace(0))
    return _told(CAUSEWAY_PDS=await stack.enter_async_context(listening(service.app())))


@contextmanager
def _told(**settings: str) -> Iterator[None]:
    """What the link node reads of its environment as it is opened, and nobody after it."""
    settings["CAUSEWAY_PDS_SANDBOX"] = "yes"
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in settings:
            del os.environ[name]


def _database(folder: Path, *, fresh: bool) -> str:
    if fresh and folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return database_url(folder)


def _door(stack: AsyncExitStack, supergraph: Supergraph) -> Http:
    door = Http(supergraph.subgraphs)
    stack.callback(door.close)
    return door


async def _subgraph(stack: AsyncExitStack, name: str, place: tuple[str, Path], trust: Trust) -> str:
    service = opened(roster.service(name), place, trust, synthetic=True)
    return await stack.enter_async_context(listening(await stack.enter_async_context(service)))


def _supergraph(urls: Mapping[str, str]) -> Supergraph:
    sources = [Source(n, f"{u}/graphql", sdl(roster.service(n))) for n, u in urls.items()]
    return load(compose(sources).sdl)


async def _tables(database: str) -> None:
    async with pool(database, [roster.service(name).tables for name in roster.NAMES]):
        connection = await asyncpg.connect(database)
        await create_tables(connection)
        await connection.close()


async def _load(database: str, folder: Path, children: tuple[Child, ...], tell: Tell) -> None:
    """Loads the children unless an earlier run on the same day did so to its end."""
    marker = folder / LOADED
    wanted = {"children": len(children), "county": PEOPLE, "day": _today().isoformat()}
    if marker.exists() and json.loads(marker.read_text()) == wanted:
        tell(f"found {len(children)} invented children", 0.8)
        return
    marker.unlink(missing_ok=True)
    connection = await asyncpg.connect(database)
    for done, name in enumerate(roster.NAMES):
        tell(f"loading {len(children)} invented children into {name}", 0.2 + 0.12 * done)
        loading = import_module(f"subgraphs.{name}").load_population
        if name == "link":
            loading = partial(loading, folder=folder)
        await loading(connection, children)
    await load_county(connection, children, _today())
    await connection.close()
    marker.write_text(json.dumps(wanted))


async def _count(database: str) -> None:
    connection = await asyncpg.connect(database)
    async for _ in count_all(connection, _today()):
        pass
    await connection.close()


def _today() -> date:
    return datetime.now(UTC).date()
