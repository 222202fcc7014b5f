"""The children that an answer is about → what the gateway is told beside it, for the record: who, and what was open.

Beside the answer and never in it: the ledger's pseudonym is for the gateway alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from subgraphs.link.loaders import Known, Reads
from subgraphs.service import Context

CROSSINGS = "crossings"


def tell(context: Context, reads: Reads, found: Iterable[Known | None]) -> None:
    """Adds these children, each once. A child that was not found is told as none at all."""
    crossings = context.told.setdefault(CROSSINGS, [])
    told = {one["subject"] for one in crossings}
    written = reads.decisions.written
    for known in found:
        subject = reads.keys.subject(known.child) if known else None
        if known and subject not in told:
            told.add(subject)
            missing = [{"condition": c, "categories": written(m)} for c, m in known.open.missing]
            crossings.append(
                {"subject": subject, "open": written(known.open.mask), "missing": missing}
            )
