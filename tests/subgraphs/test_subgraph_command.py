"""`python -m subgraphs NAME`: its files for TLS, and those that it does not start with."""

import ssl
from pathlib import Path

import httpx
import orjson
import pytest
from click.testing import CliRunner
from starlette.responses import PlainTextResponse

from gateway.assertion import new_key
from gateway.listening import listening
from gateway.tls import GATEWAY
from subgraphs.__main__ import encrypted, main
from tests.certificates import HERE, Authority


@pytest.fixture
def start(tmp_path: Path):
    keys = tmp_path / "keys.json"
    keys.write_bytes(orjson.dumps({"keys": [new_key("gateway-1").as_dict(private=False)]}))
    return lambda *options: CliRunner().invoke(
        main, ["schools", "--keys", str(keys), *map(str, options)]
    )


def test_half_of_what_tls_needs_is_refused_with_the_other_half_named(start, tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    own, other = ours.issue(HERE), ours.issue("other")
    both = ("--tls-certificate", own.certificate, "--tls-key")
    wrong = {
        (*both, other.key): f"{other.key} is no key for {own.certificate}",
        (*both, tmp_path / "away"): "--tls-key",
        ("--tls-certificate", own.certificate): "comes without its key",
        ("--tls-clients", ours.file): "give --tls-certificate and --tls-key",
        (*both, own.key, "--tls-client-name", "a"): "give --tls-clients",
        (*both, own.key, "--tls-clients", own.key): f"{own.key} holds no certificate",
    }

    for options, says in wrong.items():
        refused = start(*options)

        assert refused.exit_code in (1, 2)
        assert says in refused.output
        assert "Traceback" not in refused.output


async def test_the_one_name_that_is_let_in_can_be_another_than_the_usual(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    own = ours.issue(HERE)
    given = {
        "tls_certificate": own.certificate,
        "tls_key": own.key,
        "tls_clients": ours.file,
        "tls_client_name": "north.gateway",
    }

    assert await let_in(encrypted(given), ours, "north.gateway")
    assert not await let_in(encrypted(given), ours, GATEWAY)
    assert await let_in(encrypted(given | {"tls_client_name": None}), ours, GATEWAY)


async def let_in(tls: ssl.SSLContext | None, ours: Authority, name: str) -> bool:
    """Whether a server that speaks TLS so answers whoever has this name."""
    shown = ssl.create_default_context(cafile=ours.file)
    own = ours.issue(name)
    shown.load_cert_chain(own.certificate, own.key)
    async with (
        listening(PlainTextResponse("here"), tls=tls) as url,
        httpx.AsyncClient(verify=shown) as client,
    ):
        try:
            return (await client.get(url)).text == "here"
        except httpx.TransportError:
            return False
