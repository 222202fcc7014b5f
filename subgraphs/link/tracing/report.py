"""A job's outcomes → a CSV file for whoever handed it in, one line per row, in the order handed in.

A number stands in it only where it is verified. It is a file of NHS numbers: readable by its owner alone.
"""

from __future__ import annotations

import csv
import os
from collections.abc import AsyncIterable, Callable, Sequence
from pathlib import Path

from subgraphs.link.tracing.demographics import FIELDS
from subgraphs.link.tracing.outcomes import Outcome

HEADINGS = (
    "line", "reference", "status", "score", "rule", "nhsNumber", "nhsNumberStatus", "source", "toBeJudged", "fault",
    *(f"quality.{field}" for field in FIELDS),
)  # fmt: skip


RECONCILED_HEADINGS = (
    "line", "reference", "reconciliation", "match", "different", "missingHere", "missingThere",
    "primaryAddressSame", "addressHistoriesMeet", "primaryHereInNhsHistory", "primaryNhsInHistoryHere", "fault",
)  # fmt: skip


async def write(outcomes: AsyncIterable[Outcome], path: Path) -> int:
    """Replaces the file as a whole. Gives how many rows stand in it."""
    return await _write(outcomes, path, (HEADINGS, _line))


async def write_reconciled(outcomes: AsyncIterable[Outcome], path: Path) -> int:
    """The same of a job that was reconciled: names of fields, and no number."""
    return await _write(outcomes, path, (RECONCILED_HEADINGS, _reconciled_line))


async def _write(
    outcomes: AsyncIterable[Outcome],
    path: Path,
    form: tuple[Sequence[str], Callable[[Outcome], Sequence[object]]],
) -> int:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    count = 0
    with open(  # noqa: ASYNC230 a local file, and nothing else waits
        os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        "w",
        encoding="utf-8",
        newline="",
    ) as file:
        line = csv.writer(file)
        line.writerow(form[0])
        async for outcome in outcomes:
            line.writerow(form[1](outcome))
            count += 1
    aside.replace(path)
    return count


def _line(outcome: Outcome) -> tuple[object, ...]:
    return (
        outcome.position,
        _harmless(outcome.reference),
        outcome.status.value if outcome.status else "waiting",
        outcome.score,
        outcome.rule,
        outcome.number,
        outcome.indicator.value,
        outcome.source,
        "yes" if outcome.judged else "",
        outcome.fault,
        *(outcome.quality.get(field, "") for field in FIELDS),
    )


def _reconciled_line(outcome: Outcome) -> tuple[object, ...]:
    found = outcome.reconciled or {}
    addresses = found.get("addresses", {})
    stated = ("primary_same", "histories_meet", "primary_local_in_nhs_history", "primary_nhs_in_local_history")  # fmt: skip
    return (
        outcome.position,
        _harmless(outcome.reference),
        found.get("status", "waiting"),
        outcome.status.value if outcome.status else "",
        *(" ".join(found.get(name, ())) for name in ("different", "missingHere", "missingThere")),
        *(_SAID[addresses.get(name)] for name in stated),
        outcome.fault,
    )


_SAID = {True: "yes", False: "no", None: ""}


def _harmless(text: str) -> str:
    """What a spreadsheet would take for a formula is marked as text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
