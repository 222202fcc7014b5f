"""A register file and its detached signatures → the names of those who signed exactly these bytes.

    register.toml.sig:    {"signatures": [{"name": "…", "signature": "<base64>"}, …]}
    signers.toml:         "Caldicott Guardian, Borough" = "<base64 of an Ed25519 public key>"

A register that serves is signed by two people whose keys the deployment knows. One key under two names
is one person; a signature that does not hold is an error, not one fewer.
"""

from __future__ import annotations

import hashlib
import tomllib
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.register.read import InvalidRegister
from gateway.register.table import Register, read

ENOUGH = 2
_CONTEXT = b"causeway register v1\x00"


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person's signature."""

    name: str
    signature: bytes


class Signatures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file beside the register."""

    signatures: tuple[Signature, ...] = ()


def signature_path(register: Path) -> Path:
    """Where a register's signatures lie: beside it."""
    return register.with_name(register.name + ".sig")


def read_signers(text: bytes) -> dict[str, bytes]:
    """Known signers by name, each with a public key. Raises InvalidRegister."""
    try:
        found = tomllib.loads(text.decode())
        return {name: _key(key) for name, key in found.items()}
    except (ValueError, TypeError) as error:
        raise InvalidRegister([f"the signers' file: {error}"]) from error


def sign(text: bytes, name: str, key: Ed25519PrivateKey, before: Signatures) -> Signatures:
    """The signatures with one more, or with this name's renewed."""
    kept = tuple(one for one in before.signatures if one.name != name)
    return Signatures((*kept, Signature(name, key.sign(_signed(text)))))


def written(signatures: Signatures) -> bytes:
    """The signature file's bytes."""
    return msgspec.json.format(msgspec.json.encode(signatures), indent=2) + b"\n"


def read_signatures(text: bytes) -> Signatures:
    """The inverse of `written`. Raises InvalidRegister."""
    try:
        return msgspec.json.decode(text, type=Signatures)
    except msgspec.DecodeError as error:
        raise InvalidRegister([f"the signature file: {error}"]) from error


def signers_of(text: bytes, signatures: Signatures, known: Mapping[str, bytes]) -> frozenset[str]:
    """Who signed these bytes. Raises InvalidRegister for a signature that does not hold."""
    problems = []
    by_key: dict[bytes, str] = {}
    for one in signatures.signatures:
        key = known.get(one.name)
        if key is None:
            problems.append(f"signature of {one.name!r}: not among the known signers")
        elif not _holds(text, one.signature, key):
            problems.append(f"signature of {one.name!r}: does not fit these bytes; sign them again")
        else:
            by_key[key] = one.name
    if problems:
        raise InvalidRegister(problems)
    return frozenset(by_key.values())


def load_signed(
    path: Path, signers: Path, *, on: date | None = None, uses: Collection[str] | None = None
) -> Register:
    """The register in a file, as production reads it: signed by two known people, in force that day if one is given.

    Raises InvalidRegister, or OSError when a file cannot be read.
    """
    text = path.read_bytes()
    signatures = read_signatures(signature_path(path).read_bytes())
    names = signers_of(text, signatures, read_signers(signers.read_bytes()))
    if len(names) < ENOUGH:
        raise InvalidRegister(
            [f"{path}: signed by {', '.join(sorted(names)) or 'nobody'}; {ENOUGH} people must sign"]
        )
    register = read(text, uses=uses, on=on)
    if register.document.status != "signed":
        raise InvalidRegister([f'{path}: its status is draft; sign it as status = "signed"'])
    return register


def _signed(text: bytes) -> bytes:
    return _CONTEXT + hashlib.sha256(text).digest()


def _holds(text: bytes, signature: bytes, key: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _signed(text))
    except InvalidSignature:
        return False
    return True


def _key(text: str) -> bytes:
    found = b64decode(text, validate=True)
    Ed25519PublicKey.from_public_bytes(found)
    return found


def public_text(key: Ed25519PrivateKey) -> str:
    """A key's public half, as a signers' file has it."""
    return b64encode(key.public_key().public_bytes_raw()).decode()
