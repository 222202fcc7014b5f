"""Both executors say the same of whatever subgraphs answer: right, half right, or nonsense."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.federation.execution.transport import Call

KEYS = st.sampled_from(["1", "2", "3", "4", 1])
NAMES = st.sampled_from([*"abcdefghij", None, 7, {"x": 1}])
MISSING = "missing"


def objects(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects with these fields, now and then without one of them."""

    def kept(found: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in found.items() if value != MISSING}

    return st.fixed_dictionaries(fields).map(kept)


def sometimes(strategy: st.SearchStrategy[Any], *odd: Any) -> st.SearchStrategy[Any]:
    """Nearly always from the strategy."""
    return st.one_of(*[strategy] * 20, st.sampled_from([None, *odd]))


def lists(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return sometimes(st.lists(strategy, max_size=4), MISSING, {}, "text")


product = sometimes(objects(upc=sometimes(KEYS, MISSING)))
review = sometimes(objects(id=KEYS, product=product))
organisation = sometimes(objects(id=sometimes(KEYS)))
user = objects(id=KEYS, name=NAMES, organisation=organisation, reviews=lists(review))
ANSWERS = {
    "accounts": objects(users=lists(sometimes(user))),
    "products": objects(
        name=sometimes(st.sampled_from(["seven", "eight"])),
        price=sometimes(st.integers(0, 3), "3", MISSING),
    ),
    "stock": objects(size=sometimes(st.sampled_from(["SMALL", "LARGE"]), "HUGE", 1)),
    "places": objects(country=sometimes(st.sampled_from(["England", "Wales"]), MISSING)),
    "reviews": objects(reviews=lists(sometimes(objects(id=KEYS, body=NAMES, product=product)))),
}
LINES = [
    "1 accounts: { users { id name organisation { id } reviews { id product { upc } } } }",
    "2 after 1 products at users.@.reviews.@.product with Product{upc}: { name price }",
    "3 after 1 2 stock at users.@.reviews.@.product with Product?{upc price}: { size }",
    "4 after 1 places at users.@.organisation with Organisation{id}: { country }",
]
OPERATION = """{ users { __typename name
    reviews { id product { size name } } organisation { country id } } }"""
GRAPH = """
type Query { nodes: [Node] one: Node! users: [User] }
interface Node { id: ID! }
type User implements Node { id: ID! name: String! friend: Node friends: [Node!] }
type Team implements Node { id: ID! size: Size }
enum Size { SMALL LARGE }
"""
TYPES = sometimes(st.sampled_from(["User", "Team"]), "Robot", MISSING)
SIZES = sometimes(st.sampled_from(["SMALL", "LARGE"]), "HUGE", MISSING)
node = objects(__typename=TYPES, id=KEYS, name=NAMES, size=SIZES, more=NAMES)
FRIENDS = objects(friend=sometimes(node), friends=lists(node))
TYPED = {
    "nodes": objects(nodes=lists(node), one=sometimes(node), users=lists(objects(id=KEYS))),
    "friends": FRIENDS,
}
FACES = "__typename id ... on User { name } ... on Team { size }"
ABSTRACT = [
    "1 nodes: { nodes { FACES } one { FACES } users { id } }".replace("FACES", FACES),
    "2 after 1 friends at users.@ with User{id}: { friend { FACES } friends { FACES } }".replace(
        "FACES", FACES
    ),
]
SEVERAL = """{ one { ... on User { name id } } nodes { ... on Team { size } id __typename }
    users { friends { ... on User { name } } friend { id ... on Team { size } } } }"""
DEEPER = [
    "1 accounts: { users { id name } }",
    "2 after 1 reviews at users.@ with User{id}: { reviews { id body product { upc } } }",
    "3 after 2 products at users.@.reviews.@.product with Product{upc}: { name price }",
]
DEEP = "{ users { name reviews { body product { price name } } } }"


class Drawn:
    """Answers that hypothesis draws, each asked for once; sometimes with errors or in another form."""

    def __init__(self, data: st.DataObject, answers: Any = ANSWERS) -> None:
        self.data = data
        self.answers = answers

    def __call__(self, call: Call) -> Any:
        strategy = self.answers[call.subgraph]
        if call.representations:
            count = len(call.representations) + self.draw(st.sampled_from([0] * 9 + [1]))
            found: Any = {"_entities": [self.draw(sometimes(strategy)) for _ in range(count)]}
        else:
            found = self.draw(sometimes(strategy))
        odd = self.draw(st.sampled_from([None] * 12 + ["errors", "bytes"]))
        if odd == "bytes":
            return self.draw(st.sampled_from([b"", b"{", b"<html>", b'{"data":{}}']))
        place = ["_entities", 0, "name"] if call.representations else ["users", 0]
        return {"data": found} | ({"errors": [{"message": "m", "path": place}]} if odd else {})

    def draw(self, strategy: st.SearchStrategy[Any]) -> Any:
        return self.data.draw(strategy)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from([(OPERATION, LINES), (DEEP, DEEPER)]))
def test_both_executors_agree(shop: Any, data: st.DataObject, asked: Any) -> None:
    asyncio.run(shop.run(*asked, Drawn(data)))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_both_executors_agree_on_several_types(by_hand: Any, data: st.DataObject) -> None:
    asyncio.run(by_hand(GRAPH).run(SEVERAL, ABSTRACT, Drawn(data, TYPED)))
