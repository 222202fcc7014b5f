"""Values that a step takes from the ancestors of its objects, and values known before anything is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.federation.execution.canned import Canned
from gateway.federation.execution.executor import execute
from gateway.federation.planning.steps import Taken

LINES = [
    "1 reviews: { users { id organisation { id country } reviews { id product { upc } } } }",
    "2 after 1 stock at users.@.reviews.@.product with Product{upc}: { price }",
]
OPERATION = "{ users { reviews { product { price } } } }"
COUNTRY = Taken("in", 2, {"": ("organisation", "country")})


def user(country: Any, *upcs: str) -> dict[str, Any]:
    reviews = [{"id": upc, "product": {"upc": upc}} for upc in upcs]
    organisation = None if country is None else {"id": "o", "country": country}
    return {"id": "1", "organisation": organisation, "reviews": reviews}


async def test_objects_under_different_values_are_asked_for_apart(shop: Any) -> None:
    def stock(call: Any) -> Any:
        prices = {"England": 1, "Wales": 2, None: 3}
        price = prices[call.arguments()["in"]]
        return {"data": {"_entities": [{"price": price} for _ in call.representations]}}

    users = [user("England", "7"), user("Wales", "7", "8"), user("England", "8"), user(None, "9")]
    canned = Canned({"reviews": {"data": {"users": users}}, "stock": stock})
    program = shop.program(OPERATION, LINES, taken={2: (COUNTRY,)})
    response = await execute(program, {}, canned)

    asked = [
        (call.arguments()["in"], [one["upc"] for one in call.representations])
        for call in canned.calls[1:]
    ]
    assert asked == [("England", ["7", "8"]), ("Wales", ["7", "8"]), (None, ["9"])]
    prices = [
        [review["product"]["price"] for review in one["reviews"]] for one in response.data["users"]
    ]
    assert prices == [[1], [2, 2], [1], [3]]


async def test_what_is_known_is_not_asked_for(shop: Any) -> None:
    program = shop.program("{ me { name } }", [])
    response = await execute(program, {}, Canned({}), known={"me": {"name": "A"}})

    assert response.data == {"me": {"name": "A"}}


async def test_a_null_that_was_announced_gets_no_second_error(shop: Any) -> None:
    withheld = {
        "message": "withheld",
        "path": ["users", "reviews", "product", "name"],
        "extensions": {"code": "WITHHELD"},
    }
    program = shop.program(
        "{ users { reviews { product { name } } } }",
        ["1 reviews: { users { reviews { product { upc } } } }"],
    )
    canned = Canned({"reviews": {"data": {"users": [user("England", "7")]}}})

    for one in (program, replace(program, columns=None)):
        response = await execute(one, {}, canned, errors=[withheld])
        assert response.data == {"users": [{"reviews": [{"product": None}]}]}
        assert response.errors == [withheld]
