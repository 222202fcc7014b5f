"""`causeway witness`: other people's checkpoints → cosignatures, over what extends what was seen before."""

from __future__ import annotations

from pathlib import Path

import click
import uvicorn

from gateway.ledger.checkpoint import LatticeSigner, Signer
from gateway.ledger.note import COSIGNATURE, VerifierKey
from gateway.ledger.witness import Memory
from gateway.ledger.witness import witness as witness_app


@click.command()
@click.option("--port", type=int, default=4100, show_default=True)
@click.option(
    "--key-file",
    type=Path,
    required=True,
    help="This witness's private key, made if absent; its ML-DSA-44 key is beside it, as FILE.mldsa.",
)
@click.option("--name", required=True, help="This witness's name, such as icb.example/witness.")
@click.option(
    "--ledger",
    "ledgers",
    type=VerifierKey.parse,
    metavar="KEY",
    multiple=True,
    required=True,
    help="A ledger's public key.",
)
@click.option(
    "--memory", type=Path, required=True, help="The file that remembers what was cosigned."
)
def witness(
    port: int, key_file: Path, name: str, ledgers: tuple[VerifierKey, ...], memory: Path
) -> None:
    """Cosign checkpoints of other people's ledgers: only ever what extends what was seen before."""
    lattice = LatticeSigner.at(key_file.with_name(key_file.name + ".mldsa"), name)
    signers = (Signer.at(key_file, name, COSIGNATURE), lattice)
    click.echo("\n".join(f"witness {one.key}" for one in signers))
    click.echo(f"listening on http://127.0.0.1:{port}/add-checkpoint")
    app = witness_app(signers, {key.name: key for key in ledgers}, Memory(memory))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
