"""The two forms of a file of people to trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.files import Unusable, sheet

DBS = '"21","L1","0","9000000009","20150610","","","","Archer","","Anne","","2","","","","","","WN1 1YN",""\n'


def _written(folder: Path, content: str | bytes) -> Path:
    path = folder / "people.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_headings_are_found_in_any_order_and_among_others(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        "\ufeffDOB,Surname,Column 4,Forename,Post Code,NHS Number,SourceID,\n"
        '07/08/2015,"O""Hara",?,Stef,DN15 6HJ,9000000009,17,\n'
        "\n"
        "08/08/2015,Short\n",
    )

    read = sheet(path)

    assert read.form == "sui"
    assert list(read.rows()) == [
        (2, Told("Stef", 'O"Hara', "07/08/2015", postcode="DN15 6HJ", nhs_number="9000000009", reference="17")),
        (4, Told("", "Short", "08/08/2015")),
    ]  # fmt: skip


def test_the_batch_services_own_form_goes_by_position(tmp_path: Path) -> None:
    read = sheet(_written(tmp_path, DBS * 2))

    assert read.form == "dbs"
    anne = Told("Anne", "Archer", "20150610", "2", "WN1 1YN", nhs_number="9000000009", reference="L1")  # fmt: skip
    assert list(read.rows()) == [(1, anne), (2, anne)]


def test_what_windows_writes_is_read(tmp_path: Path) -> None:
    path = _written(tmp_path, "GivenName,Surname,DOB\nZoë,Sméth,2012-05-06\n".encode("cp1252"))

    assert next(sheet(path).rows())[1].given == "Zoë"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "neither headings"),
        ("a,b,c\n1,2,3\n", "neither headings"),
        ("GivenName,Surname\nAnne,Archer\n", "neither headings"),
        (b"PK\x03\x04\0\0", "not text"),
        ('GivenName,Surname,DOB\n"Anne\rX"Y\n' + '"' + "x" * 140_000, "not CSV"),
    ],
)
def test_what_cannot_be_traced_is_refused_with_the_way_out(
    tmp_path: Path, content: str | bytes, why: str
) -> None:
    with pytest.raises(Unusable, match=why) as refused:
        sheet(_written(tmp_path, content))

    assert "Archer" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot be read"):
        sheet(tmp_path / "none.csv")
