"""Pupils on a roll with SEN support → how many in each year group, by the authority that the school is in.

Pupils with an EHC plan are not among them: the authority counts those itself, and nobody stands in both tables.
"""

from __future__ import annotations

import strawberry

from subgraphs.counted import counts
from subgraphs.cubes import Cube, meanings
from subgraphs.schools.codes import YearGroup

SEN_SUPPORT = Cube(
    island="schools",
    name="sen_support_by_year_group",
    people="""
        select s.la_code as area, p.nc_year_actual as category, p.upn as person, p.urn as institution
        from schools.current_pupil p join schools.school s on s.urn = p.urn
        where p.on_roll and p.sen_provision = 'K'
            and not exists (select from schools.left_out o where o.upn = p.upn)
    """,
    areas="select distinct la_code as area from schools.school where la_code is not null",
    categories=meanings(YearGroup, but=("E1", "E2", "N1", "N2", "M", "X")),
    of_institutions=True,
)


@strawberry.type
class Counts:
    sen_support_by_year_group = counts(
        SEN_SUPPORT,
        "SC.SEN",
        "SC.ENROL",
        name="SenSupportCounts",
        about="Pupils with SEN support in schools of the caller's own authority, by year group.",
    )
