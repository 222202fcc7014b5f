"""Young people whom an authority tracks → how many in each state of participation."""

from __future__ import annotations

import strawberry

from subgraphs.counted import counts
from subgraphs.cubes import Cube, meanings
from subgraphs.learners.codes import ActivityStatus

PARTICIPATION = Cube(
    island="learners",
    name="participation_by_status",
    people="""
        select distinct on (p.uln) p.la_code as area, p.activity_status as category, p.uln as person,
            null as institution
        from learners.participation p
        where not exists (select from learners.left_out o where o.uln = p.uln)
        order by p.uln, p.as_at desc, p.source
    """,
    areas="select distinct la_code as area from learners.participation",
    categories=meanings(ActivityStatus),
    of_institutions=False,
)


@strawberry.type
class Counts:
    participation_by_status = counts(
        PARTICIPATION,
        "L.NEET",
        name="ParticipationCounts",
        about="Young people whom the caller's own authority tracks, by what they do.",
    )
