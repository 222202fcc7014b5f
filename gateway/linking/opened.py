"""What is open of a child, and which conditions were missing, as the link node writes it → masks of the register."""

from __future__ import annotations

from typing import Any

from gateway.crossing import Reasons
from gateway.register import Register

Opened = tuple[int, Reasons]
"""What is open, as a mask, and the conditions that were missing, each with what it would have opened."""


def opened(open_: Any, missing: Any, register: Register) -> Opened:
    """Raises KeyError or TypeError for what is not written so."""
    reasons = tuple(
        (reason["condition"], register.scale.read(reason["categories"])) for reason in missing
    )
    return register.scale.read(open_), reasons
