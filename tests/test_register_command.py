from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.commands.register import register

REGISTER = Path("schema/register.toml")
GRAPH = Path("tests/purpose/graph.graphql")
COORDINATOR = ["--purpose", "EHC_NEEDS_ASSESSMENT", "--role", "ehc_coordinator"]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(register, list(map(str, arguments)))


PLANNER = ["--purpose", "LOCAL_SERVICE_PLANNING", "--role", "analyst", "--kind", "LA"]


def test_explain_says_which_switch_is_off_and_what_is_counted_once_it_is_on() -> None:
    counts = ("explain", "Query.senSupportByYearGroup", *PLANNER)

    off, on = run(*counts), run(*counts, "--use", "universal_plus")

    assert (off.exit_code, on.exit_code) == (2, 0)
    assert "with --use universal_plus it is on" in off.output
    assert "counted once a month" in on.output
    assert "for each child" not in on.output


def test_the_matrix_shows_every_category_of_every_purpose() -> None:
    text, table = run("matrix").output, run("matrix", "--format", "csv").output
    page = run("matrix", "--format", "html").output

    rows = list(csv.DictReader(io.StringIO(table)))
    by_category = {row["category"]: row for row in rows}
    assert len(rows[0]) == 26
    assert by_category["SC.FSM"]["EHC_NEEDS_ASSESSMENT"] == "never"
    assert by_category["SC.CHAR"]["EHC_NEEDS_ASSESSMENT"] == "closed"
    assert by_category["LA.PLACELOC"]["CP_S47_ENQUIRY"] == "what it says, if second_person"
    for row in rows:
        assert f"\n{row['category']} " in text
        assert f"<code>{row['category']}</code>" in page
    assert "not legal advice" in text
    assert page.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("coordinate", "code", "says"),
    [
        ("Pupil.sen", 0, "Pupil.sen: open to ehc_coordinator"),
        ("Pupil.meals", 1, "PROHIBITED"),
        ("Pupil.meals", 1, "EHC_NEEDS_ASSESSMENT: never"),
        ("AuthorityChild.risk", 1, "Category of abuse"),
        ("AuthorityChild.status", 1, "EXISTENCE_ONLY"),
        ("Child.pupil", 0, "only leads to an object"),
        ("Pupil.nickname", 2, "no field"),
        ("Identifiable.value", 2, "no field"),
        ("Pupil", 2, "Type.field"),
    ],
)
def test_explain_says_why_and_names_the_rows(coordinate: str, code: int, says: str) -> None:
    result = run("explain", coordinate, *COORDINATOR, "--kind", "LA", "--supergraph", GRAPH)

    assert result.exit_code == code
    assert says in result.output


def test_explain_knows_that_a_use_is_off() -> None:
    who = ["--purpose", "SCHOOL_TRANSFER", "--role", "school_admin", "--supergraph", GRAPH]

    off = run("explain", "Pupil.child", *who)
    on = run("explain", "Pupil.child", *who, "--use", "universal")

    assert (off.exit_code, on.exit_code) == (1, 0)
    assert "USE_NOT_SWITCHED_ON" in off.output


def test_check_says_what_would_be_withheld(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole.graphql", tmp_path / "part.graphql"
    whole.write_text("{ pupil(upn: 1) { sen } }")
    part.write_text("{ pupil(upn: 1) { sen lunch: meals } }")

    good = run("check", whole, *COORDINATOR, "--supergraph", GRAPH)
    bad = run("check", part, *COORDINATOR, "--supergraph", GRAPH)

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert "withheld  pupil.lunch  Pupil.meals  PROHIBITED (SC.FSM)" in bad.output
    assert "asked of schools: Pupil.sen, Query.pupil" in good.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--purpose", "NOTHING", "--role", "dpo"], "is no purpose"),
        (["--purpose", "CP_S47_ENQUIRY", "--role", "analyst"], "it may by"),
        ([*COORDINATOR, "--kind", "POLICE"], "it may for"),
    ],
)
def test_what_cannot_be_said_says_what_can(arguments: list[str], says: str, tmp_path: Path) -> None:
    operation = tmp_path / "operation.graphql"
    operation.write_text("{ nothing }")

    result = run("check", operation, *arguments, "--supergraph", GRAPH)

    assert result.exit_code == 2
    assert says in result.output


def test_check_refuses_what_is_no_operation(tmp_path: Path) -> None:
    operation = tmp_path / "operation.graphql"
    operation.write_text("{ nothing }")

    result = run("check", operation, *COORDINATOR, "--supergraph", GRAPH)

    assert result.exit_code == 2
    assert "nothing" in result.output


