"""Who shows which certificate, who looks at it, and what happens when its file changes or is none."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.errors import NotReady
from gateway.tls import Clients, Identity, calling, identity, serving
from tests.certificates import HERE, Authority

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@asynccontextmanager
async def answering(tls: ssl.SSLContext) -> AsyncIterator[int]:
    """A server that says 'here' to whoever gets through; its port."""

    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"here")
        writer.close()

    server = await asyncio.start_server(say, HERE, 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def dial(port: int, tls: ssl.SSLContext) -> tuple[bytes, ssl.SSLObject]:
    """What the server says, and the connection; OSError when there is none."""
    reader, writer = await asyncio.open_connection(HERE, port, ssl=tls)
    try:
        return await reader.read(), writer.get_extra_info("ssl_object")
    finally:
        writer.close()


async def serial(port: int, tls: ssl.SSLContext) -> str:
    """Which certificate the server shows."""
    said, connection = await dial(port, tls)
    assert said == b"here"
    return connection.getpeercert()["serialNumber"]


async def heard(port: int, tls: ssl.SSLContext) -> bytes:
    """What the server says, nothing when it hangs up."""
    try:
        return (await dial(port, tls))[0]
    except ConnectionError:
        return b""


async def test_both_speak_tls_1_3(authority: Authority) -> None:
    async with answering(serving(authority.issue(HERE))) as port:
        said, connection = await dial(port, calling(authority.file))

    assert (said, connection.version()) == (b"here", "TLSv1.3")


async def test_a_server_of_another_authority_is_not_spoken_to(
    authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other")
    async with answering(serving(other.issue(HERE))) as port:
        for trusted in (authority.file, None):
            with pytest.raises(ssl.SSLCertVerificationError):
                await dial(port, calling(trusted))


async def test_a_renewed_certificate_is_shown_without_a_restart(authority: Authority) -> None:
    own = authority.issue(HERE)
    async with answering(serving(own)) as port:
        ours = calling(authority.file)
        first = await serial(port, ours)
        assert await serial(port, ours) == first

        assert authority.issue(HERE) == own
        assert await serial(port, ours) != first


async def test_a_key_that_is_renewed_after_its_certificate_does_not_matter(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    own = authority.issue(HERE)
    async with answering(serving(own)) as port:
        ours = calling(authority.file)
        first = await serial(port, ours)
        old_key = own.key.read_bytes()
        authority.issue(HERE)
        new_key = own.key.read_bytes()

        own.key.write_bytes(old_key)
        assert await serial(port, ours) == first
        assert await serial(port, ours) == first
        assert caplog.text.count(f"{own.key} is no key for {own.certificate}") == 1
        own.key.unlink()
        assert await serial(port, ours) == first
        own.key.write_bytes(new_key)
        assert await serial(port, ours) != first


async def test_a_client_shows_its_renewed_certificate_too(
    authority: Authority, tmp_path: Path
) -> None:
    gateway = authority.issue("causeway-gateway")
    clients = Clients(authority.file)
    ours = calling(authority.file, gateway)
    async with answering(serving(authority.issue(HERE), clients)) as port:
        assert await heard(port, ours) == b"here"

        other = Authority(tmp_path, "other").issue("causeway-gateway")
        gateway.certificate.write_bytes(other.certificate.read_bytes())
        gateway.key.write_bytes(other.key.read_bytes())
        assert await heard(port, ours) == b""

        authority.issue("causeway-gateway")
        assert await heard(port, ours) == b"here"


async def test_an_authority_that_is_no_longer_trusted_lets_nobody_in(
    authority: Authority, tmp_path: Path
) -> None:
    clients = tmp_path / "clients.pem"
    clients.write_bytes(authority.file.read_bytes())
    ours = calling(authority.file, authority.issue("causeway-gateway"))
    async with answering(serving(authority.issue(HERE), Clients(clients))) as port:
        assert await heard(port, ours) == b"here"

        clients.write_bytes(Authority(tmp_path, "other").file.read_bytes())
        assert await heard(port, ours) == b""


async def test_who_is_refused_is_logged_with_the_reason(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    tls = serving(authority.issue(HERE), Clients(authority.file, "gateway.example"))
    async with answering(tls) as port:
        for own in (None, authority.issue("schools"), authority.issue("old", expired=True)):
            assert await heard(port, calling(authority.file, own)) == b""
        own = authority.issue("gateway.example")
        assert await heard(port, calling(authority.file, own)) == b"here"

    reasons = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert reasons == [
        "refused a client: PEER_DID_NOT_RETURN_A_CERTIFICATE",
        "refused a client: its certificate is for (('DNS', 'schools'),), not for gateway.example",
        "refused a client: certificate has expired",
    ]


def rsa_key(path: Path) -> Path:
    key = rsa.generate_private_key(65537, 2048)
    path.write_bytes(key.private_bytes(PEM, PKCS8, serialization.NoEncryption()))
    return path


def locked(own: Identity) -> Path:
    key = serialization.load_pem_private_key(own.key.read_bytes(), None)
    path = own.key.with_name("locked.key")
    path.write_bytes(key.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"x")))
    return path


def test_files_that_cannot_be_used_are_named_with_the_way_out(
    authority: Authority, tmp_path: Path
) -> None:
    own, other = authority.issue(HERE), authority.issue("schools")
    away = tmp_path / "away"
    (tmp_path / "empty").touch()
    wrong = {
        Identity(own.certificate, other.key): f"{other.key} is no key for {own.certificate}",
        Identity(own.certificate, rsa_key(tmp_path / "rsa.key")): "rsa.key is no key for",
        Identity(own.certificate, locked(own)): "locked.key has a password: take it off",
        Identity(own.certificate, own.certificate): f"{own.certificate} holds no private key",
        Identity(own.key, own.certificate): f"{own.key} holds no certificate in PEM form: give one",
        Identity(tmp_path / "empty", own.key): "empty holds no certificate",
        Identity(away, own.key): f"{away} cannot be read",
        Identity(own.certificate, away): f"{away} cannot be read",
    }

    for files, says in wrong.items():
        for use in (serving, partial(calling, None)):
            with pytest.raises(NotReady) as refused:
                use(files)
            assert says in refused.value.message
    for use in (lambda: calling(own.key), lambda: serving(own, Clients(own.key))):
        with pytest.raises(NotReady, match="holds no certificate in PEM form"):
            use()


def test_a_certificate_or_a_key_alone_is_half_of_what_is_needed(authority: Authority) -> None:
    own = authority.issue(HERE)

    assert identity(None, None) is None
    assert identity(own.certificate, own.key) == own
    with pytest.raises(NotReady, match="give both, or neither"):
        identity(own.certificate, None)
    with pytest.raises(NotReady, match="give both, or neither"):
        identity(None, own.key)
