"""A child's numbers → none of what matching found of them stays, judged or not; in the transaction that seals the child.

A likeness that was judged once would lead whoever has the queue's key from the record that stays to one that is as if
never issued. A run that read the child before it was sealed looks again before it ends: what it keeps and a seal
take turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from subgraphs.link.keys import StaleKeys
from subgraphs.link.matching.sealing import NAME, Seal

_TURN = 4_250_006  # an advisory lock: seals alone, runs beside each other


async def against_runs(connection: Any) -> None:
    """Until this transaction ends no run keeps anything; what one has kept is there to be forgotten."""
    await connection.execute("select pg_advisory_xact_lock($1)", _TURN)


async def against_seals(connection: Any) -> None:
    """Until this transaction ends nobody is sealed; whoever has been is seen to be."""
    await connection.execute("select pg_advisory_xact_lock_shared($1)", _TURN)


async def forget(connection: Any, seal: Seal, numbers: Sequence[tuple[str, str]]) -> None:
    """`numbers`: kinds and texts. Raises StaleKeys on a host that was not given the newest key: then nothing is sealed."""
    if not await connection.fetchval(_MATCHES):
        return
    needed = await connection.fetchval("select version from matching.key_version")
    if seal.key.now().newest < needed:
        raise StaleKeys(NAME)
    sealed = [
        (kind, cipher) for kind, text in numbers for cipher in seal.sealed_under_each(kind, text)
    ]
    kinds, ciphers = [kind for kind, _ in sealed], [cipher for _, cipher in sealed]
    await connection.execute(_FORGET, kinds, ciphers)


_MATCHES = "select to_regclass('matching.key_version') is not null"
_FORGET = """
    delete from matching.finding f using matching.record r, unnest($1::text[], $2::bytea[]) u (kind, cipher)
    where r.finding = f.finding and r.kind = u.kind and r.cipher = u.cipher
"""
