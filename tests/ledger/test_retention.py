"""What was kept long enough goes to a file; the ledger keeps its hashes, and every proof still holds."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from gateway.ledger.checkpoint import Signer, publish
from gateway.ledger.export import export
from gateway.ledger.fhir import audit_events
from gateway.ledger.figures import Quarter, figures, shown
from gateway.ledger.merkle import leaf_hash
from gateway.ledger.note import Note
from gateway.ledger.retention import retire, years
from gateway.ledger.verify import Trust, verify
from gateway.register import load

NOW = datetime.now(UTC)


async def findings(place, trust: Trust) -> tuple:
    auditor = await asyncpg.connect(place.auditor)
    lines = [line async for line in export(auditor)]
    await auditor.close()
    return verify(lines, trust).findings


@pytest.fixture
async def kept(place, ledger, owner, decision, tmp_path):
    """Six records in the tree: three of a purpose kept for 3 years, three of one kept for 31."""
    signer = Signer.at(tmp_path / "ledger.key", "l.example")
    receipts = []
    for number in range(6):
        purpose = "SUBJECT_ACCESS" if number % 2 else "EHC_NEEDS_ASSESSMENT"
        made = decision(number, purpose=purpose, subject=f"child-{number % 2}")
        receipts += await ledger.append([made])
    await publish(owner, signer)
    notes = [
        Note.parse(row["note"]) for row in await owner.fetch("select note from ledger.checkpoint")
    ]
    promised = tuple(signer.receipt(r.stream, r.seq, r.leaf, r.chain) for r in receipts)
    return Trust(signer.key, checkpoints=tuple(notes), receipts=promised)


@pytest.mark.parametrize(
    ("words", "long"),
    [
        ("Request file: 3 years", 3),
        ("Case file: date of birth + 35 years; looked after: + 75 years", 75),
        ("Trace result: life of the case", 10),
    ],
)
def test_the_registers_words_say_how_many_years(words: str, long: int) -> None:
    assert years(words) == long


def test_every_purpose_of_the_register_is_kept_for_some_years() -> None:
    purposes = load(Path("schema/register.toml")).purposes

    assert all(3 <= years(one.retention) <= 100 for one in purposes.values())


async def test_each_purpose_has_its_own_time_and_what_is_retired_is_still_proved(
    place, owner, kept, tmp_path
) -> None:
    keeping = {"SUBJECT_ACCESS": 3, "EHC_NEEDS_ASSESSMENT": 31}

    nothing = await retire(owner, keeping, NOW + timedelta(days=2 * 365), tmp_path / "archive")
    some = await retire(owner, keeping, NOW + timedelta(days=4 * 365), tmp_path / "archive")

    assert (nothing.entries, some.entries) == (0, 3)
    assert await findings(place, kept) == ()
    (archive,) = (tmp_path / "archive").iterdir()
    lines = [json.loads(line)["entry"] for line in archive.read_text().splitlines()]
    assert len(lines) == 3
    assert all(leaf_hash(one["body"].encode()).hex() == one["leaf"] for one in lines)
    left = [row["body"] for row in await owner.fetch("select body from ledger.entry")]
    assert all(b"SUBJECT_ACCESS" not in body for body in left) and len(left) == 3


async def test_hashes_of_retired_entries_cannot_be_changed_unseen(
    place, owner, kept, tmp_path
) -> None:
    await retire(owner, {"SUBJECT_ACCESS": 3}, NOW + timedelta(days=4 * 365), tmp_path)

    await owner.execute("update ledger.retired set leaf = sha256('x') where seq = 2")

    assert {one.code for one in await findings(place, kept)} >= {"CHAIN_BROKEN", "ROOT_DIFFERS"}


async def test_an_empty_month_of_the_past_is_dropped(place, owner, kept, tmp_path) -> None:
    later = NOW + timedelta(days=40 * 366)
    months = "select count(*) from pg_inherits where inhparent = 'ledger.entry'::regclass"
    before = await owner.fetchval(months)

    done = await retire(owner, {"SUBJECT_ACCESS": 3, "EHC_NEEDS_ASSESSMENT": 31}, later, tmp_path)

    assert (done.entries, done.months) == (6, before - 1)  # what came early, entry_other, stays
    assert await findings(place, kept) == ()


@pytest.mark.parametrize(
    ("count", "text"), [(0, 0), (1, "*"), (7, "*"), (8, 10), (12, 10), (13, 15)]
)
def test_small_counts_are_suppressed_and_others_rounded(count: int, text: int | str) -> None:
    assert shown(count) == text


async def test_a_quarter_is_counted_by_purpose_organisation_and_outcome(
    owner, ledger, decision, tmp_path
) -> None:
    await ledger.append([decision(n) for n in range(12)])
    await ledger.append([decision(n, purpose="SCHOOL_TRANSFER") for n in range(3)])
    await publish(owner, Signer.at(tmp_path / "k", "l.example"))
    quarter = Quarter(NOW.year, (NOW.month + 2) // 3)

    found = await figures(owner, quarter)

    assert found["by_purpose"] == {"EHC_NEEDS_ASSESSMENT": 10, "SCHOOL_TRANSFER": "*"}
    assert (found["decisions"], found["by_organisation_kind"]) == ({"all": 15}, {"LA": 15})
    assert Quarter.parse("2026-Q4").bounds == (
        datetime(2026, 10, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    with pytest.raises(ValueError, match="Q"):
        Quarter.parse("2026-Q5")


async def test_an_entry_is_a_fhir_audit_event_without_the_workers_name(
    owner, ledger, decision
) -> None:
    await ledger.append([decision(1, emergency="public_interest")])

    (line,) = [line async for line in audit_events(owner)]
    event = json.loads(line)

    assert (event["resourceType"], event["action"]) == ("AuditEvent", "R")
    codes = [coding["code"] for coding in event["authorization"][0]["coding"]]
    assert codes == ["EHC_NEEDS_ASSESSMENT", "BTG"]
    assert event["agent"][0]["who"]["identifier"]["value"] == "201"
    assert event["patient"]["identifier"]["value"] == "s1"
    assert event["outcome"]["detail"] == [
        {
            "coding": [{"system": "https://causeway.example/reasons", "code": "NOT_IN_PURPOSE"}],
            "text": "Child.nhsNumber",
        }
    ]
    assert "a1" not in str(event).split("'")
