"""Which pairs Splink puts before a person, and why."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from subgraphs.link.matching.records import Record

pytest.importorskip("splink")

from subgraphs.link.matching.likely import Pair, engine, likely
from subgraphs.link.matching.model import COMPARED, LIKELY, version

ANNA = Record(
    "LA", "838:C1", "Lockyer", "Anna", date(2012, 3, 4), "F", "ZZ1 1AB", {"UPN": "B801200005001"}
)
OTHERS = [
    Record("LA", f"838:X{n}", f"Sur{chr(97 + n)}", f"Fore{chr(97 + n)}", date(2005, 1, 1 + n), "M")
    for n in range(20)
]


def between(one: Record, other: Record, *, node: str = "2") -> Pair | None:
    records = [(one, "1"), (other, node), *((each, f"x{n}") for n, each in enumerate(OTHERS))]
    return next((pair for pair in likely(records) if (pair.one, pair.other) == (0, 1)), None)


def said(pair: Pair | None) -> dict[str, str]:
    assert pair is not None
    return {ground.compared: ground.found for ground in pair.evidence}


def other(**changed: object) -> Record:
    return replace(ANNA, number="838:C2", says={}, **changed)  # type: ignore[arg-type]


def test_the_evidence_is_a_line_for_each_comparison_and_adds_up() -> None:
    pair = between(ANNA, other())

    assert said(pair) == {
        "name": "forename and surname are the same",
        "birth_date": "the birth date is the same",
        "postcode": "the postcode is the same",
        "sex": "the sex is the same",
        "upn": "one of the two does not say",
    }
    assert pair is not None
    assert pair.weight == pytest.approx(-16.6 + sum(one.weight for one in pair.evidence), abs=0.1)


@pytest.mark.parametrize(
    ("record", "compared", "found"),
    [
        (other(surname="Lokyer"), "name", "the forename is the same, the surname much alike"),
        (other(forename="Ana"), "name", "the surname is the same, the forename much alike"),
        (other(forename="Lockyer", surname="Anna"), "name", "forename and surname change places"),
        (other(birth_date=date(2012, 4, 3)), "birth_date", "day and month of the birth date change places"),
        (other(birth_date=date(2012, 3, 14)), "birth_date", "one digit of the birth date differs"),
        (other(postcode=None), "postcode", "one of the two does not say"),
        (other(postcode="ZZ9 9XY"), "postcode", "the postcodes are of different districts"),
    ],
)  # fmt: skip
def test_a_slip_in_one_thing_is_found_and_named(record: Record, compared: str, found: str) -> None:
    assert said(between(ANNA, record))[compared] == found


def test_twins_of_one_address_are_not_put_before_anybody() -> None:
    assert between(ANNA, other(forename="Bethan")) is None


def test_records_that_are_known_to_be_one_child_are_not_compared() -> None:
    assert between(ANNA, other(), node="1") is None


def test_the_same_evidence_weighs_the_same_among_few_and_among_many() -> None:
    many = [
        replace(each, number=f"838:Y{n}", surname=f"Sur{n}")
        for n in range(30)
        for each in OTHERS[:10]
    ]
    few = between(ANNA, other())
    among = likely([(ANNA, "1"), (other(), "2"), *((each, f"y{n}") for n, each in enumerate(many))])

    assert few is not None
    assert among[0].weight == pytest.approx(few.weight, abs=0.1)


def test_no_record_or_one_has_no_pair() -> None:
    assert likely([]) == []
    assert likely([(ANNA, "1")]) == []


def test_the_database_is_in_memory_and_what_it_puts_aside_is_encrypted_and_ends_with_it() -> None:
    with engine() as here:
        held = here.duckdb_con
        files = held.execute("select path from duckdb_databases() where not internal").fetchall()
        aside = held.execute("select current_setting('temp_directory')").fetchone()[0]
        encrypted = held.execute("select current_setting('temp_file_encryption')").fetchone()[0]
        assert Path(aside).exists()

    assert files == [(None,)]
    assert str(encrypted).lower() == "true"
    assert not Path(aside).exists()


def test_every_likeness_leaves_room_for_none() -> None:
    for likenesses, otherwise in COMPARED.values():
        assert sum(one.m for one in likenesses) < 1
        assert sum(one.u for one in likenesses) < 1
        assert otherwise not in {one.said for one in likenesses}
    assert LIKELY > 0
    assert len(version()) == 12


def test_without_splink_a_run_says_what_to_install() -> None:
    """In a process of its own, in which the extra is not there."""
    program = """
import sys
sys.modules["splink"] = None
from subgraphs.link.matching.installed import MatchingNotInstalled, installed
from gateway.cli import main
try:
    installed()
except MatchingNotInstalled as why:
    print(why)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # fmt: skip

    assert ran.stdout.strip() == (
        "records are compared with Splink: pip install 'causeway[matching]'"
    )
