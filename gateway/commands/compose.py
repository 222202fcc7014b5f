"""`causeway compose`: SDL files or live subgraphs → one supergraph SDL, or every reason why not."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import click

from gateway.federation.composition.composer import Composition
from gateway.federation.composition.composer import compose as composed
from gateway.federation.composition.read import Source
from gateway.federation.errors import CompositionError

WAIT = 15.0
"""Seconds a live subgraph has to hand out its SDL."""
LARGEST = 32_000_000
"""Bytes of SDL read from a live subgraph."""

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    epilog="""\b
Example:
  causeway compose schools.graphql link.graphql -o supergraph.graphql

\b
A config names subgraphs, where they answer, and their SDL files (relative to it);
a subgraph without a file is asked for its SDL at its URL:
  [subgraphs.schools]
  url = "http://127.0.0.1:4002/graphql"
  sdl = "schools.graphql"
"""
)
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--config", type=_FILE, help="A TOML file of names, URLs and SDL files.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Where to write (default: standard output).",
)
def compose(files: tuple[Path, ...], config: Path | None, output: Path | None) -> None:
    """Compose subgraphs into one supergraph.

    FILES are SDL files, each named after its subgraph. Hints go to standard error; with any problem nothing is written, all of
    them are printed, and the exit code is 1.
    """
    sources = [Source(file.stem, "", file.read_text()) for file in files]
    sources += _configured(config) if config else ()
    if not sources:
        raise click.UsageError("nothing to compose: name SDL files or a --config")
    composition = _composed(sources)
    for hint in composition.hints:
        click.echo(f"{hint.code}: {hint.message}", err=True)
    if output:
        output.write_text(composition.sdl)
    else:
        click.echo(composition.sdl, nl=False)


def _composed(sources: list[Source]) -> Composition:
    try:
        return composed(sources)
    except CompositionError as error:
        for code, message in error.problems:
            click.echo(f"{code}: {message}", err=True)
        raise SystemExit(1) from None


def _configured(config: Path) -> Iterator[Source]:
    try:
        subgraphs = tomllib.loads(config.read_text())["subgraphs"].items()
    except (tomllib.TOMLDecodeError, KeyError, AttributeError) as error:
        message = f"{config}: not a config of [subgraphs.NAME] tables: {error}"
        raise click.ClickException(message) from None
    for name, entry in subgraphs:
        yield _source(config, name, entry)


def _source(config: Path, name: str, entry: Any) -> Source:
    entry = entry if isinstance(entry, dict) else {}
    url, sdl = entry.get("url", ""), entry.get("sdl")
    if not url and not sdl:
        raise click.ClickException(f"{config}: subgraph {name} needs a url, an sdl file, or both")
    if not sdl:
        return Source(name, url, _asked(name, url))
    path = config.parent / sdl
    if not path.is_file():
        raise click.ClickException(f"{config}: subgraph {name} names {path}, which is no file")
    return Source(name, url, path.read_text())


def _asked(name: str, url: str) -> str:
    """The SDL a live subgraph hands out."""
    if not url.startswith(("http://", "https://")):
        raise click.ClickException(f"subgraph {name}: {url} is no HTTP address to ask for an SDL")
    body = json.dumps({"query": "{ _service { sdl } }"}).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    try:
        with urlopen(Request(url, body, headers), timeout=WAIT) as answer:
            reply = json.loads(answer.read(LARGEST))
        return str(reply["data"]["_service"]["sdl"])
    except (OSError, HTTPException) as error:
        message = f"subgraph {name}: no answer from {url}: {error}; is it running?"
    except (ValueError, KeyError, TypeError):
        message = f"subgraph {name}: {url} gave no SDL; it must answer {{ _service {{ sdl }} }}, or name an sdl file"
    raise click.ClickException(message)
