"""While keys are rotated under a link node that runs, every answer is the one that it was, and what is written is found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from gateway.assertion import HEADER, Assertion, Signer, new_key, public_keys
from gateway.register import Register
from subgraphs.link import SERVICE, load_population, rotation
from subgraphs.link.islands import ISLANDS, Island
from subgraphs.link.keyed import numbers_turned
from subgraphs.link.keys import NAME, NUMBERS, ring_in
from subgraphs.link.rotation import Rotation
from subgraphs.population import Child, Numbers, population
from subgraphs.population.numbers import upn
from subgraphs.service import Trust, opened
from tests.subgraphs.conftest import TODAY

Ask = Callable[..., Awaitable[dict[str, Any]]]

CHILDREN = """
query ($identifiers: [IdentifierInput!]!) {
  children(identifiers: $identifiers) { id identity { status } pupil { upn } learner { uln } localAuthorityRecords { localChildId } }
}
"""
CROSSINGS = (
    'query ($keys: [String!]!) { crossings(island: "schools", keys: $keys) { subject open } }'
)
SUBJECTS = "query ($island: String!, $keys: [String!]!) { subjects(island: $island, keys: $keys) }"
CROSSED = "query ($island: String!, $keys: [String!]!) { crossings(island: $island, keys: $keys) { subject open } }"
ENTITIES = """
query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on Pupil { child { id } } ... on LocalAuthorityChild { child { id } }
    ... on Learner { child { id } } ... on BenefitsRecord { child { id } }
    ... on Child { identity { status } islands { island presence } localAuthorityRecords { localChildId } }
  }
}
"""
NUMBERS_THEMSELVES = """
query ($identifiers: [IdentifierInput!]!) { children(identifiers: $identifiers) { nhsNumber identity { status } } }
"""
RENEW = """
mutation ($child: IdentifierInput!, $upn: UPN!) { renewUpn(child: $child, upn: $upn) { status } }
"""


@pytest.fixture(scope="module")
def children() -> tuple[Child, ...]:
    return population(60, today=TODAY)


@pytest.fixture
async def ask(
    own_url: str,
    links: asyncpg.Pool,
    tmp_path: Path,
    register: Register,
    children: tuple[Child, ...],
) -> AsyncIterator[Ask]:
    """A link node with children of its own, asked by coordinators of 838 unless told otherwise."""
    connection = await asyncpg.connect(own_url)
    await load_population(connection, children, tmp_path)
    await connection.close()
    key = new_key("test")
    signer, trust = Signer(key), Trust(public_keys([key]), register)
    async with opened(SERVICE, (own_url, tmp_path), trust, synthetic=True) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://link.test") as client:

            async def asked(
                query: str,
                who: tuple[str, str] = ("EHC_NEEDS_ASSESSMENT", "ehc_coordinator"),
                **variables: Any,
            ) -> dict[str, Any]:
                body = orjson.dumps({"query": query, "variables": variables})
                headers = {HEADER: signer.sign(_assertion(register, who), "link", body)}
                answer = await client.post("/graphql", content=body, headers=headers)
                read: dict[str, Any] = answer.json()
                return read

            yield asked


def _assertion(register: Register, who: tuple[str, str]) -> Assertion:
    purpose, role = who
    opening = register.opening(purpose, role, "LA")
    return Assertion(
        purpose=purpose, role=role, organisation="838", organisation_kind="LA", actor="tester",
        register=register.digest, request="request", categories=register.scale.written(opening.open),
    )  # fmt: skip


async def test_every_answer_stays_what_it_was_while_keys_change_under_it(
    ask: Ask,
    links: asyncpg.Pool,
    tmp_path: Path,
    children: tuple[Child, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 3)
    known = [{"upn": str(child.numbers.upn)} for child in children if child.numbers.upn]
    known += [{"nhsNumber": str(child.numbers.nhs)} for child in children if child.numbers.nhs]
    known += [{"upn": "B801200005001"}]
    keys = [orjson.dumps(one).decode() for one in known if "upn" in one]
    before = [await ask(CHILDREN, identifiers=known[:99]), await ask(CROSSINGS, keys=keys)]
    assert sum(child is not None for child in before[0]["data"]["children"]) > 2

    rotating = asyncio.create_task(Rotation(links, numbers_turned(ring_in(tmp_path))).run())
    rounds = 0
    while not rotating.done():
        assert [
            await ask(CHILDREN, identifiers=known[:99]),
            await ask(CROSSINGS, keys=keys),
        ] == before
        rounds += 1

    assert rounds > 5, "it was asked while they were rotated"
    assert sum((await rotating).values()) > 100
    assert [await ask(CHILDREN, identifiers=known[:99]), await ask(CROSSINGS, keys=keys)] == before


OFFICER = ("IDENTIFIER_TRACE", "identity_officer")
TYPES = {"schools": "Pupil", "local_authority": "LocalAuthorityChild", "learners": "Learner", "benefits": "BenefitsRecord"}  # fmt: skip


async def test_paused_half_way_in_every_kind_every_read_answers_as_before(
    ask: Ask,
    links: asyncpg.Pool,
    tmp_path: Path,
    children: tuple[Child, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 2)
    await _one_number_of_two(links)
    before = await _every_read(ask, children)
    assert min(len(one) for one in before["found"].values()) > 5

    for kind in NUMBERS:
        with pytest.raises(InterruptedError):
            await Rotation(links, numbers_turned(ring_in(tmp_path)), _at_the_half).run([kind])
    half = await links.fetch(
        "select kind, get_byte(cipher, 0) as version, count(*) as rows from link.identifier group by 1, 2"
    )
    assert {(row["kind"], row["version"]) for row in half} == {(kind, v) for kind in NUMBERS for v in (1, 2)}  # fmt: skip

    assert await _every_read(ask, children) == before
    await Rotation(links, numbers_turned(ring_in(tmp_path))).run()
    assert await _every_read(ask, children) == before


def _at_the_half(_kind: str, moved: int, of: int) -> None:
    if moved >= of // 2:
        raise InterruptedError


async def _one_number_of_two(links: asyncpg.Pool) -> None:
    """The last ULN to be moved is another child's too: it leads to neither, under whichever key."""
    await links.execute("""
        insert into link.identifier (kind, index, child, cipher, provenance)
        select i.kind, i.index, (select min(o.child::text)::uuid from link.identifier o where o.kind = 'ULN' and o.child <> i.child),
            i.cipher, i.provenance
        from (select * from link.identifier where kind = 'ULN' order by index desc limit 1) i
    """)


