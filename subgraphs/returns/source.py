"""A path → a file that can be read as text, or a refusal that names the file, the place and the way out.

One look at all its bytes before anything is believed: their digest, and the encoding they are
really in. UTF-8 with or without a mark, and Windows-1252 for CSV, which Excel still writes.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 16


class FileRefused(Exception):
    """Nothing of this file was stored. The message names the file, the place and the way out."""

    def __init__(self, path: Path, place: str, way_out: str) -> None:
        super().__init__(f"{path}: {place}; {way_out}")
        self.path = path


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was looked through once. `read` may be told how many bytes went by."""

    path: Path
    size: int
    digest: str
    encoding: str  # of the bytes: utf-8-sig, cp1252 or unknown
    seen: Callable[[int], None]

    def chunks(self) -> Iterator[bytes]:
        """The bytes, a chunk at a time; refused if they are not those first looked at."""
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                self.seen(len(chunk))
                yield chunk
        if digest.hexdigest() != self.digest:
            raise self.refused("changed while it was read", "load it again when it is complete")

    def refused(self, place: str, way_out: str) -> FileRefused:
        """A refusal of this file."""
        return FileRefused(self.path, place, way_out)


def look(path: Path, seen: Callable[[int], None] = lambda _: None) -> Source:
    """Raises FileRefused for what is missing, empty, or in no encoding a return is written in."""
    try:
        digest, size, encoding = _survey(path)
    except OSError as why:
        raise FileRefused(path, f"cannot be opened ({why.strerror})", "check the path") from why
    if size == 0:
        raise FileRefused(path, "the file is empty", "export the return again")
    if encoding == "utf-16":
        way_out = "save it as UTF-8 (Excel: “CSV UTF-8 (Comma delimited)”)"
        raise FileRefused(path, "the text is UTF-16 or not text at all", way_out)
    return Source(path, size, digest, encoding, seen)


def _survey(path: Path) -> tuple[str, int, str]:
    digest, size, nul = hashlib.sha256(), 0, False
    tries = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8-sig", "cp1252")}
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            nul = nul or b"\0" in chunk
            tries = {name: each for name, each in tries.items() if _decodes(each, chunk)}
    tries = {name: each for name, each in tries.items() if _decodes(each, b"", final=True)}
    return digest.hexdigest(), size, "utf-16" if nul else next(iter(tries), "unknown")


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
