"""One pupil on two schools' rolls, the main and the other: one UPN, each school its own pupil, both to whoever may see."""

from __future__ import annotations

from dataclasses import replace

import asyncpg
import pytest

from gateway.demo import Person
from subgraphs.population import SCHOOLS, Child
from tests.journeys.conftest import Machine

ROLL = "query ($urn: URN!) { roll(urn: $urn) { uniquePupilNumber } }"
PUPIL = "query ($upn: UPN!) { pupil(upn: $upn) { uniquePupilNumber } }"
BOTH = """
query ($identifier: IdentifierInput!) { child(identifier: $identifier) { pupil {
  uniquePupilNumber school { urn } enrolments { status onRoll school { urn } }
} } }
"""


def staff(urn: str) -> Person:
    return Person(f"staff of {urn}", f"senco-{urn}", "senco", urn, "SCHOOL_TRANSFER", "", {})


@pytest.fixture
async def dual(machine: Machine, records: asyncpg.Connection) -> tuple[Child, str, str]:
    """Kai, who goes to a unit on some days; the URNs of the main school and of the unit."""
    kai = machine.child("Kai")
    assert kai.school is not None
    main = str(kai.school.urn)
    other = next(str(one.urn) for one in SCHOOLS if str(one.urn) != main)
    await records.execute("delete from schools.pupil where source = 'unit'")
    await records.execute("update schools.pupil set enrol_status = 'M' where upn = $1 and urn = $2", str(kai.numbers.upn), main)  # fmt: skip
    await records.execute(
        "create temporary table unit as select * from schools.pupil where upn = $1 and urn = $2 order by as_at desc limit 1",
        str(kai.numbers.upn),
        main,
    )
    # Its return sorts before the main school's: only what it says of the enrolment tells them apart.
    await records.execute("update unit set source = 'unit', record = '0', urn = $1, enrol_status = 'S', entry_date = as_at - 30", other)  # fmt: skip
    await records.execute("insert into schools.pupil select * from unit")
    await records.execute("drop table unit")
    return kai, main, other


async def test_each_school_has_the_pupil_on_its_own_roll(
    machine: Machine, dual: tuple[Child, str, str]
) -> None:
    kai, main, other = dual
    upn = str(kai.numbers.upn)
    third = next(str(one.urn) for one in SCHOOLS if str(one.urn) not in (main, other))

    for urn, there in ((main, True), (other, True), (third, False)):
        roll = await machine.ask(staff(urn), ROLL, variables={"urn": urn})
        pupil = await machine.ask(staff(urn), PUPIL, variables={"upn": upn})

        assert ({"uniquePupilNumber": upn} in roll.data["roll"]) is there, (urn, roll.codes)
        assert (pupil.data["pupil"] is not None) is there, (urn, pupil.codes)


async def test_whoever_may_see_the_pupil_sees_both_and_which_is_the_main_one(
    machine: Machine, dual: tuple[Child, str, str]
) -> None:
    kai, main, other = dual

    answer = await machine.ask("EHC coordinator", BOTH)

    pupil = answer.data["child"]["pupil"]
    assert pupil["uniquePupilNumber"] == str(kai.numbers.upn)
    assert pupil["school"] == {"urn": main}
    now = {one["school"]["urn"]: one["status"] for one in pupil["enrolments"] if one["onRoll"]}
    assert now == {main: "M", other: "S"}


async def test_who_has_moved_on_is_on_the_new_roll_alone(
    machine: Machine, records: asyncpg.Connection, dual: tuple[Child, str, str]
) -> None:
    kai, main, other = dual
    await records.execute("update schools.pupil set enrol_status = 'C', as_at = as_at + 1 where source = 'unit'")  # fmt: skip
    await records.execute("update schools.pupil set enrol_status = 'C' where upn = $1 and urn = $2", str(kai.numbers.upn), main)  # fmt: skip

    before = await machine.ask(staff(main), PUPIL, variables={"upn": str(kai.numbers.upn)})
    now = await machine.ask(replace(staff(other)), PUPIL, variables={"upn": str(kai.numbers.upn)})
    await records.execute("delete from schools.pupil where source = 'unit'")

    assert before.data["pupil"] is None
    assert now.data["pupil"] is not None
