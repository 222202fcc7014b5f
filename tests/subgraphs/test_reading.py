"""A Postgres that wants passwords (scram-sha-256), and how an island's reader comes into it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import orjson
import pytest
from click.testing import CliRunner

from gateway.assertion import new_key
from gateway.errors import NotReady
from subgraphs import roster
from subgraphs.__main__ import main
from subgraphs.confined import Asked, Confined, as_role, reader
from subgraphs.postgres import database_url, stop
from subgraphs.reading import confined

NAME = "schools"
ROLE = reader(NAME)
OWNER, READER, OTHER = "the owner's pass/word", "the reader's pass", "another's"
SERVICE = roster.service(NAME)
STATEMENTS = (SERVICE.tables, SERVICE.policies or "")
PUPILS = "select upn from schools.pupil"


@pytest.fixture(scope="module")
async def owner(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The owner's URL of a server of its own, in which nobody comes without a password."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("DATABASE_URL", raising=False)
        environment.setenv("PGPASSFILE", "/nonexistent")
        with TemporaryDirectory(prefix="causeway-", ignore_cleanup_errors=True) as folder:
            url = as_login(database_url(Path(folder)), "postgres", OWNER)
            await demands_passwords(url, Path(folder) / "postgres" / "pg_hba.conf")
            yield url
            stop(Path(folder))


def as_login(url: str, name: str, password: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{name}:{quote(password, safe='')}@{place}"))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def demanding(rules: Path) -> None:
    rules.write_text("local all all scram-sha-256\nhost all all all scram-sha-256\n")


def one_key(file: Path) -> None:
    file.write_bytes(orjson.dumps({"keys": [new_key("gateway-1").as_dict(private=False)]}))


async def demands_passwords(url: str, rules: Path) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"alter role postgres password {quoted(OWNER)}")
    demanding(rules)
    await connection.execute("select pg_reload_conf()")
    await connection.close()
    for _ in range(100):
        try:
            await (await asyncpg.connect(as_login(url, "postgres", "wrong"))).close()
        except asyncpg.InvalidPasswordError:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("anybody comes in still")


@pytest.fixture
async def server(owner: str) -> AsyncIterator[asyncpg.Connection]:
    """The server as its owner, with the island's tables and its role; afterwards the role has no password."""
    connection = await asyncpg.connect(owner)
    with pytest.raises(NotReady):
        async with confined(NAME, (owner, None), STATEMENTS):
            pass
    yield connection
    await connection.execute(f"alter role {ROLE} password null")
    await connection.close()


async def said(password: str, of: asyncpg.Connection) -> None:
    await of.execute(f"alter role {ROLE} password {quoted(password)}")


async def test_a_reader_whom_nobody_gave_a_password_is_not_let_in_and_the_way_out_is_told(
    owner: str, server: asyncpg.Connection
) -> None:
    with pytest.raises(NotReady, match=f"{ROLE} a password .*PGPASSFILE.*--reader-url") as shut:
        async with confined(NAME, (owner, None), STATEMENTS):
            pass

    assert "pass/word" not in str(shut.value)


async def test_the_owners_password_is_not_tried_for_the_reader(
    owner: str, server: asyncpg.Connection
) -> None:
    await said(OWNER, server)

    with pytest.raises(NotReady):
        async with confined(NAME, (owner, None), STATEMENTS):
            pass


async def test_a_reader_comes_in_by_a_url_of_its_own_and_sees_what_a_request_may_touch(
    owner: str, server: asyncpg.Connection
) -> None:
    await said(READER, server)
    await server.execute(
        "insert into schools.pupil (source, record, as_at, upn, urn, on_roll)"
        " values ('test', 1, current_date, 'B801200005001', '990001', true), ('test', 2, current_date, 'C801200005002', '990002', true)"
    )

    async with confined(NAME, (owner, as_login(owner, ROLE, READER)), STATEMENTS) as connections:
        nobody = await connections.fetch(PUPILS)
        asked = await Confined(connections, Asked(("B801200005001",), "LA:1")).fetch(PUPILS)
    await server.execute("delete from schools.pupil where source = 'test'")

    assert nobody == []
    assert [row["upn"] for row in asked] == ["B801200005001"]


