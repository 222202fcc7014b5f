"""What the ledger's readers add to the graph: who has looked, for the person; what to review, for the reviewer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import islice
from typing import Any, Self
from uuid import UUID

import strawberry

from gateway.assertion import Assertion
from subgraphs.codes import code, coded
from subgraphs.context import Context
from subgraphs.labels import fact, reads
from subgraphs.ledger.loaders import Loaders, Row, Search
from subgraphs.ledger.ranking import points
from subgraphs.ledger.words import Told, Viewer, told
from subgraphs.outward import Withheld
from subgraphs.schema import Graph

Info = strawberry.Info[Context, None]

MOST = 100
"""Decisions in one answer: a review is no bulk export."""
LONGEST = 31
"""Days that are compared with each other."""
SATURDAY = 5


def _load(info: Info) -> Loaders:
    loaders: Loaders = info.context.load
    return loaders


def _assertion(info: Info) -> Assertion:
    assert info.context.assertion is not None, "the guard lets nobody in without an assertion"
    return info.context.assertion


@strawberry.type(description="That an organisation asked about the person, in plain words.")
class Access:
    at: datetime = fact("R.ACCESS", about="When.")
    organisation: str = fact(
        "R.ACCESS", about="Which organisation asked. Never which of its workers."
    )
    organisation_kind: str = fact("R.ACCESS", about="Its kind, as the register codes it.")
    purpose: str = fact("R.ACCESS", about="The purpose it declared, by code.")
    why: str = fact("R.ACCESS", about="The purpose in plain words.")
    outcome: str = fact("R.ACCESS", about="Whether information was given.")
    kinds: list[str] = fact("R.ACCESS", about="What kinds of information were given.")
    emergency: str | None = fact("R.ACCESS", about="In an emergency, on which ground.")

    @classmethod
    def of(cls, one: Told) -> Self:
        return cls(
            at=one.at,
            organisation=one.organisation,
            organisation_kind=one.organisation_kind,
            purpose=one.purpose,
            why=one.why,
            outcome=one.outcome,
            kinds=list(one.kinds),
            emergency=one.emergency,
        )


@strawberry.federation.type(keys=["id"])
class Child:
    id: strawberry.ID | None = fact(
        "N.STATUS",
        about="Pairwise: another organisation, or another family of purposes, is given another id.",
        existence=True,
    )
    subject: str = strawberry.federation.field(
        description="The child in the ledger.", external=True
    )
    quiet_settings: list[str] = strawberry.federation.field(
        description="Settings that no family is told the name of.", external=True
    )

    @reads(
        "R.ACCESS",
        about="Who has asked about this person, the newest first: accesses and refusals. "
        "Entries that the law keeps back are missing until they were reviewed.",
        requires=["subject", "quietSettings"],
    )
    async def access_history(self, info: Info, first: int = 50) -> list[Access] | None:
        load, asked = _load(info), _assertion(info)
        family = load.register.purposes[asked.purpose].family
        viewer = Viewer(family, asked.role, frozenset(self.quiet_settings))
        entries = await load.entries.load(self.subject)
        shown = told(entries, viewer, load.register)
        return [Access.of(one) for one in islice(shown, max(0, min(first, MOST)))]

    @classmethod
    async def resolve_references(cls, _: Context, keys: list[dict[str, Any]]) -> list[Child | None]:
        return [
            cls(
                id=strawberry.ID(key["id"]),
                subject=key["subject"],
                quiet_settings=key.get("quietSettings") or [],
            )
            if key.get("subject")
            else None
            for key in keys
        ]


@strawberry.enum(description="What came of a review.")
class Verdict(Enum):
    JUSTIFIED = code("JUSTIFIED", "It was right to ask")
    NOT_JUSTIFIED = code("NOT_JUSTIFIED", "It was not; an incident follows")
    ESCALATED = code("ESCALATED", "Others decide")
    MAY_BE_SHOWN = code("MAY_BE_SHOWN", "The person may now see that it happened")


@strawberry.type(description="A field that was withheld, and why.")
class Refusal:
    field: str = fact("R.DECISION", about="The field, `*` for the whole operation.")
    reason: str = fact("R.DECISION", about="A code.")


@strawberry.type(description="What a reviewer found.")
class DecisionReview:
    at: datetime = fact("R.DECISION", about="When.")
    outcome: Verdict | None = fact("R.DECISION", about="What came of it.")


@strawberry.type(
    description="One decision: about one child in one island. Neither the child nor the worker is named."
)
class Decision:
    id: strawberry.ID = fact("R.DECISION", about="The entry.")
    at: datetime = fact("R.DECISION", about="When.")
    purpose: str | None = fact("R.DECISION", about="The purpose declared.")
    organisation: str | None = fact("R.DECISION", about="Who asked: kind and code.")
    role: str | None = fact("R.DECISION", about="In which role.")
    operation_name: str | None = fact("R.DECISION", about="The operation's name.")
    island: str | None = fact("R.DECISION", about="Whose record.")
    outcome: str = fact("R.DECISION", about="allow, partial or refuse.")
    released: list[str] = fact("R.DECISION", about="The fields that were open.")
    refused: list[Refusal] = fact("R.DECISION", about="The fields that were not.")
    emergency: str | None = fact("R.DECISION", about="The ground on which the glass was broken.")
    review_by: date | None = fact("R.DECISION", about="When an emergency must be reviewed by.")
    review: DecisionReview | None = fact("R.DECISION", about="The last review.")
    alert: str | None = fact(
        "R.DECISION",
        about="Why it must be reviewed: `self_or_relative`, a worker asked about themselves or their own child; "
        "`lookups_spent`, `rate` and `unusual_day`, many children were looked up.",
    )

    @reads(
        "R.DECISION",
        about="In an emergency, the reason that was given, in the worker's own words. Long numbers are left out.",
    )
    async def reason_given(self, info: Info) -> str | None:
        if self.emergency is None:
            return None
        reason: str | None = await _load(info).reasons.load(UUID(self.id))
        return reason

    @classmethod
    def of(cls, row: Row) -> Self:
        body = json.loads(row["body"])
        at = datetime.fromisoformat(body["at"])
        verdict = row["verdict"]
        return cls(
            id=strawberry.ID(str(row["id"])),
            at=at,
            purpose=body["purpose"],
            organisation=body["org"],
            role=body["role"],
            operation_name=body["op"]["name"],
            island=body["island"],
            outcome=body["outcome"],
            released=body["released"],
            refused=[Refusal(field=field, reason=reason) for field, reason in body["refused"]],
            emergency=body.get("emergency"),
            review_by=next_working_day(at.date()) if needs_review(body) else None,
            review=verdict
            and DecisionReview(at=row["reviewed_at"], outcome=coded(Verdict, verdict)),
            alert=body.get("alert"),
        )


@strawberry.type(description="A decision that should be looked at before others.")
class StandingOut:
    decision: Decision = fact("STRUCTURE", about="The decision.")
    points: int = fact("R.DECISION", about="How much speaks for a look. It proves nothing.")
    because: list[str] = fact("R.DECISION", about="What speaks for it, in words.")


def needs_review(body: Mapping[str, Any]) -> bool:
    """Whether a reviewer must look at a decision whatever it looks like."""
    return bool(body.get("emergency") or body.get("alert"))


def next_working_day(day: date) -> date:
    """The next day that is neither Saturday nor Sunday."""
    following = day + timedelta(days=1)
    while following.weekday() >= SATURDAY:
        following += timedelta(days=1)
    return following


@strawberry.type
class Query:
    @reads(
        "STRUCTURE",
        about="Emergencies, and workers' looks at themselves or their own child, that nobody has reviewed; "
        "the oldest first.",
    )
    async def emergencies_to_review(self, info: Info, first: int = 50) -> list[Decision]:
        return [Decision.of(row) for row in await _load(info).unreviewed(_most(first))]

    @reads("STRUCTURE", about="A random part of the decisions of the last days; a draw a day.")
    async def decisions_to_sample(
        self, info: Info, days: int = 7, percent: int = 1, first: int = 50
    ) -> list[Decision]:
        now = datetime.now(UTC)
        draw = (now.date().isoformat(), max(0, min(percent, 100)))
        rows = await _load(info).sample(now - timedelta(days=days), draw, _most(first))
        return [Decision.of(row) for row in rows]

    @reads(
        "STRUCTURE",
        about="Decisions of the last days, at most 31, that stand out among their kind: out of hours, of nobody's "
        "caseload, more than usual, in vain, for the first time. Those for which most speaks first.",
    )
    async def decisions_that_stand_out(
        self, info: Info, days: int = 7, first: int = 50
    ) -> list[StandingOut]:
        since = datetime.now(UTC) - timedelta(days=max(0, min(days, LONGEST)))
        return [
            StandingOut(
                decision=Decision.of(row),
                points=points(reasons),
                because=[reason.words for reason in reasons],
            )
            for row, reasons in await _load(info).standing_out(since, _most(first))
        ]

    @reads(
        "STRUCTURE",
        about="The newest decisions of a purpose, of an organisation, or with something withheld for a reason.",
    )
    async def decisions(
        self,
        info: Info,
        purpose: str | None = None,
        organisation: str | None = None,
        reason: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        first: int = 50,
    ) -> list[Decision]:
        now = datetime.now(UTC)
        search = Search(
            since or now - timedelta(days=31), until or now, purpose, organisation, reason
        )
        return [Decision.of(row) for row in await _load(info).found(search, _most(first))]


@strawberry.type
class Mutation:
    @reads("STRUCTURE", about="Records what came of a review. Nobody reviews their own decisions.")
    async def record_review(
        self, info: Info, entry: strawberry.ID, outcome: Verdict, note: str | None = None
    ) -> DecisionReview | None:
        by = _assertion(info)
        try:
            reviewed = UUID(entry)
        except ValueError as malformed:
            raise Withheld("NO_SUCH_ENTRY") from malformed
        record = await _load(info).reviews.record(reviewed, (str(outcome.value), note), by)
        return DecisionReview(at=datetime.fromisoformat(record.at), outcome=outcome)


def _most(first: int) -> int:
    return max(0, min(first, MOST))


GRAPH = Graph(query=Query, mutation=Mutation, types=(Child,))
