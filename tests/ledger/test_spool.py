"""The emergency spool: a bridge with two ends, and whoever touched it on the way is found."""

import base64
import hashlib
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import AuditUnavailable
from gateway.ledger.record import GENESIS, canonical
from gateway.ledger.sealing import AuditKey
from gateway.ledger.spool import MOST, Spool, SpoolBroken

KEY = AuditKey(bytes(32))


def emergency(decision, number: int = 0, **more):
    return decision(number, purpose="EMERGENCY_BREAK_GLASS", emergency="public_interest", **more)


def test_the_spool_takes_five_hundred_records_and_a_quarter_of_an_hour(decision, tmp_path) -> None:
    full = Spool(tmp_path / "full", KEY)
    full.keep([emergency(decision, n) for n in range(MOST)])
    old = Spool(tmp_path / "old", KEY)
    first = (datetime.now(UTC) - timedelta(minutes=16)).isoformat(timespec="microseconds")
    old.keep([replace(emergency(decision, 1), at=first)])

    for spool in (full, old):
        with pytest.raises(AuditUnavailable, match="telephone"):
            spool.keep([emergency(decision, 2)])


@pytest.mark.parametrize("tamper", ["edit", "drop", "swap"])
def test_a_spool_that_was_touched_is_not_taken_over(decision, tmp_path, tamper) -> None:
    path = tmp_path / "spool"
    spool = Spool(path, KEY)
    for number in range(3):
        spool.keep([emergency(decision, number)])
    lines = path.read_bytes().splitlines(keepends=True)
    changed = {
        "edit": [lines[0].replace(b"A", b"B"), *lines[1:]],
        "drop": lines[1:],
        "swap": [lines[1], lines[0], lines[2]],
    }
    path.write_bytes(b"".join(changed[tamper]))

    with pytest.raises(SpoolBroken):
        spool.records()
    with pytest.raises(AuditUnavailable):
        spool.keep([emergency(decision, 4)])


def test_a_spool_comes_back_as_it_was_kept_but_for_the_way(decision, tmp_path) -> None:
    told = emergency(decision, 1, subject=None, text="because", tried=("t",), alert="self")
    spool = Spool(tmp_path / "spool", KEY)

    kept = spool.keep([told])

    assert kept == spool.records() == [replace(told, spooled=True)]


def test_a_spool_of_the_version_before_is_taken_over(decision, tmp_path) -> None:
    """Its lines had everything of a record side by side, as these do."""
    record = emergency(decision, 1)
    line = asdict(record.about) | asdict(record) | {"spooled": True}
    del line["about"]
    nonce, path = bytes(12), tmp_path / "spool"
    sealed = nonce + AESGCM(KEY.secret).encrypt(nonce, canonical(line), GENESIS)
    chain = hashlib.sha256(GENESIS + hashlib.sha256(sealed).digest()).hexdigest()
    path.write_bytes(canonical({"text": base64.b64encode(sealed).decode(), "chain": chain}) + b"\n")

    assert Spool(path, KEY).records() == [replace(record, spooled=True)]


def test_a_line_that_a_kill_cut_short_is_left_out(decision, tmp_path) -> None:
    path = tmp_path / "spool"
    spool = Spool(path, KEY)
    spool.keep([emergency(decision, 1)])
    with path.open("ab") as file:
        file.write(b'{"chain":"12')

    assert len(spool.records()) == 1


def test_a_spool_that_cannot_be_written_refuses(decision, tmp_path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(AuditUnavailable):
        Spool(tmp_path / "file" / "spool", KEY).keep([emergency(decision)])


def test_only_an_emergency_is_spooled(decision, tmp_path) -> None:
    spool = Spool(tmp_path / "spool", KEY, frozenset({"EMERGENCY"}))

    assert spool.takes([emergency(decision)])
    assert spool.takes([decision(purpose="EMERGENCY")])
    assert not spool.takes([emergency(decision), decision()])
    assert not spool.takes([])
