"""Where the stand-in's patients come from."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from subgraphs.pds.outcomes import Code, Refusal
from subgraphs.pds.shown import retrieved
from subgraphs.pds.sounds import plain, soundex
from subgraphs.pds.stubs import Unreadable, from_folder, invented
from subgraphs.population import population
from tests.subgraphs.pds.conftest import JANE, JANET, patient
from tests.subgraphs.pds.published import faults


def test_a_folder_gives_patients_from_files_of_their_own_and_from_search_results(
    tmp_path: Path,
) -> None:
    found = {"resourceType": "Bundle", "entry": [
        {"fullUrl": f"https://x/Patient/{JANE}", "resource": patient(JANE, "Other", "Version")},
        {"fullUrl": f"https://x/Patient/{JANET}", "resource": patient(JANET, "Janet", "Smythe")},
    ]}  # fmt: skip
    relations = {"resourceType": "Bundle", "entry": [
        {"fullUrl": f"https://x/Patient/{JANE}/RelatedPerson/7", "resource": {"resourceType": "RelatedPerson", "id": "7"}},
    ]}  # fmt: skip
    for name, content in (("a", found), ("b", relations), ("z", patient(JANE, "Jane", "Smith"))):
        (tmp_path / f"{name}.json").write_bytes(orjson.dumps(content))

    patients = from_folder(tmp_path)

    assert len(patients) == 2
    assert patients.one(JANE).names[0].family == "SMITH"
    assert [each["id"] for each in patients.related[JANE]] == ["7"]


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")

    with pytest.raises(Unreadable, match=r"broken\.json"):
        from_folder(tmp_path)


def test_the_invented_children_are_as_published_and_a_number_from_before_an_adoption_leads_nowhere() -> (
    None
):
    children = population(60)
    patients = invented(60)

    for child in children:
        if child.numbers.nhs:
            shown = retrieved(patients.one(str(child.numbers.nhs)))
            assert faults("/Patient", shown) == []
        if child.before_adoption and child.before_adoption.nhs:
            with pytest.raises(Refusal) as gone:
                patients.one(str(child.before_adoption.nhs))
            assert gone.value.code is Code.INVALIDATED_RESOURCE
    assert any(child.before_adoption for child in children)


@pytest.mark.parametrize(
    ("name", "sounds"),
    [("Robert", "R163"), ("Rupert", "R163"), ("Ashcraft", "A261"), ("Tymczak", "T522"),
     ("Pfister", "P236"), ("Honeyman", "H555"), ("ATTSÖN", "A325"), ("Lee", "L000"), ("", "")],
)  # fmt: skip
def test_soundex_is_the_american_one(name: str, sounds: str) -> None:
    assert soundex(name) == sounds


def test_names_are_compared_without_accents_case_and_signs() -> None:
    assert plain(" o'Hára-SMITH  ") == "OHARA SMITH"
