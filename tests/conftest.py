"""What the whole suite shares: one Postgres of its own, started once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from subgraphs.postgres import database_url as running_database
from subgraphs.postgres import stop


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """DATABASE_URL when it is set; else an embedded Postgres that ends with the run.

    Not under pytest's own temporary folder: every run that starts makes that unreadable to others,
    and Postgres, which refuses to be root, is another.
    """
    with TemporaryDirectory(prefix="causeway-", ignore_cleanup_errors=True) as folder:
        yield running_database(Path(folder))
        stop(Path(folder))
