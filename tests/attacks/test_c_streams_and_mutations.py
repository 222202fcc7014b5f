"""Attack 41, of streams and the acts that close: each bites on the very next request, and on a stream that runs (I-11).

Over HTTP throughout: the act is the mutation of whoever may, and the stream and the request are another person's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from gateway.demo import Person
from subgraphs.population import Child, Circumstance
from tests.attacks.conftest import node_of
from tests.attacks.streams import SOON, TODAY, Stream, following, identifier, opened, worker
from tests.journeys.conftest import Answer, Machine

TOLD = "identity { status } gpPractice pupil { senProvision enrolments { status } }"
FOLLOW = f"""subscription($child: IdentifierInput) {{ cpisAccesses(child: $child) {{
    access {{ organisation }} child {{ {TOLD} }} }} }}"""
ASK = f"query($identifier: IdentifierInput!) {{ child(identifier: $identifier) {{ {TOLD} }} }}"
RESTRICT = """mutation($identifier: IdentifierInput!, $to: Restriction!) {
    restrict(child: $identifier, to: $to) { restriction } }"""
DECLARE = """mutation($identifier: IdentifierInput!, $categories: [String!]!) {
    declareDetriment(child: $identifier, categories: $categories) { reference } }"""
CLOSE = "mutation($reference: ID!) { closeRelationship(reference: $reference) { closedOn } }"
REVOKE = "mutation($agreement: String!) { revokeAgreement(agreement: $agreement) { revokedOn } }"
APPROVE = "mutation($identifier: IdentifierInput!) { approveRelease(child: $identifier) { until } }"
SEAL = """mutation($identifier: IdentifierInput!, $renewed: [IdentifierInput!]!) {
    seal(child: $identifier, renewed: $renewed) { sealedAt } }"""

Act = Callable[[], Awaitable[Answer]]


@dataclass
class Outcome:
    """What a stream and a request were told before an act, and what after it."""

    streamed: Any
    asked: Any
    next: Any
    later: Any
    """None: the stream has ended."""


def followed(machine: Machine, *, last: bool = False) -> Child:
    """A looked-after child with a school; the last one may be sealed for good."""
    children = [
        one
        for one in machine.demo.children
        if one.has(Circumstance.LOOKED_AFTER)
        and one.linked
        and one.nhs_status == "01"
        and one.restriction.value == "U"
        and one.school
        and one.numbers.upn
        and not one.story
    ]
    assert len(children) > 1
    return children[-1 if last else 0]


@pytest.fixture
def child(machine: Machine) -> Child:
    return followed(machine)


@pytest.fixture
async def manager(
    machine: Machine, links: asyncpg.Connection, child: Child
) -> AsyncIterator[Person]:
    """Who protects the child, in an enquiry of its own; afterwards all is as it was."""
    node = node_of(child)
    await links.execute(
        "insert into link.relationship (child, organisation, kind, opened_on)"
        f" values ($1, $2, 's47_id', {TODAY})",
        node,
        str(child.authority),
    )
    yield replace(worker(machine, child, 'CP_S47_ENQUIRY; case="CP-7"'), role="csc_manager")
    for undo in (
        "delete from link.relationship where child = $1 and kind = 's47_id'",
        "delete from link.holder where child = $1",
        "delete from link.objection where child = $1 and recorded_by like 'csc_manager%'",
        "update link.child set restriction = 'U' where child = $1",
    ):
        await links.execute(undo, node)


async def tried(
    machine: Machine, links: asyncpg.Connection, who: tuple[Person, Child], act: Act
) -> Outcome:
    """A stream and a request of somebody who may, then the act, then both again."""
    person, child = who
    node, run = node_of(child), uuid4()
    async with following(machine, person, identifier(child), FOLLOW) as stream:
        await opened(links, f"{run} before", node)
        streamed = await next_of(stream)
        asked = await machine.ask(person, ASK)
        done = await act()
        assert "errors" not in done.body, done.body
        after = await machine.ask(person, ASK)
        await opened(links, f"{run} after", node)
        later = await next_of(stream)
    return Outcome(streamed, asked.data["child"], after.data["child"], later)


async def next_of(stream: Stream) -> Any:
    """The child as the next event tells of it; None when the stream has ended instead."""
    ending, coming = (asyncio.create_task(one()) for one in (stream.ended.wait, stream.events.get))
    await asyncio.wait((ending, coming), timeout=SOON, return_when=asyncio.FIRST_COMPLETED)
    event = coming.result() if coming.done() else None
    coming.cancel()
    if event is None:
        assert ending.done() and stream.lines[-1].startswith("event: complete")
        return None
    ending.cancel()
    return event["data"]["cpisAccesses"]["child"]


def is_over(outcome: Outcome) -> bool:
    """What was told before is told to nobody: not to the next request, and the stream has ended without a word."""
    was = outcome.streamed == outcome.asked and outcome.asked["identity"]["status"] == "_01"
    return was and outcome.next is None and outcome.later is None


def lost(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """What was told before and no longer is."""
    pupil = {f"pupil.{name}" for name, value in before["pupil"].items() if value is not None}
    still = {f"pupil.{n}" for n, value in (after["pupil"] or {}).items() if value is not None}
    own = {name for name in before if name != "pupil" and before[name] and not after[name]}
    return own | (pupil - still)


async def test_41_work_closed_by_the_mutation_ends_the_stream_and_the_next_request(
    machine: Machine, links: asyncpg.Connection, child: Child
) -> None:
    person = worker(machine, child)
    reference = await links.fetchval(
        "select relationship from link.relationship where child = $1 and kind = 'cla_episode'",
        node_of(child),
    )

    outcome = await tried(
        machine,
        links,
        (person, child),
        lambda: machine.ask(
            replace(person, subject="colleague"), CLOSE, variables={"reference": str(reference)}
        ),
    )
    await links.execute(
        "update link.relationship set closed_on = null where relationship = $1", reference
    )

    assert is_over(outcome), outcome


@pytest.mark.parametrize(
    ("island", "closed"),
    [
        ("link", {"identity", "gpPractice"}),
        ("schools", {"pupil.senProvision", "pupil.enrolments"}),
    ],
)
async def test_41_an_agreement_revoked_by_the_mutation_ends_or_narrows_what_it_opened(
    machine: Machine,
    links: asyncpg.Connection,
    child: Child,
    island: str,
    closed: set[str],
) -> None:
    authority = str(child.authority)
    guardian = replace(machine.people["Caldicott Guardian"], organisation=authority)
    general = f"invented: {island} to LA"
    await links.execute(
        "insert into link.agreement select 'attack', island, source, recipient_kind, $2, purposes,"
        " categories, valid_from, valid_until from link.agreement where agreement = $1",
        general,
        authority,
    )
    await links.execute(
        f"update link.agreement set revoked_on = {TODAY} where agreement = $1", general
    )

    outcome = await tried(
        machine,
        links,
        (worker(machine, child), child),
        lambda: machine.ask(guardian, REVOKE, variables={"agreement": "attack"}),
    )
    await links.execute("update link.agreement set revoked_on = null where agreement = $1", general)
    await links.execute("delete from link.agreement where agreement = 'attack'")

    assert lost(outcome.asked, outcome.next) == closed
    if island == "link":  # what another island's agreement opens is not what the stream was about
        assert outcome.later is None
    else:
        assert lost(outcome.streamed, outcome.later) == closed


@pytest.mark.parametrize(
    ("categories", "closed"), [(["*"], None), (["SC.SEN"], {"pupil.senProvision"})]
)
async def test_41_a_detriment_declared_by_the_mutation_ends_or_narrows_what_it_names(
    machine: Machine,
    links: asyncpg.Connection,
    child: Child,
    manager: Person,
    categories: list[str],
    closed: set[str] | None,
) -> None:
    outcome = await tried(
        machine,
        links,
        (worker(machine, child), child),
        lambda: machine.ask(
            manager,
            DECLARE,
            variables={"identifier": manager.identifier, "categories": categories},
        ),
    )

    if closed is None:
        assert is_over(outcome), outcome
    else:
        assert lost(outcome.streamed, outcome.later) == closed
        assert lost(outcome.asked, outcome.next) == closed


@pytest.mark.parametrize(("to", "closed"), [("V", None), ("R", {"gpPractice", "pupil.enrolments"})])
async def test_41_a_record_restricted_by_the_mutation_ends_or_narrows_for_all_but_its_team(
    machine: Machine,
    links: asyncpg.Connection,
    child: Child,
    manager: Person,
    to: str,
    closed: set[str] | None,
) -> None:
    def restrict() -> Awaitable[Answer]:
        variables = {"identifier": manager.identifier, "to": to}
        return machine.ask(manager, RESTRICT, variables=variables)

    async with following(machine, manager, identifier(child), FOLLOW) as team:
        outcome = await tried(machine, links, (worker(machine, child), child), restrict)
        before, after = await next_of(team), await next_of(team)

    assert lost(before, after) == set()
    if closed is None:
        assert is_over(outcome), outcome
    else:
        assert lost(outcome.streamed, outcome.later) == closed
        assert lost(outcome.asked, outcome.next) == closed


async def test_41_a_child_sealed_by_the_mutation_ends_the_stream_and_the_next_request(
    machine: Machine, links: asyncpg.Connection
) -> None:
    child = followed(machine, last=True)
    await links.execute(
        "insert into link.relationship (child, organisation, kind, opened_on)"
        f" values ($1, $2, 'agency_case', {TODAY})",
        node_of(child),
        str(child.authority),
    )
    officer = replace(
        worker(machine, child, "ADOPTION_RECORD_ACCESS"), role="adoption_records_officer"
    )
    approved = await machine.ask(replace(officer, subject="second officer"), APPROVE)
    renewed = {"identifier": officer.identifier, "renewed": [{"nhsNumber": "9000000181"}]}

    outcome = await tried(
        machine,
        links,
        (worker(machine, child), child),
        lambda: machine.ask(officer, SEAL, variables=renewed),
    )

    assert approved.data["approveRelease"]["until"]
    assert is_over(outcome), outcome
