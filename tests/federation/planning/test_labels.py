"""Which progressive overrides are on."""

from __future__ import annotations

import pytest

from gateway.federation.planning.labels import active
from tests.federation.planning.conftest import composed

SUPERGRAPH = composed(
    (
        ("a", 'type Query { t: T } type T @key(fields: "id") { id: ID! x: Int y: Int }'),
        (
            "b",
            'type T @key(fields: "id") { id: ID! x: Int @override(from: "a", label: "percent(25)")'
            ' y: Int @override(from: "a", label: "new") }',
        ),
    )
)


@pytest.mark.parametrize(
    ("draw", "others", "on"),
    [
        (0.0, (), {"percent(25)"}),
        (24.9, ("new",), {"percent(25)", "new"}),
        (25.0, (), set()),
        (99.0, ("unknown",), set()),
    ],
)
def test_a_percentage_is_on_below_the_draw_and_others_when_said(
    draw: float, others: tuple[str, ...], on: set[str]
) -> None:
    assert active(SUPERGRAPH, draw, others) == on
