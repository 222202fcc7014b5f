from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from subgraphs.returns.store import Miscounted
from tests.subgraphs.returns.conftest import Database
from tests.subgraphs.returns.samples import (
    CHILD,
    CHILDREN_903,
    CIN_HEADER,
    LEARNER,
    LEAVERS,
    NEEDS,
    OTHER_CHILD,
    PROGRESSION,
    PUPILS,
    SCHOOLS,
    UNNUMBERED_LEARNER,
    cin,
    ilr,
)

Loads = Callable[..., Result]
Writes = Callable[..., Path]
OF_201 = ("--authority", "201", "--year", "2025")


def test_a_cin_census_becomes_the_authoritys_children_referrals_and_plans(
    loads: Loads, writes: Writes, database: Database
) -> None:
    ran = loads("cin", writes("cin.xml", cin(CHILD, OTHER_CHILD)))

    assert (ran.exit_code, ran.output.splitlines()[-1]) == (0, "read 9, stored 9, reported 0")
    children = database.rows("select * from local_authority.child order by local_child_id")
    assert [
        (row["source"], str(row["as_at"]), row["la_code"], row["local_child_id"], row["sex"])
        for row in children
    ] == [
        ("cin/201/2025", "2025-03-31", "201", "C1", "F"),
        ("cin/201/2025", "2025-03-31", "201", "C2", "U"),
    ]
    assert children[0]["disabilities"] == ["HAND", "HEAR"]
    assert (children[0]["upn"], children[0]["upn_check"]) == ("B801200005001", "PASSED")
    assert (children[0]["former_upn"], children[0]["former_upn_check"]) == (None, "FAILED")
    assert children[0]["former_upn_as_filed"] == "A801200005001"
    assert children[1]["sex_as_filed"] == "9"
    referrals = "select sequence, referral_nfa from local_authority.cin_details where local_child_id = 'C1' order by 1"
    assert [tuple(row.values()) for row in database.rows(referrals)] == [(1, False), (2, True)]
    (plan,) = database.rows("select * from local_authority.cin_plan_dates")
    assert (plan["local_child_id"], plan["referral"]) == ("C1", 2)
    (protection,) = database.rows("select * from local_authority.child_protection_plan")
    assert [str(day) for day in protection["cpp_review_dates"]] == ["2025-01-15", "2025-03-01"]


def test_a_903_header_becomes_children_of_the_authority_the_command_names(
    loads: Loads, writes: Writes, database: Database
) -> None:
    path = writes(
        "any-name.csv", CHILDREN_903 + "C1,2,27/03/2008,WROM,D051910639385,1.0,01/02/2024\n"
    )

    ran = loads("ssda903", *OF_201, path)

    assert ran.exit_code == 0
    (row,) = database.rows("select * from local_authority.child")
    assert (row["la_code"], row["sex"], row["mother"], str(row["as_at"])) == (
        "201",
        "F",
        True,
        "2025-03-31",
    )
    assert (row["upn"], row["upn_as_filed"], row["upn_check"]) == (None, "D051910639385", "FAILED")


def test_pupils_on_and_off_roll_stand_beside_each_other_and_their_needs_find_them(
    loads: Loads, writes: Writes, database: Database
) -> None:
    on = writes(
        "a", PUPILS + "p1,SCH1,s1,1,21db2df8-fa0,9276308686,2013-Jul-19 00:00:00,M,C,E,aside\n"
    )
    off = writes(
        "b", LEAVERS + "p1,SCH1,s9,1,B801200005001,2012-Jul-19 00:00:00,F,2025-Jan-31 00:00:00\n"
    )
    needs = writes("c", NEEDS + "p1,SCH1,n1,1,s1,1.0,SEMH\n")

    first = loads("school-census", *OF_201, on, off, needs)
    again = loads("school-census", *OF_201, on)

    assert (first.exit_code, again.exit_code) == (0, 0)
    pupils = database.rows("select * from schools.pupil order by on_roll desc")
    assert [
        (row["on_roll"], row["upn"], row["upn_check"], str(row["as_at"])) for row in pupils
    ] == [
        (True, None, "FAILED", "2025-01-16"),
        (False, "B801200005001", "PASSED", "2025-01-16"),
    ]
    assert pupils[0]["unique_learner_number"] == "9276308686"
    found = database.rows(
        "select sen_type, sen_type_rank from schools.sen_need join schools.pupil using (source, record)"
    )
    assert [tuple(row.values()) for row in found] == [("SEMH", 1)]
    assert database.value("select items from returns.further") == '{"missingaddress": ["aside"]}'


