"""Children and who asks → for whom the glass is broken, and for whom a second person has approved.

Only asked where it can matter: an ordinary request for a purpose without second persons costs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

import asyncpg

from gateway.register import Register
from subgraphs.link.decide import Asker, Person

_BREAK = "select link.break_glass($1, $2, $3, $4, $5, $6)"
_APPROVED = """
    select distinct child from link.approval
    where child = any ($1::uuid[]) and organisation = $2 and purpose = $3 and approver <> $4
        and approved_at > now() - make_interval(mins => $5)
"""


class Circumstances:
    """What is so for one asker in one request, child by child."""

    def __init__(self, connections: asyncpg.Pool, asker: Asker, register: Register) -> None:
        self._connections = connections
        self._asker = asker
        self._minutes = register.document.break_glass.minutes
        opening = register.opening(asker.purpose, asker.role, asker.kind)
        self._with_two = any("second_person" in way.conditions for way in opening.ways)
        self._broken: dict[UUID, bool] = {}
        self._approved: set[UUID] = set()

    async def learn(self, children: Iterable[UUID]) -> None:
        """Asks about these children, in order; breaking the glass is an act, and is kept whatever comes of it."""
        if self._asker.ground is None and not self._with_two:
            return
        some = list(dict.fromkeys(children))
        if self._asker.ground is not None:
            for child in some:
                self._broken[child] = await self._break_glass(child)
        if self._with_two:
            rows = await self._connections.fetch(
                _APPROVED,
                some,
                self._asker.organisation,
                self._asker.purpose,
                self._asker.actor,
                self._minutes,
            )
            self._approved.update(row["child"] for row in rows)

    def of(self, child: UUID, person: Person) -> Person:
        """The person with what was learnt."""
        if child not in self._broken and child not in self._approved:
            return person
        facts = replace(person.facts, second_person=child in self._approved or None)
        return replace(person, facts=facts, glass=self._broken.get(child))

    async def _break_glass(self, child: UUID) -> bool:
        asker = self._asker
        return bool(
            await self._connections.fetchval(
                _BREAK,
                child,
                asker.actor,
                asker.organisation,
                asker.purpose,
                asker.ground,
                self._minutes,
            )
        )
