"""What the whole suite shares: one Postgres of its own, started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from subgraphs.postgres import database_url as running_database


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DATABASE_URL when it is set; else an embedded Postgres that ends with the run."""
    yield running_database(tmp_path_factory.mktemp("database"))
