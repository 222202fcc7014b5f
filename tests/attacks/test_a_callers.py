"""Attacks 1 to 17: forging who asks, and for what.

Hostile tokens one by one are tests/test_caller.py; here each attack is carried through to the decision.
14 to 16 need proof of possession or a token exchange; until there is one, such a token is refused.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from gateway.assertion import Assertion, Signer, new_key
from gateway.caller import Callers, Issuer, read_issuers
from gateway.caller.demo import AUDIENCE, NAME, DemoIssuer, mint
from gateway.errors import BadRequest, GatewayError, NotReady, Refused, Unauthenticated
from gateway.purpose.declared import declared, opening
from gateway.register import Opening, Register


@pytest.fixture(scope="module")
def demo(register: Register) -> DemoIssuer:
    return DemoIssuer(register, {"301": "LA", "135000": "SCHOOL"})


async def asked(
    demo: DemoIssuer,
    register: Register,
    token: str,
    *headers: str,
    extensions: dict[str, Any] | None = None,
) -> Opening:
    caller = await Callers([demo.issuer], demo.fetch).caller(f"Bearer {token}")
    return opening(declared(headers, extensions or {}), caller, register)


async def refused(*arguments: Any, **more: Any) -> GatewayError:
    with pytest.raises(GatewayError) as raised:
        await asked(*arguments, **more)
    return raised.value


async def test_01_a_purpose_outside_the_token_is_refused(
    demo: DemoIssuer, register: Register
) -> None:
    token = demo.token("a", "dsl", "135000", purposes=["SCHOOL_TRANSFER"])

    assert (await asked(demo, register, token, "SCHOOL_TRANSFER")).purpose.code == "SCHOOL_TRANSFER"
    for found in (
        await refused(demo, register, token, "CP_S47_ENQUIRY"),
        await refused(demo, register, token, extensions={"declaredPurpose": "CP_S47_ENQUIRY"}),
    ):
        assert (found.status, found.code) == (403, "PURPOSE_NOT_IN_TOKEN")


async def test_02_without_a_purpose_there_is_no_answer(
    demo: DemoIssuer, register: Register
) -> None:
    token = demo.token("a", "dsl", "135000")

    for extensions in ({}, {"purpose": "SCHOOL_TRANSFER"}, {"declaredpurpose": "SCHOOL_TRANSFER"}):
        found = await refused(demo, register, token, extensions=extensions)
        assert (found.status, found.code) == (403, "PURPOSE_REQUIRED")


@pytest.mark.parametrize(
    "written",
    [
        "safeguarding",
        "send",
        "cp_s47_enquiry",
        "CP_S47_ENQUIRY ",
        "CP_S47_ENQUIRY\u200b",
        "\u0421P_S47_ENQUIRY",
        "CP-S47-ENQUIRY",
        "*",
        "COMPOSITION",
    ],
)
async def test_03_a_code_is_matched_as_it_stands(
    demo: DemoIssuer, register: Register, written: str
) -> None:
    token = demo.token("a", "dsl", "135000")

    found = await refused(demo, register, token, extensions={"declaredPurpose": written})

    assert found.code in ("PURPOSE_UNKNOWN", "PURPOSE_UNREADABLE")


async def test_04_two_purposes_are_none(demo: DemoIssuer, register: Register) -> None:
    token = demo.token("a", "dsl", "135000")

    for headers, extensions in (
        (["SCHOOL_TRANSFER, CP_S47_ENQUIRY"], {}),
        (["SCHOOL_TRANSFER", "CP_S47_ENQUIRY"], {}),
        (["SCHOOL_TRANSFER"], {"declaredPurpose": "CP_S47_ENQUIRY"}),
        ([], {"declaredPurpose": ["SCHOOL_TRANSFER", "CP_S47_ENQUIRY"]}),
    ):
        found = await refused(demo, register, token, *headers, extensions=extensions)
        assert isinstance(found, BadRequest)


async def test_05_a_role_declares_its_own_purposes_only(
    demo: DemoIssuer, register: Register
) -> None:
    found = await refused(demo, register, demo.token("a", "analyst", "301"), "CP_S47_ENQUIRY")

    assert (found.status, found.code) == (403, "PURPOSE_NOT_FOR_ROLE")


async def test_06_one_token_has_one_role(demo: DemoIssuer, register: Register) -> None:
    first = demo.token("a", "analyst", "301")
    both = demo.token("a", "analyst", "301", role=["analyst", "social_worker"])
    beside = demo.token("a", "analyst", "301", roles=["social_worker"])

    assert isinstance(await refused(demo, register, both, "CP_S47_ENQUIRY"), Unauthenticated)
    for token in (first, beside):
        found = await refused(demo, register, token, "CP_S47_ENQUIRY")
        assert found.code == "PURPOSE_NOT_FOR_ROLE"


async def test_08_a_storm_of_key_names_reads_the_keys_once(
    demo: DemoIssuer, register: Register
) -> None:
    reads = 0

    async def fetch(source: str) -> bytes:
        nonlocal reads
        reads += 1
        return await demo.fetch(source)

    callers = Callers([demo.issuer], fetch)
    for name in ["../../dev/null", "' OR 1=1--", "k" * 200, *(f"k{n}" for n in range(100))]:
        with pytest.raises(Unauthenticated):
            await callers.caller(f"Bearer {mint({'iss': NAME}, new_key(name))}")

    assert reads == 1


async def test_09_no_key_is_fetched_from_where_a_token_points(demo: DemoIssuer) -> None:
    sources: list[str] = []

    async def fetch(source: str) -> bytes:
        sources.append(source)
        return await demo.fetch(source)

    callers = Callers([demo.issuer], fetch)
    for claims in ({"iss": "https://evil.example"}, {"iss": NAME, "jku": "https://evil.example"}):
        with pytest.raises(Unauthenticated):
            await callers.caller(f"Bearer {mint(claims, new_key('x'))}")

    assert set(sources) <= {"demo"}


async def test_12_one_kind_of_token_is_no_other(demo: DemoIssuer, register: Register) -> None:
    note = Assertion("P", "r", "o", "LA", "a", register.digest, "t")
    token = Signer(demo.key).sign(note, AUDIENCE, b"")

    assert isinstance(await refused(demo, register, token, "SCHOOL_TRANSFER"), Unauthenticated)


@pytest.mark.parametrize("bound", [{"jkt": "thumbprint"}, {"x5t#S256": "thumbprint"}, {}, None])
async def test_14_and_15_a_token_bound_to_a_key_is_no_bearer_token(
    demo: DemoIssuer, register: Register, bound: object
) -> None:
    token = demo.token("a", "dsl", "135000", cnf=bound)

    assert isinstance(await refused(demo, register, token, "SCHOOL_TRANSFER"), Unauthenticated)


async def test_16_a_role_or_organisation_its_issuer_is_not_registered_for_is_nobodys(
    demo: DemoIssuer, register: Register
) -> None:
    for more in ({"role": "root"}, {"org": "302"}):
        token = demo.token("a", "dsl", "135000", **more)
        assert isinstance(await refused(demo, register, token, "SCHOOL_TRANSFER"), Refused)


async def test_17_an_issuer_whose_keys_cannot_be_read_vouches_for_nobody(
    demo: DemoIssuer,
) -> None:
    async def html(_source: str) -> bytes:
        return b"<html>down for maintenance</html>"

    with pytest.raises(NotReady):
        await Callers([demo.issuer], html).caller(f"Bearer {demo.token('a', 'dsl', '135000')}")


async def test_17_keys_are_not_read_over_a_connection_anyone_could_have_written(
    register: Register,
) -> None:
    text = f"""
    [[issuer]]
    name = "{NAME}"
    audience = "{AUDIENCE}"
    jwks = "http://login.example/keys"
    algorithms = ["ES256"]
    roles = {{}}
    organisations = {{}}
    """

    with pytest.raises(NotReady, match="https"):
        read_issuers(text.encode(), register)


async def test_a_key_rotated_in_by_someone_else_still_has_to_be_the_issuers(
    demo: DemoIssuer,
) -> None:
    other = Issuer(
        name="https://evil.example",
        audience=AUDIENCE,
        jwks="evil",
        algorithms=("Ed25519",),
        roles={"dsl": "dsl"},
        organisations={"135000": "SCHOOL"},
    )
    evil = new_key(str(demo.key.kid))

    async def fetch(source: str) -> bytes:
        if source == "demo":
            return await demo.fetch(source)
        return json.dumps({"keys": [evil.as_dict(private=False)]}).encode()

    now = int(time.time())
    claims = {
        "iss": NAME,
        "aud": AUDIENCE,
        "sub": "a",
        "role": "dsl",
        "org": "135000",
        "iat": now,
        "exp": now + 60,
    }
    with pytest.raises(Unauthenticated):
        await Callers([demo.issuer, other], fetch).caller(f"Bearer {mint(claims, evil)}")
