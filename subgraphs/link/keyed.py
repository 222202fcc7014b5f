"""The folder of the link node's keys → each key that can be renewed, by name, with all that is under it."""

from __future__ import annotations

from pathlib import Path

from subgraphs.link.keyfile import KeyFile
from subgraphs.link.keys import NUMBERS, KeyRing, ring_in
from subgraphs.link.matching.rotating import KIND as MATCH
from subgraphs.link.matching.rotating import Findings
from subgraphs.link.matching.sealing import seal_in as matching_seal
from subgraphs.link.rekeying import Numbers
from subgraphs.link.rewrapping import KIND as SEALED
from subgraphs.link.rewrapping import Sealed
from subgraphs.link.rotation import Turned
from subgraphs.link.sealed_records import records_in
from subgraphs.link.tracing.rotating import KIND as TRACE
from subgraphs.link.tracing.rotating import Traces
from subgraphs.link.tracing.sealing import seal_in as tracing_seal

STORES = (SEALED, TRACE, MATCH)
NAMES = (*NUMBERS, *STORES)


def numbers_turned(ring: KeyRing) -> dict[str, Turned]:
    return {kind: Numbers(ring, kind) for kind in NUMBERS}


def turned_in(folder: Path) -> dict[str, Turned]:
    """Numbers by their kinds; what adoptions sealed, trace jobs, and what matching found."""
    stores: dict[str, Turned] = {
        SEALED: Sealed(records_in(folder).key),
        TRACE: Traces(tracing_seal(folder)),
        MATCH: Findings(matching_seal(folder)),
    }
    return numbers_turned(ring_in(folder)) | stores


def key_files(folder: Path) -> dict[str, KeyFile]:
    """The stores' own keys, by name."""
    return {
        SEALED: records_in(folder).key,
        TRACE: tracing_seal(folder).key,
        MATCH: matching_seal(folder).key,
    }
