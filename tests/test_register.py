"""The whole register, every cell, against a second reading of the same file written another way."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.register import Facts, InvalidRegister, Opening, Register, load, read, rule
from gateway.register.conditions import CONDITIONS, CONSENT_RULES

PATH = Path("schema/register.toml")
TEXT = PATH.read_bytes()
FILE = tomllib.loads(TEXT.decode())
REGISTER = load(PATH, uses=["proportionate", "universal", "universal_plus", "rights", "assurance"])
EVERYTHING = frozenset({"*"})
ALL_TRUE = Facts(
    custodian=True,
    agreed=EVERYTHING,
    relationship=True,
    consented=EVERYTHING,
    explicit_parental=EVERYTHING,
    explicit_young_person=EVERYTHING,
    necessity_opinion=True,
    reason_without_consent=True,
    best_interests=True,
    application=True,
    parent_agrees=EVERYTHING,
    dissented=frozenset(),
    detrimental=frozenset(),
    sealed=False,
    adopted=False,
    restricted=False,
    own_team=True,
    age_months=18 * 12,
    own_record=True,
    serious_harm=frozenset(),
    third_party=frozenset(),
    own_advice=True,
    carer_of_this_placement=True,
    dsl=True,
    dsl_handover=True,
    incident=True,
    statutory_process=True,
    second_person=True,
)


# The second reading: one question at a time, on the file's own words, without masks.


def matches(pattern: str, code: str) -> bool:
    if pattern.endswith("*"):
        return code.startswith(pattern[:-1])
    return code == pattern or code.startswith(pattern + ".")


def prohibited(purpose: str, code: str) -> bool:
    row = FILE["purpose"][purpose]
    for pattern, exception in FILE["everywhere"]["never"].items():
        if matches(pattern, code) and purpose not in exception.get("except", []):
            return True
    bans = row["never"] + FILE["family"][row["family"]].get("never", [])
    if row["nhs_number"] == "never" and code == "N.NUMBER":
        return True
    if "all_other" in bans and not any(matches(one, code) for one in row["admits"]):
        return True
    return any(matches(one, code) for one in bans if one != "all_other")


def rows_for(purpose: str, code: str) -> list[dict[str, Any]]:
    admits = FILE["purpose"][purpose]["admits"]
    near = [one for one in admits if matches(one, code)]
    if not near:
        return []
    nearest = admits[max(near, key=lambda one: (not one.endswith("*"), len(one)))]
    rows = nearest if isinstance(nearest, list) else [nearest]
    full = [{"grant": row} if isinstance(row, str) else row for row in rows]
    return [row for row in full if FILE["switches"].get(row.get("switch"), "switch" not in row)]


def says(row: dict[str, Any], permission: str) -> bool:
    letters = {"": "CS", "E": "CES", "A": "PA"}[permission]
    return row["grant"] in letters


def second_reading(purpose: str, role: str, kind: str, code: str, permission: str) -> bool:
    if prohibited(purpose, code):
        return False
    return any(
        says(row, permission)
        and role in (row.get("roles") or [role])
        and kind in (row.get("organisation_kinds") or [kind])
        for row in rows_for(purpose, code)
    )


def cells() -> Iterator[tuple[Opening, str, str, str]]:
    for opening in REGISTER.openings.values():
        for code in FILE["category"]:
            for permission in ("", "E", "A"):
                yield opening, code, permission, f"{code}:{permission}".rstrip(":")


def test_every_cell_is_what_a_second_reading_of_the_file_says() -> None:
    looked = 0
    for opening, code, permission, written in cells():
        need = REGISTER.scale.read([written])
        who = (opening.purpose.code, opening.role, opening.organisation_kind)
        assert opening.permits(need) == second_reading(*who, code, permission), (who, written)
        looked += 1

    assert looked == len(REGISTER.openings) * len(FILE["category"]) * 3
    assert looked > 100_000


def test_every_pair_of_role_and_organisation_that_may_declare_a_purpose_has_an_opening() -> None:
    for purpose in FILE["purpose"]:
        for role in FILE["role"]:
            for kind in FILE["organisation_kind"]:
                refused = REGISTER.refusal(purpose, role, kind)
                assert (refused is None) == ((purpose, role, kind) in REGISTER.openings)


def test_deny_by_default_a_category_without_a_row_is_closed() -> None:
    for opening, code, _, written in cells():
        if not rows_for(opening.purpose.code, code):
            assert not opening.permits(REGISTER.scale.read([written]))


def test_what_is_closed_has_a_reason_and_a_prohibition_is_told_first() -> None:
    for opening, code, _, written in cells():
        need = REGISTER.scale.read([written])
        reason = opening.reason(need)
        assert (reason is None) == opening.permits(need)
        if prohibited(opening.purpose.code, code):
            assert reason == "PROHIBITED"


def test_with_every_condition_met_what_is_open_is_released() -> None:
    for opening in REGISTER.openings.values():
        ruling = ruled(opening, aged(opening, ALL_TRUE))
        assert ruling.released == opening.open
        assert not ruling.missing


def test_with_nothing_known_nothing_is_released() -> None:
    for opening in REGISTER.openings.values():
        assert not ruled(opening, Facts()).released


def test_without_one_fact_a_way_that_needs_it_is_closed() -> None:
    different = {(one.purpose.code, one.ways): one for one in REGISTER.openings.values()}
    for opening in different.values():
        for fact in fields(Facts):
            facts = replace(aged(opening, ALL_TRUE), **{fact.name: None})
            expected = 0
            for way in opening.ways:
                if all(holds(name, opening, facts) for name in way.conditions):
                    expected |= way.opens
            assert ruled(opening, facts).released == expected


def holds(name: str, opening: Opening, facts: Facts) -> bool:
    """A condition for everything or nothing, from the facts' own names."""
    if name == "age":
        bounds = opening.purpose.age_months
        return facts.age_months is not None and bounds is not None
    found = CONDITIONS[name](facts)
    return found.others if not found.codes else found.codes == EVERYTHING and not found.others


