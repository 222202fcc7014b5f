"""Certificate files → TLS for who listens and for who calls, renewed as the files are.

Who calls always checks the name that it dialled. Who listens can ask for a certificate too: signed by
an authority of its choice, for one name. The files are looked at before each handshake, so a renewed
certificate needs no restart; one that cannot be used leaves the one before in place, and is logged.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from gateway.errors import NotReady

GATEWAY = "causeway-gateway"
"""The DNS name in a gateway's certificate, unless a subgraph is told of another."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate, with those up to its authority, and its private key: PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Clients:
    """Who may call: whoever has a certificate for the DNS name `name` from this authority (a PEM file)."""

    authority: Path
    name: str = GATEWAY


def identity(certificate: Path | None, key: Path | None) -> Identity | None:
    """Raises NotReady for one without the other."""
    if certificate is not None and key is not None:
        return Identity(certificate, key)
    if certificate is not None:
        raise NotReady(f"certificate {certificate} comes without its key: give both, or neither")
    if key is not None:
        raise NotReady(f"key {key} comes without its certificate: give both, or neither")
    return None


def serving(own: Identity, clients: Clients | None = None) -> ssl.SSLContext:
    """For a server. Raises NotReady for files that cannot be used."""
    files = (own.certificate, own.key, *([clients.authority] if clients else []))
    return _Renewed(lambda: _server(own, clients), files)


def calling(authority: Path | None, own: Identity | None = None) -> ssl.SSLContext:
    """For calls to servers of this authority; without one, of those that the machine trusts. Raises NotReady."""
    files = (*([authority] if authority else []), *([own.certificate, own.key] if own else []))
    return _Renewed(lambda: _client(authority, own), files)


def _server(own: Identity, clients: Clients | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _show(context, own)
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        _trust(context, clients.authority)
        context.sslobject_class = _admitting(clients.name)
    return context


def _client(authority: Path | None, own: Identity | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authority is None:
        context.load_default_certs()
    else:
        _trust(context, authority)
    if own is not None:
        _show(context, own)
    return context


def _trust(context: ssl.SSLContext, file: Path) -> None:
    try:
        context.load_verify_locations(file)
    except ssl.SSLError as wrong:
        raise NotReady(f"{file} holds no certificate in PEM form: give one that does") from wrong
    except OSError as away:
        raise NotReady(f"{file} cannot be read ({away.strerror})") from away


def _show(context: ssl.SSLContext, own: Identity) -> None:
    _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), own.certificate)  # says what is wrong with it

    def locked() -> str:
        raise NotReady(f"key {own.key} has a password: take it off, and let nobody else read it")

    try:
        context.load_cert_chain(own.certificate, own.key, password=locked)
    except ssl.SSLError as wrong:
        raise NotReady(_why(own, wrong.reason)) from wrong
    except OSError as away:
        raise NotReady(f"key {own.key} cannot be read ({away.strerror})") from away


def _why(own: Identity, reason: str | None) -> str:
    if not reason:
        return f"{own.key} holds no private key in PEM form: give the key of {own.certificate}"
    return f"{own.key} is no key for {own.certificate} ({reason}): give the two that were made together"


def _admitting(name: str) -> type[ssl.SSLObject]:
    """A handshake that ends well only with a certificate for this DNS name."""

    class Admitting(ssl.SSLObject):
        def do_handshake(self) -> None:
            """asyncio and uvloop: go on as far as what has come allows; nothing is told to who is refused."""
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as wrong:
                log.warning("refused a client: %s", reason(wrong))
                raise
            shown = (self.getpeercert() or {}).get("subjectAltName", ())
            if ("DNS", name) not in shown:
                log.warning("refused a client: its certificate is for %r, not for %s", shown, name)
                raise ssl.SSLCertVerificationError(f"the client's certificate is not for {name}")

    return Admitting


def reason(wrong: ssl.SSLError) -> str:
    """What OpenSSL found; it names certificates and no person."""
    found: str = getattr(wrong, "verify_message", "") or wrong.reason or "the connection broke"
    return found


class _Renewed(ssl.SSLContext):
    """Whose handshakes are those of the newest files that can be used."""

    def __new__(cls, make: Callable[[], ssl.SSLContext], files: tuple[Path, ...]) -> Self:
        context = super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)
        context._make = make
        context._files = files
        context._seen = context._look()
        context._newest = make()
        return context

    _make: Callable[[], ssl.SSLContext]
    _files: tuple[Path, ...]
    _seen: tuple[object, ...]
    _newest: ssl.SSLContext

    def wrap_bio(self, *given: Any, **named: Any) -> ssl.SSLObject:
        """asyncio and uvloop: a handshake begins."""
        seen = self._look()
        if seen != self._seen:
            self._seen = seen
            self._renew()
        return self._newest.wrap_bio(*given, **named)

    def _renew(self) -> None:
        try:
            self._newest = self._make()
        except NotReady as wrong:
            log.warning("%s; the certificate before it goes on", wrong.message)
        else:
            log.info("certificates are renewed from %s", ", ".join(map(str, self._files)))

    def _look(self) -> tuple[object, ...]:
        return tuple(map(_stamp, self._files))


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None  # between the old file and the new one
    return found.st_ino, found.st_mtime_ns, found.st_size
