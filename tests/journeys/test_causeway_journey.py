"""`causeway journey`: the running demonstration asked from another shell, as whoever's journey it is."""

import asyncio
import json
import stat

import pytest
from click.testing import CliRunner

from gateway.commands import journey as command
from gateway.demo.journeys import journeys
from gateway.demo.shown import FILE, shown


async def said(folder, *arguments: str) -> tuple[int, str]:
    invoked = await asyncio.to_thread(
        CliRunner().invoke, command.journey, [*arguments, "--data", str(folder)]
    )
    return invoked.exit_code, invoked.output


@pytest.fixture
def folder(machine, tmp_path):
    with shown(machine.demo, tmp_path):
        yield tmp_path


async def test_every_journey_is_answered_and_recorded(machine, folder, monkeypatch) -> None:
    monkeypatch.setattr(command, "PAUSE", 0)
    for told in journeys(machine.demo.children):
        code, output = await said(folder, str(told.number))

        assert code == 0, output
        assert told.title in output
        assert output.count("Recorded before it was released") == len(told.asks), output
        assert "the request " not in output, "a refusal of the whole request"


async def test_the_list_names_them_all_and_who_asks(folder) -> None:
    code, output = await said(folder)

    assert code == 0
    assert {int(line[:3]) for line in output.splitlines()} >= set(range(1, 15)) - {9}
    assert "Young person (Jodie)" in output


async def test_an_adopted_childs_old_number_and_one_never_issued_look_the_same(
    folder, monkeypatch
) -> None:
    monkeypatch.setattr(command, "PAUSE", 0)
    _, output = await said(folder, "10")

    answers = [block.split("\n\n")[0] for block in output.split('{\n  "child"')[1:]]
    assert len(answers) == 2 and len(set(answers)) == 1


async def test_the_question_is_printed_when_wanted(folder) -> None:
    _, output = await said(folder, "1", "--question")

    assert "query EhcNeedsAssessment" in output


async def test_without_a_demo_it_says_what_to_start(tmp_path) -> None:
    code, output = await said(tmp_path, "1")

    assert code == 1
    assert "causeway demo" in output and "--data" in output


async def test_a_demo_that_went_away_is_said_to_be_away(folder) -> None:
    file = folder / FILE
    there = json.loads(file.read_text())
    file.write_text(json.dumps(there | {"url": "http://127.0.0.1:9"}))

    code, output = await said(folder, "1")

    assert code == 1 and "does not answer" in output


async def test_the_tokens_are_for_the_owner_alone_and_go_with_the_demo(machine, tmp_path) -> None:
    with shown(machine.demo, tmp_path):
        mode = stat.S_IMODE((tmp_path / FILE).stat().st_mode)

    assert mode == 0o600
    assert not (tmp_path / FILE).exists()
