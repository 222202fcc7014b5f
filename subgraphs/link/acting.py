"""Who asks, about which child, with which category → the child to be changed; NOT_AVAILABLE for all but those who may.

The register decides, as for reading. What an act is there to bring about is not asked of it beforehand: consent
can be recorded before there is consent, a case opened before there is a case by whoever keeps a record of the child,
and a child protected though somebody objects. Who may act may not therefore see: that is decided after the act, anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from gateway.register import Facts, rule
from gateway.register.bits import CONTENT
from subgraphs.link.child import Child, Info, reading
from subgraphs.link.decide import Open
from subgraphs.link.identifier import IdentifierInput
from subgraphs.link.islands import ISLANDS
from subgraphs.link.loaders import Known, Loaders, Reads
from subgraphs.link.telling import tell
from subgraphs.outward import Withheld

CONSENT = "N.CONSENT"
RELATIONSHIP = "N.RELATIONSHIP"
DETRIMENT = "N.DETRIMENT"
SEAL = "N.SEAL"
NOTHING_FOUND = "NOT_AVAILABLE"
_ALL = frozenset({"*"})
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Acting:
    """A child that this caller may change in this way."""

    reads: Reads
    known: Known

    @property
    def child(self) -> UUID:
        return self.known.child


async def acting(
    info: Info, child: IdentifierInput, category: str, *, awaited: UUID | None = None
) -> Acting:
    """Raises NOT_AVAILABLE: no such child, or not for this caller to change. Either is recorded.

    `awaited`: a child that was offered to this organisation, which counts as keeping its record.
    """
    reads = reading(info)
    number = child.number()
    if number and number[0] == "NHS" and reads.purpose.nhs_number == "never":
        raise Withheld("NHS_NUMBER_NOT_FOR_PURPOSE")
    if number:
        known = await reads.to_act_on_number(*number)
        return await _decided(info, known, category, awaited=awaited)
    inward = reads.child_of(str(child.id))
    known = await reads.to_act_on(inward) if inward else None
    return await _decided(info, known, category, awaited=awaited)


async def acting_on(info: Info, child: UUID | None, category: str) -> Acting:
    """The same for a child that something of it led to."""
    known = await reading(info).to_act_on(child) if child else None
    return await _decided(info, known, category)


async def after(info: Info, child: UUID) -> Child | None:
    """The child as it may be seen now that the act is done: nothing read before it counts."""
    loaders: Loaders = info.context.load
    loaders.renew()
    reads = reading(info)
    known = await reads.by_child.load(child)
    tell(info.context, reads, [known])
    return Child(known=known) if known else None


async def _decided(
    info: Info, known: Known | None, category: str, *, awaited: UUID | None = None
) -> Acting:
    reads = reading(info)
    if known is None:
        tell(info.context, reads, [None])
        raise Withheld(NOTHING_FOUND)
    own = known.child == awaited or await _keeps_record(reads, known)
    decided = may(reads, known, category, own=own)
    tell(info.context, reads, [replace(known, open=decided)])
    if not decided.mask:
        raise Withheld(NOTHING_FOUND)
    return Acting(reads, known)


def may(reads: Reads, known: Known, category: str, *, own: bool) -> Open:
    """What is open of one category for acting: all of it or nothing, and what was missing."""
    register = reads.decisions.register
    asker = reads.asker
    opening = register.opening(asker.purpose, asker.role, asker.kind)
    asked = register.scale.of(category, CONTENT)
    agreed = frozenset(known.row["agreed"])
    facts = replace(known.person.facts, custodian=own, agreed=agreed)
    facts = before_the_act(facts, category, own=own)
    ruling = rule(opening, facts, register.scale, asked)
    return Open(ruling.released, tuple(ruling.missing.items()))


def before_the_act(facts: Facts, category: str, *, own: bool) -> Facts:
    """The facts, with what the act is about taken as settled."""
    facts = replace(
        facts,
        consented=_ALL,
        explicit_parental=_ALL,
        explicit_young_person=_ALL,
        parent_agrees=_ALL,
        application=True,
        dissented=_NONE,
    )
    if category == RELATIONSHIP:
        return replace(facts, relationship=facts.relationship is True or own)
    if category in (DETRIMENT, SEAL):
        return replace(facts, detrimental=_NONE)
    return facts


async def _keeps_record(reads: Reads, known: Known) -> bool:
    kinds = await reads.numbers_kept(known.child)
    return any(
        island.number in kinds and reads.asker.kind in island.custodians
        for island in ISLANDS.values()
    )
