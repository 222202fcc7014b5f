"""Every tamper by whoever owns the database is found from an export, by the control named for it.

The ten tampers are made with the owner's rights on a real ledger that has two checkpoints, a witness
and receipts in callers' hands.
"""

import hashlib
from pathlib import Path

import asyncpg
import pytest

from gateway.ledger.checkpoint import COSIGNATURE, Signer, publish
from gateway.ledger.export import export
from gateway.ledger.merkle import leaf_hash
from gateway.ledger.note import Note
from gateway.ledger.record import GENESIS, link
from gateway.ledger.verify import Trust, verify

ORIGIN = "causeway.example/ledger"


@pytest.fixture
async def kept(place, ledger, owner, decision, tmp_path: Path):
    """Twelve records: five, a checkpoint, five, a checkpoint, two since. Callers hold receipts."""
    signer = Signer.at(tmp_path / "ledger.key", ORIGIN)
    integrator = await asyncpg.connect(place.integrator)
    receipts = []
    for first, end in ((0, 5), (5, 10)):
        receipts += await ledger.append([decision(n) for n in range(first, end)])
        await publish(integrator, signer)
    receipts += await ledger.append([decision(n) for n in (10, 11)])
    await integrator.close()
    notes = [
        Note.parse(row["note"])
        for row in await owner.fetch("select note from ledger.checkpoint order by size")
    ]
    promised = [signer.receipt(r.stream, r.seq, r.leaf, r.chain) for r in receipts[:10]]
    last = receipts[-1]  # the last two were of one answer: one receipt holds both
    promised.append(signer.receipt(last.stream, last.seq, last.leaf, last.chain, first=11))
    return Trust(signer.key, checkpoints=tuple(notes), receipts=tuple(promised))


async def found(place, trust: Trust) -> tuple[str, ...]:
    auditor = await asyncpg.connect(place.auditor)
    lines = [line async for line in export(auditor)]
    await auditor.close()
    return tuple(dict.fromkeys(finding.code for finding in verify(lines, trust).findings))


async def rechain(owner, first: int = 1) -> None:
    """What an owner would do to hide a change: make every leaf and chain value anew."""
    chain = GENESIS
    for row in await owner.fetch("select * from ledger.entry order by seq"):
        leaf = leaf_hash(row["body"])
        chain = link(chain, leaf)
        if row["seq"] >= first:
            await owner.execute(
                "update ledger.entry set leaf = $1, chain = $2 where seq = $3",
                leaf,
                chain,
                row["seq"],
            )


async def renumber(owner) -> None:
    """Closes the gap that a deletion left."""
    await owner.execute(
        "update ledger.entry e set seq = r.n from (select stream, seq, row_number() over (order by seq) n"
        " from ledger.entry) r where e.stream = r.stream and e.seq = r.seq"
    )


EDIT = "update ledger.entry set body = convert_to(replace(convert_from(body, 'UTF8'), 'partial', 'refused'), 'UTF8')"


async def test_an_untouched_ledger_is_whole(place, kept) -> None:
    assert await found(place, kept) == ()


async def test_1_an_edited_record_is_found_by_its_leaf(place, kept, owner) -> None:
    await owner.execute(EDIT + " where seq = 3")

    assert (await found(place, kept))[0] == "BODY_CHANGED"


async def test_2_an_edited_record_with_a_new_leaf_is_found_by_the_chain(place, kept, owner) -> None:
    await owner.execute(EDIT + " where seq = 3")
    await owner.execute(
        "update ledger.entry set leaf = sha256('\\x00'::bytea || body) where seq = 3"
    )

    assert (await found(place, kept))[0] == "CHAIN_BROKEN"


async def test_3_swapped_records_are_found_by_the_chain(place, kept, owner) -> None:
    await owner.execute(
        "with pair as (select seq, body, leaf from ledger.entry where seq in (3, 4))"
        " update ledger.entry e set body = p.body, leaf = p.leaf from pair p where p.seq = 7 - e.seq"
        " and e.seq in (3, 4)"
    )

    assert "CHAIN_BROKEN" in await found(place, kept)


async def test_4_a_record_deleted_from_the_middle_is_a_gap(place, kept, owner) -> None:
    await owner.execute("delete from ledger.entry where seq = 4")

    assert (await found(place, kept))[0] == "GAP"


