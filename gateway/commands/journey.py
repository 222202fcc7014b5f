"""`causeway journey N`: one of the fourteen journeys → asked of the running demo, answered, and what was withheld."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

import click

from gateway.demo.shown import Asked, Demonstration, Shown, found

PATIENCE = 30  # seconds
PAUSE = 2  # seconds, in which the index that people search follows what was recorded
NOT_RUNNING = "no demo runs in {}: start one with `causeway demo`, or name its folder with --data"


@click.command()
@click.argument("number", type=click.IntRange(1, 14), required=False)
@click.option("--question", is_flag=True, help="Print what is asked, too.")
@click.option(
    "--data",
    envvar="CAUSEWAY_DATA",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path.home() / ".causeway",
    show_default=True,
    help="The folder of the running demo.",
)
def journey(number: int | None, data: Path, *, question: bool) -> None:
    """Ask the running demo one of the fourteen journeys, as the caller whose journey it is.

    Without a number: the list of them.

    \b
    Examples:
      causeway journey
      causeway journey 1
      causeway journey 10 --question
    """
    demonstration = found(data)
    if demonstration is None:
        raise click.ClickException(NOT_RUNNING.format(data))
    if number is None:
        click.echo("\n".join(map(_line, demonstration.journeys)))
        return
    told = next((one for one in demonstration.journeys if one.number == number), None)
    if told is None:
        raise click.ClickException(_missing(number, demonstration))
    click.secho(f"{told.number}. {told.title}", bold=True)
    for nth, asked in enumerate(told.asks):
        time.sleep(PAUSE if nth else 0)
        click.echo(_introduced(asked, question=question))
        click.echo(_answered(_asking(demonstration.url, asked)))


def _line(told: Shown) -> str:
    return f"{told.number:>3}  {told.title:<30} {', '.join(dict.fromkeys(one.who for one in told.asks))}"


def _missing(number: int, demonstration: Demonstration) -> str:
    there = ", ".join(str(one.number) for one in demonstration.journeys)
    return f"journey {number} needs a child that this population does not have; there are {there}: start the demo with more --children"


def _introduced(asked: Asked, *, question: bool) -> str:
    about = f", about {asked.about}" if asked.variables else ""
    said = f"\n{asked.who} ({asked.organisation}), for {asked.purpose}{about}\n{asked.look}\n"
    return f"{said}\n{asked.question}" if question else said


def _asking(url: str, asked: Asked) -> dict[str, Any]:
    """The answer's body, whatever its status."""
    body = {"query": asked.question, "variables": asked.variables}
    request = Request(
        f"{url}/graphql",
        data=json.dumps(body).encode(),
        headers={
            "content-type": "application/json",
            "authorization": f"Bearer {asked.token}",
            "declared-purpose": asked.purpose,
        },
    )
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE) as answer:
            return dict(json.load(answer))
    except HTTPError as refused:
        return dict(json.load(refused))
    except (URLError, TimeoutError) as away:
        raise click.ClickException(f"the demo at {url} does not answer: start it again") from away


def _answered(answer: dict[str, Any]) -> str:
    """The data, then what was withheld and why, then what was promised."""
    lines = [json.dumps(answer.get("data"), indent=2, ensure_ascii=False)]
    errors = answer.get("errors", ())
    if errors:
        lines.append("\nWithheld or missing:")
    for error in errors:
        place = ".".join(map(str, error.get("path", ()))) or "the request"
        lines.append(f"  {place:<52} {error['extensions']['code']}")
    if "receipt" in answer.get("extensions", {}):
        lines.append("\nRecorded before it was released: `extensions.receipt` promises it.")
    return "\n".join(lines)
