"""A running stream and what opened it → whether it still stands. What has ended says nothing more, and says that it has.

A stream follows one child, or all children of the caller's authority on CP-IS. Consent, agreement, relationship,
seal, restriction, detriment and broken glass are looked at anew whenever one of them was changed, and every minute.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from gateway.register.bits import CONTENT
from subgraphs.link.child import Info, reading
from subgraphs.link.identifier import IdentifierInput
from subgraphs.link.loaders import Known, Loaders, Reads
from subgraphs.outward import Withheld

_PLANNED = """
    select distinct child from link.cpis_plan
    where la_code = $1 and (end_date is null or end_date > current_date - interval '12 months')
"""


class Watch:
    """What one stream may speak of. `child`: the one it follows, None for the whole authority's."""

    def __init__(self, info: Info, category: str, child: UUID | None) -> None:
        self._info = info
        self._category = category
        self.child = child
        self._was_open = child is not None

    async def known(self, child: UUID) -> Known | None:
        """A child of whom the stream may speak now; nothing that was read before counts."""
        found = await self._loaded([child])
        return found[0] if found else None

    async def stands(self) -> bool:
        """Whether anything that this stream could speak of is open; not yet having been so is no end."""
        if self.child is not None:
            return await self.known(self.child) is not None
        reads = reading(self._info)
        rows = await reads.connections.fetch(_PLANNED, reads.asker.organisation)
        is_open = bool(await self._loaded(row["child"] for row in rows))
        was_open, self._was_open = self._was_open, self._was_open or is_open
        return is_open or not was_open

    async def _loaded(self, children: Iterable[UUID]) -> list[Known]:
        loaders: Loaders = self._info.context.load
        loaders.renew()
        reads = reading(self._info)
        found = await reads.by_child.load_many(list(children))
        return [one for one in found if one and _open(reads, one, self._category)]


async def watching(info: Info, category: str, child: IdentifierInput | None) -> Watch:
    """Raises NOT_AVAILABLE for a child that is not to be followed, and for an emergency that names none."""
    reads = reading(info)
    if child is None:
        if reads.asker.ground is not None:
            raise Withheld("EMERGENCY_NAMES_ONE_CHILD")
        watch = Watch(info, category, None)
        await watch.stands()
        return watch
    number = child.number()
    if number and number[0] == "NHS" and reads.purpose.nhs_number == "never":
        raise Withheld("NHS_NUMBER_NOT_FOR_PURPOSE")
    inward = None if number else reads.child_of(str(child.id))
    known = (
        await reads.by_number.load(number)
        if number
        else await reads.by_child.load(inward)
        if inward
        else None
    )
    if known is None or not _open(reads, known, category):
        raise Withheld("NOT_AVAILABLE")
    return Watch(info, category, known.child)


def _open(reads: Reads, known: Known, category: str) -> bool:
    return not reads.decisions.register.scale.of(category, CONTENT) & ~known.open.mask
