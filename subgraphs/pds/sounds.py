"""A name → what it is compared by: its plain letters, and how it sounds (American Soundex).

The service says of its fuzzy search that it uses Soundex; accents and punctuation do not tell names apart.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_CLASSES = {
    letter: str(number)
    for number, letters in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), start=1)
    for letter in letters
}
_SILENT = "HW"  # does not part two letters of one class, as a vowel does


@lru_cache(maxsize=50_000)
def plain(name: str) -> str:
    """Capital letters and single spaces, without accents, hyphens or apostrophes."""
    bare = (c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    kept = "".join(c if c.isalnum() or c in "* " else " " if c == "-" else "" for c in bare)
    return " ".join(kept.upper().split())


@lru_cache(maxsize=50_000)
def soundex(name: str) -> str:
    """A letter and three digits; empty when the name has no letter of A to Z."""
    letters = [c for c in plain(name) if "A" <= c <= "Z"]
    if not letters:
        return ""
    digits = []
    before = _CLASSES.get(letters[0], "")
    for letter in letters[1:]:
        sound = _CLASSES.get(letter, "")
        if sound and sound != before:
            digits.append(sound)
        if letter not in _SILENT:
            before = sound
    return (letters[0] + "".join(digits) + "000")[:4]
