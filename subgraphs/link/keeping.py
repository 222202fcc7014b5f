"""A secret's bytes → a file that this user alone reads, whole or not at all, and on disk before anything relies on it."""

from __future__ import annotations

import os
from pathlib import Path


def begun(path: Path, content: bytes) -> None:
    """The file, unless it is there: of two processes that begin at once the first one's counts for both."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = _aside(path, content)
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # another process was first
    finally:
        aside.unlink()
    _on_disk(path.parent)


def replaced(path: Path, content: bytes) -> None:
    """The file anew. Rows are written under these keys next: the folder's entry is on disk too when it returns."""
    _aside(path, content).replace(path)
    _on_disk(path.parent)


def stamp(path: Path) -> tuple[int, int]:
    """Another one after every change."""
    stat = os.stat(path)
    return stat.st_mtime_ns, stat.st_ino


def _aside(path: Path, content: bytes) -> Path:
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return aside


def _on_disk(folder: Path) -> None:
    entry = os.open(folder, os.O_RDONLY)
    os.fsync(entry)
    os.close(entry)
