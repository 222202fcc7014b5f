"""What replies tell beside their answers: read in full or not at all, and of each child what is said of that child."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.crossing import Crossing, Link
from gateway.federation.execution.transport import Call, Reply
from gateway.linking import telling
from gateway.linking.questions import DOCUMENT, _fetch
from gateway.register import Register, load

SEN = ["SC.SEN", "SC.SEN:E"]
ATTENDANCE = ["SC.ATT", "SC.ATT:E"]
CALL = Call(_fetch("link", DOCUMENT), {})


@pytest.fixture(scope="module")
def register() -> Register:
    return load(Path("schema/register.toml"), uses=("proportionate", "universal", "assurance"))


@pytest.fixture(scope="module")
def link(register: Register) -> Link:
    return telling(register)


def reply(**extensions: Any) -> Reply:
    return Reply(CALL, orjson.dumps({"data": {"child": None}, "extensions": extensions}))


def way(*children: Any, open_: Any = SEN, missing: Any = (), island: str = "schools") -> Any:
    return {"island": island, "open": open_, "missing": missing, "children": children}


def test_each_child_is_told_of_with_what_is_open_for_it(link: Link, register: Register) -> None:
    missing = [{"condition": "consent", "categories": ATTENDANCE}]
    sen, attendance = register.scale.read(SEN), register.scale.read(ATTENDANCE)

    told = link.told(
        reply(
            crossings=[{"subject": "s1", "open": SEN, "missing": missing, "seen": False}],
            ways=[
                way(["s1", {"upn": "A"}], ["s2", {"upn": "B"}]),
                way(["s3", {"upn": "C"}], open_=ATTENDANCE, missing=missing),
                way(
                    ["s1", {"localChildId": "1", "laCode": "838"}],
                    open_=[],
                    island="local_authority",
                ),
            ],
            kin=["s2"],
        )
    )

    assert told.children == [Crossing("s1", sen, (("consent", attendance),), seen=False)]
    assert told.ways == {
        ("schools", (("upn", "A"),)): Crossing("s1", sen),
        ("schools", (("upn", "B"),)): Crossing("s2", sen),
        ("schools", (("upn", "C"),)): Crossing("s3", attendance, (("consent", attendance),)),
        ("local_authority", (("laCode", "838"), ("localChildId", "1"))): Crossing("s1", 0),
    }
    assert told.kin == ["s2"]


def test_what_was_read_before_is_not_told_of_another(link: Link, register: Register) -> None:
    """What is open is remembered by how it was written: all of it, and what was missing with it."""
    consent = [{"condition": "consent", "categories": SEN}]
    for open_, missing in ((SEN, []), (SEN[:1], []), ([], consent), ([], []), (SEN, consent)):
        (found,) = link.told(
            reply(ways=[way(["s", {"upn": "A"}], open_=open_, missing=missing)])
        ).ways.values()

        assert found.open == register.scale.read(open_)
        assert bool(found.reasons) == bool(missing)


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"extensions":null}',
        reply(ways="schools").body,
        reply(ways=[way(["s", {"upn": "A"}], open_=["NO.SUCH"])]).body,
        reply(ways=[way(["s", {"upn": "A"}], open_=7)]).body,
        reply(ways=[way(["s", {"upn": "A"}]), way(["s", {"upn": "B"}], missing=[{}])]).body,
        reply(ways=[way(["s", {"upn": None}])]).body,
        reply(crossings=[{"subject": "s", "open": SEN}]).body,
        reply(crossings=[{"subject": None, "open": SEN, "missing": []}]).body,
    ],
)
def test_what_cannot_be_read_tells_of_nobody(link: Link, body: bytes | None) -> None:
    told = link.told(Reply(CALL, body))

    assert (told.children, dict(told.ways), list(told.kin)) == (None, {}, [])


@pytest.mark.parametrize(
    ("extensions", "keys"),
    [
        ({}, None),
        ({"whose": []}, []),
        ({"whose": [{"upn": "A"}]}, [(("upn", "A"),)]),
        (
            {"whose": [{"localChildId": "1", "laCode": "838"}]},
            [(("laCode", "838"), ("localChildId", "1"))],
        ),
        ({"whose": "A"}, None),
    ],
)
def test_an_island_says_whose_rows_a_root_read(link: Link, extensions: Any, keys: Any) -> None:
    assert link.read(reply(**extensions)) == keys
