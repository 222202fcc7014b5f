from __future__ import annotations

import base64
import json
from dataclasses import replace
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
    assert reason(verifier, mint({"iss": "x"}, KEY)) == "typ"


@pytest.mark.parametrize(
    "more",
    [
        {"aud": ["schools"]},
        {"aud": ["schools", "learners"]},
        {"iss": "https://causeway.example/gateway2"},
        {"exp": 1_000_031},
        {"exp": 1_000_000},
        {"exp": 1_000_030.0},
        {"iat": "1000000"},
        {"iat": True},
        {"pur": ""},
        {"pur": ["A", "B"]},
        {"cats": "SC.SEN"},
        {"cats": [1]},
        {"cats": None},
        {"jti": None},
        {"case": 7},
        {"oph": None},
    ],
)
def test_claims_out_of_shape_are_refused(more: dict[str, Any], clock: Clock) -> None:
    plain = {
        "iss": "https://causeway.example/gateway",
        "aud": "schools",
        "iat": 1_000_000,
        "exp": 1_000_030,
        "jti": "one",
        "oph": "",
        "pur": "P",
        "role": "r",
        "org": "o",
        "orgk": "LA",
        "act": "a",
        "reg": "f",
        "txn": "t",
        "cats": ["SC.SEN"],
    }

    good = Verifier("schools", public_keys([KEY]), clock).verify(written(plain), b"{}")
    assert good.categories == ("SC.SEN",)
    with pytest.raises(InvalidToken):
        Verifier("schools", public_keys([KEY]), clock).verify(written({**plain, **more}), b"{}")


def written(claims: dict[str, Any]) -> str:
    full = {**claims, "oph": body_digest(b"{}")} if claims["oph"] == "" else claims
    header = {"alg": "Ed25519", "kid": "gw-1", "typ": "purpose+jwt"}
    return jws.serialize_compact(header, json.dumps(full), KEY, algorithms=["Ed25519"])


def test_digests_keep_their_parts_apart_and_say_no_name() -> None:
    assert case_digest("301", "EHC-1") == case_digest("301", "EHC-1")
    assert case_digest("301", "EHC-1") != case_digest("301E", "HC-1")
    assert case_digest("301", "EHC-1") != actor_id("301", "EHC-1")
    assert actor_id("a\x00b", "c") != actor_id("a", "b\x00c")


def test_a_signature_is_sixty_four_bytes_and_takes_nothing_of_what_was_signed(
    signer: Signer, verifier: Verifier
) -> None:
    note = signer.sign(NOTE, "schools", BODY)
    signed, _, signature = note.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")

    for moved in (raw + signed[:3].encode(), raw[:63], raw + b"\0", b"\0" + raw):
        written = base64.urlsafe_b64encode(moved).rstrip(b"=").decode()
        assert reason(verifier, f"{signed}.{written}") == "signature"
        assert reason(verifier, f"{signed[3:]}.{written}") != "replay"

    assert verifier.verify(note, BODY) == NOTE


def test_notes_of_one_request_differ_in_what_is_each_calls_own(
    signer: Signer, verifier: Verifier
) -> None:
    said = stated(NOTE)
    mine = signer.note(said, "schools", ("SC.SEN",), BODY).decode()
    another = signer.note(said, "link", ("SC.SEN",), BODY).decode()

    assert reason(verifier, another) == "aud"
    assert reason(verifier, mine, b"{}") == "body"
    assert verifier.verify(mine, BODY) == replace(NOTE, categories=("SC.SEN",))
    assert reason(verifier, mine) == "replay"
