"""`causeway count`: the first run counts, the second changes nothing, and a database that is away is said to be."""

from __future__ import annotations

from click.testing import CliRunner

from gateway.cli import main
from subgraphs.menu import MENU


def test_the_first_run_counts_and_the_second_changes_nothing(database_url: str) -> None:
    runs = [
        CliRunner().invoke(main, ["count", "--database", database_url]).output for _ in range(2)
    ]

    assert [line.partition(": ")[0] for line in runs[1].splitlines()] == [
        f"{cube.island}.{cube.name}" for cube in MENU
    ]
    assert runs[1].count("counted before") == len(MENU)


def test_a_database_that_is_away_is_named_as_what_is_missing() -> None:
    answer = CliRunner().invoke(main, ["count", "--database", "postgresql://127.0.0.1:1/none"])

    assert answer.exit_code == 3
    assert "DATABASE_URL or --database" in answer.output
