"""A link node's numbers under its keys, and what can be read of them: for tests of rotation."""

from __future__ import annotations

from uuid import UUID, uuid4

import asyncpg

from subgraphs.link.keys import Keys


async def filled(links: asyncpg.Pool, keys: Keys, count: int) -> dict[str, UUID]:
    """UPNs of children, every hundredth with a claim that a second child is on."""
    children = {f"A{nth:012}": uuid4() for nth in range(count)}
    await links.copy_records_to_table(
        "child", schema_name="link", columns=("child", "status"),
        records=[(child, "01") for child in children.values()],
    )  # fmt: skip
    rows = [("UPN", text, child) for text, child in children.items()]
    rows += [
        ("CHB", f"CHB{nth // 2}", child)
        for nth, child in enumerate(children.values())
        if nth % 100 < 2
    ]
    await links.copy_records_to_table(
        "identifier", schema_name="link", columns=("kind", "index", "child", "cipher"),
        records=[(kind, keys.index(kind, text), child, keys.sealed(kind, text)) for kind, text, child in rows],
    )  # fmt: skip
    return children


async def held(links: asyncpg.Pool, keys: Keys, kind: str = "UPN") -> dict[str, list[UUID]]:
    """What can be read with these keys, found as a reader finds it."""
    found: dict[str, list[UUID]] = {}
    for row in await links.fetch("select * from link.identifier where kind = $1", kind):
        text = keys.unsealed(kind, row["cipher"])
        assert row["index"] in keys.indexes(kind, text)
        found.setdefault(text, []).append(row["child"])
    return found
