"""What a request named and nobody was found by → keyed digests, so that tries can be told apart and never read.

The same number gives the same digest however it was written, whoever asked, and in whichever request: a reviewer
sees that it was tried again, and no more. Made under a key of its own that follows from the audit key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import GraphQLSyntaxError, Lexer, Source, TokenKind

from gateway.ledger.sealing import AuditKey

MOST = 100
"""Digests in one record: a caseload."""
LENGTH = 16
_TEXTS = (TokenKind.STRING, TokenKind.BLOCK_STRING)
_LABEL = b"causeway tried v1"


def digest(key: AuditKey, text: str) -> str:
    """16 bytes of HMAC-SHA-256 as base64, over the text in capitals without spaces and hyphens."""
    secret = hmac.digest(key.secret, _LABEL, hashlib.sha256)
    plain = "".join(one for one in text.upper() if one not in " -")
    made = hmac.digest(secret, plain.encode(errors="replace"), hashlib.sha256)
    return base64.b64encode(made[:LENGTH]).decode().rstrip("=")


def texts(document: str, variables: Mapping[str, Any]) -> Iterator[str]:
    """Every text that a request gives, in its document or beside it: one of them is the number."""
    yield from _inside(variables)
    lexer = Lexer(Source(document))
    try:
        while (token := lexer.advance()).kind is not TokenKind.EOF:
            if token.kind in _TEXTS and token.value:
                yield token.value
    except GraphQLSyntaxError:
        return


def tried(key: AuditKey, named: Iterable[str]) -> tuple[str, ...]:
    """A digest of each, each once, as many as a record holds."""
    found: dict[str, None] = {}
    for text in named:
        found[digest(key, text)] = None
        if len(found) == MOST:
            break
    return tuple(found)


def _inside(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            waiting += reversed(list(one.values()))
        elif isinstance(one, list):
            waiting += reversed(one)
        elif isinstance(one, int) and not isinstance(one, bool):
            yield str(one)
