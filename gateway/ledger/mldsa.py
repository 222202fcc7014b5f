"""Checks ML-DSA-44 signatures (FIPS 204, algorithms 3 and 8) with the standard library alone.

For the offline verifier only: it checks and never signs, so it handles no secrets and need not run in
constant time. Names are FIPS 204's. About 6 ms a signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

Q = 8_380_417
N = 256
K = L = 4
D = 13
TAU = 39
BETA = 78
GAMMA_1 = 1 << 17
GAMMA_2 = (Q - 1) // 88
OMEGA = 80
CHALLENGE = 32
"""Bytes of the commitment's hash, c~."""
PUBLIC_KEY = 32 + 32 * 10 * K
SIGNATURE = CHALLENGE + 32 * 18 * L + OMEGA + K
MASK_BYTES = 32 * 18

Poly = list[int]


def verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` (2,420 bytes) is `public_key`'s (1,312 bytes) over `message`, with an empty context."""
    if len(public_key) != PUBLIC_KEY or len(signature) != SIGNATURE:
        return False
    challenge = signature[:CHALLENGE]
    z, hint = _masks(signature[CHALLENGE : -OMEGA - K]), _hint(signature[-OMEGA - K :])
    if hint is None or any(abs(one) >= GAMMA_1 - BETA for poly in z for one in poly):
        return False
    key_digest = hashlib.shake_256(public_key).digest(64)
    mu = hashlib.shake_256(key_digest + b"\0\0" + message).digest(64)
    packed = b"".join(map(_packed, _commitment(public_key, _ball(challenge), z, hint)))
    return hashlib.shake_256(mu + packed).digest(CHALLENGE) == challenge


def _commitment(
    public_key: bytes, c: Poly, z: Sequence[Poly], hint: Sequence[frozenset[int]]
) -> Iterator[Poly]:
    """w1 as the signer had it: UseHint(h, Az - c·t1·2^d)."""
    seed, c_ntt, z_ntt = public_key[:32], _ntt(c), [_ntt(poly) for poly in z]
    for row in range(K):
        t1 = _bits(public_key[32 + 320 * row : 352 + 320 * row], 10)
        t_ntt = _ntt([one << D for one in t1])
        found = [-a * b for a, b in zip(c_ntt, t_ntt, strict=True)]
        for column in range(L):
            a_ntt = _matrix(seed, row, column)
            found = [f + a * b for f, a, b in zip(found, a_ntt, z_ntt[column], strict=True)]
        plain = _inverse_ntt([one % Q for one in found])
        yield [_use_hint(one, hinted=at in hint[row]) for at, one in enumerate(plain)]


def _bits(packed: bytes, width: int) -> Poly:
    """SimpleBitUnpack: 256 numbers of `width` bits, the lowest first."""
    number, mask = int.from_bytes(packed, "little"), (1 << width) - 1
    return [number >> width * at & mask for at in range(N)]


def _packed(w1: Poly) -> bytes:
    """w1Encode: 6 bits each."""
    number = sum(one << 6 * at for at, one in enumerate(w1))
    return number.to_bytes(N * 6 // 8, "little")


def _masks(packed: bytes) -> list[Poly]:
    rows = (packed[at : at + MASK_BYTES] for at in range(0, len(packed), MASK_BYTES))
    return [[GAMMA_1 - one for one in _bits(row, 18)] for row in rows]


def _hint(packed: bytes) -> list[frozenset[int]] | None:
    """HintBitUnpack: where the hint is 1, row by row; None unless written the one way it may be."""
    rows, start = [], 0
    for end in packed[OMEGA:]:
        if not start <= end <= OMEGA:
            return None
        places = packed[start:end]
        if any(a >= b for a, b in pairwise(places)):
            return None
        rows.append(frozenset(places))
        start = end
    return None if any(packed[start:OMEGA]) else rows


def _ball(challenge: bytes) -> Poly:
    """SampleInBall: a polynomial with 39 coefficients of 1 or -1 and the rest 0."""
    stream = hashlib.shake_256(challenge).digest(
        1024
    )  # 8 bytes of signs; of the rest it takes some 50
    signs, c, at = int.from_bytes(stream[:8], "little"), [0] * N, 8
    for i in range(N - TAU, N):
        while stream[at] > i:
            at += 1
        j, at = stream[at], at + 1
        c[i], c[j] = c[j], 1 - 2 * (signs >> (i + TAU - N) & 1)
    return c


def _matrix(seed: bytes, row: int, column: int) -> Poly:
    """RejNTTPoly: one polynomial of the matrix A, already transformed."""
    shake, length = hashlib.shake_128(seed + bytes([column, row])), 1008
    while True:
        stream = shake.digest(length)
        numbers = (
            stream[at] | stream[at + 1] << 8 | (stream[at + 2] & 0x7F) << 16
            for at in range(0, length, 3)
        )
        found = [one for one in numbers if one < Q][:N]
        if len(found) == N:
            return found
        length += 1008


def _use_hint(r: int, *, hinted: bool) -> int:
    low = r % (2 * GAMMA_2)
    if low > GAMMA_2:
        low -= 2 * GAMMA_2
    high, low = (0, low - 1) if r - low == Q - 1 else ((r - low) // (2 * GAMMA_2), low)
    if not hinted:
        return high
    return (high + (1 if low > 0 else -1)) % ((Q - 1) // (2 * GAMMA_2))


def _ntt(poly: Poly) -> Poly:
    w, m, length = list(poly), 0, N // 2
    while length:
        for start in range(0, N, 2 * length):
            m += 1
            zeta = ZETAS[m]
            for j in range(start, start + length):
                t = zeta * w[j + length] % Q
                w[j + length] = w[j] - t
                w[j] += t
        length //= 2
    return w


def _inverse_ntt(poly: Poly) -> Poly:
    w, m, length = list(poly), N, 1
    while length < N:
        for start in range(0, N, 2 * length):
            m -= 1
            zeta = -ZETAS[m]
            for j in range(start, start + length):
                t = w[j]
                w[j] = t + w[j + length]
                w[j + length] = zeta * (t - w[j + length]) % Q
        length *= 2
    inverse = pow(N, Q - 2, Q)
    return [one * inverse % Q for one in w]


ZETAS = [pow(1753, int(f"{at:08b}"[::-1], 2), Q) for at in range(N)]
