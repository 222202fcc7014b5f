"""Who was asked about can be shredded, and every proof still holds."""

import json
import unicodedata
from pathlib import Path

import asyncpg
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.checkpoint import Signer, publish
from gateway.ledger.export import export
from gateway.ledger.record import Record, canonical
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

    assert await owner.fetchval("select count(*) from ledger.data_key") == 2


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
