from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from subgraphs.returns.markup import LARGEST_RECORD
from subgraphs.returns.record import Row
from subgraphs.returns.source import FileRefused
from tests.subgraphs.returns.reading import faults, read, rows
from tests.subgraphs.returns.samples import CHILD, OTHER_CHILD, cin

Writes = Callable[..., Path]


def test_each_record_comes_with_the_one_it_stands_in(writes: Writes) -> None:
    readings = [
        each for each in read("cin", writes("cin.xml", cin(CHILD))) if isinstance(each, Row)
    ]

    assert [
        (each.table.name.split(".")[1], each.place.parent, each.place.nth) for each in readings
    ] == [
        ("child", None, 1),
        ("cin_details", 1, 1),
        ("assessment", 2, 1),
        ("section47", 2, 1),
        ("child_protection_plan", 2, 1),
        ("cin_details", 1, 2),
        ("cin_plan_dates", 6, 1),
    ]


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE Message [<!ENTITY leak SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE Message SYSTEM "http://127.0.0.1:9/evil.dtd">',
        '<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>',
        "<!--" + "x" * 70_000 + "--><!DOCTYPE m [<!ENTITY % p SYSTEM 'file:///etc/hostname'> %p;]>",
    ],
)
def test_a_file_that_declares_a_document_type_is_refused_before_it_is_parsed(
    writes: Writes, attack: str
) -> None:
    path = writes("cin.xml", attack + cin(CHILD.replace("C1", "&leak;")))

    with pytest.raises(FileRefused, match="declares a document type"):
        read("cin", path)


@pytest.mark.parametrize("padding", range(65_520, 65_540))
def test_a_document_type_cut_in_two_by_a_chunk_is_still_seen(writes: Writes, padding: int) -> None:
    path = writes("cin.xml", f"<!--{' ' * (padding - 7)}--><!DOCTYPE m>" + cin(CHILD))

    with pytest.raises(FileRefused, match="declares a document type"):
        read("cin", path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (cin(CHILD)[:-20], "not well-formed"),
        (cin(CHILD).replace("</Assessments>", ""), "line 16 is not well-formed"),
        (cin(CHILD.replace("C1", "&nbsp;")), "not well-formed"),
        ("not xml at all", "not well-formed"),
        (cin(CHILD).encode("cp037"), "does not begin with a tag"),  # EBCDIC
        ("<Messages/>", "root element is Messages in no namespace"),
        ('<Message xmlns="ESFA/ILR/2024-25"/>', "ESFA/ILR/2024-25"),
        (b"\xff\xfe<\x00M\x00", "UTF-16"),
        ('<?xml version="1.0" encoding="utf-7"?>' + cin(CHILD), "encoding"),
        (cin(CHILD.replace("C1", "Zoë")).encode("cp1252"), "not well-formed"),
        ("<Message><Children>" + "<a>" * 400, "not well-formed"),
        (cin("<Child>" + "<x/>" * LARGEST_RECORD + "</Child>"), "one record has more than"),
    ],
)
def test_a_file_that_is_not_this_return_is_refused_with_the_place(
    writes: Writes, content: str | bytes, says: str
) -> None:
    path = writes("cin.xml", content)

    with pytest.raises(FileRefused, match=says) as refused:
        read("cin", path)

    assert str(path) in str(refused.value)


def test_a_syntax_error_does_not_give_away_what_the_file_says(writes: Writes) -> None:
    path = writes("cin.xml", cin(CHILD.replace("<LAchildID>C1", "<LAchildID>secret&<9434765919")))

    with pytest.raises(FileRefused) as refused:
        read("cin", path)

    assert "9434765919" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_windows_1252_is_read_where_the_file_declares_it(writes: Writes) -> None:
    text = '<?xml version="1.0" encoding="windows-1252"?>' + cin(
        CHILD.replace("WBRI", "WBRI<!--é-->")
    )

    assert rows(read("cin", writes("cin.xml", text.encode("cp1252"))))[0]["ethnicity"] == "WBRI"


def test_an_item_given_twice_is_reported_and_not_chosen_between(writes: Writes) -> None:
    twice = CHILD.replace("<Sex>F</Sex>", "<Sex>F</Sex><GenderCurrent>1</GenderCurrent>")

    assert faults(read("cin", writes("cin.xml", cin(twice)))) == [
        (7, "ChildIdentifiers/Sex", "REPEATED_ITEM")
    ]


def test_an_item_with_elements_inside_is_reported(writes: Writes) -> None:
    odd = CHILD.replace("<Sex>F</Sex>", "<Sex><b>F</b></Sex>")

    assert faults(read("cin", writes("cin.xml", cin(odd)))) == [
        (7, "ChildIdentifiers/Sex", "HAS_PARTS")
    ]


def test_what_the_return_does_not_define_is_kept_as_it_came(writes: Writes) -> None:
    odd = CHILD.replace("<Sex>", "stray<New at='1'>x<y>z</y></New><Sex>")

    first = next(each for each in read("cin", writes("cin.xml", cin(odd))) if isinstance(each, Row))

    assert first.further == {
        "ChildIdentifiers/#text": ["stray"],
        "ChildIdentifiers/New/@at": ["1"],
        "ChildIdentifiers/New/#text": ["x"],
        "ChildIdentifiers/New/y": ["z"],
    }


def test_a_record_the_return_does_not_define_and_text_between_records_are_reported(
    writes: Writes,
) -> None:
    readings = read("cin", writes("cin.xml", cin(CHILD, "<Adult/>", "stray", OTHER_CHILD, "end")))

    assert [(item, code) for _, item, code in faults(readings)] == [
        ("Children/Adult", "UNKNOWN_RECORD"),
        ("#text", "UNKNOWN_RECORD"),
        ("#text", "UNKNOWN_RECORD"),
    ]


def test_lines_past_65535_are_counted_right(writes: Writes) -> None:
    blank = "\n" * 70_000

    ((line, *_),) = faults(read("cin", writes("cin.xml", cin(blank, "<Adult/>"))))

    assert line > 70_000


_PEAK = """
import resource, sys
from pathlib import Path
from subgraphs.returns.formats import FORMATS
from subgraphs.returns.source import look
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
form, path = sys.argv[1], Path(sys.argv[2])
count = sum(1 for _ in FORMATS[form].read(look(path)))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("cin", lambda: cin(*[OTHER_CHILD] * 15_000)),
        (
            "ssda903",
            lambda: "CHILD,DOB,REVIEW,REVIEW_CODE\n" + "C1,27/03/2008,30/08/2017,PN1\n" * 150_000,
        ),
    ],
)
def test_memory_does_not_grow_with_the_file(
    writes: Writes, form: str, content: Callable[[], str]
) -> None:
    path = writes("large", content())
    assert path.stat().st_size > 4_000_000

    ran = subprocess.run(
        [sys.executable, "-c", _PEAK, form, str(path)], capture_output=True, text=True, check=True
    )

    count, grown = map(int, ran.stdout.split())
    assert count >= 30_000
    assert grown < 8_000  # KiB
