"""Attacks 18 to 38: reaching round a label. What is closed must not even be sent for.

24, 28 and the shapes of labels that do not compose are tests/purpose/test_labels.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.federation.engine import Engine
from gateway.federation.errors import CompositionError, InvalidOperation
from gateway.federation.execution.canned import Canned
from gateway.federation.supergraph import load
from gateway.purpose.labels import compiled
from gateway.register import Register

GRAPH = Path("tests/purpose/graph.graphql").read_text()


def aliased(count: int) -> str:
    return "{ pupil(upn: 1) { sen " + " ".join(f"a{n}: meals" for n in range(count)) + " } }"


@pytest.mark.parametrize("count", [1, 2, 30])
async def test_18_an_alias_is_the_field_it_names(attempt: Any, count: int) -> None:
    tried = await attempt(aliased(count))

    assert tried.withheld == {"Pupil.meals": "PROHIBITED"}
    assert "meals" not in tried.sent
    assert len(tried.admission.withheld) == count


@pytest.mark.parametrize(
    "text",
    [
        "{ pupil(upn: 1) { sen ...f } } fragment f on Pupil { meals }",
        "{ pupil(upn: 1) { sen ...f } } fragment f on Pupil { ...g } fragment g on Pupil { meals }",
        "{ pupil(upn: 1) { sen ... on Pupil { ... { meals } } } }",
        "{ pupil(upn: 1) { sen ... { ... on Pupil { ... on Pupil { meals } } } } }",
    ],
)
async def test_19_a_fragment_hides_nothing(attempt: Any, text: str) -> None:
    tried = await attempt(text)

    assert tried.withheld == {"Pupil.meals": "PROHIBITED"}
    assert "meals" not in tried.sent


@pytest.mark.parametrize(
    ("condition", "variables", "asked"),
    [
        ("@include(if: $on)", {"on": True}, True),
        ("@include(if: $on)", {"on": False}, False),
        ("@include(if: $on)", {}, True),
        ("@skip(if: $on)", {"on": False}, True),
        ("@skip(if: $on)", {}, False),
        ("@include(if: true) @skip(if: false)", {}, True),
        ("@include(if: true) @skip(if: true)", {}, False),
    ],
)
async def test_20_what_counts_is_what_is_asked_once_conditions_are_settled(
    attempt: Any, condition: str, variables: dict[str, Any], asked: bool
) -> None:
    head = "query ($on: Boolean = true)" if "$on" in condition else ""

    tried = await attempt(f"{head} {{ pupil(upn: 1) {{ sen meals {condition} }} }}", **variables)

    assert ("Pupil.meals" in tried.withheld) is asked
    assert "meals" not in tried.sent


async def test_21_the_nhs_number_is_closed_through_an_interface(attempt: Any) -> None:
    for text in (
        "{ child(upn: 1) { numbers { value } } }",
        "{ child(upn: 1) { numbers { ... on Identifiable { value } } } }",
        "{ child(upn: 1) { numbers { ... on National { x: value } } } }",
    ):
        tried = await attempt(text)
        assert tried.withheld == {"National.value": "NOT_IN_PURPOSE"}
        permissions = {one for found in tried.admission.categories.values() for one in found}
        assert "N.NUMBER" not in permissions


def test_22_a_label_on_the_interface_alone_leaves_its_objects_unlabelled(
    register: Register,
) -> None:
    """CVE-2025-64530's shape."""
    only = GRAPH.replace("{ value: ID }", '{ value: ID @category(is: ["PUBLIC"]) }').replace(
        '{ value: ID @category(is: ["N.NUMBER"]) }', "{ value: ID }"
    )

    with pytest.raises(CompositionError, match=r"National\.value: no @category"):
        compiled(load(only), register)


async def test_23_an_interface_field_is_closed_when_all_its_objects_are_alike_too(
    attempt: Any,
) -> None:
    """CVE-2025-64173's shape: every implementation has the same label, the interface none."""
    alike = GRAPH.replace(
        '{ value: ID @category(is: ["SC.ID"]) }', '{ value: ID @category(is: ["N.NUMBER"]) }'
    )

    tried = await attempt("{ child(upn: 1) { numbers { value } id } }", graph=alike)

    assert set(tried.withheld) == {"National.value", "Unique.value"}
    assert "value" not in tried.sent


