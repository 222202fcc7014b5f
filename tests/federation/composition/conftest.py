"""Composition written as cases: a title, the subgraphs, and what comes of them.

    # Title, as a sentence.
    --- subgraph a (federation 2.3)
    type Query { … }
    --- supergraph            every definition shown is in the supergraph, exactly so
    --- problems              or: all problems, as `CODE: sentence`
    --- hints                 or, beside a supergraph: all hints, as `CODE: sentence`

`(federation 2.3)` links that version with all it offers; without it the SDL stands as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from gateway.federation.composition.read import Source
from gateway.federation.composition.specs import DIRECTIVES, FEDERATION

_BLOCK = re.compile(r"^--- (subgraph|supergraph|problems|hints) ?(.*)$", re.MULTILINE)
_SUBGRAPH = re.compile(r"(\S+)(?: \(federation 2\.(\d+)\))?")


@dataclass(frozen=True)
class Case:
    title: str
    sources: tuple[Source, ...]
    supergraph: str | None
    problems: tuple[str, ...]
    hints: tuple[str, ...] | None


def read_case(text: str) -> Case:
    head, *blocks = _BLOCK.split(text)
    triples = list(zip(blocks[::3], blocks[1::3], blocks[2::3], strict=True))
    single = {kind: body for kind, _, body in triples if kind != "subgraph"}
    lines = {kind: tuple(body.strip().splitlines()) for kind, body in single.items()}
    return Case(
        title=head.strip().removeprefix("# "),
        sources=tuple(_source(name, body) for kind, name, body in triples if kind == "subgraph"),
        supergraph=single.get("supergraph"),
        problems=lines.get("problems", ()),
        hints=lines.get("hints"),
    )


def _source(heading: str, sdl: str) -> Source:
    match = _SUBGRAPH.fullmatch(heading)
    assert match, heading
    link = linked(int(match[2])) if match[2] else ""
    return Source(match[1], f"http://{match[1]}", link + sdl)


def linked(minor: int) -> str:
    names = ", ".join(f'"@{n}"' for n, known in DIRECTIVES.items() if known.since <= (2, minor))
    return f'extend schema @link(url: "{FEDERATION}/v2.{minor}", import: [{names}])\n'


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `case` runs on every case of the folder its module names in CASES."""
    if "case" in metafunc.fixturenames:
        paths = _paths(metafunc.module)
        assert paths, "a folder of cases without cases"
        cases = [read_case(path.read_text()) for path in paths]
        metafunc.parametrize("case", cases, ids=[path.stem for path in paths])


@pytest.fixture
def cases(request: pytest.FixtureRequest) -> list[Case]:
    """All of them at once."""
    return [read_case(path.read_text()) for path in _paths(request.module)]


def _paths(module: ModuleType) -> list[Path]:
    return sorted((Path(str(module.__file__)).parent / module.CASES).glob("*.case"))
