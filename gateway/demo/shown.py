"""A running demonstration ↔ the file by which `causeway journey` finds it: where it answers, and who asks what.

The file holds the tokens of invented people, is readable by its owner alone, and goes when the demonstration ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from gateway.demo.journeys import Ask, Journey, journeys
from gateway.demo.machine import Running

FILE = "running.json"


class Asked(msgspec.Struct, frozen=True):
    """One request, ready to send."""

    who: str
    organisation: str
    purpose: str
    about: str
    look: str
    token: str
    question: str
    variables: dict[str, Any]


class Shown(msgspec.Struct, frozen=True):
    number: int
    title: str
    asks: tuple[Asked, ...]


class Demonstration(msgspec.Struct, frozen=True):
    url: str
    journeys: tuple[Shown, ...]


@contextmanager
def shown(machine: Running, folder: Path) -> Iterator[None]:
    """Whoever may read `folder` can ask the machine's journeys while the block lasts."""
    file = folder / FILE
    told = tuple(_shown(machine, journey) for journey in journeys(machine.children))
    file.unlink(missing_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(msgspec.json.encode(Demonstration(machine.url, told)))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def found(folder: Path) -> Demonstration | None:
    """What runs there; None: nothing, or a file that nobody of ours wrote."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Demonstration)
    except (OSError, msgspec.MsgspecError):
        return None


def _shown(machine: Running, journey: Journey) -> Shown:
    asks = tuple(_asked(machine, ask) for ask in journey.asks)
    return Shown(journey.number, journey.title, asks)


def _asked(machine: Running, ask: Ask) -> Asked:
    person, text = ask.person, ask.text
    return Asked(
        who=person.title,
        organisation=person.organisation,
        purpose=person.purpose,
        about=person.child,
        look=ask.look,
        token=machine.issuer.token(person.subject, person.role, person.organisation),
        question=text,
        variables={"identifier": dict(person.identifier)} if "$identifier" in text else {},
    )
