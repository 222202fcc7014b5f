"""What README.md says, done: its queries over HTTP, its commands in a shell."""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.federation.planning.limits import STRICT, Limits

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
ENGINE = (ROOT / "gateway" / "federation" / "README.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def test_every_command_in_the_table_is_there_and_every_command_is_in_the_table() -> None:
    told = set(re.findall(r"^\| `causeway (\w+)` \|", README, re.M))

    assert told == set(main.commands)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_explains_itself(name: str) -> None:
    answer = CliRunner().invoke(main, [name, "--help"])

    assert answer.exit_code == 0
    assert len(answer.output.splitlines()) > 4


def test_every_option_that_the_readme_names_is_an_option() -> None:
    known = {
        option
        for command in main.commands.values()
        for each in (command, *getattr(command, "commands", {}).values())
        for parameter in each.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }

    ours = re.sub(
        r"`python [^`]*`", "", README
    )  # benchmarks and subgraphs have options of their own

    assert set(re.findall(r"(?<![-\w])--[a-z][a-z-]+", ours)) <= known | {"--help"}


@pytest.mark.parametrize(
    "line", re.findall(r"`(causeway (?:plan|register) [^`]+)`", README), ids=lambda line: line[:30]
)
def test_the_lines_that_ask_about_a_purpose_answer(line: str, tmp_path, monkeypatch) -> None:
    (tmp_path / "question.graphql").write_text(blocks(README, "graphql")[0])
    line = line.replace("question.graphql", str(tmp_path / "question.graphql"))
    monkeypatch.chdir(ROOT)

    variables = (
        ["--variables", '{"identifier": {"upn": "B801200005001"}}'] if " plan " in line else []
    )
    answer = CliRunner().invoke(main, [*shlex.split(line)[1:], *variables])

    assert "PROHIBITED" in answer.output, answer.output


def test_the_files_and_folders_that_the_readme_points_to_are_there() -> None:
    for place in re.findall(r"^\| (`[a-z/`, ]+/`)", README, re.M):
        for folder in re.findall(r"`([^`]+)`", place):
            assert (ROOT / folder).is_dir(), folder
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_the_examples_of_the_engines_page_run() -> None:
    """One after the other: what a later one uses stands in an earlier one."""
    examples = blocks(ENGINE, "python")

    known = {"__name__": "__example__"}
    for example in examples:
        exec(compile(example, "gateway/federation/README.md", "exec"), known)
    assert len(examples) == 2


def test_the_engines_page_tells_every_limit_as_it_is() -> None:
    """Each field of `Limits` with both of its values, and every code that passing one raises."""
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \| (.*?) \| (.*?) \| (.*?) \|$", ENGINE, re.M)
    told = {code: (what, *values) for codes, what, *values in rows for code in codes.split(", ")}
    source = (ROOT / "gateway" / "federation" / "planning").glob("*.py")
    raised = re.findall(
        r'(?:TooCostly\(\s*|\(")"?([A-Z]+_[A-Z_]+)"', "".join(map(Path.read_text, source))
    )
    assert {f"`{code}`" for code in raised} <= told.keys()
    for name in ("bytes", "tokens", "depth", "aliases", "root_fields", "directives", "selections"):
        (values,) = [row[1:] for row in told.values() if f"`{name}`" in row[0]]
        assert values == tuple(f"{getattr(one, name):,}" for one in (Limits(), STRICT)), name
