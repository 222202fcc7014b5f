from __future__ import annotations

import base64
import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from joserfc import jws

from gateway.assertion import (
    Assertion,
    InvalidToken,
    Signer,
    Verifier,
    actor_id,
    body_digest,
    case_digest,
    new_key,
    public_keys,
    stated,
)
from gateway.assertion.strict import encoded
from gateway.caller.demo import mint

KEY = new_key("gw-1")
NOTE = Assertion(
    purpose="EHC_NEEDS_ASSESSMENT",
    role="ehc_coordinator",
    organisation="301",
    organisation_kind="LA",
    actor="actor",
    register="f" * 64,
    request="r-1",
    categories=("SC.SEN", "LA.STATUS:E"),
    case="digest",
)
BODY = b'{"query":"{ a }"}'


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.5

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def signer(clock: Clock) -> Signer:
    return Signer(KEY, clock)


@pytest.fixture
def verifier(clock: Clock) -> Verifier:
    return Verifier("schools", public_keys([KEY]), clock)


def reason(verifier: Verifier, token: str, body: bytes = BODY) -> str:
    with pytest.raises(InvalidToken) as raised:
        verifier.verify(token, body)
    return raised.value.reason


def test_what_is_signed_is_what_is_read(signer: Signer, verifier: Verifier) -> None:
    for note in (NOTE, replace(NOTE, case=None, categories=()), replace(NOTE, emergency="bg-1")):
        assert verifier.verify(signer.sign(note, "schools", BODY), BODY) == note


def test_a_note_is_good_once(signer: Signer, verifier: Verifier, clock: Clock) -> None:
    token = signer.sign(NOTE, "schools", BODY)
    verifier.verify(token, BODY)

    for later in (0, 10, 20, 4):
        clock.now += later
        assert reason(verifier, token) == "replay"


def test_what_was_used_is_remembered_for_as_long_as_it_could_be_used_again(
    signer: Signer, verifier: Verifier, clock: Clock
) -> None:
    for second in range(200):
        clock.now = 1_000_000.5 + second
        token = signer.sign(NOTE, "schools", BODY)
        verifier.verify(token, BODY)
        for age in (1, 20, 34):
            clock.now = 1_000_000.5 + second + age
            assert reason(verifier, token) == "replay"


def test_a_note_is_for_one_body(signer: Signer, verifier: Verifier) -> None:
    token = signer.sign(NOTE, "schools", BODY)

    assert reason(verifier, token, BODY + b" ") == "body"
    assert reason(verifier, token, b"") == "body"


def test_a_note_for_another_audience_is_refused(signer: Signer, verifier: Verifier) -> None:
    assert reason(verifier, signer.sign(NOTE, "learners", BODY)) == "aud"


@pytest.mark.parametrize(("seconds", "refused"), [(30, None), (35, None), (36, "exp"), (-5, None)])
def test_a_note_lasts_thirty_seconds_and_clocks_may_differ_by_five(
    signer: Signer, verifier: Verifier, clock: Clock, seconds: int, refused: str | None
) -> None:
    clock.now = 1_000_010.0
    token = signer.sign(NOTE, "schools", BODY)
    clock.now += seconds

    if refused:
        assert reason(verifier, token) == refused
    else:
        verifier.verify(token, BODY)


def test_a_note_from_the_future_is_refused(
    signer: Signer, verifier: Verifier, clock: Clock
) -> None:
    clock.now += 100
    token = signer.sign(NOTE, "schools", BODY)
    clock.now -= 6.6

    assert reason(verifier, token) == "iat"


def test_after_a_restart_older_notes_are_refused(signer: Signer, clock: Clock) -> None:
    token = signer.sign(NOTE, "schools", BODY)
    clock.now += 2

    assert reason(Verifier("schools", public_keys([KEY]), clock), token) == "issued before start"


def test_a_key_we_were_not_given_signs_nothing(clock: Clock, verifier: Verifier) -> None:
    for other in (new_key("gw-1"), new_key("gw-2")):
        reason(verifier, Signer(other, clock).sign(NOTE, "schools", BODY))


