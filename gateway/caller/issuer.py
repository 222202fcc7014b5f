"""A file of issuers → Issuer: who may vouch for callers, in which roles, for which organisations.

    [[issuer]]
    name = "https://login.borough.example"          # the token's `iss`, exactly
    audience = "https://causeway.example"           # the token's `aud`, exactly
    place = "https://causeway.example/graphql"      # where callers reach us, as proofs of possession name it
    bound = true                                    # no token without such a proof (RFC 9449, DPoP)
    jwks = "https://login.borough.example/keys"     # or a path to a JWKS file; left out: OIDC discovery
    algorithms = ["ES256"]
    [issuer.roles]                                  # what the issuer says = what the register says
    "SEN Officer" = "ehc_coordinator"
    [issuer.organisations]                          # code = kind of organisation
    "301" = "LA"

A role or organisation that is not registered here is nobody's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping

import msgspec

from gateway.assertion.strict import KEY_OF, Expected
from gateway.errors import NotReady
from gateway.register import Register

HOUR = 3_600
LONGEST_TOKEN = 8_192


class Issuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One registered issuer. `longest_life`: the longest a token may be good for, in seconds.

    Without a `place` a token bound to a key is refused; `bound`: every other one is.
    """

    name: str
    audience: str
    algorithms: tuple[str, ...]
    roles: Mapping[str, str]
    organisations: Mapping[str, str]
    jwks: str | None = None
    type: str = "at+jwt"
    role_claim: str = "role"
    organisation_claim: str = "org"
    longest_life: int = HOUR
    place: str | None = None
    bound: bool = False

    @property
    def expected(self) -> Expected:
        return Expected(self.type.lower(), frozenset(self.algorithms), LONGEST_TOKEN)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    issuer: tuple[Issuer, ...]


def read_issuers(text: bytes, register: Register) -> tuple[Issuer, ...]:
    """The issuers of a file. Raises NotReady with every reason why it cannot be used."""
    try:
        issuers = msgspec.convert(tomllib.loads(text.decode()), _File).issuer
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise NotReady(f"the issuers' file: {error}") from error
    problems = [problem for issuer in issuers for problem in _problems(issuer, register)]
    names = [issuer.name for issuer in issuers]
    if not issuers or len(set(names)) != len(names):
        problems.append("the issuers' file: name each issuer once, and at least one")
    if problems:
        raise NotReady("\n".join(problems))
    return issuers


def _problems(issuer: Issuer, register: Register) -> Iterable[str]:
    document = register.document
    for algorithm in issuer.algorithms or ("none",):
        if algorithm not in KEY_OF:
            yield f"{issuer.name}: {algorithm} is not used here; choose of {', '.join(KEY_OF)}"
    for said, role in issuer.roles.items():
        if role not in document.role:
            yield f"{issuer.name}: role {said!r} = {role!r}, which the register does not define"
    for code, kind in issuer.organisations.items():
        if kind not in document.organisation_kind:
            yield f"{issuer.name}: organisation {code} is {kind!r}, which the register does not define"
    if issuer.bound and issuer.place is None:
        yield f"{issuer.name}: bound tokens need a place that their proofs can name"
    source = issuer.name if issuer.jwks is None else issuer.jwks
    if ("://" in source or issuer.jwks is None) and not source.startswith("https://"):
        yield f"{issuer.name}: keys are read over https or from a file, not from {source}"