def aged(opening: Opening, facts: Facts) -> Facts:
    bounds = opening.purpose.age_months
    return facts if bounds is None else replace(facts, age_months=bounds[1])


def ruled(opening: Opening, facts: Facts, *, emergency: bool = False) -> Any:
    scale = REGISTER.scale
    return rule(opening, facts, scale, scale.full, emergency=emergency)


truths = st.sampled_from([None, False, True])
codes = st.one_of(
    st.none(),
    st.just(EVERYTHING),
    st.frozensets(st.sampled_from(sorted(FILE["category"])), max_size=6),
)
ages = st.one_of(st.none(), st.integers(0, 30 * 12))


@st.composite
def some_facts(draw: st.DrawFn) -> Facts:
    kinds = {"bool | None": truths, "Codes | None": codes, "int | None": ages}
    return Facts(**{one.name: draw(kinds[str(one.type)]) for one in fields(Facts)})


some_openings = st.sampled_from(sorted(REGISTER.openings)).map(REGISTER.openings.__getitem__)


@settings(max_examples=300, deadline=None)
@given(some_openings, some_facts(), st.booleans())
def test_nothing_beyond_the_opening_is_ever_released(
    opening: Opening, facts: Facts, emergency: bool
) -> None:
    ruling = ruled(opening, facts, emergency=emergency)

    assert not ruling.released & ~opening.open
    assert ruling.released | ruling.withheld == REGISTER.scale.full
    assert not ruling.released & ruling.withheld


BETTER: dict[str, Any] = {
    one.name: getattr(ALL_TRUE, one.name) for one in fields(Facts) if one.name != "age_months"
}


@settings(max_examples=300, deadline=None)
@given(some_openings, some_facts(), st.sampled_from(sorted(BETTER)))
def test_more_facts_in_a_childs_favour_never_release_less(
    opening: Opening, facts: Facts, fact: str
) -> None:
    before = ruled(opening, facts).released
    after = ruled(opening, replace(facts, **{fact: BETTER[fact]})).released

    assert not before & ~after


@settings(max_examples=200, deadline=None)
@given(some_openings, some_facts(), st.sampled_from([one.name for one in fields(Facts)]))
def test_forgetting_a_fact_never_releases_more(opening: Opening, facts: Facts, fact: str) -> None:
    before = ruled(opening, facts).released
    after = ruled(opening, replace(facts, **{fact: None})).released

    assert not after & ~before


