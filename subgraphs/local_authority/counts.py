"""Children with an EHC plan in force → how many of each primary need, by the authority that keeps the plan."""

from __future__ import annotations

import strawberry

from subgraphs.counted import counts
from subgraphs.cubes import Cube, meanings
from subgraphs.local_authority.codes.send import EhcNeedType

EHC_PLANS = Cube(
    island="local_authority",
    name="ehc_plans_by_primary_need",
    people="""
        select distinct on (c.la_code, c.local_child_id) c.la_code as area, n.sen_type as category,
            c.local_child_id as person, coalesce(p.urn, p.ukprn, 'none') as institution
        from local_authority.ehc_case c
        left join local_authority.ehc_need n on n.case_ref = c.case_ref and n.sen_type_rank = 1
        left join local_authority.ehc_placement p on p.case_ref = c.case_ref and p.leaving_date is null
        where c.start_date is not null and c.cease_date is null and not exists (
            select from local_authority.left_out o
            where o.la_code = c.la_code and o.local_child_id = c.local_child_id
        )
        order by c.la_code, c.local_child_id, c.start_date desc, p.placement_rank, n.recorded_on desc
    """,
    areas="select distinct la_code as area from local_authority.child",
    categories=meanings(EhcNeedType, but=("OTH",)),
    of_institutions=True,
)


@strawberry.type
class Counts:
    ehc_plans_by_primary_need = counts(
        EHC_PLANS,
        "LA.SENDPROC",
        name="EhcPlanCounts",
        about="Children with an EHC plan of the caller's own authority, by primary need.",
    )
