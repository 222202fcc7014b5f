"""Attacks 1 to 17: forging who asks, and for what.

Hostile tokens one by one are tests/test_caller.py; here each attack is carried through to the decision.
16 needs a token exchange; until there is one, what a token does not hold is nobody's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry

from gateway.app import application
from gateway.assertion import Assertion, Signer, new_key
from gateway.assertion.strict import encoded
from gateway.caller import Callers, Issuer, read_issuers
from gateway.caller.demo import AUDIENCE, NAME, DemoIssuer, mint
from gateway.errors import BadRequest, GatewayError, NotReady, Refused, Unauthenticated
from gateway.protocol import Answer
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


async def test_07_a_token_is_signed_by_its_issuers_own_kind_of_key(
    demo: DemoIssuer, register: Register
) -> None:
    """`none`, and shared secrets made of our public key."""
    good = demo.token("a", "dsl", "135000")
    head, body, signature = good.split(".")
    public = demo.key.as_dict(private=False)
    secrets_ = [public["x"].encode(), json.dumps(public).encode(), demo.key.as_pem(private=False)]
    for algorithm in ("none", "None", "nOnE", "NONE", "HS256", "HS512", "EdDSA", "ES256", ""):
        forged = encoded(json.dumps({**json.loads(decoded(head)), "alg": algorithm}).encode())
        signed = [
            "",
            signature,
            *(
                encoded(hmac.digest(secret, f"{forged}.{body}".encode(), "sha256"))
                for secret in secrets_
            ),
        ]
        for one in signed:
            found = await refused(demo, register, f"{forged}.{body}.{one}", "SCHOOL_TRANSFER")
            assert isinstance(found, Unauthenticated)
    assert await asked(demo, register, good, "SCHOOL_TRANSFER")


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


def by_hand(demo: DemoIssuer, payload: str, head: str | None = None) -> str:
    """A token with exactly these texts as header and claims, well signed."""
    usual = json.dumps({"alg": "Ed25519", "kid": demo.key.kid, "typ": "at+jwt"})
    segments = f"{encoded((head or usual).encode())}.{encoded(payload.encode())}"
    return f"{segments}.{encoded(demo.key.private_key.sign(segments.encode()))}"


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": NAME, "aud": AUDIENCE, "sub": "a", "role": "dsl", "org": "135000"}
    return {**usual, "iat": now, "exp": now + 600, **more}


async def test_10_a_name_that_stands_twice_is_read_by_nobody(
    demo: DemoIssuer, register: Register
) -> None:
    whole = json.dumps(claims())
    twice = [
        by_hand(demo, whole[:-1] + ', "role": "social_worker"}'),
        by_hand(demo, '{"org": "301", ' + whole[1:]),
        by_hand(demo, whole[:-1] + ', "purposes": ["SCHOOL_TRANSFER"], "purposes": ["X"]}'),
        by_hand(demo, whole, '{"alg":"none","alg":"Ed25519","kid":"demo-1","typ":"at+jwt"}'),
        by_hand(demo, whole, '{"alg":"Ed25519","kid":"demo-1","typ":"JWT","typ":"at+jwt"}'),
    ]

    assert await asked(demo, register, by_hand(demo, whole), "SCHOOL_TRANSFER")
    for token in twice:
        assert isinstance(await refused(demo, register, token, "SCHOOL_TRANSFER"), Unauthenticated)


@pytest.mark.parametrize(
    "more",
    [
        {"aud": [AUDIENCE]},
        {"aud": [AUDIENCE, "https://other.example"]},
        {"aud": "schools"},
        {"aud": AUDIENCE + "/"},
        {"aud": None},
        {"iss": NAME + "/"},
        {"iss": NAME[:-1]},
        {"iss": NAME.upper()},
        {"iss": [NAME]},
    ],
)
async def test_11_a_token_is_for_us_alone_and_from_exactly_its_issuer(
    demo: DemoIssuer, register: Register, more: dict[str, Any]
) -> None:
    token = by_hand(demo, json.dumps(claims(**more)))

    assert isinstance(await refused(demo, register, token, "SCHOOL_TRANSFER"), Unauthenticated)


NOW = int(time.time())


@pytest.mark.parametrize(
    "times",
    [
        f'"exp": "{NOW + 600}"',
        f'"exp": {NOW + 600}.0',
        '"exp": 1e400',
        '"exp": -1',
        '"exp": true',
        f'"exp": {NOW - 60}',
        f'"iat": {NOW + 3600}, "exp": {NOW + 4000}',
        f'"iat": {NOW - 90_000}, "exp": {NOW + 600}',
        f'"exp": {NOW + 90_000}',
        f'"nbf": {NOW + 600}',
        f'"nbf": "{NOW}"',
        '"iat": null',
    ],
)
async def test_13_times_are_whole_seconds_of_now(
    demo: DemoIssuer, register: Register, times: str
) -> None:
    written = json.loads("{" + times.replace("1e400", "null").replace("true", "null") + "}")
    kept = {name: one for name, one in claims().items() if name not in written}
    token = by_hand(demo, json.dumps(kept)[:-1] + ", " + times + "}")

    assert isinstance(await refused(demo, register, token, "SCHOOL_TRANSFER"), Unauthenticated)


async def test_12_one_kind_of_token_is_no_other(demo: DemoIssuer, register: Register) -> None:
    note = Assertion("P", "r", "o", "LA", "a", register.digest, "t")
    token = Signer(demo.key).sign(note, AUDIENCE, b"")

    assert isinstance(await refused(demo, register, token, "SCHOOL_TRANSFER"), Unauthenticated)


PLACE = "https://causeway.example/graphql"


def thumbprint(key: Any) -> str:
    return str(key.thumbprint())


class Holder:
    """A client with a key of its own, to which its tokens are bound (RFC 9449)."""

    def __init__(self, demo: DemoIssuer, key: Any = None) -> None:
        self.key = key or ECKey.generate_key("P-256", auto_kid=False)
        self.token = demo.token("a", "dsl", "135000", cnf={"jkt": thumbprint(self.key)})

    def proof(self, header: Mapping[str, Any] = {}, key: Any = None, **claims: Any) -> str:
        of = key or self.key
        algorithm = "ES256" if isinstance(of, ECKey) else "Ed25519"
        head = {"typ": "dpop+jwt", "alg": algorithm, "jwk": of.as_dict(private=False), **header}
        digest = hashlib.sha256(self.token.encode()).digest()
        body = {
            "jti": secrets.token_urlsafe(12),
            "htm": "POST",
            "htu": PLACE,
            "iat": int(time.time()),
            "ath": encoded(digest),
            **claims,
        }
        text = json.dumps({name: one for name, one in body.items() if one is not None}).encode()
        registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        return jws.serialize_compact(head, text, of, registry=registry)


def bound(demo: DemoIssuer, **more: Any) -> Callers:
    issuer = msgspec.structs.replace(demo.issuer, place=PLACE, **more)
    minute_ago = [time.time() - 60]
    return Callers([issuer], demo.fetch, lambda: minute_ago.pop() if minute_ago else time.time())


@pytest.fixture
def holder(demo: DemoIssuer) -> Holder:
    return Holder(demo)


def wrong_proofs(holder: Holder) -> dict[str, tuple[str, ...]]:
    """Proofs that are none, one for each way of being none."""
    other = ECKey.generate_key("P-256", auto_kid=False)
    now = int(time.time())
    private = {"jwk": holder.key.as_dict(private=True)}
    good = holder.proof()
    return {
        "missing": (),
        "two": (holder.proof(), holder.proof()),
        "of another key": (holder.proof(key=other),),
        "another key in the header": (holder.proof({"jwk": other.as_dict(private=False)}),),
        "htu of another place": (holder.proof(htu="https://evil.example/graphql"),),
        "htu of another path": (holder.proof(htu="https://causeway.example/graphql2"),),
        "htu over http": (holder.proof(htu="http://causeway.example/graphql"),),
        "htu with a user": (holder.proof(htu="https://x@causeway.example/graphql"),),
        "no htu": (holder.proof(htu=None),),
        "htm GET": (holder.proof(htm="GET"),),
        "htm post": (holder.proof(htm="post"),),
        "stale": (holder.proof(iat=now - 70),),
        "from the future": (holder.proof(iat=now + 20),),
        "iat as text": (holder.proof(iat=str(now)),),
        "no iat": (holder.proof(iat=None),),
        "no jti": (holder.proof(jti=None),),
        "a long jti": (holder.proof(jti="x" * 201),),
        "of another token": (holder.proof(ath="x" * 43),),
        "of no token": (holder.proof(ath=None),),
        "typ JWT": (holder.proof({"typ": "JWT"}),),
        "a private key": (holder.proof(private),),
        "a kid beside it": (holder.proof({"kid": "x"}),),
        "a jku beside it": (holder.proof({"jku": "https://evil.example"}),),
        "unsigned": (good.rpartition(".")[0] + ".",),
        "signed by nobody": (good[:-6] + ("AAAAAA" if good[-6:] != "AAAAAA" else "BBBBBB"),),
        "too long": (holder.proof(more="x" * 5_000),),
        "no token": ("x",),
    }


async def test_14_a_proof_that_does_not_hold_proves_nothing(
    demo: DemoIssuer, holder: Holder
) -> None:
    callers = bound(demo)
    for name, proofs in wrong_proofs(holder).items():
        with pytest.raises(Unauthenticated) as refused_:
            await callers.caller(f"DPoP {holder.token}", proofs)
        assert (refused_.value.status, refused_.value.code) == (401, "INVALID_DPOP_PROOF"), name

    assert (await callers.caller(f"DPoP {holder.token}", (holder.proof(),))).role == "dsl"


async def test_14_none_and_shared_secrets_sign_no_proof(demo: DemoIssuer, holder: Holder) -> None:
    callers = bound(demo)
    head, body, signature = holder.proof().split(".")
    for algorithm in ("none", "HS256", "RS256", "ES384", "EdDSA", ""):
        forged = encoded(json.dumps({**json.loads(decoded(head)), "alg": algorithm}).encode())
        for signed in ("", signature):
            with pytest.raises(Unauthenticated):
                await callers.caller(f"DPoP {holder.token}", (f"{forged}.{body}.{signed}",))


async def test_14_a_proof_is_good_once(demo: DemoIssuer, holder: Holder) -> None:
    callers = bound(demo)
    proof = holder.proof()

    await callers.caller(f"DPoP {holder.token}", (proof,))
    with pytest.raises(Unauthenticated):
        await callers.caller(f"DPoP {holder.token}", (proof,))
    await callers.caller(f"DPoP {holder.token}", (holder.proof(),))


@pytest.mark.parametrize(
    "place", [PLACE, PLACE + "?q=1", PLACE + "#f", "HTTPS://Causeway.Example:443/graphql"]
)
async def test_14_a_place_has_several_spellings_and_two_kinds_of_key_prove(
    demo: DemoIssuer, place: str
) -> None:
    callers = bound(demo)
    for key in (None, OKPKey.generate_key("Ed25519", auto_kid=False)):
        holder = Holder(demo, key)
        assert await callers.caller(f"DPoP {holder.token}", (holder.proof(htu=place),))


async def test_15_a_stolen_token_is_nobodys_without_its_key(
    demo: DemoIssuer, holder: Holder
) -> None:
    callers = bound(demo)
    thief = Holder(demo)

    await callers.caller(f"DPoP {holder.token}", (holder.proof(),))  # now it is remembered
    for authorization, proofs in (
        (f"Bearer {holder.token}", ()),
        (f"Bearer {holder.token}", (holder.proof(),)),
        (f"DPoP {holder.token}", ()),
        (f"DPoP {holder.token}", (thief.proof(),)),
        (f"DPoP {holder.token}", (thief.proof(ath=encoded(digest_of(holder.token))),)),
        (f"DPoP {demo.token('a', 'dsl', '135000')}", (thief.proof(),)),
    ):
        with pytest.raises(Unauthenticated):
            await callers.caller(authorization, proofs)


async def test_15_where_an_issuer_binds_its_tokens_a_bearer_token_is_nobodys(
    demo: DemoIssuer, holder: Holder
) -> None:
    callers = bound(demo, bound=True)

    assert await callers.caller(f"DPoP {holder.token}", (holder.proof(),))
    with pytest.raises(Unauthenticated):
        await callers.caller(f"Bearer {demo.token('a', 'dsl', '135000')}")


@pytest.mark.parametrize(
    "cnf",
    [
        {"jkt": "thumbprint"},
        {"x5t#S256": "t" * 43},
        {"jkt": "t" * 43, "x5t#S256": "t" * 43},
        {},
        None,
        "t" * 43,
    ],
)
async def test_15_a_bond_that_cannot_be_checked_is_no_bond(
    demo: DemoIssuer, register: Register, cnf: object
) -> None:
    """A client certificate ends where TLS does, which is not here: such tokens are refused."""
    token = demo.token("a", "dsl", "135000", cnf=cnf)

    assert isinstance(await refused(demo, register, token, "SCHOOL_TRANSFER"), Unauthenticated)
    for scheme in ("DPoP", "Bearer"):
        with pytest.raises(Unauthenticated):
            await bound(demo).caller(f"{scheme} {token}", (Holder(demo).proof(),))


async def test_15_without_a_place_to_name_no_proof_counts(demo: DemoIssuer, holder: Holder) -> None:
    with pytest.raises(Unauthenticated):
        await Callers([demo.issuer], demo.fetch).caller(f"DPoP {holder.token}", (holder.proof(),))


async def test_14_over_http_the_proof_is_a_header_of_its_own(
    demo: DemoIssuer, holder: Holder
) -> None:
    callers = bound(demo)

    async def answering(asked_: Any) -> Answer:
        caller = await callers.caller(asked_.authorization[0], asked_.proof)
        return Answer(caller.role.encode())

    app = application(answering, lambda: None)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://causeway.example"
    ) as client:

        async def send(*more: tuple[str, str]) -> httpx.Response:
            headers = [("authorization", f"DPoP {holder.token}"), *more]
            return await client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)

        proof = holder.proof()
        answers = [
            await send(),
            await send(("dpop", proof), ("dpop", holder.proof())),
            await send(("dpop", proof)),
            await send(("dpop", proof)),
        ]

    assert [one.status_code for one in answers] == [401, 401, 200, 401]
    assert answers[2].text == "dsl"
    assert answers[0].json()["errors"][0]["extensions"]["code"] == "INVALID_DPOP_PROOF"


async def test_14_a_proof_from_before_a_restart_is_not_taken_twice(
    demo: DemoIssuer, holder: Holder
) -> None:
    proof = holder.proof(iat=int(time.time()) - 2)
    issuer = msgspec.structs.replace(demo.issuer, place=PLACE)

    with pytest.raises(Unauthenticated):
        await Callers([issuer], demo.fetch).caller(f"DPoP {holder.token}", (proof,))


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


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