async def test_24_a_renamed_directive_still_labels(attempt: Any) -> None:
    """CVE-2025-64347's shape."""
    renamed = GRAPH.replace("@category(", "@open(").replace(
        'import: ["@category"]', 'import: [{name: "@category", as: "@open"}]'
    )

    tried = await attempt("{ pupil(upn: 1) { sen meals } }", graph=renamed)

    assert tried.withheld == {"Pupil.meals": "PROHIBITED"}


@pytest.mark.parametrize("field", ["score", "risk"])
async def test_25_what_a_field_requires_closes_it_at_any_depth(attempt: Any, field: str) -> None:
    """GHSA-m8jr-fxqx-8xx6's shape, and the chain that its first fix missed."""
    tried = await attempt(f"{{ child(upn: 1) {{ record {{ known {field} }} }} }}")

    assert tried.withheld == {f"AuthorityChild.{field}": "PROHIBITED"}
    assert not {"abuse", "score", "risk"} & tried.sent


CONTEXT = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/context/v0.1", import: ["@context"], for: SECURITY)
  @link(url: "https://causeway.example/specs/category/v1.0", import: ["@category"])
{ query: Query }
enum join__Graph { LINK @join__graph(name: "link", url: "http://link") SCHOOLS @join__graph(name: "schools", url: "http://schools") }
type Query @join__type(graph: SCHOOLS) { pupil: Pupil @category(is: ["STRUCTURE"]) }
type Pupil @join__type(graph: SCHOOLS, key: "id") @context(name: "schools__pupil") {
  id: ID! @category(is: ["SC.ID"])
  meals: Boolean @category(is: ["SC.FSM"])
  needs: Needs @category(is: ["SC.SEN"])
}
type Needs @join__type(graph: SCHOOLS, key: "id") {
  id: ID! @category(is: ["SC.SEN"])
  kind: String @category(is: ["SC.SEN"])
  cost: Int @join__field(graph: SCHOOLS, contextArguments: [{context: "schools__pupil", name: "free", type: "Boolean", selection: " { meals }"}]) @category(is: ["SC.SEN"])
}
"""


async def test_26_what_an_argument_is_filled_from_closes_the_field(attempt: Any) -> None:
    tried = await attempt("{ pupil { needs { kind cost } } }", graph=CONTEXT)

    assert tried.withheld == {"Needs.cost": "PROHIBITED"}
    assert not {"cost", "meals"} & tried.sent


async def test_27_keys_that_are_fetched_to_cross_are_not_answered(register: Register) -> None:
    supergraph = load(GRAPH)
    engine = Engine(supergraph)
    door = Canned(
        {
            "link": {"data": {"child": {"pupil": {"__typename": "Pupil", "upn": "KEY"}}}},
            "schools": {"data": {"_entities": [{"sen": "K", "upn": "KEY", "extra": "KEY"}]}},
        }
    )

    response = await engine.answer("{ child(upn: 1) { pupil { sen } } }", door)
    engine.close()

    assert len(door.calls) == 2
    assert response.body() == b'{"data":{"child":{"pupil":{"sen":"K"}}}}'


async def test_28_copies_of_a_field_carry_each_others_labels(attempt: Any) -> None:
    copied = GRAPH.replace(
        'attendance: Int @join__field(graph: SCHOOLS) @category(is: ["SC.ATT"])',
        'attendance: Int @join__field(graph: SCHOOLS) @join__field(graph: LINK) @category(is: ["SC.ATT"]) @category(is: ["SC.FSM"])',
    )

    tried = await attempt("{ pupil(upn: 1) { sen attendance } }", graph=copied)

    assert tried.withheld == {"Pupil.attendance": "PROHIBITED"}
    assert "attendance" not in tried.sent


async def test_29_which_kind_of_record_there_is_needs_its_own_category(
    attempt: Any, register: Register
) -> None:
    who = ("POST16_PARTICIPATION", "careers_adviser", "CAREERS_SERVICE")
    bare = GRAPH.replace(
        '@category(is: ["LA.STATUS"], existence: true)\n  numbers',
        '@category(is: ["STRUCTURE"])\n  numbers',
    )

    tried = await attempt(
        "{ school(urn: 1) { name } child(upn: 1) { involvement { __typename } } }", who
    )

    assert "involvement" not in tried.sent
    with pytest.raises(CompositionError, match="which kind of record"):
        compiled(load(bare), register)


@pytest.mark.parametrize("inside", ["__typename", "__typename x: __typename"])
async def test_30_an_object_is_not_there_when_nothing_of_it_is_open(
    attempt: Any, inside: str
) -> None:
    tried = await attempt(f"{{ child(upn: 1) {{ pupil {{ {inside} }} }} }}")

    assert tried.withheld == {"Query.child": "NOTHING_OPEN_BELOW"}
    assert not tried.sent


@pytest.mark.parametrize("value", ["true", "false", "null", "$meals"])
async def test_31_a_filter_is_a_question(attempt: Any, value: str) -> None:
    head = "query ($meals: Boolean)" if "$" in value else ""

    tried = await attempt(f"{head} {{ pupils(meals: {value}) {{ sen }} }}")

    assert tried.withheld == {"Query.pupils": "PROHIBITED"}
    assert not tried.sent


@pytest.mark.parametrize(
    "text",
    [
        "{ pupil(upn: 1) { meal } }",
        "{ child(upn: 1) { nhsNumbr } }",
        "{ child(upn: 1) { ... on Pupl { sen } } }",
        "{ pupils(mealz: true) { sen } }",
    ],
)
async def test_33_a_misspelling_learns_nothing(text: str) -> None:
    engine = Engine(load(GRAPH))

    with pytest.raises(InvalidOperation) as raised:
        await engine.read(text)

    engine.close()
    assert "did you mean" not in str(raised.value).lower()
    assert "nhsNumber" not in str(raised.value)
    assert "meals" not in str(raised.value).replace("mealz", "")


@pytest.mark.parametrize(
    "text",
    [
        "{ _service { sdl } }",
        '{ _entities(representations: [{__typename: "Pupil", upn: 1}]) { __typename } }',
        "{ node(id: 1) { id } }",
        "{ nodes(ids: [1]) { id } }",
    ],
)
async def test_34_and_35_there_is_no_way_in_but_the_graphs_own(text: str) -> None:
    engine = Engine(load(GRAPH))

    with pytest.raises(InvalidOperation):
        await engine.read(text)

    engine.close()


async def test_36_a_mutation_reads_no_more_than_a_query(attempt: Any) -> None:
    tried = await attempt("mutation { recordConsent(upn: 1) { pupil { sen meals } nhsNumber } }")

    assert tried.withheld == {"Pupil.meals": "PROHIBITED", "Child.nhsNumber": "NOT_IN_PURPOSE"}
    assert not {"meals", "nhsNumber"} & tried.sent


@pytest.mark.parametrize(
    "name", ["__proto__", "__class__", "constructor", "__init__", "toString", "format_map"]
)
async def test_38_a_name_is_a_name(attempt: Any, name: str) -> None:
    tried = await attempt(f"{{ {name}: pupil(upn: 1) {{ sen {name}: meals }} }}")

    assert tried.withheld == {"Pupil.meals": "PROHIBITED"}
    assert [one.path for one in tried.admission.withheld] == [(name, name)]


async def test_the_decision_does_not_depend_on_how_the_question_is_written(attempt: Any) -> None:
    """I-6: the same fields, asked in different words, are decided alike."""
    plain = "{ child(upn: 1) { pupil { sen meals attendance } record { known abuse } } }"
    others = [
        "{ child(upn: 1) { record { abuse known } pupil { attendance meals sen } } }",
        "{ child(upn: 1) { pupil { sen } pupil { meals } pupil { attendance sen } record { known abuse known } } }",
        "{ x: child(upn: 1) { a: pupil { b: sen c: meals d: attendance } e: record { f: known g: abuse } } }",
        "{ child(upn: 1) { ...c } } fragment c on Child { ... on Child { pupil { ...p } record { known abuse } } } "
        "fragment p on Pupil { sen ... { meals } attendance }",
    ]
    expected = await attempt(plain)

    for text in others:
        tried = await attempt(text)
        assert tried.withheld == expected.withheld
        assert tried.admission.categories == expected.admission.categories
        assert tried.admission.released == expected.admission.released