def test_an_ilr_becomes_learners_aims_and_destinations(
    loads: Loads, writes: Writes, database: Database
) -> None:
    ran = loads("ilr", writes("ilr.xml", ilr(LEARNER, UNNUMBERED_LEARNER, PROGRESSION)))

    assert (ran.exit_code, ran.output.splitlines()[-1]) == (0, "read 13, stored 13, reported 0")
    learners = database.rows("select * from learners.learner order by learn_ref_number")
    assert [(row["ukprn"], row["uln"], row["uln_check"]) for row in learners] == [
        ("10004321", "9276308686", "PASSED"),
        ("10004321", None, "NOT_YET_KNOWN"),
    ]
    assert learners[0]["family_name"] == "Sméth"
    assert learners[0]["ni_number"] is None
    assert learners[0]["ni_number_as_filed"] == "QQ123456C"
    assert '"financial_support": [{"fintype": 1, "finamount": 500}]' in learners[0]["learner_he"]
    (aim,) = database.rows("select * from learners.learning_delivery")
    assert aim["learning_delivery_fam"] == (
        '[{"learn_del_fam_code": "107", "learn_del_fam_type": "SOF"}, '
        '{"learn_del_fam_code": "1", "learn_del_fam_type": "ACT", "learn_del_fam_date_from": "2024-09-02"}]'
    )
    (gone_to,) = database.rows("select * from learners.dp_outcome")
    assert (gone_to["uln"], gone_to["out_type"]) == ("9276308686", "EDU")


def test_a_gias_extract_replaces_the_schools_it_holds_and_leaves_the_rest(
    loads: Loads, writes: Writes, database: Database
) -> None:
    both = "100000,201,The School,1,Open,,Good\n100004,202,The Nursery,2,Closed,31-08-1992,\n"
    later = "100000,201,The New School,1,Open,01/09/2024,Good\n"

    loads("gias", writes("all.csv", SCHOOLS + both))
    loads("gias", writes("some.csv", SCHOOLS + later))

    schools = database.rows("select urn, name, open_date::text from schools.school order by urn")
    assert [tuple(row.values()) for row in schools] == [
        ("100000", "The New School", "2024-09-01"),
        ("100004", "The Nursery", "1992-08-31"),
    ]


EVERYTHING = """
    select (select array_agg(c order by local_child_id) from local_authority.child c)::text as children,
           (select array_agg(d order by local_child_id, sequence) from local_authority.cin_details d)::text as referrals,
           (select array_agg(a) from local_authority.assessment a)::text as assessments
"""


def test_loading_a_file_again_gives_the_same_rows_and_says_so(
    loads: Loads, writes: Writes, database: Database
) -> None:
    path = writes("cin.xml", cin(CHILD, OTHER_CHILD))
    loads("cin", path)
    before = database.rows(EVERYTHING)

    ran = loads("cin", path)

    assert "the same file again" in ran.output
    assert ran.output.splitlines()[-1] == "read 9, stored 9, reported 0"
    assert database.rows(EVERYTHING) == before


def test_a_newer_file_of_the_same_return_replaces_the_older_whole(
    loads: Loads, writes: Writes, database: Database
) -> None:
    loads("cin", writes("old.xml", cin(CHILD, OTHER_CHILD)))

    newer = CIN_HEADER.replace("2025-05-01T10", "2025-06-01T10")
    ran = loads("cin", writes("new.xml", cin(OTHER_CHILD, header=newer)))

    assert "in place of old.xml" in ran.output
    assert (
        database.value("select string_agg(local_child_id, ' ') from local_authority.child") == "C2"
    )
    assert database.value("select count(*) from local_authority.assessment") == 0
    assert database.value("select count(*) from returns.file where replaced_by is null") == 1


def test_an_older_file_does_not_replace_a_newer_one_unless_told_to(
    loads: Loads, writes: Writes, database: Database
) -> None:
    older = writes(
        "old.xml", cin(OTHER_CHILD, header=CIN_HEADER.replace("2025-05-01T10", "2025-04-01T10"))
    )
    loads("cin", writes("new.xml", cin(CHILD)))

    refused = loads("cin", older)
    assert (refused.exit_code, database.value("select count(*) from local_authority.child")) == (
        2,
        1,
    )
    assert "written before" in refused.stderr

    assert loads("cin", "--older", older).exit_code == 0
    assert database.value("select local_child_id from local_authority.child") == "C2"


def test_another_years_return_and_other_systems_rows_are_left_alone(
    loads: Loads, writes: Writes, database: Database
) -> None:
    database.rows(
        "insert into local_authority.child (source, as_at, la_code, local_child_id) values ('system', now(), '201', 'C1') returning 1"
    )
    loads("cin", writes("a.xml", cin(CHILD, header=CIN_HEADER.replace("2025<", "2024<"))))

    loads("cin", writes("b.xml", cin(CHILD)))

    sources = "select string_agg(source, ' ' order by source) from local_authority.child"
    assert database.value(sources) == "cin/201/2024 cin/201/2025 system"


def test_a_file_that_breaks_off_leaves_nothing_behind(
    loads: Loads, writes: Writes, database: Database
) -> None:
    good = writes("good.xml", cin(CHILD))
    loads("cin", good)
    before = database.rows(EVERYTHING)

    many = "".join(OTHER_CHILD.replace("C2", f"X{number}") for number in range(3_000))
    ran = loads("cin", writes("bad.xml", cin(many)[:-30]))

    assert (ran.exit_code, ran.output.splitlines()[-1]) == (2, "read 0, stored 0, reported 0")
    assert database.rows(EVERYTHING) == before


