"""Attacks D on counts: telling one child from two tables, or from one (trust.md §7, 58 and 59), over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from graphql import FieldDefinitionNode

from gateway.federation.supergraph import Supergraph
from gateway.federation.supergraph import load as load_supergraph
from gateway.purpose.labels import compiled
from gateway.register import Register
from gateway.register.bits import COUNTS
from subgraphs.disclosure import FEW
from subgraphs.menu import MENU, count_all
from subgraphs.population import AUTHORITIES
from subgraphs.population.county import COUNTY
from tests.journeys.conftest import Machine

ANALYST = "Planning analyst"
PLANNING = ("LOCAL_SERVICE_PLANNING", "NATIONAL_POLICY_ANALYSIS")
NUMBERS = {"NHSNumber", "UPN", "ULN", "NINO", "ChildBenefitNumber", "LAChildID"}
FIELDS = ("ehcPlansByPrimaryNeed", "senSupportByYearGroup", "participationByStatus")
QUERY = " ".join(f"{one} {{ month total rows {{ category people }} }}" for one in FIELDS)
STAR = "*"


@pytest.fixture(scope="module")
def supergraph() -> Supergraph:
    return load_supergraph(Path("schema/supergraph.graphql").read_text())


@pytest.fixture
async def islands(machine: Machine) -> AsyncIterator[asyncpg.Connection]:
    """The islands' own records, as their custodians keep them."""
    connection = await asyncpg.connect(machine.demo.database)
    yield connection
    await connection.close()


async def told(machine: Machine, area: str = COUNTY) -> Mapping[str, Any]:
    """Everything that an analyst of the area is told, over HTTP."""
    person = replace(machine.people[ANALYST], organisation=area)
    answer = await machine.ask(person, f"{{ {QUERY} }}")
    assert answer.codes == {}
    return dict(answer.data)


async def truth(islands: asyncpg.Connection, area: str) -> Mapping[str, Mapping[str, int]]:
    """What is so, by field and category."""
    found = {}
    for cube, name in zip(MENU, FIELDS, strict=True):
        rows = await islands.fetch(
            f"select category, count(*) as people from ({cube.people}) all_of_them"
            " where area = $1 group by category",
            area,
        )
        found[name] = {row["category"]: row["people"] for row in rows}
    return found


def test_58_a_table_takes_a_month_and_no_other_predicate(supergraph: Supergraph) -> None:
    root = supergraph.types["Query"].fields

    assert {name for name in root if root[name].type.name.endswith("Counts")} == set(FIELDS)
    for name in FIELDS:
        node = root[name].node
        assert isinstance(node, FieldDefinitionNode)
        assert [argument.name.value for argument in node.arguments or ()] == ["month"]


@pytest.mark.parametrize(
    "asked",
    ['(area: "838")', '(urn: "990000")', '(but: "E838994819999")', '(from: "2026-11-01")'],
)
async def test_58_a_school_a_day_or_a_child_cannot_be_left_out(
    machine: Machine, asked: str
) -> None:
    answer = await machine.ask(ANALYST, f"{{ senSupportByYearGroup{asked} {{ total }} }}")

    assert "data" not in answer.body
    assert answer.body["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_58_one_child_more_or_less_changes_nothing_until_the_next_month(
    machine: Machine, islands: asyncpg.Connection
) -> None:
    before = await told(machine)
    everyone = await truth(islands, COUNTY)

    await islands.execute(
        "update learners.participation set activity_status = 'NEET_AVAILABLE' where uln ="
        " (select max(uln) from learners.participation where la_code = $1 and activity_status = 'IN_LEARNING')",
        COUNTY,
    )
    await islands.execute(
        "delete from schools.pupil where upn = (select max(p.upn) from schools.pupil p"
        " join schools.school s using (urn) where s.la_code = $1 and p.sen_provision = 'K')",
        COUNTY,
    )
    async for _, now in count_all(islands, datetime.now(UTC).date()):
        assert not now, "the month is not counted again"

    assert await truth(islands, COUNTY) != everyone
    assert await told(machine) == before


@pytest.mark.parametrize("day", (1, 15, 28))
async def test_58_every_day_of_a_month_is_the_same_month(machine: Machine, day: int) -> None:
    month = datetime.now(UTC).date().replace(day=day).isoformat()
    query = f'{{ senSupportByYearGroup(month: "{month}") {{ month total rows {{ category people }} }} }}'

    answer = await machine.ask(ANALYST, query)

    assert answer.data["senSupportByYearGroup"] == (await told(machine))["senSupportByYearGroup"]


async def test_59_one_to_seven_is_never_told_whatever_the_area(
    machine: Machine, islands: asyncpg.Connection
) -> None:
    starred = 0
    for area in (COUNTY, *(str(one.code) for one in AUTHORITIES)):
        so = await truth(islands, area)
        for name, table in (await told(machine, area)).items():
            for row in table["rows"]:
                people = so[name].get(row["category"], 0)
                starred += row["people"] == STAR
                if area != COUNTY:  # its rows were changed above, after they were counted
                    assert row["people"] == STAR or not 1 <= people <= FEW
                assert row["people"] == STAR or int(row["people"]) % 5 == 0
    assert starred > 10


async def test_59_the_total_less_the_rows_leaves_a_star_anywhere_from_one_to_seven(
    machine: Machine,
) -> None:
    looked = 0
    for table in (await told(machine)).values():
        cells = [row["people"] for row in table["rows"]]
        shown = [int(one) for one in cells if one not in (STAR, "0")]
        others = cells.count(STAR) - 1
        if table["total"] == STAR or others < 0:
            continue
        looked += 1
        total = int(table["total"])
        at_least = total - 2 - sum(one + 2 for one in shown) - FEW * others
        at_most = total + 2 - sum(max(FEW + 1, one - 2) for one in shown) - others
        assert at_least <= 1 and at_most >= FEW
    assert looked >= 2


def test_59_nothing_but_counts_is_told_so_there_is_no_percentage_of_a_few(
    supergraph: Supergraph,
) -> None:
    kinds = [
        field.type.name
        for name, one in supergraph.types.items()
        if name.removesuffix("Row").endswith("Counts")
        for field in one.fields.values()
    ]

    assert kinds and not {"Float", "Int"} & set(kinds)


@pytest.mark.parametrize("purpose", PLANNING)
def test_planning_reaches_no_identifier_by_any_field_and_nothing_of_a_person_but_counts(
    register: Register, supergraph: Supergraph, purpose: str
) -> None:
    labels = compiled(supergraph, register)
    counts = sum(register.scale.of(code, COUNTS) for code in register.categories)
    identifiers = [code for code, one in register.categories.items() if one.identifier]
    mine = [one for one in register.openings.values() if one.purpose.code == purpose]

    assert mine
    for opening in mine:
        assert not opening.open & ~counts
        assert not set(identifiers) & set(register.scale.categories(opening.open))
        for (owner, name), labelled in labels.fields.items():
            field = supergraph.types[owner].fields[name]
            if opening.permits(labelled.label.need) and not labelled.label.leads:
                assert field.type.name not in NUMBERS, f"{owner}.{name}"
