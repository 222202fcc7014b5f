"""A service as it is told of: what its SDL holds."""

from __future__ import annotations

from pathlib import Path

import strawberry

from gateway.identifiers import Upn
from subgraphs.labels import fact, reads
from subgraphs.schema import Graph
from subgraphs.service import Service, sdl


@strawberry.federation.type(keys=["upn"], description="A pupil.")
class Pupil:
    upn: Upn = fact("SC.ID", about="UPN.")


@strawberry.type
class Query:
    @reads("SC.ID", about="The pupil whom nobody is.")
    def pupil(self) -> Pupil | None:
        return None


def test_the_sdl_holds_what_the_service_adds_and_none_of_federations_machinery() -> None:
    text = sdl(Service("test", Graph(query=Query, types=(Pupil,)), lambda _: lambda: None, Path()))

    assert "@category" in text
    assert 'type Pupil @key(fields: "upn")' in text
    assert not any(
        name in text for name in ("_entities", "_service", "_Any", "_Entity", "_Service")
    )
