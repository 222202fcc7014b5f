"""Attack 67 and trust.md §1.2: no register older than one that has served ever serves again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.commands.serve import serve
from gateway.register import InvalidRegister, Register, read, signed
from gateway.register.seen import advance
from subgraphs.__main__ import trusted

TEXT = Path("schema/register.toml").read_text()
KEYS = {name: Ed25519PrivateKey.generate() for name in ("Guardian", "DPO")}


def edition(number: int, *, changed: bool = False) -> str:
    text = TEXT.replace("edition = 1\n", f"edition = {number}\n")
    return text.replace('"SC.SEN" = "C"', '"SC.SEN" = "E"', 1) if changed else text


def register(number: int, *, changed: bool = False) -> Register:
    return read(edition(number, changed=changed).encode())


@pytest.fixture
def signers(tmp_path: Path) -> Path:
    path = tmp_path / "signers.toml"
    lines = [f'"{name}" = "{signed.public_text(key)}"' for name, key in KEYS.items()]
    path.write_text("\n".join(lines))
    return path


def written(path: Path, text: str, names: tuple[str, ...] = tuple(KEYS)) -> Path:
    """A register file with these people's signatures beside it."""
    path.write_text(text)
    found = signed.Signatures()
    for name in names:
        found = signed.sign(path.read_bytes(), name, KEYS[name], found)
    signed.signature_path(path).write_bytes(signed.written(found))
    return path


def in_force(text: str) -> str:
    return text.replace('status = "draft"', 'status = "signed"')


def test_a_later_register_serves_and_an_earlier_one_never_again(tmp_path: Path) -> None:
    seen = tmp_path / "keys" / "register.seen"

    for number in (3, 3, 4, 7):
        advance(seen, register(number))
    for number in (6, 4, 1):
        with pytest.raises(InvalidRegister, match="7 has served here"):
            advance(seen, register(number))
    advance(seen, register(7))


def test_two_registers_of_one_edition_are_one_too_many(tmp_path: Path) -> None:
    advance(tmp_path / "seen", register(2))

    with pytest.raises(InvalidRegister, match="count the edition up"):
        advance(tmp_path / "seen", register(2, changed=True))
    advance(tmp_path / "seen", register(3, changed=True))


@pytest.mark.parametrize("damage", ["", "{}", "null", '{"edition": 0}', '{"edition": "7"}', "x"])
def test_a_memory_that_cannot_be_read_serves_nothing(tmp_path: Path, damage: str) -> None:
    (tmp_path / "seen").write_text(damage)

    with pytest.raises(InvalidRegister, match="cannot be read"):
        advance(tmp_path / "seen", register(9))


def test_a_register_without_an_edition_is_none() -> None:
    for text in (TEXT.replace("edition = 1\n", ""), edition(0), edition(-1)):
        with pytest.raises(InvalidRegister, match="edition"):
            read(text.encode())


@pytest.mark.parametrize(
    ("prepared", "says"),
    [
        (lambda path: written(path, in_force(edition(2)), ("Guardian",)), "2 people must sign"),
        (lambda path: written(path, in_force(edition(2)), ()), "2 people must sign"),
        (lambda path: written(path, edition(2)), "draft"),
        (
            lambda path: written(
                path,
                in_force(edition(2))
                .replace("effective_from = 2026-11-22", "effective_from = 2019-01-01")
                .replace("review_by = 2027-11-22", "review_by = 2020-01-01"),
            ),
            "was to be reviewed by 2020-01-01",
        ),
        (
            lambda path: written(
                path,
                in_force(edition(2))
                .replace("effective_from = 2026-11-22", "effective_from = 2126-11-22")
                .replace("review_by = 2027-11-22", "review_by = 2127-11-22"),
            ),
            "not yet",
        ),
        (lambda path: written(path, in_force(edition(1))), "has served here"),
        (lambda path: _swapped(written(path, in_force(edition(3)))), "does not fit these bytes"),
    ],
)
def test_67_neither_gateway_nor_subgraph_starts_on_a_register_that_may_not_serve(
    tmp_path: Path, signers: Path, prepared: Any, says: str
) -> None:
    keys = tmp_path / "keys"
    advance(keys / "register.seen", register(2))
    advance(tmp_path / "schools.register.seen", register(2))
    path = prepared(tmp_path / "register.toml")
    issuers = tmp_path / "issuers.toml"
    issuers.write_text("")
    gateway_keys = tmp_path / "gateway.json"
    gateway_keys.write_text('{"keys": []}')

    started = CliRunner().invoke(
        serve,
        [
            "--supergraph", "schema/supergraph.graphql", "--register", str(path),
            "--signers", str(signers), "--issuers", str(issuers), "--keys", str(keys),
            "--ledger", "postgresql://nowhere.invalid/x",
        ],
    )  # fmt: skip
    given = {
        "register": path, "signers": signers, "also": (), "uses": (), "keys": gateway_keys,
        "data": tmp_path, "open_sdl": False,
    }  # fmt: skip

    assert started.exit_code != 0
    assert says in started.output
    with pytest.raises(InvalidRegister, match=says):
        trusted("schools", given)


def test_a_subgraph_takes_the_register_before_and_after_its_own_while_a_change_is_carried_through(
    tmp_path: Path, signers: Path
) -> None:
    gateway_keys = tmp_path / "gateway.json"
    gateway_keys.write_text('{"keys": []}')
    now = written(tmp_path / "now.toml", in_force(edition(5)))
    after = written(tmp_path / "after.toml", in_force(edition(6)))
    unsigned = written(tmp_path / "unsigned.toml", in_force(edition(6)), ("DPO",))
    given = {
        "register": now, "signers": signers, "also": (after,), "uses": (), "keys": gateway_keys,
        "data": tmp_path, "open_sdl": False,
    }  # fmt: skip

    trust = trusted("schools", given)

    assert [one.document.edition for one in (trust.register, *trust.also)] == [5, 6]
    with pytest.raises(InvalidRegister, match="2 people must sign"):
        trusted("schools", {**given, "also": (unsigned,)})


def _swapped(path: Path) -> Path:
    path.write_text(path.read_text().replace('"SC.SEN" = "C"', '"SC.SEN" = "E"', 1))
    return path
