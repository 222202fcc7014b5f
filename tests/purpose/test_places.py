"""An error of a withheld field stands where the answer has its null: once for each, and a list's elements by index."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from graphql import build_schema

from gateway.federation.execution.response import Response
from gateway.federation.planning.operation import read
from gateway.purpose.places import MOST, reasons

SCHEMA = build_schema("""
type Query { child: Child  children: [Child] }
type Child { name: String  number: ID  school: School  records: [Record]  terms: [[Term!]]  who: [Anyone!] }
type School { name: String }
type Record { plan: String  team: Team }
type Team { lead: String }
type Term { mark: Int }
union Anyone = Parent | Nurse
type Parent { phone: String  children: [Child] }
type Nurse { clinic: String }
""")


@dataclass(frozen=True)
class Shut:
    path: tuple[str, ...]
    coordinate: str = "Type.field"
    code: str = "NOT_IN_PURPOSE"
    categories: tuple[str, ...] = ("LA.CP",)


def told(query: str, data: Any, *paths: str) -> list[list[str | int] | None]:
    """The paths of the errors, for these fields withheld and this answer."""
    shut = [Shut(tuple(path.split("."))) for path in paths]
    errors = reasons(read(query, None, None, SCHEMA), shut).errors(Response(data))
    assert all(one["extensions"]["coordinate"] == "Type.field" for one in errors)
    return [one.get("path") for one in errors]


@pytest.mark.parametrize("child", [{"number": None}, None])
def test_what_no_list_is_above_stands_where_it_always_stands(child: Any) -> None:
    assert told("{ child { number } }", {"child": child}, "child.number") == [["child", "number"]]


def test_below_a_list_there_is_an_error_for_each_element_that_is_there() -> None:
    query = "{ children { number mine: records { plan } } }"
    data = {"children": [{"number": None, "mine": [{"plan": None}] * 2}, None,
                         {"number": None, "mine": []}]}  # fmt: skip

    assert told(query, data, "children.mine.plan", "children.number") == [
        ["children", 0, "mine", 0, "plan"],
        ["children", 0, "mine", 1, "plan"],
        ["children", 0, "number"],
        ["children", 2, "number"],
    ]


def test_lists_of_lists_and_objects_below_lists_are_followed() -> None:
    data = {"child": {"terms": [[{"mark": None}], None, [{"mark": None}]],
                      "records": [{"team": {"lead": None}}, {"team": None}]}}  # fmt: skip

    assert told(
        "{ child { terms { mark } records { team { lead } } } }",
        data,
        "child.terms.mark",
        "child.records.team.lead",
    ) == [
        ["child", "terms", 0, 0, "mark"],
        ["child", "terms", 2, 0, "mark"],
        ["child", "records", 0, "team", "lead"],
    ]


def test_only_the_types_that_have_the_field_are_told_of() -> None:
    query = "{ child { who { ... on Parent { phone } ... on Nurse { clinic } } } }"
    data = {"child": {"who": [{"clinic": "north"}, {"phone": None}]}}

    assert told(query, data, "child.who.phone") == [["child", "who", 1, "phone"]]


@pytest.mark.parametrize("records", [None, [], [None]])
def test_where_the_answer_has_no_place_for_it_the_reason_is_told_without_one(records: Any) -> None:
    data = {"child": {"records": records}}

    assert told("{ child { records { plan } } }", data, "child.records.plan") == [None]
    assert told("{ child { records { plan } } }", None, "child.records.plan") == [None]


def test_elements_that_are_null_or_of_another_type_have_no_place_for_it() -> None:
    query = """{ child { who { ... on Parent { phones: children { records { plan } } }
                               ... on Nurse { clinic } } } }"""
    child = {"records": [None, {"plan": None}]}
    data = {"child": {"who": [{"clinic": "x"}, {"phones": None}, {"phones": [None, child]}]}}

    assert told(query, data, "child.who.phones.records.plan") == [
        ["child", "who", 2, "phones", 1, "records", 1, "plan"]
    ]


def test_what_is_released_to_one_type_under_the_same_key_is_no_place_of_the_other() -> None:
    query = "{ child { who { ... on Parent { said: phone } ... on Nurse { said: clinic } } } }"
    data = {"child": {"who": [{"said": "north"}, {"said": None}, {"said": ""}]}}

    assert told(query, data, "child.who.said") == [["child", "who", 1, "said"]]


def test_of_a_long_list_so_many_are_told() -> None:
    data = {"children": [{"number": None}] * (MOST + 1)}

    found = told("{ children { number } }", data, "children.number")

    assert found == [["children", index, "number"] for index in range(MOST)]

    inner = {"records": [{"plan": None}] * (MOST // 2 + 1)}
    found = told(
        "{ children { records { plan } } }", {"children": [inner] * 3}, "children.records.plan"
    )
    assert len(found) == MOST
    assert found[-1] == ["children", 1, "records", MOST // 2 - 2, "plan"]


class Team(msgspec.Struct, rename=lambda name: name.removeprefix("f_")):
    """An answer's objects as the fast path leaves them: attributes of its own, the client's names outside."""

    f_lead: Any = None
    f_name: Any = msgspec.UNSET


class Record(msgspec.Struct, rename=lambda name: name.removeprefix("f_")):
    f_plan: Any = None
    f_team: Any = msgspec.UNSET


class Root(msgspec.Struct):
    c0: Any = msgspec.field(name="children", default=msgspec.UNSET)
    c1: Any = msgspec.field(name="child", default=msgspec.UNSET)


def test_the_objects_of_the_fast_path_are_read_as_the_client_will_read_them() -> None:
    shared = msgspec.Raw(
        b'{"lead":null,"name":"North"}'
    )  # one object in several places, written once
    root = Root(c0=[{"records": [Record(f_team=Team()), Record(f_team=shared), None]},
                    {"records": [Record(f_team=None), Record(f_plan="x")]}])  # fmt: skip
    query = "{ children { records { plan team { lead } } } }"

    found = told(query, root, "children.records.team.lead", "children.records.plan")

    assert found == [
        ["children", 0, "records", 0, "team", "lead"],
        ["children", 0, "records", 1, "team", "lead"],
        ["children", 0, "records", 0, "plan"],
        ["children", 0, "records", 1, "plan"],
        ["children", 1, "records", 0, "plan"],
    ]
    written = msgspec.json.decode(msgspec.json.encode(root))
    assert told(query, written, "children.records.team.lead", "children.records.plan") == found
    assert told("{ child { records { plan } } }", root, "child.records.plan") == [None]


def test_the_answer_is_written_as_it_was_read() -> None:
    query = "{ child { records { plan } name } }"
    data = {"child": {"records": [{"plan": None}], "name": "Zoë"}}
    response = Response(data)

    reasons(read(query, None, None, SCHEMA), [Shut(("child", "records", "plan"))]).errors(response)

    assert response.data == data
    assert response.at_root("child") == data["child"]
    assert response.body() == '{"data":{"child":{"records":[{"plan":null}],"name":"Zoë"}}}'.encode()
