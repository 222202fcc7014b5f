"""A process that is killed under load has released nothing that is not on the record."""

from tests.benchmarks.kills import kills


async def test_three_kills_lose_nothing_that_was_released(place) -> None:
    outcome = await kills(place.owner, 3)

    assert outcome.released > 0
    assert outcome.unrecorded == 0
    assert outcome.kept >= outcome.released