def test_a_child_given_twice_is_stored_once_and_all_of_the_second_is_reported(
    loads: Loads, writes: Writes, database: Database
) -> None:
    ran = loads("cin", writes("cin.xml", cin(OTHER_CHILD, CHILD, OTHER_CHILD)))

    assert (ran.exit_code, ran.output.splitlines()[-1]) == (1, "read 11, stored 9, reported 2")
    reasons = database.rows("select line, reason from returns.reported order by record")
    assert [tuple(row.values()) for row in reasons] == [
        (25, "REPEATED_ROW"),
        (28, "PARENT_NOT_STORED"),
    ]


def test_what_stands_inside_a_record_that_is_not_stored_is_reported_with_it(
    loads: Loads, writes: Writes
) -> None:
    ran = loads("cin", writes("cin.xml", cin(CHILD.replace("WBRI", "MARS"), OTHER_CHILD)))

    assert ran.output.splitlines()[-1] == "read 9, stored 2, reported 7"
    assert "UNKNOWN_CODE 1" in ran.output
    assert "PARENT_NOT_STORED 6" in ran.output


@pytest.mark.parametrize(
    ("header", "asked", "says"),
    [
        (CIN_HEADER, ("--authority", "202"), "does not agree with --authority"),
        ("", (), "give --authority and --year"),
        (CIN_HEADER.replace("201", "E09"), (), "three digits"),
        (CIN_HEADER.replace("2025-03-31", "soon"), (), "no readable date"),
        (CIN_HEADER.replace(">CIN<", ">SEN2<"), (), "another collection"),
        (CIN_HEADER + CIN_HEADER, (), "more than once"),
        (CIN_HEADER.replace("<LEA>201", "<LEA>202</LEA><LEA>201"), (), "give --authority"),
    ],
)
def test_a_file_whose_return_is_in_doubt_is_refused(
    loads: Loads, writes: Writes, header: str, asked: tuple[str, ...], says: str
) -> None:
    ran = loads("cin", *asked, writes("cin.xml", cin(CHILD, header=header)))

    assert ran.exit_code == 2
    assert says in ran.stderr


def test_a_health_number_in_a_column_nobody_asked_for_is_not_kept(
    loads: Loads, writes: Writes, database: Database
) -> None:
    heading = CHILDREN_903.replace("\n", ",NHS Number\n")
    rows = "C1,1,27/03/2008,WBRI,,,,943 476 5919\nC2,1,27/03/2008,WBRI,,,,none\n"

    ran = loads("ssda903", *OF_201, writes("header.csv", heading + rows))

    assert ran.output.splitlines()[-1] == "read 2, stored 1, reported 1"
    assert database.value("select items from returns.further") == '{"NHS Number": ["none"]}'


def test_when_the_count_does_not_come_out_nothing_is_stored(
    loads: Loads, writes: Writes, database: Database
) -> None:
    losing = """
        create function lose() returns trigger language plpgsql as 'begin return null; end';
        create trigger lose before insert on local_authority.section47
        for each row execute function lose()
    """
    database.run(losing)
    try:
        with pytest.raises(Miscounted, match="read 7, stored 6, reported 0"):
            loads("cin", writes("cin.xml", cin(CHILD)))
    finally:
        database.run("drop function lose() cascade")

    assert database.value("select count(*) from local_authority.child") == 0


def test_a_load_that_is_killed_leaves_the_database_as_it_was_and_can_be_run_again(
    loads: Loads, writes: Writes, database: Database
) -> None:
    loads("ssda903", *OF_201, writes("old.csv", CHILDREN_903 + "OLD,1,27/03/2008,WBRI,,,\n"))
    rows = (f"C{number},1,27/03/2008,WBRI,,,\n" for number in range(150_000))
    large = writes("large.csv", CHILDREN_903 + "".join(rows))
    command = "from gateway.commands.load import load; load()"
    asked = ["ssda903", *OF_201, "--database", database.url, str(large)]

    running = subprocess.Popen([sys.executable, "-c", command, *asked], stderr=subprocess.PIPE)
    _wait_until_copying(database)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()

    assert running.returncode == -signal.SIGKILL
    assert (
        database.value("select string_agg(local_child_id, ' ') from local_authority.child") == "OLD"
    )
    assert database.value("select count(*) from returns.file") == 1
    new = writes("new.csv", CHILDREN_903 + "NEW,1,27/03/2008,WBRI,,,\n")
    assert loads("ssda903", *OF_201, new).exit_code == 0
    assert (
        database.value("select string_agg(local_child_id, ' ') from local_authority.child") == "NEW"
    )


def _wait_until_copying(database: Database) -> None:
    copying = "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'copy %stage_%'"
    deadline = time.monotonic() + 30
    while not database.value(copying):
        assert time.monotonic() < deadline, "the load never began to copy"
