"""Whom an operation looks up, however it is written, and who of them was there, as the caller sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.budget import Budgets, Limits
from gateway.errors import TooManyLookups
from gateway.federation.execution.response import Response
from gateway.federation.planning.operation import read
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import load as load_supergraph
from gateway.lookups import Looked, Lookups
from gateway.purpose.admit import Admission, Admissions
from gateway.purpose.closable import closable
from gateway.purpose.labels import compiled
from gateway.register import load

ME = ("a1", "LA:838")
COORDINATOR = ("EHC_NEEDS_ASSESSMENT", "ehc_coordinator", "LA")
EMERGENCY = ("EMERGENCY_BREAK_GLASS", "social_worker", "LA")
KAI, ROWAN = "A838990016007", "E838994819999"
ONE = "query($one: IdentifierInput!) { child(identifier: $one) { id } }"
MANY = "query($many: [IdentifierInput!]!) { children(identifiers: $many) { id } }"

Admit = Callable[..., Admission]


@pytest.fixture(scope="module")
def admit() -> Admit:
    supergraph = load_supergraph(Path("schema/supergraph.graphql").read_text())
    register = load(Path("schema/register.toml"), uses=("proportionate", "universal", "assurance"))
    admissions = Admissions(register, compiled(supergraph, register))
    schema = closable(api_schema(supergraph))

    def admitted(
        text: str, variables: Mapping[str, Any], who: tuple[str, str, str] = COORDINATOR
    ) -> Admission:
        return admissions.admit(read(text, None, variables, schema), register.opening(*who))

    return admitted


@pytest.fixture
def lookups() -> Lookups:
    return Lookups(Budgets(Limits(children_an_hour=5, misses_in_ten_minutes=3)))


@pytest.fixture
def begun(admit: Admit, lookups: Lookups) -> Callable[..., Looked]:
    def begin(text: str, who: tuple[str, str, str] = COORDINATOR, **variables: Any) -> Looked:
        return lookups.begin(ME, admit(text, variables, who), variables)

    return begin


@pytest.mark.parametrize(
    ("text", "variables", "people"),
    [
        (ONE, {"one": {"upn": KAI}}, 1),
        (f'{{ child(identifier: {{upn: "{KAI}"}}) {{ id }} }}', {}, 1),
        ("query($u: UPN) { child(identifier: {upn: $u}) { id } }", {"u": KAI}, 1),
        (f'query($u: UPN = "{KAI}") {{ child(identifier: {{upn: $u}}) {{ id }} }}', {}, 1),
        (MANY, {"many": [{"upn": KAI}, {"upn": ROWAN}]}, 2),
        (MANY, {"many": [{"upn": KAI}] * 50}, 1),
        (
            f'{{ a: child(identifier: {{upn: "{KAI}"}}) {{ id }} ... on Query {{'
            f' b: child(identifier: {{upn: "{ROWAN}"}}) {{ id }} }} }}',
            {},
            2,
        ),
        ("query($u: UPN!) { pupil(upn: $u) { senProvision } }", {"u": KAI}, 1),
        ("{ ehcCaseload { caseRef } }", {}, 0),
        ("{ __typename }", {}, 0),
    ],
)
def test_every_person_that_a_question_names_is_charged_once(
    begun: Callable[..., Looked], text: str, variables: dict[str, Any], people: int
) -> None:
    assert len(begun(text, **variables).charged.new) == people


def test_what_the_purpose_keeps_closed_is_looked_up_by_nobody(begun: Callable[..., Looked]) -> None:
    looked = begun(
        "query($n: NINO!) { entitlement(nationalInsuranceNumber: $n, type: TWO_YEAR_OFFER) { answer } }",
        n="QQ123456A",
    )

    assert not looked.lookups


def test_another_default_in_the_document_is_another_child(begun: Callable[..., Looked]) -> None:
    texts = [
        f'query($u: UPN = "{upn}") {{ child(identifier: {{upn: $u}}) {{ id }} }}'
        for upn in (KAI, ROWAN)
    ]

    assert [len(begun(text).charged.new) for text in (*texts, *texts)] == [1, 1, 0, 0]


class Root(msgspec.Struct):
    """An answer's root, as the fast path leaves it: attributes of its own, the client's names outside."""

    c0: Any = msgspec.field(name="child", default=msgspec.UNSET)
    c1: Any = msgspec.field(name="children", default=msgspec.UNSET)


@pytest.mark.parametrize("answer", [lambda **of: of, lambda child: Root(c0=child)])
def test_null_is_a_miss_and_anything_else_is_not(
    begun: Callable[..., Looked], lookups: Lookups, answer: Callable[..., Any]
) -> None:
    for child, serial in (({"id": "x"}, 0), ({"id": None}, 1), (None, 2), (None, 3), (None, 4)):
        lookups.end(begun(ONE, one={"upn": f"{serial}"}), Response(answer(child=child)))

    with pytest.raises(TooManyLookups):
        begun(ONE, one={"upn": "0"})


@pytest.mark.parametrize("answer", [lambda **of: of, lambda children: Root(c1=children)])
def test_of_a_list_those_who_are_there_are_the_callers_own_and_the_others_are_misses(
    begun: Callable[..., Looked], lookups: Lookups, answer: Callable[..., Any]
) -> None:
    asked = [{"upn": KAI}, {"upn": ROWAN}]
    for _ in range(2):
        lookups.end(begun(MANY, many=asked), Response(answer(children=[{"id": "x"}, None])))

    (person,) = lookups.budgets._people.values()
    assert len(person.children) == 1, "the caseload is given back"
    assert len(person.misses) == 1


def test_without_a_relationship_nobody_is_the_callers_own(
    begun: Callable[..., Looked], lookups: Lookups
) -> None:
    for upn in (KAI, ROWAN):
        looked = begun(ONE.replace("id }", "identity { status } }"), EMERGENCY, one={"upn": upn})
        lookups.end(looked, Response({"child": {"identity": None}}))

    (person,) = lookups.budgets._people.values()
    assert len(person.children) == 2


@pytest.mark.parametrize(
    ("error", "missed"),
    [
        ({"path": ["child"], "extensions": {"code": "NOT_AVAILABLE"}}, 1),
        ({"path": ["child"], "extensions": {"code": "LINK_UNAVAILABLE"}}, 0),
        ({"path": ["child"], "extensions": {"code": "BAD_IDENTIFIER"}}, 0),
        ({"extensions": {"code": "DOWNSTREAM_SERVICE_ERROR"}}, 0),
        ({"path": ["child", "pupil"], "extensions": {"code": "TIMEOUT"}}, 1),
        ({"path": ["other"], "extensions": {"code": "TIMEOUT"}}, 1),
    ],
)
def test_nobody_was_looked_for_in_vain_where_something_failed(
    begun: Callable[..., Looked], lookups: Lookups, error: dict[str, Any], missed: int
) -> None:
    lookups.end(begun(ONE, one={"upn": KAI}), Response({"child": None}, [error]))

    (person,) = lookups.budgets._people.values()
    assert len(person.misses) == missed


def test_no_number_is_kept(begun: Callable[..., Looked], lookups: Lookups) -> None:
    begun(ONE, one={"upn": KAI})

    assert KAI not in repr(lookups) + repr(lookups._known) + repr(lookups.budgets._people)


@pytest.mark.parametrize(
    ("purpose", "alert"), [("CP_S47_ENQUIRY", "rate"), ("CLA_CARE_PLANNING", None)]
)
def test_a_purpose_that_alerts_on_rate_alerts_of_many_children(
    admit: Admit, purpose: str, alert: str | None
) -> None:
    lookups = Lookups()

    told = []
    for serial in range(12):
        variables = {"one": {"upn": f"{serial}"}}
        admission = admit(ONE, variables, (purpose, "social_worker", "LA"))
        looked = lookups.begin(ME, admission, variables)
        lookups.end(looked, Response({"child": {"id": "x"}}))
        told.append(looked.alert)

    assert told == [None] * 10 + [alert, None]


def test_whose_caseload_it_is_goes_by_the_purpose_and_not_by_the_question(
    admit: Admit, lookups: Lookups
) -> None:
    """One operation, compiled once for each purpose that it is asked for."""
    text = "query($one: IdentifierInput!) { child(identifier: $one) { identity { status } } }"
    for turn in range(2):
        for who, upn in ((COORDINATOR, KAI), (EMERGENCY, ROWAN)):
            variables = {"one": {"upn": f"{upn}{turn}"}}
            looked = lookups.begin(ME, admit(text, variables, who), variables)
            lookups.end(looked, Response({"child": {"identity": None}}))
            assert looked.own == (who is COORDINATOR)

    (person,) = lookups.budgets._people.values()
    assert len(person.children) == 2, "those of the emergency"


def test_people_are_told_apart_in_this_process_and_in_no_other(admit: Admit) -> None:
    def people(lookups: Lookups, *upns: str) -> list[bytes]:
        variables = {"many": [{"upn": upn} for upn in upns]}
        (lookup,) = lookups.begin(ME, admit(MANY, variables), variables).lookups
        return [*lookup.people]

    here, there = Lookups(), Lookups()
    kai, rowan = people(here, KAI, ROWAN)

    assert kai != rowan
    assert people(here, ROWAN, KAI, KAI) == [rowan, kai, kai]
    assert {kai, rowan}.isdisjoint(people(there, KAI, ROWAN))