@settings(max_examples=300, deadline=None)
@given(some_openings, some_facts())
def test_an_emergency_stands_in_for_what_its_purpose_lists_and_for_nothing_else(
    opening: Opening, facts: Facts
) -> None:
    plain, emergency = ruled(opening, facts), ruled(opening, facts, emergency=True)
    stood_in = opening.purpose.break_glass

    assert emergency.released == plain.released | emergency.overridden
    for way in opening.ways:
        kept = {name for name in way.conditions if not held(name, opening, facts)}
        if kept - stood_in:
            assert not emergency.overridden & way.opens & ~others(opening, way)
    if facts.sealed is not False and opening.purpose.use != "sealed":
        assert not emergency.released


def held(name: str, opening: Opening, facts: Facts) -> bool:
    if name == "age":
        return holds(name, opening, facts)
    found = CONDITIONS[name](facts)
    return found.others or bool(found.codes)


def others(opening: Opening, way: Any) -> int:
    found = 0
    for one in opening.ways:
        if one is not way:
            found |= one.opens
    return found


@settings(max_examples=200, deadline=None)
@given(some_openings, some_facts())
def test_every_withheld_permission_that_is_open_to_some_child_names_what_was_missing(
    opening: Opening, facts: Facts
) -> None:
    ruling = ruled(opening, facts)

    named = 0
    for mask in ruling.missing.values():
        named |= mask
    assert named == opening.open & ~ruling.released


# What the file must be.


def test_all_that_is_wrong_with_a_file_is_said_at_once() -> None:
    text = (
        TEXT.replace(b'family = "send"', b'family = "sendd"', 1)
        .replace(b'"SC.MED" = "C"', b'"SC.MEDD" = "C"', 1)
        .replace(b'rule = "reg17"', b'rule = "reg71"', 1)
        .replace(b'"identity_officer", ', b'"identity_oficer", ', 1)
    )

    with pytest.raises(InvalidRegister) as raised:
        read(text)

    said = "\n".join(raised.value.problems)
    for word in ("sendd", "SC.MEDD", "reg71", "identity_oficer"):
        assert word in said


@pytest.mark.parametrize(
    ("find", "replace", "says"),
    [
        ('"SC.SEN" = "C"', '"SC.FSM" = "C"', "both admitted and never"),
        ('"SC.SEN" = "C"', '"SC.SEN" = "X"', "SC.SEN"),
        ('"SC.SEN" = "C"', '"SC.SEN" = []', "grants nothing"),
        ('"SC.SEN" = "C"', '"SC.SEN" = { grant = "C", conditions = ["luck"] }', "luck"),
        ('"SC.SEN" = "C"', '"SC.SEN" = { grant = "C", roles = ["analyst"] }', "analyst"),
        ('"SC.SEN" = "C"', '"SC.SEN" = { grant = "C", role = ["senco"] }', "role"),
        ('"SC.SEN" = "C"', '"N.NUMBER" = "C"', "nhs_number is hidden"),
        ('"LA.ID" = "C"', '"LA.ADOPT" = "C"', "both admitted and never"),
        ('use = "proportionate"', 'use = "convenient"', "convenient"),
        ("never = [", "nevr = [", "nevr"),
        ('nhs_number = "visible_to_health"', 'nhs_number = "hidden"', "N.NUMBER is admitted"),
        ("review_by = 2027-11-22", "review_by = 2020-01-01", "later than effective_from"),
        ("[switches]", "[switchs]", "switchs"),
        ('break_glass = ["relationship"]', 'break_glass = ["not_sealed"]', "not_sealed"),
        ('"LA.CORE" = { title', '"STRUCTURE" = { title', "reserved"),
    ],
)
def test_a_file_that_could_be_misread_is_not_read(find: str, replace: str, says: str) -> None:
    text = TEXT.decode()
    assert find in text

    with pytest.raises(InvalidRegister, match=says):
        read(text.replace(find, replace, 1).encode())


def test_a_purpose_has_a_code_that_can_be_declared() -> None:
    with pytest.raises(InvalidRegister, match="capitals"):
        read(TEXT.replace(b"purpose.EHC_NEEDS_ASSESSMENT", b"purpose.ehc"))


@pytest.mark.parametrize("text", [b"", b"version = ", b"\xff\xfe", b"[purpose]\n"])
def test_what_is_no_register_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidRegister):
        read(text)


