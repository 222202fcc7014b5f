"""Who was asked about can be shredded, and every proof still holds."""

import functools
import json
import operator
import time
import unicodedata
import uuid
from pathlib import Path

import asyncpg
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.checkpoint import Signer, publish
from gateway.ledger.export import export
from gateway.ledger.record import Circumstances, Record, canonical, time_ordered_id
from gateway.ledger.sealing import AuditKey, body, personal, written
from gateway.ledger.verify import Trust, verify

KEY = AuditKey(bytes(32))


def test_the_personal_parts_are_not_in_the_kept_bytes(decision) -> None:
    record: Record = decision(subject="pseudonym-1", actor="actor-1", case="case-1", text="because")
    key = KEY.unwrapped(*KEY.fresh())

    kept = body(record, key)

    assert all(part not in kept for part in (b"pseudonym-1", b"actor-1", b"case-1", b"because"))
    assert personal(kept, {str(key.id): key}) == {
        "subject": "pseudonym-1",
        "actor": "actor-1",
        "case": "case-1",
        "text": "because",
    }


def test_sealed_parts_moved_to_another_record_do_not_open(decision) -> None:
    key = KEY.unwrapped(*KEY.fresh())
    one, other = (json.loads(body(decision(n), key)) for n in (1, 2))

    assert personal(json.dumps(one | {"sealed": other["sealed"]}), {str(key.id): key}) is None


async def test_a_child_has_one_key_a_year_whichever_process_asks_first(
    place, ledger, owner, decision
) -> None:
    await ledger.append([decision(1), decision(2), decision(3, subject="s2")])

    assert await owner.fetchval("select count(*) from ledger.data_key where subject <> ''") == 2


async def test_a_shredded_child_is_unreadable_and_the_ledger_still_whole(
    place, ledger, owner, decision, tmp_path: Path
) -> None:
    signer = Signer.at(tmp_path / "key", "causeway.example/ledger")
    receipts = await ledger.append([decision(1), decision(2, subject="s2")])
    await publish(owner, signer)
    promised = tuple(signer.receipt(r.stream, r.seq, r.leaf, r.chain) for r in receipts)

    await owner.execute("select ledger.shred('s1')")

    auditor = await asyncpg.connect(place.auditor)
    lines = [line async for line in export(auditor)]
    keys = {
        str(row["id"]): KEY.unwrapped(row["id"], row["wrapped"])
        for row in await owner.fetch("select id, wrapped from ledger.data_key")
    }
    bodies = [json.loads(line)["entry"]["body"] for line in lines if "entry" in json.loads(line)]
    await auditor.close()
    assert verify(lines, Trust(signer.key, receipts=promised)).whole
    assert personal(bodies[0], keys) is None
    assert personal(bodies[1], keys) is not None
    assert await owner.fetchval("select count(*) from ledger.entry where subject = 's1'") == 0


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
"""Whatever a name could be; half a surrogate is no text."""
PARTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXT, PARTS, max_size=6))
def test_what_is_written_fast_is_what_the_verifier_would_write(parts: dict) -> None:
    assert written(parts) == canonical(parts)
    assert unicodedata.is_normalized("NFC", written(parts).decode())


NAMES = st.lists(TEXT, max_size=3).map(tuple)
CIRCUMSTANCES = st.builds(
    Circumstances,
    operation=TEXT,
    operation_name=st.none() | TEXT,
    purpose=st.none() | TEXT,
    case=st.none() | TEXT,
    register=TEXT,
    organisation=TEXT,
    role=TEXT,
    actor=TEXT,
    transaction=TEXT,
    emergency=st.none() | TEXT,
    text=st.none() | TEXT,
    alert=st.none() | TEXT,
)
RECORDS = st.builds(
    Record,
    CIRCUMSTANCES,
    st.none() | TEXT,
    st.none() | TEXT,
    TEXT,
    NAMES,
    st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    NAMES,
    NAMES,
    NAMES,
    st.none() | st.tuples(TEXT, TEXT),
    st.none() | TEXT,
    st.booleans(),
    id=st.builds(lambda: str(time_ordered_id())),
)
SEALING = KEY.unwrapped(*KEY.fresh())


@given(RECORDS)
def test_a_kept_body_is_the_canonical_form_of_what_the_record_says_and_its_seal(record) -> None:
    kept = body(record, SEALING)

    found = json.loads(kept)
    assert kept == canonical({**record.open_parts(), "sealed": found["sealed"]})
    assert canonical(found) == kept
    assert found.get("emergency") == nfc(record.about.emergency)
    assert (found.get("alert"), found["txn"]) == (nfc(record.alert), nfc(record.about.transaction))
    assert personal(kept, {SEALING.name: SEALING}) == {
        "subject": nfc(record.subject),
        "actor": nfc(record.about.actor),
        "case": nfc(record.about.case),
        "text": nfc(record.about.text),
    }


def nfc(text: str | None) -> str | None:
    return text and unicodedata.normalize("NFC", text)


def test_ids_are_uuids_of_version_7_that_begin_with_the_time() -> None:
    before = time.time_ns() // 1_000_000
    ids = [time_ordered_id() for _ in range(1_000)]
    after = time.time_ns() // 1_000_000

    assert {(one.version, one.variant) for one in ids} == {(7, uuid.RFC_4122)}
    assert all(before <= one.int >> 80 <= after for one in ids)
    assert len(set(ids)) == len(ids)
    # Every bit but those of version and variant is by chance: each is both set and not somewhere.
    free = (1 << 80) - 1 & ~(0xF << 76) & ~(0b11 << 62)
    assert functools.reduce(operator.or_, (one.int for one in ids)) & free == free
    assert functools.reduce(operator.and_, (one.int for one in ids)) & free == 0
