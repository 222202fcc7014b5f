from __future__ import annotations

import stat
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from subgraphs.link.keys import NUMBERS, Keys, keys_in


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return keys_in(tmp_path)


def test_keys_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    first, second = keys_in(tmp_path), keys_in(tmp_path)

    assert first.index("UPN", "x") == second.index("UPN", "x")
    assert stat.S_IMODE((tmp_path / "link.keys").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["link.keys"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_read_back_from_its_own_cipher_and_no_other(keys: Keys, number: str) -> None:
    cipher = keys.sealed(number, "9000000009")

    assert keys.unsealed(number, cipher) == "9000000009"
    assert b"9000000009" not in cipher
    for other in set(NUMBERS) - {number}:
        with pytest.raises(InvalidTag):
            keys.unsealed(other, cipher)


def test_the_same_text_is_indexed_differently_in_each_island(keys: Keys) -> None:
    assert len({keys.index(number, "9000000009") for number in NUMBERS}) == len(NUMBERS)


def test_two_deployments_index_and_name_a_child_differently(tmp_path: Path) -> None:
    here, there = keys_in(tmp_path / "a"), keys_in(tmp_path / "b")
    child = uuid4()

    assert here.index("NHS", "9000000009") != there.index("NHS", "9000000009")
    assert here.subject(child) != there.subject(child)
    assert there.inward(here.outward(child, "838", "send"), "838", "send") is None


def test_an_id_is_read_back_only_for_whom_it_was_given(keys: Keys) -> None:
    child = uuid4()
    outward = keys.outward(child, "838", "send")

    assert keys.inward(outward, "838", "send") == child
    assert keys.inward(outward, "839", "send") is None
    assert keys.inward(outward, "838", "health") is None
    assert keys.inward(outward[:-1], "838", "send") is None
    assert keys.inward("no id at all!", "838", "send") is None
    assert keys.inward("", "838", "send") is None
    assert keys.inward("é" * 43, "838", "send") is None


def test_the_ledgers_name_of_a_child_is_not_its_id(keys: Keys) -> None:
    child = uuid4()

    assert keys.subject(child) not in keys.outward(child, "838", "send")
    assert child.hex not in keys.subject(child)
