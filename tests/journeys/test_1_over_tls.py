"""Journey 1 between machines: `causeway serve` and its subgraphs, each sure of the other's name."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.caller.issuer import Issuer
from gateway.commands.serve import signing_key
from gateway.demo.machine import REGISTER
from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.ledger.tables import gateway_url
from gateway.listening import listening
from gateway.register import load
from gateway.tls import GATEWAY, Clients, Identity, serving
from subgraphs import roster
from subgraphs.__main__ import keys_in
from subgraphs.service import Trust, opened, sdl
from tests.certificates import HERE, Authority

APART = "schools"
"""The subgraph that is started by its own command, as on another machine; the others are here."""


@asynccontextmanager
async def started(*program: object, **environment: str) -> AsyncIterator[asyncio.StreamReader]:
    """A process, and what it says."""
    command = [sys.executable, "-m", *map(str, program)]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=-1, stderr=-2, env=os.environ | environment
    )
    assert process.stdout
    try:
        yield process.stdout
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def subgraphs(machine: Any, keys: Path, ours: Authority) -> AsyncIterator[Mapping[str, str]]:
    """Where each answers; they answer the gateway alone."""
    own = ours.issue(HERE)
    trust = Trust(keys_in(keys / "gateway.public.json"), load(REGISTER))
    tls = serving(own, Clients(ours.file))
    async with AsyncExitStack() as stack:
        urls = {APART: await stack.enter_async_context(apart(machine, keys, ours, own))}
        for name in set(roster.NAMES) - {APART}:
            place = (machine.demo.database, machine.folder)
            service = opened(roster.service(name), place, trust, synthetic=True)
            app = await stack.enter_async_context(service)
            urls[name] = await stack.enter_async_context(listening(app, tls=tls))
        yield urls


@asynccontextmanager
async def apart(machine: Any, keys: Path, ours: Authority, own: Identity) -> AsyncIterator[str]:
    options = {
        "--port": (port := free_port()),
        "--keys": keys / "gateway.public.json",
        "--register": REGISTER,
        "--tls-certificate": own.certificate,
        "--tls-key": own.key,
        "--tls-clients": ours.file,
    }
    program = [
        "subgraphs",
        APART,
        "--synthetic",
        *(part for one in options.items() for part in one),
    ]
    async with started(*program, DATABASE_URL=machine.demo.database):
        yield f"https://{HERE}:{port}"


def free_port() -> int:
    with socket.socket() as one:
        one.bind((HERE, 0))
        port: int = one.getsockname()[1]
        return port


async def health(url: str, ours: Authority, own: Identity | None) -> int:
    """The status that whoever shows this certificate is answered with."""
    async with httpx.AsyncClient(verify=trusting(ours, own)) as client:
        return (await client.get(f"{url}/health")).status_code


def trusting(ours: Authority, own: Identity | None = None) -> ssl.SSLContext:
    tls = ssl.create_default_context(cafile=ours.file)
    if own is not None:
        tls.load_cert_chain(own.certificate, own.key)
    return tls


async def ready(url: str, ours: Authority) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                assert await health(url, ours, ours.issue(GATEWAY)) == 200
            except httpx.ConnectError:
                await asyncio.sleep(0.1)
            else:
                return


@asynccontextmanager
async def gateway(machine: Any, folder: Path, ours: Authority) -> AsyncIterator[str]:
    """`causeway serve` of what stands in the folder."""
    own, shown = ours.issue("localhost"), ours.issue(GATEWAY)
    options = {
        "--supergraph": folder / "supergraph.graphql",
        "--register": REGISTER,
        "--issuers": issuers(folder, machine.demo.issuer.issuer, machine.demo.issuer.key),
        "--keys": folder / "keys",
        "--ledger": gateway_url(machine.demo.database),
        "--port": 0,
        "--subgraph-ca": ours.file,
        "--certificate": shown.certificate,
        "--key": shown.key,
        "--tls-certificate": own.certificate,
        "--tls-key": own.key,
    }
    async with started(
        "gateway", "serve", *(part for one in options.items() for part in one)
    ) as says:
        said = (await asyncio.wait_for(says.readline(), 30)).decode()
        yield said[said.index("https") : said.index("/graphql")].replace(HERE, "localhost")


def issuers(folder: Path, issuer: Issuer, key: Any) -> Path:
    """The machine's own issuer, as a file."""
    (folder / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    lines = [
        "[[issuer]]",
        f"name = {json.dumps(issuer.name)}",
        f"audience = {json.dumps(issuer.audience)}",
        f"jwks = {json.dumps(str(folder / 'jwks.json'))}",
        f"algorithms = {json.dumps(issuer.algorithms)}",
        f"longest_life = {issuer.longest_life}",
    ]
    for name, table in (("roles", issuer.roles), ("organisations", issuer.organisations)):
        lines.append(f"[issuer.{name}]")
        lines += [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items()]
    (folder / "issuers.toml").write_text("\n".join(lines))
    return folder / "issuers.toml"


async def test_an_ehc_needs_assessment_is_asked_for_and_answered_over_tls_alone(
    machine, journey, tmp_path: Path
) -> None:
    ours, person = Authority(tmp_path), machine.people["EHC coordinator"]
    signing_key(tmp_path / "keys" / "gateway.jwk")
    # The ledger is the machine's: its data keys are under the machine's audit key.
    (tmp_path / "keys" / "audit.key").write_bytes((machine.folder / "audit.key").read_bytes())
    async with subgraphs(machine, tmp_path / "keys", ours) as urls:
        sources = [Source(n, f"{u}/graphql", sdl(roster.service(n))) for n, u in urls.items()]
        (tmp_path / "supergraph.graphql").write_text(compose(sources).sdl)
        await ready(urls[APART], ours)
        for stranger in (None, ours.issue("learners")):
            with pytest.raises(httpx.TransportError):
                await health(urls[APART], ours, stranger)
        async with (
            gateway(machine, tmp_path, ours) as url,
            httpx.AsyncClient(verify=trusting(ours)) as client,
        ):
            answer = await client.post(
                f"{url}/graphql",
                json={
                    "query": journey("ehc_needs_assessment"),
                    "variables": {"identifier": person.identifier},
                },
                headers={
                    "authorization": f"Bearer {machine.token(person)}",
                    "declared-purpose": person.purpose,
                },
                timeout=30,
            )

    assert answer.status_code == 200, answer.text
    child = answer.json()["data"]["child"]
    assert child["identity"]["status"] == "_01"
    assert child["pupil"]["senProvision"] == "K"
    assert child["learner"]["enrolled"] is True
    assert child["localAuthorityRecords"][0]["ehcCases"][0]["existingAdvice"]
    codes = {error["extensions"]["code"] for error in answer.json()["errors"]}
    assert "SUBREQUEST_HTTP_ERROR" not in codes
    assert child["nhsNumber"] is None
    assert {url.partition(":")[0] for url in urls.values()} == {"https"}
