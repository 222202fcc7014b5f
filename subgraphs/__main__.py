"""One service alone: `python -m subgraphs schools --port 4001`.

Uses DATABASE_URL, or a Postgres kept in the data folder. Answers only under an assertion signed by a gateway it trusts.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import orjson
import uvicorn
from joserfc.jwk import OKPKey

from gateway.assertion import public_keys
from gateway.register import load
from subgraphs import roster
from subgraphs.postgres import database_url
from subgraphs.service import Trust, opened


@click.command()
@click.argument("name", type=click.Choice(roster.NAMES))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=4001, show_default=True)
@click.option(
    "--data",
    envvar="CAUSEWAY_DATA",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path.home() / ".causeway",
    show_default=True,
    help="Folder for what the service keeps itself: its Postgres, the link node's keys.",
)
@click.option(
    "--synthetic/--real", default=False, help="Whether invented people's QQ numbers are taken."
)
def main(name: str, host: str, port: int, data: Path, **given: Any) -> None:
    """Serve one subgraph at /graphql."""
    trust = Trust(
        keys=keys_in(given["keys"]),
        register=load(given["register"], uses=given["uses"] or None),
        open_sdl=given["open_sdl"],
    )
    asyncio.run(serve(name, (host, port), data, trust, synthetic=given["synthetic"]))


def keys_in(path: Path) -> dict[str, OKPKey]:
    """The Ed25519 keys of a key set, by `kid`."""
    return public_keys(OKPKey.import_key(key) for key in orjson.loads(path.read_bytes())["keys"])


async def serve(
    name: str, address: tuple[str, int], data: Path, trust: Trust, *, synthetic: bool
) -> None:
    """Until interrupted."""
    place = (database_url(data), data)
    async with opened(roster.service(name), place, trust, synthetic=synthetic) as app:
        config = uvicorn.Config(app, host=address[0], port=address[1], log_level="warning")
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    main()
