"""URL, headers and body → the bytes of an HTTP request, and where they go."""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.federation.execution.transport import Headers
from gateway.tls import reason

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a subgraph listens."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


def origin_of(url: str, tls: ssl.SSLContext | None = None) -> Origin:
    """Where to dial for this URL; ValueError when it is none of the web's."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.hostname is None:
        raise ValueError(f"{url} is no http or https URL: correct the subgraph's address")
    if parts.scheme == "http":
        return Origin(parts.hostname, parts.port or 80)
    return Origin(parts.hostname, parts.port or 443, tls or ssl.create_default_context())


def unreachable(origin: Origin, away: OSError | UnicodeError) -> str:
    """What a caller is told of a connection that could not be; of TLS the log says more."""
    if not isinstance(away, ssl.SSLError):
        return "the subgraph cannot be reached"
    log.warning("%s:%d cannot be reached over TLS: %s", origin.host, origin.port, reason(away))
    return "the subgraph cannot be reached over TLS"


def head_of(url: str, accept: str) -> bytes:
    """How every POST to this URL starts, up to its length."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    lines = (
        f"POST {target} HTTP/1.1",
        f"host: {host}",
        "content-type: application/json",
        f"accept: {accept}",
        "content-length: ",
    )
    return "\r\n".join(lines).encode("ascii")


def request_of(head: bytes, headers: Headers, body: bytes) -> bytes:
    """The whole request; ValueError when a header would end its line and begin another."""
    lines = b""
    for name, value in headers:
        line = b"%b: %b" % (name, bytes(value))
        if b"\r" in line or b"\n" in line or b"\0" in line:
            raise ValueError(f"the value of header {name!r} has a line break; take it out")
        lines += line + b"\r\n"
    return b"%b%d\r\n%b\r\n%b" % (head, len(body), lines, body)
