"""The children that an answer is about → what the gateway is told beside it, for the record: who, and what was open.

Beside the answer and never in it: the ledger's pseudonym is for the gateway alone. Told too are those of whom the
asker learned nothing: that somebody tried is part of their history.
"""

from __future__ import annotations

from collections.abc import Iterable

from subgraphs.link.loaders import Known, Reads
from subgraphs.service import Context

CROSSINGS = "crossings"


def tell(context: Context, reads: Reads, found: Iterable[Known | None]) -> None:
    """Adds these children, each once. A child that was not found is told as none at all."""
    crossings = context.told.setdefault(CROSSINGS, [])
    told = {one["subject"]: one for one in crossings}
    written = reads.decisions.written
    for known in (*found, *reads.unseen):
        if known is None:
            continue
        subject, open_ = reads.keys.subject(known.child), written(known.open.mask)
        if earlier := told.get(subject):
            # Told again after something was changed: what was open then was open.
            earlier["open"] = tuple(dict.fromkeys((*earlier["open"], *open_)))
            continue
        missing = [{"condition": c, "categories": written(m)} for c, m in known.open.missing]
        told[subject] = {
            "subject": subject,
            "seen": known.visible,
            "open": open_,
            "missing": missing,
        }
        crossings.append(told[subject])
