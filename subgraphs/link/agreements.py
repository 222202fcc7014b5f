"""A data-sharing agreement: registered by whoever keeps the records it is about, revoked by either side, at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from subgraphs.labels import fact, reads
from subgraphs.link.child import Info, reading
from subgraphs.link.islands import ISLANDS
from subgraphs.link.loaders import Reads
from subgraphs.outward import Withheld

AGREEMENT = "N.AGREEMENT"


@strawberry.input(description="Who lets whom have what, for which purposes, from when until when.")
class AgreementInput:
    agreement: str
    island: str
    recipient_kind: str
    recipient: str | None = None
    purposes: list[str]
    categories: list[str]
    valid_from: date
    valid_until: date


@strawberry.type(description="A data-sharing agreement.")
class Agreement:
    agreement: str = fact(AGREEMENT, about="Its reference.")
    island: str = fact(AGREEMENT, about="Whose records it is about.")
    source: str | None = fact(AGREEMENT, about="Who keeps them.")
    recipient_kind: str = fact(AGREEMENT, about="The kind of organisation that may have them.")
    recipient: str | None = fact(AGREEMENT, about="The organisation; null: each of its kind.")
    valid_until: date = fact(AGREEMENT, about="Last day.")
    revoked_on: date | None = fact(AGREEMENT, about="The day from which it no longer holds.")

    @classmethod
    def of(cls, row: Any) -> Agreement:
        names = (
            "agreement",
            "island",
            "source",
            "recipient_kind",
            "recipient",
            "valid_until",
            "revoked_on",
        )
        return cls(**{name: row[name] for name in names})


@strawberry.type
class AgreementChanges:
    @reads(
        AGREEMENT,
        about="Registers an agreement about records that the caller's own organisation keeps.",
    )
    async def register_agreement(self, info: Info, agreement: AgreementInput) -> Agreement | None:
        reads = reading(info)
        _check(agreement, reads)
        row = await reads.connections.fetchrow(
            _REGISTER, agreement.agreement, agreement.island, reads.asker.organisation,
            agreement.recipient_kind, agreement.recipient, agreement.purposes,
            agreement.categories, agreement.valid_from, agreement.valid_until,
        )  # fmt: skip
        if row is None:
            raise Withheld("AGREEMENT_EXISTS")
        return Agreement.of(row)

    @reads(AGREEMENT, about="Ends an agreement at once; by who gives under it or who receives.")
    async def revoke_agreement(self, info: Info, agreement: str) -> Agreement | None:
        reads = reading(info)
        asker = reads.asker
        row = await reads.connections.fetchrow(
            _REVOKE, agreement, reads.today, asker.organisation, asker.kind
        )
        if row is None:
            raise Withheld("NOT_AVAILABLE")
        return Agreement.of(row)


def _check(agreement: AgreementInput, reads: Reads) -> None:
    """Raises Withheld: an agreement names what the register knows, and what its source has to give."""
    register = reads.decisions.register
    island = ISLANDS.get(agreement.island)
    if island is None or reads.asker.kind not in island.custodians:
        raise Withheld("NOT_THEIRS_TO_GIVE")
    if agreement.recipient_kind not in register.document.organisation_kind:
        raise Withheld("ORGANISATION_KIND_UNKNOWN")
    if not agreement.purposes or any(one not in register.purposes for one in agreement.purposes):
        raise Withheld("PURPOSE_UNKNOWN")
    known = [one for one in register.categories if one.startswith(island.prefix)]
    if not agreement.categories or any(one not in known for one in agreement.categories):
        raise Withheld("CATEGORY_UNKNOWN")
    if agreement.valid_until < agreement.valid_from:
        raise Withheld("ENDS_BEFORE_IT_BEGINS")


_REGISTER = """
    insert into link.agreement (agreement, island, source, recipient_kind, recipient, purposes, categories,
        valid_from, valid_until)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning *
"""
_REVOKE = """
    update link.agreement set revoked_on = least(revoked_on, $2)
    where agreement = $1 and (source = $3 or (recipient = $3 and recipient_kind = $4)) returning *
"""
