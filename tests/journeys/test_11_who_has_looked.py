"""Journey 11: a young person sees who has looked, and whom the answer was no; the law keeps some of it back."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from gateway.assertion import actor_id
from gateway.caller.demo import NAME
from gateway.demo import Person
from tests.journeys.conftest import promised

HISTORY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
  accessHistory { at organisation why outcome kinds purpose emergency } } }"""
PARTICIPATION = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
  learner { enrolled } pupil { senProvision } } }"""
ANYTHING = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
  pupil { attendance { sessionsPossible } } identity { status } } }"""
TO_REVIEW = """query($purpose: String) { decisions(purpose: $purpose) { id island outcome } }"""
REVIEW = """mutation($entry: ID!, $outcome: Verdict!) {
  recordReview(entry: $entry, outcome: $outcome, note: "No risk remains.") { outcome } }"""
OWN_CHILD = """query($laCode: LACode!, $localChildId: LAChildID!) {
  localAuthorityChild(laCode: $laCode, localChildId: $localChildId) { surname } }"""
CASELOAD = "{ participationCaseload { uln activityStatus } }"
SUBJECT = "select subject from ledger.entry where stream = $1 and seq = $2"
BODY = "select body from ledger.entry where stream = $1 and seq = $2"
LINKED = "select child from link.relationship where kind = 'verified_identity' and actor = $1"


@pytest.fixture
async def enquiry(machine):
    """A section 47 enquiry asks about Jodie; the participation officer did before."""
    jodie = machine.people["Young person (Jodie)"]
    machine.people["Enquirer"] = Person(
        "Enquirer", "sw-47", "social_worker", jodie.organisation, "CP_S47_ENQUIRY", "Jodie",
        jodie.identifier,
    )  # fmt: skip
    await machine.ask("Participation officer", PARTICIPATION)
    await machine.ask("Enquirer", ANYTHING)


async def seen(machine, title: str = "Young person (Jodie)") -> list[dict]:
    answer = await machine.ask(title, HISTORY)
    assert answer.status == 200, answer.body
    return answer.data["child"]["accessHistory"]


async def test_a_young_person_sees_who_asked_when_why_and_for_what_kinds_of_information(
    machine, enquiry
) -> None:
    history = await seen(machine)

    asked = next(one for one in history if one["purpose"] == "POST16_PARTICIPATION")
    assert asked["organisation"].startswith("Local authority ")
    assert asked["at"].startswith(str(datetime.now(UTC).year))
    assert asked["why"] == machine.demo.register.purposes["POST16_PARTICIPATION"].title
    assert asked["outcome"] == "Some information was given, and some was not."
    titles = {one.title for one in machine.demo.register.categories.values()}
    assert asked["kinds"] and set(asked["kinds"]) <= titles
    assert "po-1" not in str(history)


async def test_a_setting_gone_to_in_confidence_is_not_named_to_the_family(machine, records) -> None:
    jodie = machine.people["Young person (Jodie)"]
    machine.people["Clinic"] = Person(
        "Clinic", "clinic-1", "clinician", "RQX", "DIRECT_HEALTH_CARE", "Jodie", jodie.identifier
    )
    await records.execute("insert into link.sensitive_setting values ('RQX')")
    await machine.ask("Clinic", ANYTHING)
    quiet = await seen(machine)
    await records.execute("delete from link.sensitive_setting")
    named = await seen(machine)

    assert "NHS trust" in {one["organisation"] for one in quiet}
    assert "RQX" not in str(quiet)
    assert "NHS trust RQX" in {one["organisation"] for one in named}


async def newest(machine) -> dict:
    """What the person sees first of others' looking."""
    return next(one for one in await seen(machine) if one["purpose"] != "SUBJECT_ACCESS")


async def test_a_workers_look_into_her_own_authoritys_record_is_in_the_view(machine) -> None:
    known = machine.child("Jodie").numbers.local_authority[0]
    names = {"laCode": str(known.la_code), "localChildId": str(known.local_child_id)}

    answer = await machine.ask("EHC coordinator", OWN_CHILD, variables=names)

    assert answer.data["localAuthorityChild"]["surname"] == machine.child("Jodie").surname
    looked = await newest(machine)
    assert (looked["purpose"], looked["outcome"]) == (
        "EHC_NEEDS_ASSESSMENT",
        "Information was given.",
    )
    assert looked["kinds"]


async def test_everyone_on_a_list_sees_that_they_were_on_it(machine, records) -> None:
    answer = await machine.ask("Participation officer", CASELOAD)

    on_it = {one["uln"] for one in answer.data["participationCaseload"]}
    assert str(machine.child("Jodie").numbers.uln) in on_it and len(on_it) > 1
    named = [await records.fetchval(SUBJECT, *place) for place in promised(answer.body)]
    assert len(set(named)) == len(on_it) and None not in named
    assert (await newest(machine))["purpose"] == "POST16_PARTICIPATION"


