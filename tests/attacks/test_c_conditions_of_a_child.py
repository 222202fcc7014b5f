"""Attacks C: what depends on the child (trust.md §7, 41–47), over HTTP against the whole machine.

39, 40 and 48, and what changes while a request is under way, are test_c_whose_child.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from subgraphs.population import Circumstance
from tests.journeys.conftest import Answer, Machine

QUERY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    identity { status } pupil { senProvision } } }"""
CONSENT = """mutation($identifier: IdentifierInput!, $word: WordInput!) {
    recordConsent(child: $identifier, kind: CONSENT, word: $word) {
        reference stands capacity child { pupil { senProvision } } } }"""
DISSENT = """mutation($identifier: IdentifierInput!, $word: WordInput!) {
    recordDissent(child: $identifier, word: $word) { reference stands capacity } }"""
WITHDRAW = """mutation($reference: ID!) { withdrawConsent(reference: $reference) { stands
    child { pupil { senProvision } } } }"""
LIFT = "mutation($reference: ID!) { liftDissent(reference: $reference) { stands } }"
COORDINATOR = "EHC coordinator"
PARENT = {"givenBy": "PARENT", "form": "WRITTEN", "categories": ["*"]}

Asking = Callable[..., Awaitable[Answer]]


@pytest.fixture
def change(machine: Machine) -> Asking:
    """Asks a mutation as a ready-made caller, with these variables."""

    async def asked(title: str, mutation: str, /, **variables: Any) -> Answer:
        more = {"identifier": machine.people[title].identifier} | variables
        return await machine.ask(title, mutation, variables=more)

    return asked


async def test_41_consent_withdrawn_closes_the_next_request_and_the_mutations_own_answer(
    machine: Machine, change: Asking, links: asyncpg.Connection
) -> None:
    await links.execute(
        "update link.consent set withdrawn_on = given_on where purpose = 'EHC_NEEDS_ASSESSMENT'"
    )
    before = await machine.ask(COORDINATOR, QUERY)
    given = await change(COORDINATOR, CONSENT, word=PARENT)
    during = await machine.ask(COORDINATOR, QUERY)
    reference = given.data["recordConsent"]["reference"]
    withdrawn = await change(COORDINATOR, WITHDRAW, reference=reference)
    after = await machine.ask(COORDINATOR, QUERY)
    await links.execute(
        "update link.consent set withdrawn_on = null where purpose = 'EHC_NEEDS_ASSESSMENT'"
        " and consent <> $1::uuid",
        reference,
    )

    assert before.data["child"] is None
    assert given.data["recordConsent"]["stands"] is True
    assert given.data["recordConsent"]["child"] == {"pupil": {"senProvision": "K"}}
    assert during.data["child"]["pupil"] == {"senProvision": "K"}
    assert withdrawn.data["withdrawConsent"] == {"stands": False, "child": None}
    assert after.data["child"] is None


async def test_42_a_competent_childs_refusal_stands_against_a_parents_consent(
    machine: Machine, change: Asking, links: asyncpg.Connection
) -> None:
    no = {**PARENT, "givenBy": "YOUNG_PERSON", "competence": "COMPETENT"}

    refused = await change(COORDINATOR, DISSENT, word=no)
    closed = await machine.ask(COORDINATOR, QUERY)
    parents = await change(COORDINATOR, CONSENT, word={**PARENT, "competence": "COMPETENT"})
    still = await machine.ask(COORDINATOR, QUERY)
    await change(COORDINATOR, LIFT, reference=refused.data["recordDissent"]["reference"])
    lapsed = await machine.ask(COORDINATOR, QUERY)
    await links.execute(
        "update link.consent set withdrawn_on = null"
        " where purpose = 'EHC_NEEDS_ASSESSMENT' and capacity <> 'CHILD_DECIDES'"
    )

    assert refused.data["recordDissent"]["stands"] is True
    assert closed.data["child"] is still.data["child"] is None
    assert parents.data["recordConsent"]["capacity"] == "CHILD_DECIDES"
    assert parents.data["recordConsent"]["stands"] is False
    assert lapsed.data["child"] is None  # the parent's earlier consent ended with it
    assert (await machine.ask(COORDINATOR, QUERY)).data["child"]["pupil"]


async def test_43_what_is_not_known_is_not_satisfied(
    machine: Machine, links: asyncpg.Connection
) -> None:
    child = next(one for one in machine.demo.children if one.has(Circumstance.CARE_LEAVER))
    machine.people["adviser"] = replace(
        machine.people["Social worker"],
        role="personal_adviser",
        organisation=str(child.authority),
        purpose="CARE_LEAVER_SUPPORT",
        identifier={"uln": str(child.numbers.uln)},
    )
    query = """query($identifier: IdentifierInput!) { child(identifier: $identifier) { identity { status } } }"""
    held = await links.fetchrow(
        "select child, birth_date from link.child where birth_date = $1 and gp_practice = $2",
        child.birth_date,
        child.gp_practice,
    )
    born = "update link.child set birth_date = $2 where child = $1"

    known = await machine.ask("adviser", query)
    await links.execute(born, held["child"], None)
    unknown = await machine.ask("adviser", query)
    await links.execute(born, held["child"], held["birth_date"])

    assert known.data["child"]["identity"]["status"] == "_01"
    assert unknown.data == {"child": None}


