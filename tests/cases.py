"""`.case` files → Cases: what the engine does, written so that one can read it without Python.

A case is a title (`# …`, one or more lines) and blocks, each headed `--- name` or `--- name argument`.
The last block is what is expected; `ACCEPT=1 pytest` writes what came instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

_TITLE = re.compile(r"^(?=# )", re.MULTILINE)
_HEAD = re.compile(r"^--- ?(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One part of a case."""

    name: str
    argument: str
    text: str


@dataclass(frozen=True)
class Case:
    """One case of a file; `shared` blocks stand before the file's first title."""

    path: Path
    title: str
    blocks: tuple[Block, ...]
    shared: tuple[Block, ...] = ()

    def named(self, name: str) -> Iterator[Block]:
        """The blocks of that name, the file's shared ones first."""
        return (one for one in (*self.shared, *self.blocks) if one.name == name)

    def text(self, name: str, default: str | None = None) -> str:
        """The text of the last block of that name."""
        found = [one.text for one in self.named(name)]
        if not found and default is not None:
            return default
        return found[-1]

    @property
    def expected(self) -> str:
        """The last block."""
        return self.blocks[-1].text

    def accept(self, text: str) -> None:
        """Write another last block into the file."""
        whole = self.path.read_text()
        head = f"--- {self.blocks[-1].name}\n"
        start = whole.index(head, whole.index(self.title)) + len(head)
        end = start + len(self.blocks[-1].text)
        assert whole[start:end].strip() == self.expected.strip()
        rest = whole[end:].lstrip("\n")
        self.path.write_text(whole[:start] + text.strip() + ("\n\n" + rest if rest else "\n"))


def read_cases(path: Path) -> list[Case]:
    """Every case of a file."""
    before, *parts = _cases(path.read_text())
    shared = tuple(_blocks(before))
    return [_case(path, part, shared) for part in parts]


def _cases(text: str) -> list[str]:
    """The file cut before each title: a comment line that no other comment line precedes."""
    cuts = [0]
    for found in _TITLE.finditer(text):
        line_before = text[: found.start()].rstrip("\n").rsplit("\n", 1)[-1]
        if found.start() == 0 or not line_before.startswith("# "):
            cuts.append(found.start())
    return [text[a:b] for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def _case(path: Path, part: str, shared: tuple[Block, ...]) -> Case:
    title = part[: part.index("---")] if "---" in part else part
    words = " ".join(line.removeprefix("# ").strip() for line in title.strip().split("\n"))
    return Case(path, words, tuple(_blocks(part)), shared)


def _blocks(part: str) -> Iterator[Block]:
    found = list(_HEAD.finditer(part))
    for one, after in zip_longest(found, found[1:]):
        end = after.start() if after else len(part)
        name, _, argument = one.group(1).partition(" ")
        yield Block(name, argument, part[one.end() + 1 : end].rstrip("\n"))
