"""Which record is in question ↔ what may lie in a database: a keyed digest to know it again by, AES-SIV to give it back.

A key of its own, apart from those of the link node's numbers: a rotation of those leaves what was judged as it was.
The same record is always sealed alike, so that what was found of a child can be found by its numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from subgraphs.link.keyfile import KeyFile
from subgraphs.link.matching.conflicts import Source

NAME = "match.key"
_APART = "\0"


@dataclass(frozen=True, slots=True)
class Seal:
    """What is in question is written and read with it."""

    key: KeyFile

    def digests(self, kind: str, sources: Iterable[Source]) -> list[bytes]:
        """What a question is known by, under each version of the key, the newest first. The same records in any order are the same one."""
        numbers = sorted(f"{one.kind}{_APART}{one.number}" for one in sources)
        return self.key.now().marks(_APART.join([kind, *numbers]).encode())

    def digest(self, kind: str, sources: Iterable[Source]) -> bytes:
        return self.digests(kind, sources)[0]

    def sealed(self, source: Source) -> bytes:
        return self.key.now().sealed(source.number.encode(), [source.kind.encode()])

    def sealed_under_each(self, kind: str, number: str) -> list[bytes]:
        return self.key.now().sealed_under_each(number.encode(), [kind.encode()])

    def source(self, kind: str, cipher: bytes, custodian: str | None) -> Source:
        opened = self.key.now().opened(cipher, [kind.encode()])
        return Source(kind, opened.decode(), custodian)


def seal_in(folder: Path) -> Seal:
    """Under the key kept in `folder`, made on first use."""
    return Seal(KeyFile(folder / NAME))
