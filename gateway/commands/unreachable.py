"""What happens when there is no database → one sentence that says what to look at, and exit code 3."""

from __future__ import annotations

import asyncpg
import click

NO_DATABASE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.ClientConfigurationError,
)


class Unreachable(click.ClickException):
    """No database, or none any more: what was under way left nothing behind."""

    exit_code = 3

    def __init__(self, why: BaseException, variable: str = "DATABASE_URL") -> None:
        super().__init__(
            f"the database cannot be reached ({type(why).__name__}); "
            f"check {variable} or --database, and that it runs; then begin again"
        )
