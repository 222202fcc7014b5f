"""How the service is asked, and what each of its answers is taken for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from time import monotonic
from typing import Any

import asyncpg
import pytest

from gateway.identifiers import NhsNumber
from gateway.listening import listening
from subgraphs.link.tracing.application import Application, new_application
from subgraphs.link.tracing.pace import Shared, Unshared
from subgraphs.link.tracing.pds import Failed, Found, Gone, Nobody, Pds, Several
from subgraphs.pds.access import Access
from subgraphs.pds.app import TOKEN_PATH, Pace, Service
from tests.subgraphs.link.tracing.conftest import FAST, people
from tests.subgraphs.link.tracing.nhs import (
    ANNE,
    BEN,
    LOST,
    OLD_BEN,
    Scripted,
    outcome,
    resource,
    searchset,
)

BY_NAME = (("family", "Archer"), ("birthdate", "eq2012-05-06"))
Answers = list[tuple[int, Any, dict[str, str]]]
Asked = Callable[[Answers], AbstractAsyncContextManager[tuple[Pds, Scripted]]]


@pytest.fixture
def scripted() -> Asked:
    """A service that answers as told, and a client of it."""

    @asynccontextmanager
    async def serving(answers: Answers) -> AsyncIterator[tuple[Pds, Scripted]]:
        service = Scripted(answers)
        async with listening(service.app()) as url:
            yield Pds(url, pace=Unshared(FAST), pause=0.01), service

    return serving


@pytest.fixture(scope="module")
def application() -> Application:
    return new_application("app", 2048)


async def test_one_person_is_found_with_score_and_version(nhs: Pds) -> None:
    searched = await nhs.search(BY_NAME)
    retrieved = await nhs.retrieve(NhsNumber.parse(ANNE))

    assert isinstance(searched, Found) and isinstance(retrieved, Found)
    assert (str(searched.person.number), searched.score) == (ANNE, 1.0)
    assert retrieved.person.version == "1"
    assert retrieved.person.addresses[0].postcode == "LS1 1AA"


async def test_a_superseded_number_gives_the_record_in_force_and_an_invalidated_one_nothing(
    nhs: Pds,
) -> None:
    superseded = await nhs.retrieve(NhsNumber.parse(OLD_BEN))

    assert isinstance(superseded, Found) and str(superseded.person.number) == BEN
    assert await nhs.retrieve(NhsNumber.parse(LOST)) == Gone()
    assert await nhs.retrieve(NhsNumber.parse("9111231130")) == Nobody()


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, searchset(), Nobody()),
        (200, outcome("TOO_MANY_MATCHES"), Several()),
        (200, searchset((resource(ANNE, "A", "A", level="V"), 1.0)), Nobody()),
        (200, searchset((resource("9000000000", "A", "A"), 1.0)), Failed("UNREADABLE")),
        (200, ["?"], Failed("UNREADABLE")),
        (200, {"resourceType": "OperationOutcome", "issue": [{}]}, Failed("HTTP_200")),
        (400, outcome("INVALID_SEARCH_DATA"), Failed("INVALID_SEARCH_DATA")),
        (403, outcome("INVALID_VALUE"), Failed("INVALID_VALUE")),
        (302, {}, Failed("HTTP_302")),
    ],
)
async def test_every_answer_to_a_search_is_a_value(
    scripted: Asked, status: int, body: Any, expected: object
) -> None:
    async with scripted([(status, body, {"Location": "http://127.0.0.1:9/"})]) as (pds, service):
        assert await pds.search(BY_NAME) == expected
        assert len(service.asked) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_what_passes_is_asked_again_under_the_same_id(scripted: Asked, status: int) -> None:
    answers: Answers = [(status, outcome("X"), {})] * 2 + [(200, searchset(), {})]

    async with scripted(answers) as (pds, service):
        assert await pds.search(BY_NAME) == Nobody()

    assert len(service.asked) == 3
    assert len({headers["x-request-id"] for _path, headers in service.asked}) == 1


async def test_what_does_not_pass_is_given_up_with_its_code(scripted: Asked) -> None:
    async with scripted([(503, outcome("UNABLE_TO_CALL_SERVICE"), {})]) as (pds, service):
        assert await pds.search(BY_NAME) == Failed("UNABLE_TO_CALL_SERVICE")
        assert len(service.asked) == 4


async def test_a_time_to_wait_is_kept_to(scripted: Asked) -> None:
    answers: Answers = [(429, outcome("TOO_MANY_REQUESTS"), {"Retry-After": "1"})]

    async with scripted([*answers, (200, searchset(), {})]) as (pds, _service):
        began = monotonic()
        await pds.search(BY_NAME)

    assert monotonic() - began >= 1


async def test_a_service_that_cannot_be_reached_is_a_failure_and_not_nobody() -> None:
    pds = Pds("http://127.0.0.1:9", pace=Unshared(FAST), pause=0.001)

    assert await pds.search(BY_NAME) == Failed("UNREACHABLE")


async def test_an_application_signs_for_a_token_once_and_asks_with_it(
    application: Application,
) -> None:
    access = Access({"app": application.public_key()})
    async with listening(Service(people(), access, Pace(0)).app()) as url:
        access.audience = url + TOKEN_PATH
        pds = Pds(url, application, Unshared(FAST), pause=0.01)

        answers = [await pds.search(BY_NAME) for _ in range(3)]

    assert all(isinstance(each, Found) for each in answers)
    assert len(access.tokens) == 1


async def test_a_token_that_is_refused_is_renewed_once(
    scripted: Asked, application: Application
) -> None:
    refused = (401, outcome("ACCESS_DENIED"), {})

    async with scripted([refused, (200, searchset(), {})]) as (pds, service):
        pds.application = application
        assert await pds.search(BY_NAME) == Nobody()
    async with scripted([refused]) as (pds, never):
        pds.application = application
        assert await pds.search(BY_NAME) == Failed("ACCESS_DENIED")

    assert [headers["authorization"] for _path, headers in service.asked] == ["Bearer t1", "Bearer t2"]  # fmt: skip
    assert (len(never.asked), never.tokens) == (2, 2)


async def test_a_stranger_is_given_no_token(application: Application) -> None:
    access = Access({"app": new_application("app", 2048).public_key()})
    async with listening(Service(people(), access, Pace(0)).app()) as url:
        access.audience = url + TOKEN_PATH

        assert await Pds(url, application, Unshared(FAST)).search(BY_NAME) == Failed("NO_TOKEN")


async def test_turns_come_at_the_rate_from_one_process_and_from_several(
    connections: asyncpg.Pool,
) -> None:
    for paces in ([Unshared(50)], [Shared(connections, "app", 50), Shared(connections, "app", 50)]):
        began = monotonic()
        for turn in range(6):
            await paces[turn % len(paces)].turn()

        assert 0.09 < monotonic() - began < 2


async def test_neither_a_person_nor_a_failure_shows_who_it_is_about(nhs: Pds) -> None:
    answer = await nhs.search(BY_NAME)

    assert ANNE not in repr(answer) and "Archer" not in repr(answer)


@pytest.mark.parametrize("url", ["http://api.example", "ftp://x", "file:///etc/passwd", ""])
def test_particulars_do_not_go_over_the_network_in_clear(url: str) -> None:
    with pytest.raises(ValueError, match="must begin with https"):
        Pds(url)
