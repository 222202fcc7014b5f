"""ML-DSA-44 as the offline verifier checks it, against the signatures that `cryptography` makes."""

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from gateway.ledger import mldsa

KEY = MLDSA44PrivateKey.from_seed_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
TEXT = b"a checkpoint"
SIGNED = KEY.sign(TEXT)


@pytest.mark.parametrize("length", [0, 1, 135, 136, 4_000])
def test_what_another_implementation_signs_holds(length: int) -> None:
    key = MLDSA44PrivateKey.generate()

    assert mldsa.verifies(
        key.public_key().public_bytes_raw(), key.sign(b"x" * length), b"x" * length
    )


@pytest.mark.parametrize("place", [0, 31, 32, 1_000, 2_335, 2_336, 2_415, 2_416, 2_419])
def test_a_signature_with_one_bit_changed_does_not(place: int) -> None:
    changed = bytearray(SIGNED)
    changed[place] ^= 1

    assert mldsa.verifies(PUBLIC, SIGNED, TEXT)
    assert not mldsa.verifies(PUBLIC, bytes(changed), TEXT)


def test_another_text_key_or_length_does_not() -> None:
    other = MLDSA44PrivateKey.generate().public_key().public_bytes_raw()

    assert not mldsa.verifies(PUBLIC, SIGNED, TEXT + b".")
    assert not mldsa.verifies(other, SIGNED, TEXT)
    assert not mldsa.verifies(PUBLIC[:-1], SIGNED, TEXT)
    assert not mldsa.verifies(PUBLIC, SIGNED + b"\0", TEXT)


def test_a_hint_written_in_another_way_does_not() -> None:
    """The same hint with two places swapped, or with something after its end, is not the one that was signed."""
    start = len(SIGNED) - 84
    swapped = bytearray(SIGNED)
    swapped[start], swapped[start + 1] = swapped[start + 1], swapped[start]
    longer = bytearray(SIGNED)
    longer[start + SIGNED[-1]] = 1

    assert not mldsa.verifies(PUBLIC, bytes(swapped), TEXT)
    assert not mldsa.verifies(PUBLIC, bytes(longer), TEXT)
