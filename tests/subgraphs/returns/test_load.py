from __future__ import annotations

import csv
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner, Result

from gateway.commands.load import SHOWN, load
from tests.subgraphs.returns.conftest import Database
from tests.subgraphs.returns.samples import CHILDREN_903, SCHOOLS

Loads = Callable[..., Result]
Writes = Callable[..., Path]
OF_201 = ("--authority", "201", "--year", "2025")
REVIEWS = "CHILD,DOB,REVIEW,REVIEW_CODE\n"


def test_every_reported_row_is_in_the_report_and_the_first_are_on_the_screen(
    loads: Loads, writes: Writes, tmp_path: Path
) -> None:
    bad = "".join(f"C{number},,30/08/2017,PN9\n" for number in range(SHOWN + 2))
    path = writes("reviews.csv", REVIEWS + "C0,,01/08/2017,PN1\n" + bad)
    report = tmp_path / "report.csv"

    ran = loads("ssda903", *OF_201, "--report", report, path)

    assert ran.exit_code == 1
    assert ran.output.count("REVIEW_CODE the code is not") == SHOWN
    assert f"in all: UNKNOWN_CODE {SHOWN + 2}" in ran.output
    assert ran.output.splitlines()[-1] == f"read {SHOWN + 3}, stored 1, reported {SHOWN + 2}"
    with report.open(newline="") as file:
        written = list(csv.DictReader(file))
    assert [row["line"] for row in written] == [str(line) for line in range(3, SHOWN + 5)]
    assert {row["reason"] for row in written} == {"UNKNOWN_CODE"}


def test_one_refused_file_does_not_keep_the_others_out(loads: Loads, writes: Writes) -> None:
    good = writes("good.csv", REVIEWS + "C1,,01/08/2017,PN1\n")

    ran = loads("ssda903", *OF_201, writes("bad.csv", "a,b\n"), good, "nowhere.csv")

    assert ran.exit_code == 2
    assert ran.output.splitlines()[-1] == "read 1, stored 1, reported 0"
    assert "refused: nowhere.csv: cannot be opened" in ran.stderr


def test_neither_screen_nor_report_nor_table_of_faults_repeats_what_a_row_says(
    loads: Loads, writes: Writes, tmp_path: Path, database: Database
) -> None:
    secret = "9434765919"
    report = tmp_path / "report.csv"
    path = writes(
        "header.csv", CHILDREN_903 + f"C1,{secret},{secret},{secret},{secret},{secret},{secret}\n"
    )

    ran = loads("ssda903", *OF_201, "--report", report, path)

    assert ran.output.splitlines()[-1] == "read 1, stored 0, reported 1"
    assert secret not in ran.output
    assert secret not in report.read_text()
    kept = database.rows(
        "select r.*, f.* from returns.reported r join returns.file f on f.id = r.file"
    )
    assert len(kept) == 6
    assert secret not in str(kept)


def test_a_heading_cannot_command_the_terminal(loads: Loads, writes: Writes) -> None:
    path = writes("schools.csv", SCHOOLS.replace("Ofsted", "\x1b[2J") + "100000,201,A,1,Open,,x\n")

    ran = loads("gias", path)

    assert "kept as filed" in ran.output
    assert "\x1b" not in ran.output


def test_an_authority_that_england_does_not_have_is_pointed_out(
    loads: Loads, writes: Writes
) -> None:
    path = writes("reviews.csv", REVIEWS + "C1,,01/08/2017,PN1\n")

    ran = loads("ssda903", "--authority", "975", "--year", "2025", path)

    assert (ran.exit_code, "no English authority has this code" in ran.output) == (0, True)


def test_a_903_table_that_nobody_claims_stands_where_nobody_can_ask_for_it(
    loads: Loads, writes: Writes
) -> None:
    ran = loads("ssda903", writes("2025_reviews.csv", REVIEWS + "C1,,01/08/2017,PN1\n"))

    assert ran.exit_code == 0
    assert "ssda903/000/2025" in ran.output
    assert "nobody said whose return this is" in ran.output
    assert ran.output.splitlines()[-1] == "read 1, stored 1, reported 0"


def test_without_a_database_it_says_so_and_reads_nothing(writes: Writes) -> None:
    asked = ["--database", "postgresql://127.0.0.1:1/none", "gias", str(writes("s.csv", SCHOOLS))]

    ran = CliRunner().invoke(load, asked)

    assert ran.exit_code == 3
    assert "the database cannot be reached" in ran.stderr


def test_help_shows_how_each_format_is_loaded() -> None:
    shown = CliRunner().invoke(load, ["--help"]).output

    for name in ("cin", "ssda903", "school-census", "ilr", "gias"):
        assert f"causeway load {name} " in shown


def test_a_terminal_sees_a_bar_and_a_pipe_does_not(writes: Writes, database: Database) -> None:
    rows = "".join(f"C{number},,30/08/2017,PN1\n" for number in range(5_000))
    path = writes("reviews.csv", REVIEWS + rows)
    command = "from gateway.commands.load import load; load()"
    asked = [
        sys.executable,
        "-c",
        command,
        "ssda903",
        *OF_201,
        "--database",
        database.url,
        str(path),
    ]
    ours, theirs = pty.openpty()

    piped = subprocess.run(asked, capture_output=True, text=True, check=True)
    with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=theirs) as watched:
        os.close(theirs)
        seen = _everything(ours)

    assert "━" not in piped.stderr
    assert "━" in seen
    assert watched.returncode == 0


def _everything(terminal: int) -> str:
    seen = b""
    try:
        while more := os.read(terminal, 4096):
            seen += more
    except OSError:  # the other end is closed
        os.close(terminal)
    return seen.decode(errors="replace")
