"""Now → the day, as the authority's own calendar has it."""

from __future__ import annotations

from datetime import date


def today() -> date:
    return date.today()  # noqa: DTZ011  the law counts local days
