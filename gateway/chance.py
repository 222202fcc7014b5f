"""A count → as many random bytes that nobody can guess, each given out once.

A request needs a dozen: for its transaction, each note, each record's id and seal. The kernel's own are fetched many
at a time, because asking for them costs the same however few they are. Each thread has a store of its own, and a
process that was forked begins with an empty one: the same bytes twice would be the same nonce twice.
"""

from __future__ import annotations

import os
import threading

STORE = 4_096
"""Bytes fetched at once."""


class _Store(threading.local):
    def __init__(self) -> None:
        self.held = b""
        self.at = 0


_store = _Store()


def fresh(count: int) -> bytes:
    """`count` bytes from the kernel's generator (`os.urandom`), never given out before."""
    store = _store
    at = store.at
    if at + count > len(store.held):
        store.held, at = os.urandom(max(STORE, count)), 0
    store.at = at + count
    return store.held[at : at + count]


def _forget() -> None:
    _store.held = b""
    _store.at = 0


os.register_at_fork(after_in_child=_forget)
