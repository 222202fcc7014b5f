"""The query in README.md, asked as the README says."""

import re
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text()


async def test_the_readmes_query_answers_and_withholds_what_it_says(machine) -> None:
    (query,) = re.findall(r"^```graphql\n(.*?)^```", README, re.M | re.S)

    answer = await machine.ask("EHC coordinator", query)

    assert answer.data["child"]["pupil"]["senProvision"] == "K"
    assert answer.data["child"]["localAuthorityRecords"][0]["ehcCases"][0]["clock"]["next"]["due"]
    assert answer.codes == {
        "child.nhsNumber": "NOT_IN_PURPOSE",
        "child.pupil.freeSchoolMeals": "PROHIBITED",
    }