async def test_a_reader_comes_in_by_the_password_file(
    owner: str, server: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await said(READER, server)
    file = tmp_path / "passwords"
    file.write_text(f"*:*:*:{ROLE}:{READER}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))

    async with confined(NAME, (owner, None), STATEMENTS) as connections:
        assert await connections.fetchval("select session_user") == ROLE


@pytest.mark.parametrize(
    ("made", "shut"),
    [
        ("in role {role}", None),
        ("", "cannot read"),
        ("noinherit in role {role}", "cannot read"),
        ("in role {role}, postgres", "postgres"),
        ("bypassrls in role {role}", "the_login"),
        ("createrole in role {role}", "the_login"),
        ("superuser", "causeway_schools|pg_"),
        ("in role {role}, pg_read_all_data", "pg_read_all_data"),
    ],
)
async def test_a_login_reads_that_belongs_to_the_islands_role_and_can_be_nobody_else(
    owner: str, server: asyncpg.Connection, made: str, shut: str | None
) -> None:
    rights = made.format(role=ROLE)
    await server.execute(f"create role the_login login password {quoted(OTHER)} {rights}")
    by = as_login(owner, "the_login", OTHER)
    try:
        if shut is None:
            async with confined(NAME, (owner, by), STATEMENTS) as connections:
                assert await connections.fetch(PUPILS) == []
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connections.fetch("select set_config('role', 'postgres', false)")
        else:
            with pytest.raises(NotReady, match=shut):
                async with confined(NAME, (owner, by), STATEMENTS):
                    pass
    finally:
        await server.execute("drop role the_login")


async def test_the_owner_is_no_reader(owner: str, server: asyncpg.Connection) -> None:
    with pytest.raises(NotReady, match="to whom its policies may not apply"):
        async with confined(NAME, (owner, owner), STATEMENTS):
            pass


async def test_a_login_that_owns_a_table_of_the_island_is_no_reader(
    owner: str, server: asyncpg.Connection
) -> None:
    await said(READER, server)
    await server.execute(
        f"create table schools.stray (); alter table schools.stray owner to {ROLE}"
    )
    try:
        with pytest.raises(NotReady, match=ROLE):
            async with confined(NAME, (owner, as_login(owner, ROLE, READER)), STATEMENTS):
                pass
    finally:
        await server.execute("drop table schools.stray")


async def test_the_command_says_in_a_sentence_that_its_reader_is_none(
    owner: str, server: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys.json"
    one_key(keys)
    monkeypatch.setenv("DATABASE_URL", owner)
    monkeypatch.setenv("READER_URL", owner)

    refused = await asyncio.to_thread(
        CliRunner().invoke, main, [NAME, "--keys", str(keys), "--data", str(tmp_path)]
    )

    assert refused.exit_code == 1
    assert f"log in as {ROLE}" in refused.output
    assert "Traceback" not in refused.output and "pass%2Fword" not in refused.output


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://owner:secret@db.example:5432/islands?sslmode=verify-full&sslcert=o.pem&sslkey=o.key",
        "postgresql://db.example:5432/islands?user=owner&password=secret&sslmode=verify-full",
    ],
)
def test_what_is_the_owners_in_a_url_is_not_the_readers(url: str) -> None:
    expected = f"postgresql://{ROLE}@db.example:5432/islands?sslmode=verify-full"
    assert as_role(url, ROLE) == expected


def test_a_socket_in_a_url_stays_as_it_is() -> None:
    assert as_role("postgresql://postgres:@/postgres?host=/tmp/a", ROLE).endswith(
        f"//{ROLE}@/postgres?host=/tmp/a"
    )