async def test_a_row_that_is_not_there_or_not_ones_own_names_nobody_and_can_be_told_again(
    machine, records
) -> None:
    kai = machine.child("Kai").numbers.local_authority[0]
    elsewhere = {"laCode": "301", "localChildId": str(kai.local_child_id)}
    bodies = []
    for _ in range(2):
        answer = await machine.ask("EHC coordinator", OWN_CHILD, variables=elsewhere)
        (one,) = answer.body["extensions"]["receipt"]
        bodies.append(json.loads(await records.fetchval(BODY, one["stream"], one["seq"])))

    assert answer.data == {"localAuthorityChild": None}
    assert [body["refused"] for body in bodies] == [[["*", "no_record"]]] * 2
    assert bodies[0]["tried"] == bodies[1]["tried"] != []
    assert str(kai.local_child_id) not in str(bodies)


async def test_their_own_looking_is_on_the_record_too(machine, enquiry) -> None:
    await seen(machine)

    history = await seen(machine)

    assert "SUBJECT_ACCESS" in {one["purpose"] for one in history}


async def test_what_the_law_keeps_back_appears_once_a_guardian_has_cleared_it(
    machine, enquiry, records
) -> None:
    assert "CP_S47_ENQUIRY" not in {one["purpose"] for one in await seen(machine)}

    guardian = machine.people["Caldicott Guardian"]
    entries: list[dict] = []
    while not entries:
        await asyncio.sleep(0.3)
        answer = await machine.ask(
            guardian.title, TO_REVIEW, variables={"purpose": "CP_S47_ENQUIRY"}
        )
        entries = answer.data["decisions"]
    for entry in entries:
        given = {"entry": entry["id"], "outcome": "MAY_BE_SHOWN"}
        answer = await machine.ask(guardian.title, REVIEW, variables=given)
        assert answer.data["recordReview"] == {"outcome": "MAY_BE_SHOWN"}, answer.body
    async with asyncio.timeout(10):
        while "CP_S47_ENQUIRY" not in {one["purpose"] for one in await seen(machine)}:  # noqa: ASYNC110
            await asyncio.sleep(0.3)


async def test_a_parents_view_has_neither_the_enquiry_nor_the_young_persons_own_looking(
    machine, enquiry, records
) -> None:
    jodie = machine.people["Young person (Jodie)"]
    child = await records.fetchval(LINKED, actor_id(NAME, jodie.subject))
    await records.execute(
        "insert into link.relationship (child, organisation, kind, actor, opened_on)"
        " values ($1, $2, 'verified_identity', $3, current_date)",
        child, jodie.organisation, actor_id(NAME, "parent-1"),
    )  # fmt: skip
    machine.people["Parent"] = Person(
        "Parent", "parent-1", "parent_with_pr", jodie.organisation, "SUBJECT_ACCESS", "Jodie",
        jodie.identifier,
    )  # fmt: skip
    await seen(machine)

    history = await seen(machine, "Parent")

    assert "POST16_PARTICIPATION" in {one["purpose"] for one in history}
    assert not {one["purpose"] for one in history} & {"CP_S47_ENQUIRY"}
    own = [one for one in await seen(machine) if one["purpose"] == "SUBJECT_ACCESS"]
    assert len([one for one in history if one["purpose"] == "SUBJECT_ACCESS"]) < len(own)


async def test_nobody_elses_history_is_seen_and_nothing_across_a_seal(machine, enquiry) -> None:
    rowan = machine.child("Rowan")
    assert rowan.before_adoption is not None
    kai = machine.people["EHC coordinator"].identifier

    other = await machine.ask("Young person (Jodie)", HISTORY, identifier=kai)
    sealed = await machine.ask(
        "Caldicott Guardian", HISTORY, identifier={"upn": str(rowan.before_adoption.upn)}
    )

    assert (other.data["child"] or {}).get("accessHistory") is None
    assert sealed.data == {"child": None}


async def test_no_other_purpose_opens_it_and_nobody_can_ask_for_the_pseudonym(machine) -> None:
    closed = await machine.ask("EHC coordinator", HISTORY)
    unknown = await machine.ask(
        "Young person (Jodie)", HISTORY.replace("accessHistory {", "subject accessHistory {")
    )

    assert closed.data == {"child": None}
    assert set(closed.codes.values()) == {"NOT_IN_PURPOSE"}
    assert unknown.codes == {"": "GRAPHQL_VALIDATION_FAILED"}
