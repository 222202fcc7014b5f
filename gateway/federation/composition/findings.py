"""What composing found: problems that stop it and hints that do not; all of them, in the order found.

A finding is a code the ecosystem knows and a sentence that names the thing, the place and the way out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Hint:
    """Something worth knowing about a supergraph that composes."""

    code: str
    message: str


@dataclass(slots=True)
class Findings:
    """Collected while composing; the same finding is kept once."""

    problems: dict[tuple[str, str], None] = field(default_factory=dict)
    hints: dict[Hint, None] = field(default_factory=dict)

    def problem(self, code: str, message: str) -> None:
        self.problems[code, message] = None

    def hint(self, code: str, message: str) -> None:
        self.hints[Hint(code, message)] = None


def listed(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`, each in quotes."""
    quoted = [f'"{name}"' for name in names]
    return " and ".join((", ".join(quoted[:-1]), quoted[-1])) if len(quoted) > 1 else quoted[0]
