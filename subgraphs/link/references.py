"""What a caller writes as a reference ↔ the uuid it stands for; None for anything else."""

from __future__ import annotations

from uuid import UUID


def reference_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
