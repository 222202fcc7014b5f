"""A register that is about to serve, and the newest that served here → none older ever serves again (trust.md §1.2, attack 67).

    {"edition": 7, "digest": "…"}      beside this process's keys, written before the register is used

A signature says who stands behind a register, not that it is the one in force: an old one keeps its signatures.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from gateway.register.read import InvalidRegister
from gateway.register.table import Register


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest register that served."""

    edition: int
    digest: str


def advance(path: Path, register: Register) -> None:
    """Remembers at `path` that this register serves.

    Raises InvalidRegister when a later one has served, or another one of the same edition, or when what is
    remembered cannot be read: whoever can damage a memory could make it forget.
    """
    mine = Seen(register.document.edition, register.digest)
    if path.exists():
        _check(path, mine)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(msgspec.json.encode(mine))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _check(path: Path, mine: Seen) -> None:
    try:
        before = msgspec.json.decode(path.read_bytes(), type=Seen)
    except msgspec.DecodeError as error:
        raise InvalidRegister(
            [f"{path}: cannot be read, so no register is known to be the newest: {error}"]
        ) from error
    if mine.edition < before.edition:
        raise InvalidRegister(
            [
                f"the register is edition {mine.edition}, and {before.edition} has served here: an older one never does again"
            ]
        )
    if mine.edition == before.edition and mine.digest != before.digest:
        raise InvalidRegister(
            [
                f"another register of edition {mine.edition} has served here: count the edition up with every change"
            ]
        )
