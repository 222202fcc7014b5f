"""Tokens, good and hostile; every hostile one must look the same from outside."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey

from gateway.assertion import new_key
from gateway.caller import Caller, Callers, Issuer, KeyRing, read_issuers, read_keys
from gateway.caller.demo import AUDIENCE, NAME, DemoIssuer, mint
from gateway.errors import NotReady, Refused, Unauthenticated
from gateway.register import Register, load

Read = Callable[[str], Awaitable[Caller]]


@pytest.fixture(scope="module")
def register() -> Register:
    return load(Path("schema/register.toml"))


@pytest.fixture(scope="module")
def demo(register: Register) -> DemoIssuer:
    return DemoIssuer(register, {"301": "LA", "RQM": "NHS_TRUST"})


@pytest.fixture(scope="module")
def read(demo: DemoIssuer) -> Read:
    callers = Callers([demo.issuer], demo.fetch)
    return lambda token: callers.caller(f"Bearer {token}")


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    plain = {
        "iss": NAME,
        "aud": AUDIENCE,
        "sub": "anne",
        "role": "ehc_coordinator",
        "org": "301",
        "iat": now,
        "exp": now + 600,
    }
    return {name: value for name, value in {**plain, **more}.items() if value is not None}


def signed(payload: bytes, key: Any, **header: Any) -> str:
    full = {"alg": "Ed25519", "kid": key.kid, "typ": "at+jwt", **header}
    registry = jws.JWSRegistry(algorithms=[full["alg"]], strict_check_header=False)
    return jws.serialize_compact(full, payload, key, registry=registry)


async def test_a_token_names_its_caller(demo: DemoIssuer, read: Read) -> None:
    caller = await read(demo.token("anne", "ehc_coordinator", "301", purposes=["EHC_PLAN_REVIEW"]))

    assert (caller.subject, caller.role, caller.organisation) == ("anne", "ehc_coordinator", "301")
    assert caller.organisation_kind == "LA"
    assert caller.purposes == {"EHC_PLAN_REVIEW"}
    assert "anne" not in caller.actor


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "bearer é", "x.y.z"]
)
async def test_without_a_bearer_token_nobody_asks(demo: DemoIssuer, header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        await Callers([demo.issuer], demo.fetch).caller(header)


HOSTILE_CLAIMS = {
    "audience list": {"aud": [AUDIENCE, "https://other.example"]},
    "audience list of one": {"aud": [AUDIENCE]},
    "another audience": {"aud": AUDIENCE + "/"},
    "no audience": {"aud": None},
    "issuer prefix": {"iss": NAME + ".evil.example"},
    "issuer list": {"iss": [NAME]},
    "no issuer": {"iss": None},
    "expired": {"iat": int(time.time()) - 600, "exp": int(time.time()) - 60},
    "no expiry": {"exp": None},
    "expiry as text": {"exp": str(int(time.time()) + 600)},
    "expiry as fraction": {"exp": time.time() + 600},
    "expiry as truth": {"exp": True},
    "negative expiry": {"exp": -1},
    "issued in the future": {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 4000},
    "not yet": {"nbf": int(time.time()) + 3600},
    "not before as text": {"nbf": "0"},
    "too long a life": {"exp": int(time.time()) + 30 * 24 * 3600},
    "no issue time": {"iat": None},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "subject as number": {"sub": 7},
    "endless subject": {"sub": "a" * 300},
    "several roles": {"role": ["ehc_coordinator", "social_worker"]},
    "no role": {"role": None},
    "no organisation": {"org": None},
    "purposes as text": {"purposes": "EHC_NEEDS_ASSESSMENT"},
    "purposes of numbers": {"purposes": [1]},
    "scope list": {"scope": ["a"]},
    "bound to a key": {"cnf": {"jkt": "x"}},
}


@pytest.mark.parametrize("name", HOSTILE_CLAIMS)
async def test_claims_that_do_not_hold_are_nobodys(name: str, demo: DemoIssuer, read: Read) -> None:
    with pytest.raises(Unauthenticated):
        await read(mint(claims(**HOSTILE_CLAIMS[name]), demo.key))


HOSTILE_HEADERS: dict[str, dict[str, Any]] = {
    "another type": {"typ": "JWT"},
    "an assertion's type": {"typ": "purpose+jwt"},
    "no type": {"typ": None},
    "a key inside": {"jwk": new_key("x").as_dict(private=False)},
    "a key elsewhere": {"jku": "https://evil.example/keys"},
    "a certificate elsewhere": {"x5u": "https://evil.example/cert"},
    "a certificate inside": {"x5c": ["MIIB"]},
    "an extension": {"crit": ["exp"], "exp": 1},
    "unencoded payload": {"b64": False},
    "compressed": {"zip": "DEF"},
    "a path for a key": {"kid": "../../dev/null"},
    "SQL for a key": {"kid": "' OR 1=1--"},
    "a long key name": {"kid": "k" * 10_000},
    "no key name": {"kid": None},
    "key name as number": {"kid": 7},
    "another algorithm": {"alg": "RS256"},
    "no algorithm": {"alg": "none"},
    "no algorithm, oddly": {"alg": "nOnE"},
    "an unpinned algorithm": {"alg": "EdDSA"},
    "algorithm list": {"alg": ["Ed25519"]},
}


@pytest.mark.parametrize("name", HOSTILE_HEADERS)
async def test_headers_that_do_not_hold_are_nobodys(
    name: str, demo: DemoIssuer, read: Read
) -> None:
    header = {"alg": "Ed25519", "kid": demo.key.kid, "typ": "at+jwt", **HOSTILE_HEADERS[name]}
    header = {part: value for part, value in header.items() if value is not None}

    with pytest.raises(Unauthenticated):
        await read(by_hand(json.dumps(header).encode(), json.dumps(claims()).encode(), demo.key))


def by_hand(header: bytes, payload: bytes, key: OKPKey) -> str:
    """A token with a true signature over whatever it says."""
    signing_input = f"{b64(header)}.{b64(payload)}"
    private: Any = key.private_key
    return f"{signing_input}.{b64(private.sign(signing_input.encode()))}"


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("find", "replace"),
    [
        (b'"role":', b'"role":"social_worker","role":'),
        (b'"exp":', b'"exp":1e400,"x":'),
        (b'"exp":', b'"exp":NaN,"x":'),
        (b"{", b"[{"),
        (b'"sub":', b'"sub":"mallory","sub":'),
    ],
)
async def test_json_that_two_readers_would_read_differently_is_refused(
    find: bytes, replace: bytes, demo: DemoIssuer, read: Read
) -> None:
    header = json.dumps({"alg": "Ed25519", "kid": demo.key.kid, "typ": "at+jwt"}).encode()
    good = json.dumps(claims()).encode()
    bad = good.replace(find, replace, 1)
    assert good != bad

    assert (await read(by_hand(header, good, demo.key))).subject == "anne"
    with pytest.raises(Unauthenticated):
        await read(by_hand(header, bad, demo.key))


async def test_a_header_name_given_twice_is_refused(demo: DemoIssuer, read: Read) -> None:
    header = json.dumps({"alg": "Ed25519", "kid": demo.key.kid, "typ": "at+jwt"})
    twice = header.replace('"alg"', '"alg": "none", "alg"').encode()

    with pytest.raises(Unauthenticated):
        await read(by_hand(twice, json.dumps(claims()).encode(), demo.key))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token + "==",
        lambda token: token + ".",
        lambda token: token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        lambda token: token.replace(".", "..", 1),
        lambda token: token.rsplit(".", 1)[0] + ".",
        lambda token: " " + token,
        lambda token: token + "\n",
        lambda token: "A" * 9_000 + token,
    ],
)
async def test_a_token_has_one_spelling(
    spoil: Callable[[str], str], demo: DemoIssuer, read: Read
) -> None:
    with pytest.raises(Unauthenticated):
        await read(spoil(mint(claims(), demo.key)))


async def test_our_public_key_is_no_shared_secret(demo: DemoIssuer, read: Read) -> None:
    public: Any = demo.key.public_key
    header = json.dumps({"alg": "HS256", "kid": demo.key.kid, "typ": "at+jwt"}).encode()
    signing_input = f"{b64(header)}.{b64(json.dumps(claims()).encode())}"
    for secret in (demo.key.as_pem(private=False), public.public_bytes_raw()):
        signature = hmac.digest(secret, signing_input.encode(), "sha256")
        with pytest.raises(Unauthenticated):
            await read(f"{signing_input}.{b64(signature)}")


async def test_another_key_under_our_keys_name_signs_nothing(demo: DemoIssuer, read: Read) -> None:
    assert demo.key.kid
    with pytest.raises(Unauthenticated):
        await read(mint(claims(), new_key(demo.key.kid)))


async def test_all_failures_say_the_same(demo: DemoIssuer, read: Read) -> None:
    said = set()
    for more in HOSTILE_CLAIMS.values():
        with pytest.raises(Unauthenticated) as raised:
            await read(mint(claims(**more), demo.key))
        said.add((raised.value.code, raised.value.message))

    assert len(said) == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [({"role": "chief"}, "ROLE_UNKNOWN"), ({"org": "999"}, "ORGANISATION_UNKNOWN")],
)
async def test_what_an_issuer_is_not_registered_for_is_nobodys(
    more: dict[str, str], code: str, demo: DemoIssuer, read: Read
) -> None:
    with pytest.raises(Refused) as raised:
        await read(mint(claims(**more), demo.key))

    assert raised.value.code == code


class Source:
    """A JWKS that can change, fail or turn into something else; it counts how often it is read."""

    def __init__(self, *keys: Any) -> None:
        self.keys = keys
        self.reads = 0
        self.says: bytes | None = None
        self.down = False

    async def fetch(self, _source: str) -> bytes:
        self.reads += 1
        if self.down:
            raise OSError
        if self.says is not None:
            return self.says
        return json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_storm_of_unknown_key_names_reads_the_source_once_in_30_seconds() -> None:
    source, clock = Source(new_key("a")), Clock()
    ring = KeyRing("u", source.fetch, clock)

    for number in range(200):
        assert await ring.key(f"unknown-{number}") is None
    clock.now += 31
    await ring.key("unknown")

    assert source.reads == 2


async def test_a_new_key_is_found_when_it_is_used_and_an_old_one_forgotten() -> None:
    source, clock = Source(new_key("a")), Clock()
    ring = KeyRing("u", source.fetch, clock)
    assert await ring.key("a") is not None

    source.keys = (new_key("b"),)
    clock.now += 31

    assert await ring.key("b") is not None
    assert await ring.key("a") is None


@pytest.mark.parametrize("says", [b"<html>maintenance</html>", b"[]", b'{"keys": 7}', b"\xff"])
async def test_a_source_that_fails_leaves_the_keys_we_have_for_a_day(says: bytes) -> None:
    source, clock = Source(new_key("a")), Clock()
    ring = KeyRing("u", source.fetch, clock)
    assert await ring.key("a") is not None

    source.says = says
    clock.now += 12 * 3600
    assert await ring.key("a") is not None
    source.down = True
    clock.now += 13 * 3600

    with pytest.raises(NotReady):
        await ring.key("a")


async def test_with_no_keys_at_the_start_we_are_not_ready(demo: DemoIssuer) -> None:
    source = Source()
    source.down = True

    with pytest.raises(NotReady):
        await Callers([demo.issuer], source.fetch).caller(f"Bearer {mint(claims(), demo.key)}")


def test_a_jwks_gives_public_signing_keys_only() -> None:
    keys: list[Any] = [
        new_key("good").as_dict(private=True),
        {**new_key("enc").as_dict(private=False), "use": "enc"},
        OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True),
        {**new_key("x").as_dict(private=False), "kid": ""},
        {"kty": "OKP", "kid": "broken", "crv": "Ed25519", "x": "!"},
        {"kty": ["OKP"], "kid": "odd"},
        "text",
        ECKey.generate_key("P-256", {"kid": "ec"}).as_dict(private=False),
    ]

    found = read_keys(json.dumps({"keys": keys}).encode())

    assert set(found) == {"good", "ec"}
    assert not any(key.is_private for key in found.values())


async def test_each_issuer_vouches_with_its_own_keys_only(
    register: Register, demo: DemoIssuer
) -> None:
    key = ECKey.generate_key("P-256", {"kid": demo.key.kid})
    other = Issuer(
        name="https://login.borough.example",
        audience=AUDIENCE,
        jwks="borough",
        algorithms=("ES256",),
        roles={"SEN Officer": "ehc_coordinator"},
        organisations={"302": "LA"},
    )
    sources = {"demo": demo.fetch, "borough": Source(key).fetch}
    callers = Callers([demo.issuer, other], lambda source: sources[source](source))
    mine = claims(iss=other.name, role="SEN Officer", org="302")

    good = signed(json.dumps(mine).encode(), key, alg="ES256")
    crossed = signed(json.dumps(claims()).encode(), key, alg="ES256")

    assert (await callers.caller(f"Bearer {good}")).organisation == "302"
    with pytest.raises(Unauthenticated):
        await callers.caller(f"Bearer {crossed}")
    with pytest.raises(Unauthenticated):
        await callers.caller(f"Bearer {mint(mine, demo.key)}")


METADATA = {
    "issuer": "https://login.borough.example",
    "jwks_uri": "https://login.borough.example/keys",
}


@pytest.mark.parametrize(
    ("metadata", "holds"),
    [
        (METADATA, True),
        ({**METADATA, "issuer": "https://login.borough.example/"}, False),
        ({**METADATA, "issuer": "http://login.borough.example"}, False),
        ({**METADATA, "jwks_uri": "http://login.borough.example/keys"}, False),
        ({**METADATA, "jwks_uri": None}, False),
        ({"jwks_uri": METADATA["jwks_uri"]}, False),
        ([METADATA], False),
    ],
)
async def test_an_issuers_own_metadata_says_where_its_keys_are(metadata: Any, holds: bool) -> None:
    key = ECKey.generate_key("P-256", {"kid": "ec"})
    issuer = Issuer(
        name="https://login.borough.example",
        audience=AUDIENCE,
        algorithms=("ES256",),
        roles={"ehc_coordinator": "ehc_coordinator"},
        organisations={"301": "LA"},
    )
    served = {
        "https://login.borough.example/.well-known/openid-configuration": metadata,
        "https://login.borough.example/keys": {"keys": [key.as_dict(private=False)]},
        "http://login.borough.example/keys": {"keys": [key.as_dict(private=False)]},
    }

    async def fetch(source: str) -> bytes:
        return json.dumps(served[source]).encode()

    token = signed(json.dumps(claims(iss=issuer.name)).encode(), key, alg="ES256")
    callers = Callers([issuer], fetch)

    if holds:
        assert (await callers.caller(f"Bearer {token}")).issuer == issuer.name
    else:
        with pytest.raises(NotReady):
            await callers.caller(f"Bearer {token}")


def test_an_issuers_file_is_checked_against_the_register(register: Register) -> None:
    text = b"""
    [[issuer]]
    name = "https://a.example"
    audience = "x"
    jwks = "http://a.example/keys"
    algorithms = ["HS256"]
    roles = { boss = "chief" }
    organisations = { "1" = "CASTLE" }
    """

    with pytest.raises(NotReady) as raised:
        read_issuers(text, register)

    for word in ("HS256", "chief", "CASTLE", "http://a.example/keys"):
        assert word in raised.value.message
    assert read_issuers(
        text.replace(b"HS256", b"ES256")
        .replace(b"http:", b"https:")
        .replace(b"chief", b"dpo")
        .replace(b"CASTLE", b"LA"),
        register,
    )[0].roles == {"boss": "dpo"}
