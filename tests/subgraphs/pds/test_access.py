"""Who is given a token."""

from __future__ import annotations

from collections.abc import Iterator
from time import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from subgraphs.link.tracing.application import Application, new_application
from subgraphs.pds.access import ASSERTION, Access, Unacceptable

HERE = "http://127.0.0.1:9/oauth2/token"


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    yield new_application("app", 2048)


@pytest.fixture
def access(application: Application) -> Access:
    return Access({"app": application.public_key()}, HERE)


def form(assertion: str, **other: str) -> dict[str, str]:
    kind = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION}
    return kind | {"client_assertion": assertion} | other


def test_a_signed_assertion_is_given_a_token_that_says_who_asks(
    access: Access, application: Application
) -> None:
    given = access.token(form(application.assertion(HERE)))

    assert given["token_type"] == "Bearer"
    assert access.application(given["access_token"]) == "app"
    assert access.application("another") is None


def test_an_assertion_is_taken_once(access: Access, application: Application) -> None:
    assertion = application.assertion(HERE)
    access.token(form(assertion))

    with pytest.raises(Unacceptable, match="jti"):
        access.token(form(assertion))


def _signed(key: RSAKey, algorithm: str = "RS512", **claims: Any) -> str:
    usual = {"iss": "app", "sub": "app", "aud": HERE, "jti": "1", "exp": int(time()) + 60}
    header = {"alg": algorithm, "kid": key.kid}
    return jwt.encode(header, usual | claims, key, algorithms=[algorithm])


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "http://elsewhere/oauth2/token"},
        {"sub": "another"},
        {"iss": "another"},
        {"exp": int(time()) - 1},
        {"exp": int(time()) + 3600},
        {"jti": ""},
    ],
)
def test_an_assertion_about_anything_else_is_refused(
    access: Access, application: Application, claims: dict[str, Any]
) -> None:
    with pytest.raises(Unacceptable):
        access.token(form(_signed(application.key, **claims)))


def test_another_algorithm_or_another_key_is_refused(
    access: Access, application: Application
) -> None:
    stranger = new_application("app", 2048)

    for assertion in (_signed(application.key, "RS256"), stranger.assertion(HERE), "", "a.b.c"):
        with pytest.raises(Unacceptable):
            access.token(form(assertion))


def test_another_grant_is_refused(access: Access, application: Application) -> None:
    with pytest.raises(Unacceptable):
        access.token(form(application.assertion(HERE), grant_type="password"))


def test_a_token_runs_out(access: Access) -> None:
    access.tokens["old"] = "app", time() - 1

    assert access.application("old") is None
