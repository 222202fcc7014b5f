"""The signed note a subgraph trusts: who asks for what, good for one body, one audience, thirty seconds, once.

A leaked note opens nothing else, and a subgraph checks it against its own copy of the register, so that
neither a wrong plan nor a stolen signing key can widen a purpose (trust.md §4.2).

It is an SD-JWT (RFC 9901). Calls that leave together are signed together: the signature covers a digest of what is said
with each, and each subgraph is shown what is said with its own: `[number, "call", {aud, oph, cats, pur, role, …}]`, where
the number is the salt that keeps the others' from being guessed, and makes the note one of its kind.
"""

from __future__ import annotations

from gateway.assertion.said import (
    COMPOSITION,
    HEADER,
    Assertion,
    actor_id,
    body_digest,
    case_digest,
    stated,
)
from gateway.assertion.signing import Signer, new_key, public_keys
from gateway.assertion.strict import InvalidToken
from gateway.assertion.verifying import Once, Verifier

__all__ = [
    "COMPOSITION",
    "HEADER",
    "Assertion",
    "InvalidToken",
    "Once",
    "Signer",
    "Verifier",
    "actor_id",
    "body_digest",
    "case_digest",
    "new_key",
    "public_keys",
    "stated",
]
