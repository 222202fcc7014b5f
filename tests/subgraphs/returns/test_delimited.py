from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subgraphs.returns.delimited import LONGEST_LINE
from subgraphs.returns.record import Reported, Row
from subgraphs.returns.source import FileRefused
from tests.subgraphs.returns.reading import faults, read, rows

Writes = Callable[..., Path]
HEADER = "CHILD,DOB,REVIEW,REVIEW_CODE"


def test_columns_may_stand_in_any_order_and_case(writes: Writes) -> None:
    path = writes("reviews.csv", " review_code ,Review,CHILD,dob\nPN1,30/08/2017,C1,27/03/2008\n")

    (row,) = rows(read("ssda903", path))

    assert row["local_child_id"] == "C1"
    assert row["review_code"] == "PN1"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_ending_ends_a_line(writes: Writes, end: str) -> None:
    lines = [HEADER, "C1,,30/08/2017,PN1", "C2,,30/08/2017,XX", "", "C3,,30/08/2017,PN2"]

    readings = read("ssda903", writes("reviews.csv", end.join(lines)))

    assert len(rows(readings)) == 2
    assert faults(readings) == [(3, "REVIEW_CODE", "UNKNOWN_CODE")]


def test_a_line_break_inside_quotes_is_text_and_later_lines_keep_their_numbers(
    writes: Writes,
) -> None:
    lines = ["URN,LinkURN,LinkName,LinkType,LinkEstablishedDate"]
    lines += ['130000,130001,"The\r\nOld\u2028School",Successor,', "130002,nope,,Successor,"]

    readings = read("gias", writes("links.csv", "\r\n".join(lines)))

    assert [row["linkname"] for row in rows(readings)] == ["The\r\nOld\u2028School"]
    assert faults(readings) == [(4, "LinkURN", "NOT_AN_IDENTIFIER")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_names_survive_each_encoding_that_returns_are_written_in(
    writes: Writes, encoding: str
) -> None:
    text = "URN,LinkURN,LinkName,LinkType\n130000,130001,Ecole Zoë – Sméth’s,Successor\n"

    (row,) = rows(read("gias", writes("links.csv", text.encode(encoding))))

    assert row["linkname"] == "Ecole Zoë – Sméth’s"


def test_a_character_cut_in_two_by_a_chunk_survives(writes: Writes) -> None:
    name = "é" * 3000
    text = "URN,LinkURN,LinkName,LinkType\n" + f"130000,130001,{name},a\n" * 30

    assert {row["linkname"] for row in rows(read("gias", writes("links.csv", text)))} == {name}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "no header row"),
        ("CHILD,DOB\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04\x00\x00", "not text"),
        (b"CHILD,\x81\n", "neither UTF-8 nor Windows-1252"),
        (b"name,age\nsomebody,4\n", "no header row"),
        (b"CHILD,DOB,REVIEW,REVIEW_CODE,DOB\n", "columns 2 and 5"),
        (b'CHILD,DOB,REVIEW,REVIEW_CODE\nC1,"unclosed\nC2,,,\n', "from line 2"),
        (b"CHILD,DOB,REVIEW,REVIEW_CODE\n" + b"x" * (LONGEST_LINE + 70_000), "longer than"),
        (b"CHILD,DOB,REVIEW,REVIEW_CODE\n" + b"x" * 140_000 + b",,,\n", "field limit"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_place(
    writes: Writes, content: bytes, says: str
) -> None:
    path = writes("some.csv", content)

    with pytest.raises(FileRefused, match=says) as refused:
        read("ssda903", path)

    assert str(path) in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="cannot be opened"):
        read("ssda903", tmp_path / "nowhere.csv")


def test_a_file_without_its_header_row_does_not_give_away_the_row_it_begins_with(
    writes: Writes,
) -> None:
    with pytest.raises(FileRefused) as refused:
        read("ssda903", writes("some.csv", "9434765919,9434765919,27/03/2008\n"))

    assert "9434765919" not in str(refused.value)


def test_a_file_that_changes_while_it_is_read_is_refused(writes: Writes) -> None:
    from subgraphs.returns.formats import FORMATS
    from subgraphs.returns.source import look

    path = writes("reviews.csv", f"{HEADER}\nC1,,30/08/2017,PN1\n")
    source = look(path)
    path.write_text(f"{HEADER}\nC1,,30/08/2017,PN2\n")

    with pytest.raises(FileRefused, match="changed while it was read"):
        list(FORMATS["ssda903"].read(source))


def test_rows_with_too_many_too_few_or_no_cells_are_reported(writes: Writes) -> None:
    lines = [HEADER, "C1,,30/08/2017", "C1,,30/08/2017,PN1,PN1", ",,,", " ,,, "]

    assert faults(read("ssda903", writes("reviews.csv", "\n".join(lines)))) == [
        (2, "", "WRONG_WIDTH"),
        (3, "", "WRONG_WIDTH"),
        (4, "", "EMPTY_ROW"),
        (5, "", "EMPTY_ROW"),
    ]


def test_everything_wrong_with_a_row_is_reported_at_once(writes: Writes) -> None:
    path = writes("reviews.csv", f"{HEADER}\n,yesterday,,PN9\n")

    assert [item for _, item, _ in faults(read("ssda903", path))] == [
        "CHILD",
        "DOB",
        "REVIEW",
        "REVIEW_CODE",
    ]


def test_a_column_the_table_does_not_have_is_kept_as_it_came(writes: Writes) -> None:
    path = writes("reviews.csv", f"{HEADER},Notes\nC1,,30/08/2017,PN1,=1+1\nC2,,30/08/2017,PN1,\n")

    kept = [each.further for each in read("ssda903", path) if isinstance(each, Row)]

    assert kept == [{"Notes": ["=1+1"]}, {}]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["C1", "30/08/2017", "PN1", ""]
)  # fmt: skip


@given(st.lists(st.lists(cells, min_size=1, max_size=6), max_size=8))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_cells_hold_each_row_is_stored_or_reported_once(
    writes: Writes, table: list[list[str]]
) -> None:
    import csv
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)

    readings = read("ssda903", writes("reviews.csv", f"{HEADER}\n{text.getvalue()}"))

    assert all(isinstance(each, Row | Reported) for each in readings)
    assert [each.place.record for each in readings] == list(range(1, len(table) + 1))  # type: ignore[union-attr]
