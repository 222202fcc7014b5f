from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from gateway.caller import Caller
from gateway.errors import BadRequest, GatewayError, Refused
from gateway.purpose.declared import Declared, declared, opening
from gateway.register import Register

PURPOSE = "EHC_NEEDS_ASSESSMENT"
WITH_CASE = f'{PURPOSE}; case="EHC-2026-0042"'
COORDINATOR = Caller("i", "s", "ehc_coordinator", "301", "LA")
WHY = "Found unconscious, and nobody knows the child"


@pytest.mark.parametrize(
    ("headers", "extensions"),
    [
        ([WITH_CASE], {}),
        ([], {"declaredPurpose": WITH_CASE}),
        ([WITH_CASE], {"declaredPurpose": WITH_CASE}),
        ([f'{PURPOSE};case="EHC-2026-0042"'], {"declaredPurpose": WITH_CASE}),
    ],
)
def test_a_purpose_is_declared_in_the_header_or_the_extensions(
    headers: list[str], extensions: dict[str, Any]
) -> None:
    assert declared(headers, extensions) == Declared(PURPOSE, "EHC-2026-0042")


def test_a_case_is_not_always_needed() -> None:
    assert declared([PURPOSE], {}) == Declared(PURPOSE, None)


@pytest.mark.parametrize(
    ("headers", "extensions"),
    [
        ([PURPOSE, PURPOSE], {}),
        ([f"{PURPOSE}, CP_S47_ENQUIRY"], {}),
        ([f"{PURPOSE}, {PURPOSE}"], {}),
        ([f"({PURPOSE})"], {}),
        ([PURPOSE], {"declaredPurpose": "CP_S47_ENQUIRY"}),
        ([PURPOSE], {"declaredPurpose": WITH_CASE}),
        ([PURPOSE], {"declaredPurpose": None}),
        ([], {"declaredPurpose": [PURPOSE]}),
        ([], {"declaredPurpose": {"code": PURPOSE}}),
        ([], {"declaredPurpose": ""}),
        ([""], {}),
        ([f'"{PURPOSE}"'], {}),
        ([f"{PURPOSE}; case=EHC"], {}),
        ([f"{PURPOSE}; case=1"], {}),
        ([f"{PURPOSE}; case"], {}),
        ([f'{PURPOSE}; case=""'], {}),
        ([f'{PURPOSE}; case="a"; case="b"'], {}),
        ([f'{PURPOSE}; case="{"a" * 65}"'], {}),
        ([f'{PURPOSE}; role="dpo"'], {}),
        ([f"{PURPOSE} "], {}),
        ([], {"declaredPurpose": f" {PURPOSE}"}),
        ([f"{PURPOSE}\u200b"], {}),
        (["ЕHC_NEEDS_ASSESSMENT"], {}),
        (["A" * 600], {}),
    ],
)
def test_what_is_not_one_readable_purpose_is_refused(
    headers: list[str], extensions: dict[str, Any]
) -> None:
    with pytest.raises(BadRequest) as raised:
        declared(headers, extensions)

    assert raised.value.code == "PURPOSE_UNREADABLE"


def test_without_a_purpose_there_is_no_answer() -> None:
    with pytest.raises(Refused) as raised:
        declared([], {})

    assert raised.value.code == "PURPOSE_REQUIRED"


@pytest.mark.parametrize("written", ["send", "NOTHING", "ehc_needs_assessment", PURPOSE + "_"])
def test_a_code_that_is_not_a_leaf_of_the_register_is_unknown(
    register: Register, written: str
) -> None:
    assert refusal(declared([written], {}), COORDINATOR, register).code == "PURPOSE_UNKNOWN"


def test_role_organisation_and_token_each_limit_what_may_be_declared(register: Register) -> None:
    mine = Declared(PURPOSE)
    limited = replace(COORDINATOR, purposes=frozenset({"EHC_PLAN_REVIEW"}))

    assert (
        refusal(mine, replace(COORDINATOR, role="analyst"), register).code == "PURPOSE_NOT_FOR_ROLE"
    )
    assert (
        refusal(mine, replace(COORDINATOR, organisation_kind="POLICE"), register).code
        == "PURPOSE_NOT_FOR_ORGANISATION"
    )
    assert refusal(mine, limited, register).code == "PURPOSE_NOT_IN_TOKEN"
    assert (
        refusal(mine, replace(limited, purposes=frozenset()), register).code
        == "PURPOSE_NOT_IN_TOKEN"
    )
    assert (
        opening(mine, replace(limited, purposes=frozenset({PURPOSE})), register).role
        == "ehc_coordinator"
    )


