"""Each attack of trust.md §7, sections A to F and H → the tests that are it: here by number, elsewhere by name."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
NUMBERS = {*range(1, 78), *range(90, 103)}
"""Sections A to F, and H. G (78 to 89) is the protocol's own: tests/test_app.py, tests/test_protocol.py, tests/federation."""

ELSEWHERE = {
    50: ["benchmarks/oracle.py"],
    51: ["benchmarks/oracle.py"],
    58: ["journeys/test_13_service_planning.py", "subgraphs/test_cubes.py"],
    59: ["subgraphs/test_disclosure.py"],
    70: [
        "test_doors.py::test_a_status_and_its_body_are_handed_on_and_redirects_not_followed",
        "test_doors.py::test_too_long_an_answer_is_not_read_to_its_end",
        "test_doors.py::test_a_dripping_answer_ends_at_the_time_limit",
        "federation/execution/test_faults.py::test_an_answer_that_is_none_leaves_the_rest_and_one_error",
    ],
    71: [
        "attacks/test_a_callers.py::test_09_no_key_is_fetched_from_where_a_token_points",
        "test_doors.py::test_an_address_must_be_a_web_address",
    ],
    94: [
        "ledger/test_failure.py::test_a_killed_backend_under_load_leaves_no_gap_and_no_double",
        "ledger/test_failure.py::test_a_batch_whose_commit_was_in_doubt_stands_once",
    ],
    99: [
        "ledger/test_failure.py::test_a_clock_that_is_off_releases_nothing",
        "ledger/test_failure.py::test_a_clock_that_steps_between_two_looks_is_noticed_at_once",
    ],
}
"""Attacks that are tried where what they attack is, or where 5,000 timed samples are taken."""


def here() -> set[int]:
    """The numbers in the names of the attacks' own tests: `test_14_and_15_…`, `test_92_…`."""
    found = set()
    for file in Path(__file__).parent.glob("test_*.py"):
        for name in re.findall(r"^(?:async )?def test_(\w+)\(", file.read_text(), flags=re.M):
            found |= {int(one) for one in re.findall(r"(?:^|_and_)(\d{2,3})(?=_)", name)}
    return found


def test_every_attack_is_tried() -> None:
    assert NUMBERS - here() - ELSEWHERE.keys() == set()


def test_what_is_tried_elsewhere_is_there() -> None:
    for number, places in ELSEWHERE.items():
        for place in places:
            file, _, name = place.partition("::")
            assert (TESTS / file).exists(), f"{number}: {file}"
            assert not name or f"def {name}(" in (TESTS / file).read_text(), f"{number}: {place}"