async def test_44_a_declared_detriment_closes_whatever_duty_is_cited(
    machine: Machine, links: asyncpg.Connection, change: Asking
) -> None:
    declare = """mutation($identifier: IdentifierInput!) {
        declareDetriment(child: $identifier, categories: ["*"]) { reference } }"""
    lift = "mutation($reference: ID!) { liftDetriment(reference: $reference) { liftedOn } }"
    child = _protected(machine)
    worker = replace(
        machine.people["Social worker"],
        organisation=str(child.authority),
        purpose="CP_S47_ENQUIRY",
        identifier={"upn": str(child.numbers.upn)},
    )
    machine.people["s47"] = worker
    query = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { identity { status } } }"

    before = await machine.ask("s47", query)
    declared = await change("s47", declare)
    closed = await machine.ask("s47", query)
    await change("s47", lift, reference=declared.data["declareDetriment"]["reference"])
    after = await machine.ask("s47", query)

    assert before.data["child"]["identity"]["status"] == "_01"
    assert closed.data == {"child": None}
    assert after.data == before.data


async def test_45_an_enquiry_under_section_47_does_not_wait_for_consent(
    machine: Machine, links: asyncpg.Connection
) -> None:
    child = _protected(machine)
    machine.people["s47"] = replace(
        machine.people["Social worker"],
        organisation=str(child.authority),
        purpose="CP_S47_ENQUIRY",
        identifier={"upn": str(child.numbers.upn)},
    )
    given = await links.fetchval(
        "select count(*) from link.consent where purpose = 'CP_S47_ENQUIRY'"
    )

    answer = await machine.ask("s47", QUERY)

    assert given == 0
    assert answer.data["child"]["pupil"] is not None


STATUS = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { identity { status } } }"
GLASS = 'DIRECT_HEALTH_CARE; emergency=public_interest; because="Found unconscious"'


def _clinician(machine: Machine, subject: str) -> str:
    machine.people[subject] = replace(
        machine.people["A&E clinician"],
        subject=subject,
        role="clinician",
        purpose="DIRECT_HEALTH_CARE",
    )
    return subject


async def test_46_broken_glass_stands_in_for_what_the_purpose_lists_and_for_nothing_else(
    machine: Machine, links: asyncpg.Connection
) -> None:
    who = _clinician(machine, "first")
    rowan = machine.child("Rowan").before_adoption
    assert rowan is not None
    kai = {"nhsNumber": str(machine.child("Kai").numbers.nhs)}

    ordinary = await machine.ask(who, STATUS)
    no_ground = await machine.ask(who, STATUS, purpose="DIRECT_HEALTH_CARE; emergency=curiosity")
    not_for_purpose = await machine.ask("SENCO", STATUS, purpose="SCHOOL_TRANSFER; emergency=law")
    broken = await machine.ask(who, STATUS, purpose=GLASS)
    other = await machine.ask(who, STATUS, purpose=GLASS, identifier=kai)
    sealed = await machine.ask(
        _clinician(machine, "second"),
        STATUS,
        purpose=GLASS,
        identifier={"nhsNumber": str(rowan.nhs)},
    )
    prohibited = await machine.ask(
        who,
        "query($identifier: IdentifierInput!) { child(identifier: $identifier) { learner { enrolled } } }",
        purpose=GLASS,
    )
    await links.execute("update link.emergency set opened_at = opened_at - interval '61 minutes'")
    again = await machine.ask(who, STATUS, purpose=GLASS)

    assert ordinary.data == {"child": None}
    assert (no_ground.status, not_for_purpose.status) == (403, 403)
    assert broken.data["child"]["identity"]["status"] == "_01"
    assert other.data == sealed.data == again.data == {"child": None}
    assert prohibited.data == {"child": None}
    refused = await links.fetch(
        "select refused from link.emergency where refused is not null order by opened_at"
    )
    assert [row["refused"] for row in refused] == ["ONE_CHILD_AT_A_TIME", "NOT_YET_REVIEWED"]


async def test_46_an_emergency_is_on_the_record_with_its_ground_and_alerts(
    machine: Machine, links: asyncpg.Connection
) -> None:
    heard: list[str] = []
    await links.add_listener("link_alerts", lambda *said: heard.append(said[-1]))

    await machine.ask(_clinician(machine, "third"), STATUS, purpose=GLASS)
    bodies = await links.fetch("select body from ledger.entry order by written desc limit 1")

    assert b'"emergency":"public_interest"' in bodies[0]["body"]
    assert "BREAK_GLASS" in heard[0]


async def test_47_nobody_breaks_the_glass_for_child_after_child(
    machine: Machine, links: asyncpg.Connection
) -> None:
    who = _clinician(machine, "collector")
    found = []
    for child in [one for one in machine.demo.children if one.nhs_status == "01" and one.linked][
        :8
    ]:
        asked = {"nhsNumber": str(child.numbers.nhs)}
        answer = await machine.ask(who, STATUS, purpose=GLASS, identifier=asked)
        found.append(answer.data["child"] is not None)
        await links.execute(
            "update link.emergency set opened_at = opened_at - interval '61 minutes'"
        )

    assert sum(found) <= 3
    assert not any(found[3:])
    assert await links.fetchval(
        "select count(*) from link.emergency where refused = 'TOO_MANY_IN_A_DAY'"
    )


def _protected(machine: Machine) -> Any:
    return next(
        child
        for child in machine.demo.children
        if child.has(Circumstance.CHILD_PROTECTION_PLAN)
        and child.nhs_status == "01"
        and child.numbers.upn
        and child.linked
        and child.restriction.value == "U"
    )
