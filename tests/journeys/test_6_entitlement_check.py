"""Journey 6: an entitlement check: yes, no or not found; never an amount."""

import re
from pathlib import Path

SCHEMA = Path(__file__).parents[2] / "schema"


async def test_the_answer_is_a_word(machine, journey) -> None:
    answer = await machine.ask("Entitlement officer", journey("entitlement_check"))

    benefits = answer.data["child"]["benefits"]
    assert benefits["entitlement"]["answer"] in ("YES", "NO", "NOT_FOUND", "NOT_YET_KNOWN")
    assert benefits["workingFamiliesCodes"][0]["eligibilityCode"]
    assert answer.codes["child.benefits.claimChildren"] == "PROHIBITED"


def test_there_is_no_amount_to_ask_for() -> None:
    sdl = (SCHEMA / "benefits.graphql").read_text()

    assert not re.search(r"\b\w*(amount|award|income|earning|pay\b)\w*\s*[:(]", sdl, re.I)


async def test_the_nhs_number_is_no_way_in_for_this_purpose(machine, journey) -> None:
    number = {"nhsNumber": str(machine.child("Poppy").numbers.nhs)}

    answer = await machine.ask(
        "Entitlement officer", journey("entitlement_check"), identifier=number
    )

    assert (answer.data or {}).get("child") is None