def test_a_register_is_in_force_between_its_dates() -> None:
    load(PATH, on=date(2026, 11, 22))
    load(PATH, on=date(2027, 11, 22))
    for day in (date(2026, 11, 21), date(2027, 11, 23)):
        with pytest.raises(InvalidRegister):
            load(PATH, on=day)


def test_a_family_ban_holds_for_every_purpose_in_it() -> None:
    text = TEXT.decode().replace(
        'send = { title = "Special educational needs and disability"',
        'send = { title = "Special educational needs and disability", never = ["SC.CHAR"]',
        1,
    )

    register = read(text.encode())

    for code in ("EHC_NEEDS_ASSESSMENT", "EHC_PLAN_REVIEW", "TRANSITION_TO_ADULT_CARE"):
        assert "SC.CHAR" in register.purposes[code].never


def test_a_switch_opens_what_waits_for_it() -> None:
    on = read(TEXT.replace(b"children_act_2004_s16LC = false", b"children_act_2004_s16LC = true"))
    who = ("CP_S47_ENQUIRY", "social_worker", "LA")
    number = REGISTER.scale.read(["N.NUMBER"])

    assert not REGISTER.opening(*who).permits(number)
    assert on.opening(*who).permits(number)


def test_only_the_uses_that_are_on_cross_between_islands() -> None:
    plain: Register = load(PATH)

    assert plain.crosses("EHC_NEEDS_ASSESSMENT")
    assert plain.crosses("SUBJECT_ACCESS")
    assert not plain.crosses("SCHOOL_TRANSFER")
    assert not plain.crosses("LOCAL_SERVICE_PLANNING")
    with pytest.raises(InvalidRegister, match="everything"):
        load(PATH, uses=["everything"])


def test_planning_may_not_be_declared_at_all_while_its_use_is_off() -> None:
    analyst = ("LOCAL_SERVICE_PLANNING", "analyst", "LA")

    assert load(PATH).refusal(*analyst) == "USE_NOT_SWITCHED_ON"
    assert load(PATH, uses=["universal_plus"]).refusal(*analyst) is None


def test_no_planning_purpose_reaches_an_identifier() -> None:
    identifiers = [code for code, row in FILE["category"].items() if row.get("identifier")]
    for opening in REGISTER.openings.values():
        if opening.purpose.use == "universal_plus":
            for code in identifiers:
                assert not opening.open & REGISTER.scale.of(code, 7)


def test_the_nhs_number_opens_for_very_few() -> None:
    number = REGISTER.scale.read(["N.NUMBER"])

    found = {one.purpose.code for one in REGISTER.openings.values() if one.permits(number)}

    assert found == {
        "UNSCHEDULED_CARE_CPIS",
        "DIRECT_HEALTH_CARE",
        "TRANSITION_TO_ADULT_CARE",
        "IDENTIFIER_TRACE",
        "SUBJECT_ACCESS",
    }


def test_adoption_is_open_to_its_own_purpose_and_to_no_other() -> None:
    for code in ("LA.ADOPT", "N.OLDNUMBER"):
        need = REGISTER.scale.of(code, 7)
        found = {one.purpose.code for one in REGISTER.openings.values() if one.open & need}
        assert found == {"ADOPTION_RECORD_ACCESS"}


def test_every_purpose_has_a_law_a_review_and_a_retention() -> None:
    assert len(REGISTER.purposes) == 24
    for purpose in REGISTER.purposes.values():
        assert purpose.law.gateway
        assert purpose.law.article_6
        assert purpose.law.principle
        assert purpose.review
        assert purpose.retention
        assert purpose.consent.rule in CONSENT_RULES


def test_every_condition_is_used_somewhere() -> None:
    used = {
        name for one in REGISTER.openings.values() for way in one.ways for name in way.conditions
    }

    assert set(CONDITIONS) - used == set()


def test_permissions_are_written_and_read_alike() -> None:
    scale = REGISTER.scale
    for opening in REGISTER.openings.values():
        assert scale.read(scale.written(opening.open)) == opening.open
    with pytest.raises(KeyError):
        scale.read(["SC.NONE"])
    with pytest.raises(KeyError):
        scale.read(["SC.SEN:C"])