async def test_5_a_ledger_cut_below_its_last_checkpoint_is_too_short(place, kept, owner) -> None:
    await owner.execute("delete from ledger.entry where seq > 8")
    await owner.execute("update ledger.stream set seq = 8")

    assert "TRUNCATED" in await found(place, kept)


async def test_6_a_record_removed_and_the_whole_chain_made_anew_is_found_by_a_checkpoint(
    place, kept, owner
) -> None:
    await owner.execute("delete from ledger.entry where seq = 2")
    await renumber(owner)
    await rechain(owner)

    assert "ROOT_DIFFERS" in await found(place, kept)


async def test_7_checkpoints_signed_anew_over_a_rewrite_differ_from_those_others_kept(
    place, kept, owner, tmp_path
) -> None:
    await owner.execute(EDIT + " where seq = 2")
    await rechain(owner)
    await owner.execute(
        "truncate ledger.position, ledger.tile, ledger.integrated, ledger.checkpoint"
    )
    await publish(owner, Signer.at(tmp_path / "ledger.key", ORIGIN))

    assert "ROOT_DIFFERS" in await found(place, kept)
    assert await found(place, Trust(kept.ledger)) == ()  # alone, such an export looks whole


async def test_8_a_rewrite_after_the_last_checkpoint_is_found_by_a_receipt(
    place, kept, owner
) -> None:
    await owner.execute(EDIT + " where seq = 12")
    await rechain(owner, 12)

    assert await found(place, kept) == ("RECEIPT_DIFFERS",)


async def test_8_a_rewrite_of_any_entry_that_a_receipt_is_for_is_found_by_it(
    place, kept, owner
) -> None:
    await owner.execute(EDIT + " where seq = 11")
    await rechain(owner, 11)

    assert await found(place, kept) == ("RECEIPT_DIFFERS",)


async def test_9_a_record_cut_after_the_last_checkpoint_is_found_by_a_receipt(
    place, kept, owner
) -> None:
    await owner.execute("delete from ledger.entry where seq = 12")
    await owner.execute("update ledger.stream set seq = 11")

    assert await found(place, kept) == ("RECEIPT_WITHOUT_ENTRY",)
    # Without anybody's receipt nothing finds it: why a checkpoint follows each second, and callers are given receipts.
    assert await found(place, Trust(kept.ledger, checkpoints=kept.checkpoints)) == ()


async def test_10_a_checkpoint_or_receipt_of_another_key_is_not_believed(
    place, kept, owner, tmp_path
) -> None:
    forger = Signer.at(tmp_path / "forged.key", ORIGIN)
    forged = kept.receipts[0] | {"signature": forger.receipt(1, 1, b"", b"")["signature"]}

    assert "UNSIGNED" in await found(place, Trust(forger.key))
    assert await found(place, Trust(kept.ledger, receipts=(forged,))) == ("RECEIPT_UNSIGNED",)
    for more in ({"first": 1}, {"first": 12}, {"seq": 11}):
        stretched = kept.receipts[-1] | more
        assert await found(place, Trust(kept.ledger, receipts=(stretched,))) == (
            "RECEIPT_UNSIGNED",
        )


async def test_a_checkpoint_without_its_quorum_of_witnesses_is_reported(
    place, kept, tmp_path
) -> None:
    stranger = Signer.at(tmp_path / "witness.key", "witness.example", COSIGNATURE)

    assert await found(place, Trust(kept.ledger, (stranger.key,), quorum=1)) == ("UNWITNESSED",)


def test_lines_that_are_no_export_are_reported_and_not_skipped(tmp_path) -> None:
    trust = Trust(Signer.at(tmp_path / "k", ORIGIN).key)

    codes = [f.code for f in verify(["nonsense", '{"entry": {}}'], trust).findings]

    assert codes == ["UNREADABLE", "UNREADABLE"]


def test_the_verifier_needs_the_standard_library_only() -> None:
    import subprocess
    import sys

    program = (
        "import sys; import gateway.ledger.verify;"
        "print([m for m in sys.modules if m.split('.')[0] in ('asyncpg', 'cryptography', 'starlette', 'joserfc')])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "[]"
    assert hashlib.sha256(b"").hexdigest().startswith("e3b0c442")