def test_an_access_token_is_no_note(verifier: Verifier) -> None:
    token = mint({"iss": "x"}, KEY)

    assert reason(verifier, token) == "disclosures"
    assert reason(verifier, f"{token}~e30~") == "typ"


SIGNED = {
    "iss": "https://causeway.example/gateway",
    "iat": 1_000_000,
    "exp": 1_000_030,
    "_sd_alg": "sha-256",
}
SAID = {
    "aud": "schools",
    "oph": body_digest(b"{}"),
    "pur": "P",
    "role": "r",
    "org": "o",
    "orgk": "LA",
    "act": "a",
    "reg": "f",
    "txn": "t",
    "cats": ["SC.SEN"],
}


def written(
    signed: dict[str, Any] | None = None,
    said: dict[str, Any] | None = None,
    disclosure: Any = None,
) -> str:
    """A note that somebody else wrote, with our key."""
    array = ["one", "call", {**SAID, **(said or {})}] if disclosure is None else disclosure
    shown = encoded(array if isinstance(array, bytes) else json.dumps(array).encode())
    digests = ["x" * 43, encoded(sha256(shown.encode()).digest())]
    claims = {**SIGNED, "_sd": digests, **(signed or {})}
    header = {"alg": "Ed25519", "kid": "gw-1", "typ": "purpose+sd-jwt"}
    return (
        f"{jws.serialize_compact(header, json.dumps(claims), KEY, algorithms=['Ed25519'])}~{shown}~"
    )


def test_a_note_that_another_library_wrote_is_read(clock: Clock) -> None:
    read = Verifier("schools", public_keys([KEY]), clock).verify(written(), b"{}")

    assert read.categories == ("SC.SEN",)


@pytest.mark.parametrize(
    "more",
    [
        {"iss": "https://causeway.example/gateway2"},
        {"exp": 1_000_031},
        {"exp": 1_000_000},
        {"exp": 1_000_030.0},
        {"iat": "1000000"},
        {"iat": True},
        {"_sd_alg": "sha-512"},
        {"_sd_alg": None},
        {"_sd": "x"},
        {"_sd": []},
        {"_sd": {}},
    ],
)
def test_what_is_signed_out_of_shape_is_refused(more: dict[str, Any], clock: Clock) -> None:
    with pytest.raises(InvalidToken):
        Verifier("schools", public_keys([KEY]), clock).verify(written(signed=more), b"{}")


@pytest.mark.parametrize(
    "more",
    [
        {"aud": ["schools"]},
        {"aud": ["schools", "learners"]},
        {"pur": ""},
        {"pur": ["A", "B"]},
        {"cats": "SC.SEN"},
        {"cats": [1]},
        {"cats": None},
        {"case": 7},
        {"oph": None},
    ],
)
def test_what_is_said_out_of_shape_is_refused(more: dict[str, Any], clock: Clock) -> None:
    with pytest.raises(InvalidToken):
        Verifier("schools", public_keys([KEY]), clock).verify(written(said=more), b"{}")


@pytest.mark.parametrize(
    "disclosure",
    [
        ["", "call", SAID],
        [7, "call", SAID],
        [None, "call", SAID],
        ["one", "calls", SAID],
        ["one", SAID],
        ["one", "call", SAID, SAID],
        ["one", "call", [SAID]],
        {"one": SAID},
        json.dumps(["one", "call", SAID]).replace('"pur": "P"', '"pur": "P", "pur": "Q"').encode(),
        b"\xff",
    ],
)
def test_a_disclosure_out_of_shape_is_refused(disclosure: Any, clock: Clock) -> None:
    with pytest.raises(InvalidToken):
        Verifier("schools", public_keys([KEY]), clock).verify(written(disclosure=disclosure), b"{}")


