"""Whatever a subgraph does, the client gets the rest, and one clear error at its own path."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.federation.execution.transport import Failure, Reply

USERS = ["1 reviews: { users { id } }", "2 after 1 accounts at users.@ with User{id}: { name }"]
THREE = {"data": {"users": [{"id": "1"}, {"id": "2"}, {"id": "1"}]}}
NAMELESS = {"users": [{"name": None}] * 3}


async def users(shop: Any, accounts: Any, **options: Any) -> Any:
    answers = {"reviews": THREE, "accounts": accounts}
    return await shop.run("{ users { name } }", USERS, answers, **options)


@pytest.mark.parametrize(
    ("accounts", "code"),
    [
        (Failure("SUBREQUEST_TIMEOUT", "late"), "SUBREQUEST_TIMEOUT"),
        (b"", "SUBREQUEST_MALFORMED_RESPONSE"),
        (b"<html><body>Bad gateway</body></html>", "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"data":{"_entities":[{"name":"o', "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"data":{"_entities":[{"name":"\xff"},null]}}', "SUBREQUEST_MALFORMED_RESPONSE"),
        (b"[" * 100_000, "SUBREQUEST_MALFORMED_RESPONSE"),
        (b"[]", "SUBREQUEST_MALFORMED_RESPONSE"),
        (b"{}", "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"errors":[]}', "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"data":null}', "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"data":[]}', "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"data":{}}', "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"data":{"_entities":null}}', "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"data":{"_entities":[{"name":"one"}]}}', "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"data":{"_entities":[null,null,null]}}', "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"errors":"boo"}', "DOWNSTREAM_SERVICE_ERROR"),
        (b'{"errors":[null],"data":null}', "DOWNSTREAM_SERVICE_ERROR"),
        (b'{"errors":[{"message":"x","path":[{}]}]}', "DOWNSTREAM_SERVICE_ERROR"),
        (
            b'{"errors":[{"message":"x","path":["_entities",99,"name"]}]}',
            "DOWNSTREAM_SERVICE_ERROR",
        ),
        (b'{"errors":[{"message":"x","path":["_entities",-1]}]}', "DOWNSTREAM_SERVICE_ERROR"),
    ],
)
async def test_an_answer_that_is_none_leaves_the_rest_and_one_error(
    shop: Any, errors: Any, accounts: Any, code: str
) -> None:
    response = await users(shop, accounts)

    assert response.data == NAMELESS
    assert errors(response) == [(["users"], code)]
    assert response.errors[0]["extensions"]["service"] == "accounts"


async def test_a_status_without_graphql_is_named(shop: Any, errors: Any) -> None:
    response = await users(shop, lambda call: Reply(call, b"<html>", 502))

    assert errors(response) == [(["users"], "SUBREQUEST_HTTP_ERROR")]
    assert "502" in response.errors[0]["message"]


async def test_a_graphql_body_counts_whatever_its_status(shop: Any, entities: Any) -> None:
    body = b'{"data":{"_entities":[{"name":"one"},{"name":"two"}]}}'
    response = await users(shop, lambda call: Reply(call, body, 500))

    assert response.data == {"users": [{"name": "one"}, {"name": "two"}, {"name": "one"}]}
    assert response.errors == []


async def test_an_entity_s_error_is_told_at_every_place_where_it_stands(
    shop: Any, errors: Any
) -> None:
    response = await users(
        shop,
        {
            "data": {"_entities": [{"name": None}, {"name": "two"}]},
            "errors": [{"message": "secret", "path": ["_entities", 0, "name"], "locations": []}],
        },
    )

    assert response.data == {"users": [{"name": None}, {"name": "two"}, {"name": None}]}
    assert errors(response) == [
        (["users", 0, "name"], "DOWNSTREAM_SERVICE_ERROR"),
        (["users", 2, "name"], "DOWNSTREAM_SERVICE_ERROR"),
    ]
    assert response.errors[0] == {
        "message": "accounts reported an error",
        "path": ["users", 0, "name"],
        "extensions": {"code": "DOWNSTREAM_SERVICE_ERROR", "service": "accounts"},
    }


async def test_an_entity_error_without_index_is_told_once(shop: Any, errors: Any) -> None:
    response = await users(
        shop,
        {
            "data": {"_entities": [{"name": "one"}, {"name": "two"}]},
            "errors": [{"message": "x", "path": ["_entities"]}],
        },
    )

    assert response.data["users"][0] == {"name": "one"}
    assert errors(response) == [(["users"], "DOWNSTREAM_SERVICE_ERROR")]


async def test_a_code_passes_and_nothing_else_of_the_extensions(shop: Any, errors: Any) -> None:
    def saying(code: Any) -> Any:
        return {
            "data": {"_entities": [None, None]},
            "errors": [{"message": "x", "extensions": {"code": code, "trace": "9434765919"}}],
        }

    response = await users(shop, saying("NOT_AVAILABLE"))
    assert response.errors[0]["extensions"] == {"code": "NOT_AVAILABLE", "service": "accounts"}

    for code in ("943 476 5919", "x" * 99, 5, None, ["A"]):
        response = await users(shop, saying(code))
        assert errors(response) == [(["users"], "DOWNSTREAM_SERVICE_ERROR")]


async def test_messages_pass_when_they_are_not_masked(shop: Any) -> None:
    accounts = {"data": None, "errors": [{"message": "no such column"}]}

    masked = await users(shop, accounts)
    plain = await users(shop, accounts, mask_errors=False)

    assert masked.errors[0]["message"] == "accounts reported an error"
    assert plain.errors[0]["message"] == "no such column"


async def test_one_error_becomes_a_hundred_at_most(shop: Any) -> None:
    response = await shop.run(
        "{ users { name } }",
        USERS,
        {
            "reviews": {"data": {"users": [{"id": "1"}] * 5000}},
            "accounts": {
                "data": {"_entities": [None]},
                "errors": [{"message": "x", "path": ["_entities", 0]}],
            },
        },
    )

    assert len(response.errors) == 100


async def test_a_root_error_keeps_its_path(shop: Any, errors: Any) -> None:
    response = await shop.run(
        "{ me { reviews { body } } }",
        ["1 reviews: { me { reviews { body } } }"],
        {
            "reviews": {
                "data": {"me": {"reviews": [None]}},
                "errors": [{"message": "x", "path": ["me", "reviews", 0]}],
            }
        },
    )

    assert response.data == {"me": {"reviews": [None]}}
    assert errors(response) == [(["me", "reviews", 0], "DOWNSTREAM_SERVICE_ERROR")]


async def test_a_path_ends_before_what_the_client_never_asked_for(shop: Any, errors: Any) -> None:
    response = await shop.run(
        "{ me { name } }",
        [
            "1 reviews: { me { id organisation { id } } }",
            "2 after 1 places at me.organisation with Organisation{id}: { country }",
            "3 after 1 2 accounts at me with User{id organisation{country}}: { name }",
        ],
        {
            "reviews": {"data": {"me": {"id": "1", "organisation": {"id": "o"}}}},
            "places": {
                "data": {"_entities": [None]},
                "errors": [{"message": "x", "path": ["_entities", 0, "country"]}],
            },
        },
    )

    assert response.data == {"me": {"name": None}}
    assert errors(response) == [(["me"], "DOWNSTREAM_SERVICE_ERROR")]
    assert [call.subgraph for call in shop.door.calls] == ["reviews", "places"]


async def test_a_failed_root_fetch_is_told_at_its_field(shop: Any, errors: Any) -> None:
    response = await shop.run(
        "{ me { name } product { name } }",
        ["1 accounts: { me { name } }", "2 products: { product { name } }"],
        {"products": {"data": {"product": {"name": "seven"}}}},
    )

    assert response.data == {"me": None, "product": {"name": "seven"}}
    assert errors(response) == [(["me"], "SUBREQUEST_HTTP_ERROR")]


async def test_ten_megabytes_are_an_answer_like_any_other(shop: Any, entities: Any) -> None:
    long = "x" * 10_000_000
    response = await users(shop, entities({"name": long}, {"name": "two"}))

    assert response.data["users"][0]["name"] == long
    assert response.errors == []


async def test_no_object_where_one_should_be_is_null_with_one_error(shop: Any, errors: Any) -> None:
    response = await shop.run(
        "{ me { name } }", ["1 accounts: { me { name } }"], {"accounts": {"data": {"me": "you"}}}
    )

    assert response.data == {"me": None}
    assert errors(response) == [(["me"], "RESPONSE_VALIDATION_FAILED")]


async def test_lists_of_different_lengths_are_zipped_and_reported(shop: Any, errors: Any) -> None:
    response = await shop.run(
        "{ users { id name } }",
        ["1 reviews: { users { id } }", "2 after 1 accounts: { users { name } }"],
        {
            "reviews": {"data": {"users": [{"id": "1"}, {"id": "2"}]}},
            "accounts": {"data": {"users": [{"name": "one"}]}},
        },
    )

    assert response.data == {"users": [{"id": "1", "name": "one"}, {"id": "2", "name": None}]}
    assert errors(response) == [(None, "RESPONSE_VALIDATION_FAILED")]
