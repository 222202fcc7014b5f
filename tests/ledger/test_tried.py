"""What was tried can be told to be the same again, and never read."""

from gateway.ledger.sealing import AuditKey
from gateway.ledger.tried import MOST, digest, texts, tried

KEY = AuditKey(bytes(32))


def test_a_number_gives_one_digest_however_it_is_written() -> None:
    assert digest(KEY, "943 476 5919") == digest(KEY, "9434765919") == digest(KEY, "943-476-5919")
    assert digest(KEY, "e838994819999") == digest(KEY, "E838994819999")
    assert digest(KEY, "9434765919") != digest(KEY, "9434765918")


def test_another_key_gives_another_digest() -> None:
    assert digest(KEY, "9434765919") != digest(AuditKey(bytes([1]) * 32), "9434765919")


def test_numbers_are_found_in_the_document_and_beside_it() -> None:
    document = '{ child(identifier: {nhsNumber: "9434765919"}) { id } """block""" }'
    beside = {"identifiers": [{"upn": "E838994819999"}, {"uln": 4_000_000_000}], "first": None}

    assert set(texts(document, beside)) == {"9434765919", "block", "E838994819999", "4000000000"}


def test_a_document_that_cannot_be_read_gives_what_was_read_of_it() -> None:
    assert list(texts('{ a(b: "9434765919") } "', {})) == ["9434765919"]


def test_a_record_holds_as_many_as_a_caseload_each_once() -> None:
    assert len(tried(KEY, (str(number) for number in range(1_000)))) == MOST
    assert len(tried(KEY, ["1", "1", "2"])) == 2