async def _every_read(ask: Ask, children: tuple[Child, ...]) -> dict[str, Any]:
    """By number of each kind, by id, by entity, across each way, for the record, and of the number itself."""
    keys = {island.name: _keys(island, children) for island in ISLANDS.values()}
    numbers = [one for child in children for one in _identifiers(child)]
    some = [numbers[at : at + 99] for at in range(0, len(numbers), 99)]
    by_number = [await ask(CHILDREN, identifiers=one) for one in some]
    ids = [one["id"] for answer in by_number for one in answer["data"]["children"] if one]
    found = {
        name: [one for one in (await ask(SUBJECTS, island=name, keys=some))["data"]["subjects"] if one]
        for name, some in keys.items()
    }  # fmt: skip
    entities = [
        {"__typename": TYPES[name], **orjson.loads(key)} for name, some in keys.items() for key in some
    ] + [{"__typename": "Child", "id": one} for one in ids]  # fmt: skip
    return {
        "by number": by_number,
        "by id": await ask(CHILDREN, identifiers=[{"id": one} for one in ids[:99]]),
        "found": found,
        "subjects": [await ask(SUBJECTS, island=name, keys=some) for name, some in keys.items()],
        "crossings": [await ask(CROSSED, island=name, keys=some) for name, some in keys.items()],
        "entities": await ask(ENTITIES, representations=entities),
        "numbers": [await ask(NUMBERS_THEMSELVES, OFFICER, identifiers=one) for one in some],
    }


def _keys(island: Island, children: tuple[Child, ...]) -> list[str]:
    """Of every child that the island knows, those before an adoption too."""
    texts = [
        text
        for child in children
        for numbers in (child.numbers, child.before_adoption)
        if numbers
        for text in _texts(numbers)[island.name]
    ]
    return [orjson.dumps(island.key_of(text)).decode() for text in texts]


def _texts(numbers: Numbers) -> dict[str, list[str]]:
    return {
        "local_authority": [str(one) for one in numbers.local_authority],
        "schools": [str(numbers.upn)] if numbers.upn else [],
        "learners": [str(numbers.uln)] if numbers.uln else [],
        "benefits": [str(numbers.child_benefit)] if numbers.child_benefit else [],
    }


def _identifiers(child: Child) -> list[dict[str, Any]]:
    numbers = child.numbers
    given: dict[str, Any] = {
        "nhsNumber": numbers.nhs, "upn": numbers.upn, "uln": numbers.uln,
        "childBenefitNumber": numbers.child_benefit,
    }  # fmt: skip
    found: list[dict[str, Any]] = [{name: str(one)} for name, one in given.items() if one]
    return found + [
        {"laChild": {"laCode": str(one.la_code), "localChildId": str(one.local_child_id)}}
        for one in numbers.local_authority
    ]


async def test_what_is_written_meanwhile_is_found_by_the_old_number_and_the_new(
    ask: Ask,
    links: asyncpg.Pool,
    tmp_path: Path,
    children: tuple[Child, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 3)
    mine = [
        child for child in children
        if child.nhs_status == "01" and child.linked and child.numbers.upn and child.authority == "838"
    ][:4]  # fmt: skip
    news = [str(upn(900 + nth, child.birth_date, 0)) for nth, child in enumerate(mine)]

    rotating = asyncio.create_task(Rotation(links, numbers_turned(ring_in(tmp_path))).run(["UPN"]))
    for child, new in zip(mine, news, strict=True):
        renewed = await ask(RENEW, OFFICER, child={"upn": str(child.numbers.upn)}, upn=new)
        assert "errors" not in renewed, renewed
    await rotating

    for child, new in zip(mine, news, strict=True):
        found = await ask(
            CHILDREN, OFFICER, identifiers=[{"upn": str(child.numbers.upn)}, {"upn": new}]
        )
        assert found["data"]["children"][0] == found["data"]["children"][1] is not None
        assert found["data"]["children"][0]["pupil"]["upn"] == new


async def test_a_host_that_was_not_given_the_new_keys_answers_nothing_rather_than_wrongly(
    ask: Ask, links: asyncpg.Pool, tmp_path: Path, children: tuple[Child, ...]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / NAME).write_bytes((tmp_path / NAME).read_bytes())
    known = [{"upn": str(child.numbers.upn)} for child in children if child.numbers.upn][:20]
    before = await ask(CHILDREN, identifiers=known)

    await Rotation(links, numbers_turned(ring_in(elsewhere))).run()
    without = await ask(CHILDREN, identifiers=known)
    (tmp_path / NAME).write_bytes((elsewhere / NAME).read_bytes())
    given = await ask(CHILDREN, identifiers=known)

    assert without["data"] is None
    assert {error["extensions"]["code"] for error in without["errors"]} == {"INTERNAL"}
    assert given == before
    assert ring_in(tmp_path).now().versions(NUMBERS[0]) == (2,)
