"""A path → the secret that is kept there, made on first use and readable by its owner alone."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path


def kept_at(path: Path, made: Callable[[], bytes]) -> bytes:
    """The bytes kept at `path`, base64 on one line; what `made` gives when there is no such file yet.

    Raises ValueError for a file that is no base64, and FileExistsError when another process has just made it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(base64.b64encode(made()) + b"\n")
    return base64.b64decode(path.read_bytes().strip(), validate=True)