def test_planning_is_refused_by_the_name_of_the_switch_that_is_off(register: Register) -> None:
    analyst = replace(COORDINATOR, role="analyst")

    refused = refusal(Declared("LOCAL_SERVICE_PLANNING"), analyst, register)

    assert refused.code == "USE_NOT_SWITCHED_ON"
    assert "`universal_plus`" in refused.message


def refusal(found: Declared, caller: Caller, register: Register) -> GatewayError:
    with pytest.raises(Refused) as raised:
        opening(found, caller, register)
    return raised.value


@pytest.mark.parametrize(
    ("purpose", "role", "kind", "ground", "code"),
    [
        ("DIRECT_HEALTH_CARE", "clinician", "NHS_TRUST", "public_interest", None),
        ("DIRECT_HEALTH_CARE", "clinician", "NHS_TRUST", "hurry", "EMERGENCY_GROUND_UNKNOWN"),
        (PURPOSE, "ehc_coordinator", "LA", "law", "EMERGENCY_NOT_FOR_PURPOSE"),
        ("CP_S47_ENQUIRY", "social_worker", "LA", "law", None),
        ("CP_S47_ENQUIRY", "analyst", "LA", "law", "PURPOSE_NOT_FOR_ROLE"),
    ],
)
def test_an_emergency_has_a_ground_a_purpose_that_knows_it_and_a_practitioner(
    register: Register, purpose: str, role: str, kind: str, ground: str, code: str | None
) -> None:
    found = declared([f'{purpose}; case="c"; emergency={ground}; because="{WHY}"'], {})
    caller = Caller("i", "s", role, "o", kind, proved_at=int(time.time()))

    assert found == Declared(purpose, "c", ground, WHY)
    if code is None:
        assert opening(found, caller, register).purpose.code == purpose
    else:
        assert refusal(found, caller, register).code == code


@pytest.mark.parametrize(
    "written",
    ['A; emergency="law"', "A; emergency", "A; emergency=law; emergency=consent", "A; emergency=7"],
)
def test_an_emergency_is_one_token(written: str) -> None:
    with pytest.raises(BadRequest):
        declared([written], {})


@pytest.mark.parametrize(
    ("written", "proved", "code"),
    [
        (f'emergency=law; because="{WHY}"', 0, None),
        (f'emergency=law; because="{WHY}"', 14 * 60, None),
        (f'emergency=law; because="{WHY}"', 16 * 60, "EMERGENCY_NEEDS_FRESH_PROOF"),
        (f'emergency=law; because="{WHY}"', -60, "EMERGENCY_NEEDS_FRESH_PROOF"),
        (f'emergency=law; because="{WHY}"', None, "EMERGENCY_NEEDS_FRESH_PROOF"),
        ("emergency=law", 0, "EMERGENCY_WITHOUT_REASON"),
        (f'emergency=hurry; because="{WHY}"', 0, "EMERGENCY_GROUND_UNKNOWN"),
    ],
)
def test_an_emergency_needs_a_reason_in_words_and_somebody_who_has_just_shown_who_they_are(
    register: Register, written: str, proved: int | None, code: str | None
) -> None:
    at = None if proved is None else int(time.time()) - proved
    caller = Caller("i", "s", "clinician", "RQX", "NHS_TRUST", proved_at=at)
    found = declared([f"DIRECT_HEALTH_CARE; {written}"], {})

    if code is None:
        assert opening(found, caller, register).purpose.code == "DIRECT_HEALTH_CARE"
    else:
        assert refusal(found, caller, register).code == code


def test_a_purpose_that_is_an_emergency_by_itself_needs_no_less(register: Register) -> None:
    code = "EMERGENCY_BREAK_GLASS"
    (role, kind) = next(who[1:] for who in register.openings if who[0] == code)
    fresh = Caller("i", "s", role, "o", kind, proved_at=int(time.time()))
    whole = f'{code}; emergency=law; because="{WHY}"'

    assert opening(declared([whole], {}), fresh, register).purpose.code == code
    for written, caller, why in (
        (code, fresh, "EMERGENCY_GROUND_UNKNOWN"),
        (f"{code}; emergency=law", fresh, "EMERGENCY_WITHOUT_REASON"),
        (whole, replace(fresh, proved_at=None), "EMERGENCY_NEEDS_FRESH_PROOF"),
    ):
        assert refusal(declared([written], {}), caller, register).code == why


@pytest.mark.parametrize("words", ["short", " " * 20, "x" * 241])
def test_a_reason_is_a_sentence(words: str) -> None:
    with pytest.raises(BadRequest):
        declared([f'A; emergency=law; because="{words}"'], {})


def test_nobody_reads_a_reason_in_a_log() -> None:
    assert WHY not in repr(declared([f'A; emergency=law; because="{WHY}"'], {}))