def test_a_note_discloses_one_thing_and_what_was_not_signed_is_not_believed(
    signer: Signer, verifier: Verifier
) -> None:
    signed, shown, _ = signer.sign(NOTE, "schools", BODY).split("~")
    _, other, _ = signer.sign(replace(NOTE, purpose="CP_S47"), "schools", BODY).split("~")

    for text in (
        signed,
        f"{signed}~",
        f"{signed}~{shown}",
        f"{signed}~~{shown}",
        f"~{signed}~{shown}~",
    ):
        reason(verifier, text)
    assert reason(verifier, f"{signed}~{shown}~{other}~") == "disclosures"
    assert reason(verifier, f"{signed}~{other}~") == "not what was signed"
    assert reason(verifier, f"{signed}~{shown}=~") == "not what was signed"
    assert verifier.verify(f"{signed}~{shown}~", BODY) == NOTE


def test_digests_keep_their_parts_apart_and_say_no_name() -> None:
    assert case_digest("301", "EHC-1") == case_digest("301", "EHC-1")
    assert case_digest("301", "EHC-1") != case_digest("301E", "HC-1")
    assert case_digest("301", "EHC-1") != actor_id("301", "EHC-1")
    assert actor_id("a\x00b", "c") != actor_id("a", "b\x00c")


def test_a_signature_is_sixty_four_bytes_and_takes_nothing_of_what_was_signed(
    signer: Signer, verifier: Verifier
) -> None:
    note = signer.sign(NOTE, "schools", BODY)
    token, _, shown = note.partition("~")
    signed, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")

    for moved in (raw + signed[:3].encode(), raw[:63], raw + b"\0", b"\0" + raw):
        other = base64.urlsafe_b64encode(moved).rstrip(b"=").decode()
        assert reason(verifier, f"{signed}.{other}~{shown}") == "signature"
        assert reason(verifier, f"{signed[3:]}.{other}~{shown}") != "replay"

    assert verifier.verify(note, BODY) == NOTE


def test_calls_that_leave_together_are_signed_together_and_each_is_shown_its_own(
    signer: Signer, verifier: Verifier
) -> None:
    said = stated(NOTE)
    waiting = [
        signer.note(said, "schools", ("SC.SEN",), BODY),
        signer.note(stated(replace(NOTE, purpose="CP_S47")), "link", ("N.STATUS",), BODY),
    ]
    mine, another = (bytes(one).decode() for one in waiting)

    assert mine.split("~")[0] == another.split("~")[0]
    assert "CP_S47" not in "".join(map(str, parts_of(mine)))
    assert "CP_S47" in "".join(map(str, parts_of(another)))
    assert reason(verifier, another) == "aud"
    assert reason(verifier, mine, b"{}") == "body"
    assert verifier.verify(mine, BODY) == replace(NOTE, categories=("SC.SEN",))
    assert reason(verifier, mine) == "replay"


def parts_of(note: str) -> list[bytes]:
    signed, shown, _ = note.split("~")
    return [base64.urlsafe_b64decode(one + "==") for one in (*signed.split("."), shown)]


def test_a_note_written_out_twice_is_the_same_and_a_later_one_has_a_signature_of_its_own(
    signer: Signer,
) -> None:
    said = stated(NOTE)
    first = signer.note(said, "schools", (), BODY)
    written_out = bytes(first)
    later = bytes(signer.note(said, "schools", (), BODY))

    assert bytes(first) == written_out
    assert later.split(b"~")[0] != written_out.split(b"~")[0]


def test_however_many_leave_together_a_note_is_short_enough_to_be_read(
    signer: Signer, verifier: Verifier
) -> None:
    many = tuple(f"LA.CATEGORY{number}" for number in range(60))
    notes = [signer.note(stated(NOTE), "schools", many, BODY) for _ in range(100)]

    read = {bytes(one).split(b"~")[0]: verifier.verify(bytes(one).decode(), BODY) for one in notes}

    assert len(read) == 4
    assert {one.categories for one in read.values()} == {many}


def test_what_was_said_but_never_left_is_in_nobodys_way(signer: Signer, verifier: Verifier) -> None:
    signer.note(stated(NOTE), "learners", (), BODY)

    assert verifier.verify(signer.sign(NOTE, "schools", BODY), BODY) == NOTE
