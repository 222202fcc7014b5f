"""Journey 12: a Guardian reviews every emergency, samples the rest, and has the whole ledger verified offline."""

import asyncio
import json
from pathlib import Path

import asyncpg

from gateway.assertion import actor_id
from gateway.caller.demo import NAME
from gateway.ledger.export import export
from gateway.ledger.note import VerifierKey
from gateway.ledger.verify import Trust, verify

EMERGENCY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
  identity { status } pupil { forename } } }"""
QUEUE = """{ emergenciesToReview { id purpose organisation emergency reasonGiven reviewBy released refused { field reason }
  review { outcome } } }"""
SEARCH = """query($purpose: String, $organisation: String, $reason: String) {
  decisions(purpose: $purpose, organisation: $organisation, reason: $reason) {
    id purpose organisation outcome refused { reason } review { outcome } } }"""
REVIEW = """mutation($entry: ID!, $outcome: Verdict!) {
  recordReview(entry: $entry, outcome: $outcome, note: "Seen with the ward.") { outcome } }"""
GROUND = "EHC_NEEDS_ASSESSMENT"


async def queue(machine) -> list[dict]:
    answer = await machine.ask("Caldicott Guardian", QUEUE)
    assert answer.status == 200 and answer.data, answer.body
    return answer.data["emergenciesToReview"]


async def until(found):
    async with asyncio.timeout(15):
        while not (got := await found()):  # noqa: ASYNC110 another process keeps the index
            await asyncio.sleep(0.3)
        return got


async def break_glass(machine, because: str = "Found unconscious") -> None:
    person = machine.people["A&E clinician"]
    headers = {
        "authorization": f"Bearer {machine.demo.issuer.token('dr-1', 'clinician', person.organisation)}",
        "declared-purpose": f'DIRECT_HEALTH_CARE; emergency=public_interest; because="{because}"',
    }
    body = {"query": EMERGENCY, "variables": {"identifier": person.identifier}}
    answer = await machine.http.post("/graphql", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_an_emergency_waits_in_the_queue_until_it_is_reviewed_and_the_review_is_a_record(
    machine, records
) -> None:
    await break_glass(machine)

    waiting = await until(lambda: queue(machine))
    assert waiting[0]["emergency"] == "public_interest"
    assert waiting[0]["reasonGiven"] == "Found unconscious"
    assert waiting[0]["reviewBy"]
    for one in waiting:
        given = {"entry": one["id"], "outcome": "JUSTIFIED"}
        answer = await machine.ask("Caldicott Guardian", REVIEW, variables=given)
        assert answer.data["recordReview"] == {"outcome": "JUSTIFIED"}, answer.body

    async def emptied() -> bool:
        return not await queue(machine)

    await until(emptied)
    reviews = await records.fetchval(
        "select count(*) from ledger.reading r join ledger.entry e using (id)"
        " where r.reviews = any($1::uuid[])",
        [one["id"] for one in waiting],
    )
    assert reviews == len(waiting)


async def test_decisions_are_found_by_purpose_organisation_and_reason(machine) -> None:
    await machine.ask(
        "EHC coordinator",
        "query($identifier: IdentifierInput!) { child(identifier: $identifier) { nhsNumber } }",
    )
    organisation = "LA:" + machine.people["EHC coordinator"].organisation
    wanted = {"purpose": GROUND, "organisation": organisation, "reason": "NOT_IN_PURPOSE"}

    async def found():
        return (await machine.ask("Caldicott Guardian", SEARCH, variables=wanted)).data["decisions"]

    for one in await until(found):
        assert (one["purpose"], one["organisation"]) == (GROUND, organisation)
        assert "NOT_IN_PURPOSE" in {pair["reason"] for pair in one["refused"]}
    nowhere = await machine.ask(
        "Caldicott Guardian", SEARCH, variables=wanted | {"organisation": "LA:999"}
    )
    assert nowhere.data["decisions"] == []


async def test_a_sample_is_part_of_what_was_decided(machine) -> None:
    sample = "query($percent: Int!) { decisionsToSample(percent: $percent, first: 100) { id } }"

    async def drawn(percent: int) -> set[str]:
        answer = await machine.ask("Caldicott Guardian", sample, variables={"percent": percent})
        return {one["id"] for one in answer.data["decisionsToSample"]}

    assert await drawn(0) == set()
    assert await until(lambda: drawn(100))


async def test_what_stands_out_comes_first_and_says_why(machine) -> None:
    await break_glass(machine)
    asked = "{ decisionsThatStandOut(first: 100) { points because decision { id emergency } } }"

    async def found():
        answer = await machine.ask("Caldicott Guardian", asked)
        ranked = answer.data["decisionsThatStandOut"]
        return ranked if any(one["decision"]["emergency"] for one in ranked) else None

    ranked = await until(found)
    numbers = [one["points"] for one in ranked]
    assert numbers == sorted(numbers, reverse=True) and numbers[-1] > 0
    for one in ranked:
        broken = "The glass was broken in an emergency." in one["because"]
        assert broken == bool(one["decision"]["emergency"])
    refused = await machine.ask("EHC coordinator", asked)
    assert not (refused.body.get("data") or {}).get("decisionsThatStandOut")


async def test_nobody_reviews_what_they_did_themselves(machine) -> None:
    # The Guardian's own look is a decision too, and somebody else reviews it.
    await machine.ask("Caldicott Guardian", QUEUE)

    async def own():
        answer = await machine.ask(
            "Caldicott Guardian", SEARCH, variables={"purpose": "CALDICOTT_IG_REVIEW"}
        )
        return answer.data["decisions"]

    (first, *_) = await until(own)
    answer = await machine.ask(
        "Caldicott Guardian", REVIEW, variables={"entry": first["id"], "outcome": "JUSTIFIED"}
    )

    assert answer.data["recordReview"] is None
    assert answer.codes["recordReview"] == "NOT_FOR_THIS_REVIEWER"


async def test_reading_the_ledger_is_itself_recorded(machine, records) -> None:
    answer = await machine.ask("Caldicott Guardian", QUEUE)

    (receipt,) = answer.body["extensions"]["receipt"]
    body = json.loads(
        await records.fetchval(
            "select body from ledger.entry where stream = $1 and seq = $2",
            receipt["stream"],
            receipt["seq"],
        )
    )
    assert (body["island"], body["purpose"]) == ("ledger", "CALDICOTT_IG_REVIEW")
    assert "Query.emergenciesToReview" in body["released"]
    assert body["categories"] == ["R.DECISION"]


async def test_who_is_no_reviewer_reads_nothing_of_the_ledger(machine) -> None:
    answer = await machine.ask("EHC coordinator", QUEUE)

    assert not (answer.body.get("data") or {}).get("emergenciesToReview")


async def test_the_whole_ledger_is_verified_from_an_export(
    machine, records, tmp_path: Path
) -> None:
    asked = await machine.ask(
        "EHC coordinator",
        "query($identifier: IdentifierInput!) { child(identifier: $identifier) { id } }",
    )
    await asyncio.sleep(1.5)
    connection = await asyncpg.connect(machine.demo.database)
    lines = [line async for line in export(connection)]
    await connection.close()

    trust = Trust(
        VerifierKey.parse(machine.demo.ledger_key),
        receipts=tuple(asked.body["extensions"]["receipt"]),
    )
    verdict = verify(lines, trust)

    assert verdict.whole, verdict.findings
    assert verdict.checkpoints > 0
    assert actor_id(NAME, "ehc-1") not in "\n".join(lines)


async def test_a_number_in_a_reason_is_read_by_nobody(machine, records) -> None:
    await break_glass(machine, "Says the number is 943 476 5919 or 9434765870, born 2011")

    async def reasons() -> set[str | None]:
        given = {one["reasonGiven"] for one in await queue(machine)}
        return {one for one in given if one and "born" in one}

    assert await until(reasons) == {"Says the number is … or …, born 2011"}
