"""The children that an answer is about → what the gateway is told beside it, for the record: who, and what was open.

Beside the answer and never in it: the ledger's pseudonym is for the gateway alone. Told too are those of whom the
asker learned nothing: that somebody tried is part of their history. With every way into an island goes what is open
there, so that the gateway need not come back and ask before it takes that way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from subgraphs.context import Context
from subgraphs.link.decide import Open
from subgraphs.link.islands import Island
from subgraphs.link.loaders import Known, Number, Reads

CROSSINGS, WAYS = "crossings", "ways"


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
        told[subject] = {
            "subject": subject,
            "seen": known.visible,
            "open": open_,
            "missing": _missing(reads, known.open),
        }
        crossings.append(told[subject])


def tell_ways(
    context: Context, reads: Reads, known: Known, island: Island, numbers: Sequence[Number]
) -> None:
    """Adds what is open of a child under numbers that the answer holds; children alike are told together."""
    ways = context.told.setdefault(WAYS, [])
    for number in numbers:
        if number.text is None or not number.alone:
            continue  # whoever takes a way that two children share has to ask
        alike = {
            "island": island.name,
            "open": reads.decisions.written(number.open.mask),
            "missing": _missing(reads, number.open),
        }
        way = next((one for one in ways if alike.items() <= one.items()), None)
        if way is None:
            way = {**alike, "children": []}
            ways.append(way)
        way["children"].append((reads.keys.subject(known.child), island.key_of(number.text)))


def _missing(reads: Reads, open_: Open) -> list[dict[str, object]]:
    written = reads.decisions.written
    return [{"condition": c, "categories": written(m)} for c, m in open_.missing]
