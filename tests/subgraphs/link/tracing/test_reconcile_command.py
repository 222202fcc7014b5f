"""`causeway reconcile` over HTTP against the stand-in: the seven statuses, and addresses, for a whole file."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

import asyncpg
from click.testing import CliRunner

from gateway.commands.reconcile import reconcile
from tests.subgraphs.link.tracing.nhs import ANNE, BEN, OLD_BEN

HEADINGS = "GivenName,Surname,DOB,Gender,PostCode,NHSNumber,SourceID,AddressLine1,AddressHistory\n"
ROWS = f"""\
Ben,Baker,2012-05-06,male,LS1 1AA,{BEN},same,12 Mill Lane,
Ben,Baker,2012-05-06,female,LS1 1AA,{BEN},gender,,"9 Oak Road, LS9 9ZZ | 12 Mill Lane, LS1 1AA"
Ben,Baker,2012-05-06,male,LS1 1AA,9000000018,malformed,,
Ben,Baker,2012-05-06,male,LS1 1AA,9111231130,nobody's,,
Ben,Baker,2012-05-06,male,LS1 1AA,{OLD_BEN},old,,
Ben,Baker,2012-05-06,male,LS1 1AA,{ANNE},Anne's,,
No,Body,2012-05-06,,,{ANNE},stranger,,
,,,,,,nothing,,
"""


async def test_a_file_comes_to_the_seven_statuses_and_names_no_more_than_fields(
    connections: asyncpg.Pool, database_url: str, nhs_url: str, tmp_path: Path
) -> None:
    file, out = tmp_path / "held.csv", tmp_path / "out.csv"
    file.write_text(HEADINGS + ROWS)
    asked = [
        str(file), "--database", database_url, "--data", str(tmp_path / "keys"), "--pds", nhs_url,
        "--sandbox", "--rate", "5000", "--output", str(out),
    ]  # fmt: skip

    ended = await asyncio.to_thread(CliRunner().invoke, reconcile, asked)
    again = await asyncio.to_thread(CliRunner().invoke, reconcile, asked)

    assert ended.exit_code == 1, ended.output  # one row said nothing to go by
    assert "handed in before" in again.output
    lines = {row["reference"]: row for row in csv.DictReader(out.read_text().splitlines())}
    assert {name: row["reconciliation"] for name, row in lines.items()} == {
        "same": "NoDifferences",
        "gender": "Differences",
        "malformed": "LocalNhsNumberIsNotValid",
        "nobody's": "LocalNhsNumberIsNotFoundInNhs",
        "old": "LocalNhsNumberIsSuperseded",
        "Anne's": "Differences",
        "stranger": "LocalDemographicsDidNotMatchToAnNhsNumber",
        "nothing": "Error",
    }
    assert lines["same"]["primaryAddressSame"] == "yes"
    assert lines["gender"]["different"] == "gender"
    stated = ("primaryAddressSame", "addressHistoriesMeet", "primaryHereInNhsHistory", "primaryNhsInHistoryHere")  # fmt: skip
    assert [lines["gender"][name] for name in stated] == ["no", "yes", "no", "yes"]
    assert not [secret for secret in (ANNE, BEN, "Mill", "LS1") if secret in out.read_text()]
