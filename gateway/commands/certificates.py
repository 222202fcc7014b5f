"""`causeway serve`'s files for TLS → how it listens, and how it calls its subgraphs."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from gateway.errors import NotReady
from gateway.tls import calling, identity, serving

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

OPTIONS = (
    click.option(
        "--subgraph-ca",
        type=_FILE,
        envvar="CAUSEWAY_SUBGRAPH_CA",
        help="The authority of the certificates of subgraphs at https URLs (PEM); without it, those that "
        "this machine trusts. The name in the URL is always checked.",
    ),
    click.option(
        "--certificate",
        type=_FILE,
        envvar="CAUSEWAY_CERTIFICATE",
        help="What this gateway shows subgraphs that ask who calls (PEM). Subgraphs expect the DNS name "
        "causeway-gateway.",
    ),
    click.option(
        "--key", type=_FILE, envvar="CAUSEWAY_KEY", help="Its private key (PEM, no password)."
    ),
    click.option(
        "--tls-certificate",
        type=_FILE,
        envvar="CAUSEWAY_TLS_CERTIFICATE",
        help="Answer callers over TLS, with this certificate (PEM). It and all files above are looked at "
        "again when they change.",
    ),
    click.option(
        "--tls-key",
        type=_FILE,
        envvar="CAUSEWAY_TLS_KEY",
        help="Its private key (PEM, no password).",
    ),
)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with these options, in this order."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def listens(given: Mapping[str, Any]) -> ssl.SSLContext | None:
    """None: in the clear."""
    own = identity(given["tls_certificate"], given["tls_key"])
    return serving(own) if own else None


def calls(urls: Mapping[str, str], given: Mapping[str, Any]) -> ssl.SSLContext | None:
    """None when no subgraph is at an https URL. Raises NotReady when there are certificates all the same."""
    own = identity(given["certificate"], given["key"])
    if any(url.startswith("https:") for url in urls.values()):
        return calling(given["subgraph_ca"], own)
    if own or given["subgraph_ca"]:
        raise NotReady(
            "there are certificates for calls to subgraphs, but all are at http URLs: give https URLs to "
            "`causeway compose`, or leave out --subgraph-ca, --certificate and --key"
        )
    return None


def in_the_clear(urls: Mapping[str, str]) -> list[str]:
    """Who is still called without TLS while others are called with it."""
    clear = [name for name, url in urls.items() if not url.startswith("https:")]
    return clear if len(clear) < len(urls) else []
