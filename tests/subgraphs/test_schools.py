from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from gateway.register import Register
from subgraphs.population import Child, Circumstance, named

Ask = Callable[..., Awaitable[dict[str, Any]]]

PUPILS = """
query ($keys: [_Any!]!) {
  _entities(representations: $keys) {
    ... on Pupil {
      surname senProvision senNeeds { value rank authorRole basis recordedOn }
      attendance { asAt sessionsPossible sessionsAuthorised sessionsUnauthorised reasons { code sessions } }
      attendanceSummary { percentage } exclusions { category startDate reasons { value authorRole } }
      school { urn name } contacts { role telephone }
    }
  }
}
"""


def keys(*children: Child) -> list[dict[str, str]]:
    return [{"__typename": "Pupil", "upn": str(child.numbers.upn)} for child in children]


async def test_pupils_are_loaded_by_key_in_the_order_asked(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    on_roll = [child for child in children if child.numbers.upn][:10]

    body = await ask("schools", PUPILS, {"keys": keys(*reversed(on_roll))})

    assert "errors" not in body
    surnames = [pupil["surname"] for pupil in body["data"]["_entities"]]
    assert surnames == [child.surname for child in reversed(on_roll)]


async def test_an_unknown_pupil_is_null_and_leaves_the_others_alone(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    unknown = {"__typename": "Pupil", "upn": "B801200005001"}

    body = await ask("schools", PUPILS, {"keys": [unknown, *keys(named(children, "Kai"))]})

    assert body["data"]["_entities"][0] is None
    assert body["data"]["_entities"][1]["surname"] == "Marlowe"


async def test_needs_are_opinions_and_attendance_is_counted_by_code(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    body = await ask("schools", PUPILS, {"keys": keys(named(children, "Kai"))})

    kai = body["data"]["_entities"][0]
    assert kai["senProvision"] == "K"
    assert [need["rank"] for need in kai["senNeeds"]] == [1, 2]
    assert all(
        need["authorRole"] and need["basis"] and need["recordedOn"] for need in kai["senNeeds"]
    )
    assert len(kai["attendance"]) == 3
    for term in kai["attendance"]:
        missed = sum(reason["sessions"] for reason in term["reasons"])
        assert missed == term["sessionsAuthorised"] + term["sessionsUnauthorised"]
    assert kai["exclusions"][0]["category"] == "SUSP"
    assert {contact["role"] for contact in kai["contacts"]} == {"DSL", "SENCO"}


async def test_a_school_sees_its_own_roll_and_no_other(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    kai = named(children, "Kai")
    assert kai.school is not None
    mine = {
        "purpose": "FSM_EYPP_CHECK",
        "role": "school_business_manager",
        "organisation": ("SCHOOL", str(kai.school.urn)),
    }
    query = (
        "query ($urn: URN!, $upn: UPN!) { roll(urn: $urn) { upn } pupil(upn: $upn) { surname } }"
    )

    own = await ask(
        "schools", query, {"urn": str(kai.school.urn), "upn": str(kai.numbers.upn)}, **mine
    )
    other = {**mine, "organisation": ("SCHOOL", "990999")}
    none = await ask(
        "schools", query, {"urn": str(kai.school.urn), "upn": str(kai.numbers.upn)}, **other
    )

    assert {"upn": str(kai.numbers.upn)} in own["data"]["roll"]
    assert own["data"]["pupil"] == {"surname": "Marlowe"}
    assert none["data"] == {"roll": [], "pupil": None}


async def test_no_row_is_held_under_a_number_from_before_an_adoption(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    rowan = named(children, "Rowan")
    assert rowan.before_adoption is not None
    old = {"__typename": "Pupil", "upn": str(rowan.before_adoption.upn)}

    body = await ask("schools", PUPILS, {"keys": [old]})

    assert body["data"]["_entities"] == [None]


async def test_a_malformed_upn_is_refused_without_being_quoted(ask: Ask) -> None:
    query = "query ($upn: UPN!) { pupil(upn: $upn) { surname } }"

    body = await ask("schools", query, {"upn": "A801200005001"})

    assert body["errors"][0]["extensions"]["code"] == "BAD_IDENTIFIER"
    assert "A801200005001" not in str(body)


async def test_a_field_beyond_the_purpose_is_refused_by_the_service_itself(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    query = "query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Pupil { postLookedAfter } } }"

    body = await ask("schools", query, {"keys": keys(named(children, "Rowan"))})

    assert body["errors"][0]["message"] == "REFUSED"


async def test_whoever_was_often_absent_has_a_lower_percentage(
    ask: Ask, children: tuple[Child, ...], register: Register
) -> None:
    pupils = [child for child in children if child.school and child.numbers.upn]

    body = await ask("schools", PUPILS, {"keys": keys(*pupils)})

    by_absence: dict[bool, list[float]] = {True: [], False: []}
    for child, pupil in zip(pupils, body["data"]["_entities"], strict=True):
        percentage = pupil["attendanceSummary"]["percentage"]
        by_absence[child.has(Circumstance.OFTEN_ABSENT)].append(percentage)
    assert max(by_absence[True]) < min(by_absence[False])
