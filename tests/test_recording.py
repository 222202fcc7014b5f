"""What goes back beside an answer, and what a refusal is recorded as."""

from pathlib import Path

import pytest

from gateway.ledger.checkpoint import Signer
from gateway.ledger.spool import Spooled
from gateway.ledger.stream import Receipt
from gateway.ledger.verify import receipt_holds
from gateway.recording import Circumstances, promises, refusal

ABOUT = Circumstances("op", None, "P", None, "r", "LA:201", "role", "a", alert="canary")


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.at(tmp_path / "key", "ledger.example")


def kept(stream: int, seq: int) -> Receipt:
    return Receipt(f"{stream}-{seq}", stream, seq, bytes([stream, seq] * 16), bytes([seq] * 32))


def test_records_that_follow_each_other_are_promised_together_by_the_last_of_them(signer) -> None:
    found = promises(signer, [kept(1, 4), kept(1, 5), kept(1, 6)])

    (one,) = found["receipt"]
    assert (one["stream"], one["first"], one["seq"]) == (1, 4, 6)
    assert (one["leaf"], one["chain"]) == (kept(1, 6).leaf.hex(), kept(1, 6).chain.hex())
    assert receipt_holds(one, signer.key)
    assert set(found) == {"receipt"}


def test_where_others_were_recorded_between_there_is_a_promise_for_each_run(signer) -> None:
    places = [kept(1, 4), kept(1, 5), kept(1, 7), kept(2, 8), kept(2, 9), kept(2, 8)]

    found = promises(signer, places)["receipt"]

    assert [(one["stream"], one["first"], one["seq"]) for one in found] == [
        (1, 4, 5),
        (1, 7, 7),
        (2, 8, 9),
        (2, 8, 8),
    ]
    assert all(receipt_holds(one, signer.key) for one in found)


def test_what_waits_in_the_spool_is_promised_by_its_id(signer) -> None:
    found = promises(signer, [Spooled("a", bytes(32)), Spooled("b", bytes(32))])["receipt"]

    assert [one["spooled"] for one in found] == ["a", "b"]
    assert all(receipt_holds(one, signer.key) for one in found)


def test_a_refusal_is_of_nobody_and_nowhere_and_says_why_and_whether_to_look() -> None:
    record = refusal(ABOUT, "PURPOSE_NOT_ALLOWED", ["t1"])

    parts = record.open_parts()
    assert (record.subject, parts["island"], parts["outcome"]) == (None, None, "refuse")
    assert (parts["refused"], parts["tried"]) == ((("*", "PURPOSE_NOT_ALLOWED"),), ("t1",))
    assert parts["alert"] == "canary"
