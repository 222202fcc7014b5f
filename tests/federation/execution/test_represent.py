"""Which objects are sent to a subgraph, and as what."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.federation.execution.represent import represent
from gateway.federation.planning.steps import Input, Sent

ANY: frozenset[str] = frozenset()
USER = (Input(ANY, "User", (Sent("id", "id", required=True),)),)
COMPOSITE = (Input(ANY, "User", (Sent("id", "id", required=True), Sent("code", "code"))),)
REQUIRES = (Input(ANY, "User", (Sent("id", "id", required=True), Sent("tax", "tax", key=False))),)
REQUIRED = (
    Input(
        ANY,
        "User",
        (Sent("id", "id", required=True), Sent("tax", "tax", required=True, key=False)),
    ),
)
NESTED = (Input(ANY, "User", (Sent("at", "at", (Sent("id", "id", required=True),)),)),)


@pytest.mark.parametrize(
    ("inputs", "found", "sent"),
    [
        (USER, {"id": 1}, {"id": 1}),
        (USER, {"id": None}, None),
        (USER, {}, None),
        (COMPOSITE, {"id": "1", "code": None}, {"id": "1", "code": None}),
        (REQUIRES, {"id": "1", "tax": None}, {"id": "1", "tax": None}),
        (REQUIRES, {"id": "1"}, None),
        (REQUIRED, {"id": "1", "tax": None}, None),
        (NESTED, {"at": {"id": "1", "hidden": 2}}, {"at": {"id": "1"}}),
        (
            NESTED,
            {"at": [{"id": "1"}, [{"id": "2"}], None]},
            {"at": [{"id": "1"}, [{"id": "2"}], None]},
        ),
        (NESTED, {"at": {"id": None}}, None),
        (NESTED, {"at": [{"id": "1"}, {}]}, None),
        (NESTED, {"at": "no object"}, None),
        (NESTED, {"at": None}, None),
    ],
)
def test_null_and_absent_keys(inputs: Any, found: Any, sent: Any) -> None:
    expected = None if sent is None else {"__typename": "User", **sent}
    assert represent(found, inputs) == expected


def test_a_key_of_nullable_parts_is_not_sent_when_all_are_null() -> None:
    inputs = (Input(ANY, "User", (Sent("a", "a"), Sent("b", "b"))),)

    assert represent({"a": None, "b": None}, inputs) is None
    assert represent({"a": None, "b": 1}, inputs) == {"__typename": "User", "a": None, "b": 1}


def test_the_runtime_type_chooses_the_input_and_may_be_sent_as_another() -> None:
    inputs = (
        Input(frozenset({"Admin"}), "Account", (Sent("id", "_r0", required=True),)),
        Input(frozenset({"User"}), None, (Sent("id", "id", required=True),)),
    )

    assert represent({"__typename": "Admin", "_r0": "1"}, inputs) == {
        "__typename": "Account",
        "id": "1",
    }
    assert represent({"__typename": "User", "id": "2"}, inputs) == {
        "__typename": "User",
        "id": "2",
    }
    assert represent({"__typename": "Robot", "id": "3"}, inputs) is None
    assert represent({"id": "3"}, inputs) is None


def test_a_type_name_alone_is_sent() -> None:
    assert represent({}, (Input(ANY, "User", ()),)) == {"__typename": "User"}


def test_a_field_of_one_runtime_type_is_left_out_for_the_others() -> None:
    address = Sent(
        "address",
        "address",
        (Sent("__typename", "__typename"), Sent("id", "id", only=frozenset({"Work"}))),
        key=False,
    )
    inputs = (Input(ANY, "User", (address,)),)

    work = {"address": {"__typename": "Work", "id": "1"}}
    home = {"address": {"__typename": "Home"}}
    assert represent(work, inputs) == {"__typename": "User", **work}
    assert represent(home, inputs) == {"__typename": "User", **home}


async def test_one_and_the_text_one_are_two_entities(shop: Any, entities: Any) -> None:
    await shop.run(
        "{ users { name } }",
        [
            "1 reviews: { users { id } }",
            "2 after 1 accounts at users.@ with User{id}: { name }",
        ],
        {
            "reviews": {"data": {"users": [{"id": 1}, {"id": "1"}, {"id": 1}]}},
            "accounts": entities({"name": "one"}, {"name": "text"}),
        },
    )

    assert [one["id"] for one in shop.door.calls[1].representations] == [1, "1"]
