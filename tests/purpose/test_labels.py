from __future__ import annotations

from pathlib import Path

import pytest

from gateway.federation.errors import CompositionError
from gateway.federation.supergraph import load
from gateway.purpose.labels import Labels, compiled
from gateway.register import Register

GRAPH = Path(__file__).with_name("graph.graphql").read_text()


def problems(text: str, register: Register) -> list[tuple[str, str]]:
    with pytest.raises(CompositionError) as raised:
        compiled(load(text), register)
    return list(raised.value.problems)


@pytest.mark.parametrize(
    ("find", "replace", "code", "place"),
    [
        (' @category(is: ["SC.ATT"])', "", "CATEGORY_MISSING", "Pupil.attendance"),
        ('["SC.ATT"]', "[]", "CATEGORY_MISSING", "Pupil.attendance"),
        ('["SC.ATT"]', '["SC.ATTENDANCE"]', "CATEGORY_UNKNOWN", "Pupil.attendance"),
        ('["SC.ATT"]', '["sc.att"]', "CATEGORY_UNKNOWN", "Pupil.attendance"),
        ('["SC.ATT"]', '["SC.ATT", "SC.X"]', "CATEGORY_UNKNOWN", "Pupil.attendance"),
        ('["SC.ATT"]', '["STRUCTURE"]', "CATEGORY_STRUCTURE", "Pupil.attendance"),
        ('["SC.FSM", "COUNTS"]', '["COUNTS"]', "CATEGORY_UNKNOWN", "Places.withMeals"),
        (
            '[Involvement!] @category(is: ["LA.STATUS"], existence: true)',
            '[Involvement!] @category(is: ["STRUCTURE"])',
            "CATEGORY_STRUCTURE",
            "Child.involvement",
        ),
        (
            '@category(is: ["SC.FSM"]), year',
            '@category(is: ["SC.LUNCH"]), year',
            "CATEGORY_UNKNOWN",
            "Query.pupils(meals:)",
        ),
        (
            'school: School @join__field(graph: SCHOOLS) @category(is: ["STRUCTURE"])',
            'school: School @join__field(graph: SCHOOLS) @category(is: ["PUBLIC"])',
            "CATEGORY_PUBLIC",
            "Pupil.school",
        ),
        ("category/v1.0", "category/v2.0", "CATEGORY_VERSION", "category/v2.0"),
    ],
)
def test_a_graph_with_a_field_that_is_not_usably_labelled_does_not_serve(
    register: Register, find: str, replace: str, code: str, place: str
) -> None:
    assert find in GRAPH

    found = problems(GRAPH.replace(find, replace), register)

    assert [(one, place in message) for one, message in found] == [(code, True)]


def test_everything_that_is_wrong_is_said_at_once(register: Register) -> None:
    text = GRAPH.replace('"SC.ATT"', '"X.ATT"').replace(' @category(is: ["SC.MED"])', "")

    assert len(problems(text.replace('"SC.SEN"', '"X.SEN"'), register)) == 4


def test_a_label_is_known_by_its_specification_under_any_name(
    register: Register, labels: Labels
) -> None:
    imported = 'category/v1.0", import: ["@category"]'
    renamed = GRAPH.replace("@category(", "@about(")
    as_about = renamed.replace(
        imported, 'category/v1.0", import: [{name: "@category", as: "@about"}]'
    )
    prefixed = GRAPH.replace("@category(", "@labels__category(").replace(
        imported, 'category/v1.0", as: "labels"'
    )

    assert compiled(load(as_about), register) == labels
    assert compiled(load(prefixed), register) == labels


def test_a_directive_of_another_specification_labels_nothing(register: Register) -> None:
    strange = GRAPH.replace(
        "https://causeway.example/specs/category", "https://other.example/category"
    )

    assert {code for code, _ in problems(strange, register)} == {"CATEGORY_MISSING"}


def test_requirements_are_closed_to_the_end_of_the_chain(
    labels: Labels, register: Register
) -> None:
    abuse = register.scale.read(["LA.CPCAT"])

    for field in ("abuse", "score", "risk"):
        need = labels.need("AuthorityChild", field)
        assert need is not None
        assert need & abuse


def test_what_a_required_field_uses_is_used_where_it_is_resolved(
    labels: Labels, register: Register
) -> None:
    uses = labels.fields["AuthorityChild", "score"].uses

    assert {name: register.scale.written(mask) for name, mask in uses.items()} == {
        "link": ("LA.CORE",),
        "local_authority": ("LA.CPCAT",),
    }


def test_an_interfaces_label_holds_for_every_object_of_it(register: Register) -> None:
    text = GRAPH.replace("{ value: ID }", '{ value: ID @category(is: ["LA.CPCAT"]) }')

    found = compiled(load(text), register)

    for name in ("Unique", "National"):
        need = found.need(name, "value")
        assert need is not None
        assert need & register.scale.read(["LA.CPCAT"])


def test_copies_of_a_field_in_several_subgraphs_carry_each_others_labels(
    register: Register,
) -> None:
    text = GRAPH.replace('["SC.ATT"])', '["SC.ATT"]) @category(is: ["SC.MED"])')

    need = compiled(load(text), register).need("Pupil", "attendance")

    assert need == register.scale.read(["SC.ATT", "SC.MED"])


def test_a_field_that_is_not_in_the_graph_needs_what_nobody_has(labels: Labels) -> None:
    assert labels.need("Pupil", "nickname") is None
