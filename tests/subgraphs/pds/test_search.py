"""Who is found by what, and how surely."""

from __future__ import annotations

import pytest

from tests.subgraphs.pds.conftest import JANE, JANET, JAYNE, ROBIN, Asking

BORN = "birthdate=eq2010-10-22"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"family=SMITH&{BORN}", [JANE]),
        (f"family=Smith&given=Jane&gender=female&{BORN}", [JANE]),
        (f"family=Smith&given=Jayne&{BORN}", []),
        (f"family=Smith&gender=male&{BORN}", []),
        ("family=Smith&birthdate=eq2010-10-23", []),
        ("family=Smith&birthdate=ge2010-10-01&birthdate=le2010-10-30", [JANE]),
        ("family=Smith&birthdate=2010-10-22", [JANE]),
        (f"family=Sm*&{BORN}", [JANE, JAYNE, JANET]),
        (f"family=Sm*th&{BORN}", [JANE, JAYNE]),
        (f"family=Smith&{BORN}&address-postalcode=zz16ae", [JANE]),
        (f"family=Smith&{BORN}&address-postalcode=ZZ1*", [JANE]),
        (f"family=Smith&{BORN}&address-postcode=ZZ1+6AE", [JANE]),
        (f"family=Smith&{BORN}&address-postalcode=ZZ9+9ZZ", []),
        (f"family=Smith&{BORN}&address-postalcode=ZZ9+9ZZ&_history=true", [JANE]),
        (f"family=Hopper&{BORN}", []),
        (f"family=Hopper&{BORN}&_history=true", [JANE]),
        (f"family=Smith&{BORN}&email=JANE@EXAMPLE.COM", [JANE]),
        (f"family=Smith&{BORN}&email=other@example.com", []),
        (f"family=Smith&{BORN}&general-practitioner=Y12345", [JANE]),
        (f"family=Smith&{BORN}&death-date=le2020-01-01", []),
        ("family=OHara+Lecki&given=Robin&birthdate=2015-03-01", []),  # ł is a letter of its own
        ("family=O%27Hara*&given=Ro*&birthdate=2015-03-01", [ROBIN]),
        ("family=O%27Hara*&given=An*&birthdate=2015-03-01", []),  # not the first given name
        ("family=O%27Hara*&given=Robin&given=Ann&birthdate=2015-03-01", [ROBIN]),
    ],
)
async def test_a_search_that_is_not_fuzzy_finds_what_agrees_in_everything(
    sandbox: Asking, query: str, expected: list[str]
) -> None:
    assert sorted(await sandbox.found(query)) == sorted(expected)


async def test_a_restricted_patient_is_never_found_by_a_place(sandbox: Asking) -> None:
    assert await sandbox.found(f"family=Smithson&{BORN}") == {JANET: 1.0}

    for place in (
        "address-postalcode=ZZ1+6AE",
        "address-postcode=ZZ1*",
        "general-practitioner=Y12345",
    ):
        assert await sandbox.found(f"family=Smithson&{BORN}&{place}") == {}
        assert await sandbox.found(f"family=Smithson&given=Janet&{BORN}&{place.replace('1*', '1+6AE')}&_fuzzy-match=true") == {}  # fmt: skip


async def test_a_fuzzy_search_hears_names_and_puts_the_best_first(sandbox: Asking) -> None:
    found = await sandbox.found(f"family=Smyth&given=Jane&{BORN}&_fuzzy-match=true")

    assert [*found] == [JANE, JAYNE] or [*found] == [JAYNE, JANE]
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert all(0.85 <= score < 1 for score in found.values())


async def test_a_fuzzy_search_takes_names_the_wrong_way_round_and_former_ones(
    sandbox: Asking,
) -> None:
    swapped = await sandbox.found(f"family=Jane&given=Smith&{BORN}&_fuzzy-match=true")
    former = await sandbox.found(f"family=Hopper&given=Jane&{BORN}&_fuzzy-match=true")

    assert JANE in swapped and swapped[JANE] < 0.95
    assert 0.95 < former[JANE] < 1


async def test_a_fuzzy_search_by_one_name_needs_gender_and_postcode_to_hold(
    sandbox: Asking,
) -> None:
    rest = f"{BORN}&gender=female&_fuzzy-match=true"

    assert JANE in await sandbox.found(f"family=Smith&address-postalcode=ZZ16AE&{rest}")
    assert JANE in await sandbox.found(f"given=Jane&address-postalcode=ZZ16AE&{rest}")
    assert await sandbox.found(f"given=Jane&address-postalcode=ZZ16AF&{rest}") == {}


async def test_a_mismatch_of_practice_lowers_a_fuzzy_score_and_filters_nothing(
    sandbox: Asking,
) -> None:
    query = f"family=Smith&given=Jane&{BORN}&_fuzzy-match=true"

    right = await sandbox.found(f"{query}&general-practitioner=Y12345")
    wrong = await sandbox.found(f"{query}&general-practitioner=A00000")

    assert wrong[JANE] < right[JANE] == 1.0


async def test_an_exact_search_finds_only_what_scores_one(sandbox: Asking) -> None:
    assert await sandbox.found(f"family=Smith&{BORN}&_exact-match=true") == {JANE: 1.0}
    assert await sandbox.found(f"family=Smi*&{BORN}&_exact-match=true") == {}


async def test_a_hit_on_a_former_address_shows_the_present_one_alone(sandbox: Asking) -> None:
    answer = await sandbox(
        f"/Patient?family=Hopper&{BORN}&address-postalcode=ZZ9+9ZZ&_history=true"
    )

    shown = answer.json()["entry"][0]["resource"]
    assert [each["postalCode"] for each in shown["address"]] == ["ZZ1 6AE"]
    assert [each["family"] for each in shown["name"]] == ["Smith"]
    assert "managingOrganization" not in shown