def test_diff_says_what_a_change_opens_closes_and_alters(tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    text = REGISTER.read_text()
    start = text.index("[purpose.MASH_TRIAGE]")
    changed = (
        text[start:]
        .replace('"SC.SAFEG" = "E"', '"SC.SAFEG" = "C"', 1)
        .replace('"SC.ENROL" = "C"', "", 1)
        .replace('"LA.EHCTEXT"', '"LA.CLA"', 1)
        .replace('"SC.CORE" = "C"', '"SC.CORE" = { grant = "C", conditions = ["consent"] }', 1)
    )
    new.write_text(text[:start].replace("s16LC = false", "s16LC = true") + changed)

    result = run("diff", REGISTER, new)
    same = run("diff", REGISTER, REGISTER)

    assert (result.exit_code, same.exit_code) == (1, 0)
    assert same.output == ""
    for line in (
        "switch children_act_2004_s16LC: now on",
        "opens SC.SAFEG  [mash_practitioner]",
        "closes SC.ENROL  [mash_practitioner]",
        "forbids LA.CLA",
        "no longer forbids LA.EHCTEXT",
        "other conditions for SC.CORE  [mash_practitioner]",
        "opens N.NUMBER",
    ):
        assert line in result.output


def test_lint_finds_what_a_reviewer_should_see(tmp_path: Path) -> None:
    path = tmp_path / "register.toml"
    text = REGISTER.read_text()
    start = text.index("[purpose.ADOPTION_RECORD_ACCESS]")
    path.write_text(
        text[:start]
        .replace("[organisation_kind]", '[organisation_kind]\nCASTLE = "Castle"', 1)
        .replace("[role]", '[role]\nchief = { title = "Chief" }', 1)
        .replace('break_glass = ["relationship"]', 'break_glass = ["own_advice"]', 1)
        + text[start:].replace('{ grant = "C", second_person = true }', '"C"', 1)
    )

    result = run("lint", "--register", path)

    assert result.exit_code == 1
    for line in ("status: draft", "role chief", "stands in for own_advice", "LA.ADOPT is sealed"):
        assert line in result.output


def test_the_register_as_it_stands_waits_only_for_its_signatures() -> None:
    result = run("lint", "--supergraph", GRAPH)

    assert [line.split(":")[0] for line in result.output.splitlines()] == [
        "status",
        "24 purposes, 105 categories",
    ]


def test_lint_names_every_label_that_does_not_hold(tmp_path: Path) -> None:
    path = tmp_path / "graph.graphql"
    path.write_text(GRAPH.read_text().replace('"SC.ATT"', '"SC.OTHER"'))

    result = run("lint", "--supergraph", path)

    assert result.exit_code == 2
    assert "SC.OTHER" in result.output


def test_a_register_that_does_not_read_says_all_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "register.toml"
    path.write_text(REGISTER.read_text().replace('"SC.SEN" = "C"', '"SC.SEN" = "Z"'))

    result = run("matrix", "--register", path)

    assert result.exit_code == 2
    assert result.output.count("SC.SEN") >= 5


def key_of(folder: Path, name: str) -> Path:
    path = folder / f"{name}.pem"
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def test_a_register_serves_when_two_known_people_have_signed_it(tmp_path: Path) -> None:
    path, signers = tmp_path / "register.toml", tmp_path / "signers.toml"
    path.write_text(REGISTER.read_text().replace('status = "draft"', 'status = "signed"'))
    guardian, dpo = key_of(tmp_path, "guardian"), key_of(tmp_path, "dpo")
    at = ["--register", path]

    first = run("sign", "--name", "Guardian", "--key", guardian, *at)
    signers.write_text(first.output.splitlines()[-1])
    alone = run("verify", "--signers", signers, *at)
    again = run("sign", "--name", "Guardian again", "--key", guardian, *at)
    signers.write_text(signers.read_text() + "\n" + again.output.splitlines()[-1])
    twice = run("verify", "--signers", signers, *at)
    second = run("sign", "--name", "DPO", "--key", dpo, *at)
    unknown = run("verify", "--signers", signers, *at)
    signers.write_text(signers.read_text() + "\n" + second.output.splitlines()[-1])
    both = run("verify", "--signers", signers, *at)

    assert [one.exit_code for one in (alone, twice, unknown, both)] == [2, 2, 2, 0]
    assert "2 people must sign" in alone.output
    assert "2 people must sign" in twice.output
    assert "not among the known signers" in unknown.output
    assert "may serve" in both.output

    path.write_text(path.read_text().replace('"SC.SEN" = "C"', '"SC.SEN" = "E"', 1))
    assert "does not fit these bytes" in run("verify", "--signers", signers, *at).output


def test_a_draft_does_not_serve_however_many_signed_it(tmp_path: Path) -> None:
    path, signers = tmp_path / "register.toml", tmp_path / "signers.toml"
    path.write_bytes(REGISTER.read_bytes())
    lines = [
        run(
            "sign", "--name", name, "--key", key_of(tmp_path, name), "--register", path
        ).output.splitlines()[-1]
        for name in ("a", "b")
    ]
    signers.write_text("\n".join(lines))

    result = run("verify", "--signers", signers, "--register", path)

    assert result.exit_code == 2
    assert "draft" in result.output


@pytest.mark.parametrize("text", ["x", '"a" = "AAAA"', '"a" = 7', '"a" = "%%%"'])
def test_a_signers_file_that_cannot_be_read_signs_for_nobody(tmp_path: Path, text: str) -> None:
    path, signers = tmp_path / "register.toml", tmp_path / "signers.toml"
    path.write_bytes(REGISTER.read_bytes())
    run("sign", "--name", "a", "--key", key_of(tmp_path, "a"), "--register", path)
    signers.write_text(text)

    assert run("verify", "--signers", signers, "--register", path).exit_code == 2
