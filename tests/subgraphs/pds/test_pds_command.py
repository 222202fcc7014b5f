"""`causeway pds`, as it is run beside a demonstration."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import orjson
import pytest
from click.testing import CliRunner

from gateway.commands.pds import pds
from subgraphs.population import population

COMMAND = "from gateway.commands.pds import pds; pds()"


def test_it_serves_the_invented_children_until_it_is_stopped(tmp_path: Path) -> None:
    number = population(1)[0].numbers.nhs
    words = ["--port", "0", "--sandbox", "--children", "3", "--key", str(tmp_path / "k")]
    serving = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words], stdout=subprocess.PIPE, text=True
    )
    try:
        assert serving.stdout is not None
        said = serving.stdout.readline()
        found = re.search(r"(\d+) patients at (http://127\.0\.0\.1:\d+\S+);", said)
        assert found, said
        asking = Request(f"{found[2]}/Patient/{number}", headers={"X-Request-ID": str(uuid4())})
        with urlopen(asking, timeout=10) as answer:
            patient = orjson.loads(answer.read())
        with pytest.raises(HTTPError) as refused:
            urlopen(f"{found[2]}/Patient/{number}", timeout=10)
        refused.value.close()
    finally:
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=20)

    assert patient["id"] == str(number)
    assert refused.value.code == 400
    assert serving.returncode == 0


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")

    ended = CliRunner().invoke(pds, ["--patients", str(tmp_path)])

    assert ended.exit_code == 2
    assert "broken.json is not JSON" in ended.output
