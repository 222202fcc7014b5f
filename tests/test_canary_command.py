"""`causeway canary`: numbers of nobody are planted once, and never over a child's."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from stdnum.gb import upn as upn_sum

from gateway.cli import main


def upn(serial: int) -> str:
    body = f"838980020{serial:03}"
    return f"{upn_sum.calc_check_digit(body)}{body}"


def planting(database_url: str, folder: Path, *given: str) -> tuple[int, str]:
    where = ["--database", database_url, "--data", str(folder)]
    answer = CliRunner().invoke(main, ["canary", *given, *where])
    return answer.exit_code, answer.output


def test_a_number_is_planted_once(database_url: str, tmp_path: Path) -> None:
    assert planting(database_url, tmp_path, "--upn", upn(1))[0] == 0

    code, said = planting(database_url, tmp_path, "--upn", upn(1))

    assert code == 1 and "a child's already" in said
    assert upn(1) not in said


@pytest.mark.parametrize("given", [(), ("--upn", "X838990016007"), ("--nhs-number", "12")])
def test_what_cannot_be_such_a_number_is_not_planted_and_not_repeated(
    database_url: str, tmp_path: Path, given: tuple[str, ...]
) -> None:
    code, said = planting(database_url, tmp_path, *given)

    assert code == 2
    assert not given or given[1] not in said


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    code, said = planting("postgresql://127.0.0.1:1/none", tmp_path, "--upn", upn(2))

    assert code == 3 and "cannot be reached" in said
