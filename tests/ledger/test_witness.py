"""A witness cosigns what extends what it saw, and nothing else."""

import base64
from pathlib import Path

import asyncpg
import httpx
import pytest

from gateway.ledger.checkpoint import COSIGNATURE, Signer, Witness, publish
from gateway.ledger.merkle import consistency_proof, leaf_hash, of, root
from gateway.ledger.note import BadNote, Checkpoint, Note, VerifierKey
from gateway.ledger.witness import Memory, witness
from gateway.listening import listening

ORIGIN = "causeway.example/ledger"
LEAVES = [leaf_hash(bytes([n])) for n in range(20)]


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.at(tmp_path / "ledger.key", ORIGIN)


@pytest.fixture
def cosigner(tmp_path: Path) -> Signer:
    return Signer.at(tmp_path / "witness.key", "witness.example", COSIGNATURE)


@pytest.fixture
async def client(signer, cosigner, tmp_path):
    app = witness([cosigner], {ORIGIN: signer.key}, Memory(tmp_path / "seen.json"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://w") as client:
        yield client


def offer(signer: Signer, old: int, size: int, leaves=LEAVES) -> str:
    proof = consistency_proof(old, size, of(leaves[:size])) if old else ()
    note = signer.sign(Checkpoint(ORIGIN, size, root(leaves[:size])))
    return "\n".join([f"old {old}", *(base64.b64encode(p).decode() for p in proof)]) + f"\n\n{note}"


async def ask(client, body: str) -> tuple[int, str]:
    answer = await client.post("/add-checkpoint", content=body)
    return answer.status_code, answer.text


async def test_a_growing_ledger_is_cosigned_with_the_time(client, signer, cosigner) -> None:
    for old, size in ((0, 7), (7, 8), (8, 20)):
        status, line = await ask(client, offer(signer, old, size))

        assert status == 200
        text = Checkpoint(ORIGIN, size, root(LEAVES[:size])).text()
        assert Note.parse(text + "\n" + line).cosigned_at(cosigner.key)


async def test_a_rewritten_ledger_is_refused(client, signer) -> None:
    await ask(client, offer(signer, 0, 7))
    rewritten = [leaf_hash(b"rewritten"), *LEAVES[1:]]

    assert (await ask(client, offer(signer, 7, 9, rewritten)))[0] == 422


async def test_a_shrunken_ledger_is_refused(client, signer) -> None:
    await ask(client, offer(signer, 0, 7))

    assert (await ask(client, offer(signer, 0, 5)))[0] == 409


async def test_who_stands_elsewhere_is_told_where_the_witness_stands(client, signer) -> None:
    await ask(client, offer(signer, 0, 7))

    assert await ask(client, offer(signer, 3, 9)) == (409, "7\n")


async def test_an_unknown_ledger_or_key_is_refused(client, tmp_path) -> None:
    assert (await ask(client, offer(Signer.at(tmp_path / "o", ORIGIN), 0, 7)))[0] == 403
    other = Signer.at(tmp_path / "p", "other.example")
    note = other.sign(Checkpoint("other.example", 1, LEAVES[0]))
    assert (await ask(client, f"old 0\n\n{note}"))[0] == 404


@pytest.mark.parametrize(
    "body", ["", "old 0", "old x\n\nnote", "old 0\n?\n\na\n1\nAA==\n\n— a b\n"]
)
async def test_an_unreadable_offer_is_a_bad_request(client, body) -> None:
    assert (await ask(client, body))[0] == 400


async def test_a_restarted_witness_remembers(signer, cosigner, tmp_path, client) -> None:
    await ask(client, offer(signer, 0, 7))

    assert Memory(tmp_path / "seen.json").of(ORIGIN).size == 7


def test_a_key_reads_back_and_a_damaged_one_does_not(signer) -> None:
    assert VerifierKey.parse(str(signer.key)) == signer.key
    with pytest.raises(BadNote):
        VerifierKey.parse(str(signer.key).replace("causeway", "elsewhere"))


async def test_the_ledger_keeps_cosigned_checkpoints_and_catches_up_after_an_outage(
    place, ledger, signer, cosigner, tmp_path, decision
) -> None:
    app = witness([cosigner], {ORIGIN: signer.key}, Memory(tmp_path / "seen.json"))
    integrator = await asyncpg.connect(place.integrator)
    async with listening(app) as url:
        trusted = [Witness(url, (cosigner.key,))]
        await ledger.append([decision(1)])
        await publish(integrator, signer, trusted)
    await ledger.append([decision(2)])
    await publish(integrator, signer, trusted)
    async with listening(app) as url:
        await ledger.append([decision(n) for n in (3, 4, 5)])
        await publish(integrator, signer, [Witness(url, (cosigner.key,))])
    counts = [
        row["witnesses"]
        for row in await integrator.fetch("select witnesses from ledger.checkpoint order by size")
    ]
    await integrator.close()

    assert counts == [1, 0, 1]
