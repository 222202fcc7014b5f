"""The HTTP door against a real server on a socket, and the doors that go around others."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import uvloop
from starlette.types import Receive, Scope, Send

from gateway.doors import Counted, Events, Http, Shared, Within
from gateway.federation.execution.canned import Canned
from gateway.federation.execution.transport import UNREACHABLE, Call, Failure, Fetch, Reply, prefix
from gateway.federation.planning.steps import Kind, Step
from gateway.listening import listening
from gateway.tls import Clients, calling, serving
from tests.certificates import HERE, Authority

Script = Callable[[bytes, asyncio.StreamWriter], Awaitable[bool]]
"""Given a request's body, writes something; False ends the connection."""


def call(operation: str = "query", document: str = "{x}") -> Call:
    step = Step(1, "s", Kind.ROOT, operation, (), (), (), (), document, ())
    fetch = Fetch("s", operation, ((step,),), (), (), (), document, (), prefix(document))
    return Call(fetch, {})


class Server:
    """Reads HTTP requests and does with each what the script says."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.script = script
        self.tls = tls
        self.connections = 0
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{port}/graphql?a=1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                self.heads.append(head)
                self.bodies.append(body)
                if not await self.script(body, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


def plain(body: bytes, extra: bytes = b"", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\n%bcontent-length: %d\r\n\r\n%b" % (status, extra, len(body), body)


def saying(*answers: bytes, keep: bool = True) -> Script:
    """Answers one after the other, the last again and again."""
    left = list(answers)

    async def script(body: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        return keep

    return script


@pytest.fixture
async def asking() -> AsyncIterator[Callable[..., Http]]:
    """Makes HTTP doors and closes them."""
    doors: list[Http] = []

    def make(server: Server, **options: Any) -> Http:
        doors.append(Http({"s": server.url}, **options))
        return doors[-1]

    yield make
    for door in doors:
        door.close()


async def test_one_connection_serves_request_after_request(asking: Any) -> None:
    async with Server(saying(plain(b'{"data":1}'))) as server:
        door = asking(server)
        replies = [await door.send(call()) for _ in range(3)]

    assert [reply.body for reply in replies] == [b'{"data":1}'] * 3
    assert server.connections == 1
    assert server.bodies[0] == b'{"query":"{x}","variables":{}}'


async def test_the_request_names_host_path_and_headers_and_asks_for_no_compression(
    asking: Any,
) -> None:
    async with Server(saying(plain(b"{}"))) as server:
        door = asking(server, headers=lambda _: ((b"x-time", b"now"),))
        await door.send(call().bearing((b"authorization", b"DPoP abc")))

    (head,) = server.heads
    assert head.startswith(b"POST /graphql?a=1 HTTP/1.1\r\nhost: 127.0.0.1:")
    assert b"\r\nauthorization: DPoP abc\r\nx-time: now\r\n" in head
    assert b"accept-encoding" not in head


async def test_a_header_cannot_end_the_line(asking: Any) -> None:
    async with Server(saying(plain(b"{}"))) as server:
        with pytest.raises(ValueError, match="line break"):
            await asking(server).send(call().bearing((b"a", b"b\r\nc: d")))


class Written:
    """A header's value that tells when it is written out."""

    def __init__(self, told: list[str], name: str) -> None:
        self._told, self._name = told, name

    def __bytes__(self) -> bytes:
        self._told.append(self._name)
        return self._name.encode()


async def test_what_is_asked_in_one_turn_is_written_out_at_its_end(asking: Any) -> None:
    told: list[str] = []
    async with Server(saying(plain(b"{}"))) as server:
        door = asking(server)
        under_way = [door.send(call().bearing((b"a", Written(told, name)))) for name in "xyz"]
        told.append("asked")
        replies = await asyncio.gather(*under_way)

    assert told == ["asked", "x", "y", "z"]
    assert [one.body for one in replies] == [b"{}"] * 3


async def test_what_nobody_waits_for_any_more_does_not_leave(asking: Any) -> None:
    told: list[str] = []
    async with Server(saying(plain(b"{}"))) as server:
        door = asking(server)
        given_up = door.send(call().bearing((b"a", Written(told, "given up"))))
        waited_for = door.send(call().bearing((b"a", Written(told, "waited for"))))
        given_up.cancel()
        await waited_for

    assert told == ["waited for"]


async def test_a_door_that_closes_says_so_of_what_has_not_left(asking: Any) -> None:
    async with Server(saying(plain(b"{}"))) as server:
        door = asking(server)
        waiting = door.send(call())
        door.close()
        reply = await waiting

    assert reply.failure is not None and reply.failure.code == UNREACHABLE


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{} \r\n2\r\n  \r\n0\r\n\r\n",
        plain(b"{}   "),
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + plain(b"{}   "),
    ],
    ids=["in chunks", "with a length", "after early hints"],
)
async def test_an_answer_is_read_whole(asking: Any, answer: bytes) -> None:
    async with Server(saying(answer)) as server:
        door = asking(server)
        bodies = [(await door.send(call())).body for _ in range(2)]

    assert bodies == [b"{}   "] * 2
    assert server.connections == 1


async def test_an_answer_that_ends_with_the_connection_is_read_whole(asking: Any) -> None:
    async with Server(saying(b"HTTP/1.1 200 OK\r\n\r\n{}", keep=False)) as server:
        assert (await asking(server).send(call())).body == b"{}"


async def test_half_a_body_is_handed_on_as_it_is(asking: Any) -> None:
    half = b'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"data":'
    async with Server(saying(half, keep=False)) as server:
        assert (await asking(server).send(call())).body == b'{"data":'


async def test_a_status_and_its_body_are_handed_on_and_redirects_not_followed(asking: Any) -> None:
    answer = plain(b"gone", b"location: http://127.0.0.1:1/\r\n", b"302 Found")
    async with Server(saying(answer)) as server:
        reply = await asking(server).send(call())

    assert (reply.status, reply.body) == (302, b"gone")
    assert len(server.bodies) == 1


async def test_a_subgraph_that_says_close_is_dialled_again(asking: Any) -> None:
    async with Server(saying(plain(b"{}", b"connection: close\r\n"))) as server:
        door = asking(server)
        for _ in range(2):
            assert (await door.send(call())).body == b"{}"

    assert server.connections == 2


def closing_reused() -> Script:
    """Hangs up on the second request of the first connection without a word."""
    seen = 0

    async def script(body: bytes, writer: asyncio.StreamWriter) -> bool:
        nonlocal seen
        seen += 1
        if seen == 2:
            return False
        writer.write(plain(b"{}"))
        return True

    return script


async def test_a_query_lost_on_a_reused_connection_is_asked_again(asking: Any) -> None:
    async with Server(closing_reused()) as server:
        door = asking(server)
        await door.send(call())
        assert (await door.send(call())).body == b"{}"

    assert len(server.bodies) == 3


async def test_a_mutation_is_never_asked_twice(asking: Any) -> None:
    async with Server(closing_reused()) as server:
        door = asking(server)
        await door.send(call())
        reply = await door.send(call("mutation"))

    assert reply.failure.code == "SUBREQUEST_HTTP_ERROR"
    assert len(server.bodies) == 2


async def test_what_follows_an_answer_unasked_is_nobody_s_answer(asking: Any) -> None:
    both = plain(b'{"data":"mine"}') + plain(b'{"data":"smuggled"}')
    async with Server(saying(both, plain(b'{"data":"yours"}'))) as server:
        door = asking(server, connections=1)
        replies = await asyncio.gather(*(door.send(call()) for _ in range(2)))

    assert [reply.body for reply in replies] == [b'{"data":"mine"}', b'{"data":"yours"}']
    assert server.connections == 2


async def test_a_refused_connection_is_a_failed_reply(asking: Any) -> None:
    async with Server(saying(b"")) as server:
        pass
    reply = await asking(server).send(call())

    assert reply.failure.code == "SUBREQUEST_HTTP_ERROR"


async def test_all_who_wait_hear_that_the_subgraph_is_down(asking: Any) -> None:
    async with Server(saying(b"")) as server:
        pass
    door = asking(server, connections=1)
    async with asyncio.timeout(2):
        replies = await asyncio.gather(*(door.send(call()) for _ in range(5)))

    assert [reply.failure.code for reply in replies] == ["SUBREQUEST_HTTP_ERROR"] * 5


async def test_a_subgraph_that_hangs_up_at_once_is_a_failed_reply(asking: Any) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    door = Http({"s": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"}, connections=1)
    async with asyncio.timeout(2):
        replies = await asyncio.gather(*(door.send(call()) for _ in range(3)))
    door.close()
    server.close()

    assert [reply.failure.code for reply in replies if reply.failure] == [
        "SUBREQUEST_HTTP_ERROR"
    ] * 3


def moody(seed: int) -> Script:
    """Echoes what it was asked, in the ways that servers have on bad days."""
    chance = random.Random(seed)

    async def script(body: bytes, writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(chance.choice([0, 0, 0.001]))
        mood = chance.choice(["plain", "plain", "plain", "torn", "last", "gone", "twice", "half"])
        answer = plain(body)
        if mood == "gone":
            return False
        if mood == "torn":
            writer.write(answer[:30])
            await asyncio.sleep(0.001)
            answer = answer[30:]
        if mood == "half":
            answer = answer[:-3]
        writer.write(answer + (plain(b"other") if mood == "twice" else b""))
        return mood not in ("last", "half")

    return script


@pytest.mark.parametrize("seed", range(4))
async def test_nobody_ever_gets_another_s_answer(asking: Any, seed: int) -> None:
    async with Server(moody(seed)) as server:
        door = asking(server, connections=5)
        calls = [call(document=f"{{x{n}}}") for n in range(200)]
        async with asyncio.timeout(10):
            replies = await asyncio.gather(*map(door.send, calls))

    for asked, reply in zip(calls, replies, strict=True):
        whole = asked.body()
        assert reply.call is asked
        assert reply.failure is not None or reply.body in (whole, whole[:-3])
    assert sum(reply.failure is None for reply in replies) > 100


async def test_what_is_not_http_is_a_failed_reply(asking: Any) -> None:
    async with Server(saying(b"SSH-2.0-OpenSSH\r\n\r\n")) as server:
        reply = await asking(server).send(call())

    assert reply.failure.code == "SUBREQUEST_HTTP_ERROR"


async def test_too_long_an_answer_is_not_read_to_its_end(asking: Any) -> None:
    async with Server(saying(plain(b"x" * 5000))) as server:
        reply = await asking(server, cap=1000).send(call())

    assert reply.failure.code == "SUBREQUEST_TOO_LARGE"


async def test_a_dripping_answer_ends_at_the_time_limit(asking: Any) -> None:
    async with Server(dripping()) as server:
        reply = await asking(server, timeout=0.1).send(call())

    assert reply.failure.code == "SUBREQUEST_TIMEOUT"


async def test_more_requests_than_connections_wait_their_turn(asking: Any) -> None:
    async with Server(saying(plain(b"{}"))) as server:
        door = asking(server, connections=2)
        replies = await asyncio.gather(*(door.send(call()) for _ in range(9)))

    assert [reply.body for reply in replies] == [b"{}"] * 9
    assert server.connections == 2


async def test_waiting_in_turn_ends_at_the_time_limit_too(asking: Any) -> None:
    async with Server(dripping()) as server:
        door = asking(server, timeout=0.1, connections=1)
        replies = await asyncio.gather(*(door.send(call()) for _ in range(2)))

    assert [reply.failure.code for reply in replies] == ["SUBREQUEST_TIMEOUT"] * 2


async def test_a_request_nobody_waits_for_hangs_up(asking: Any) -> None:
    gone = asyncio.Event()

    async with Server(dripping(gone)) as server:
        future = asking(server).send(call())
        await asyncio.sleep(0.05)
        future.cancel()
        async with asyncio.timeout(2):
            await gone.wait()


def dripping(gone: asyncio.Event | None = None) -> Script:
    """Drips until the other side hangs up, and tells."""
    gone = gone or asyncio.Event()

    async def script(body: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.02)
        gone.set()
        return False

    return script


STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


async def heard(server: Server, **options: Any) -> list[Any]:
    """What comes through the events door: bodies, and codes of failures."""
    door = Events({"s": server.url}, **options)
    replies = [one async for one in door.events(call("subscription"))]
    return [one.failure.code if one.failure else one.body for one in replies]


async def test_events_come_until_the_subgraph_says_complete() -> None:
    stream = (
        STREAM + b"event: next\ndata: 1\n\n:\n\nevent: other\ndata: 0\n\nevent: next\ndata: 2\n\n"
    )
    async with Server(saying(stream + b"event: complete\ndata:\n\n")) as server:
        assert await heard(server) == [b"1", b"2"]

    assert b"\r\naccept: text/event-stream\r\n" in server.heads[0]


async def test_a_stream_that_breaks_off_is_an_error_at_the_end() -> None:
    async with Server(saying(STREAM + b"event: next\ndata: 1\n\n", keep=False)) as server:
        assert await heard(server) == [b"1", "SUBREQUEST_HTTP_ERROR"]


async def test_an_answer_that_is_no_stream_is_one_reply() -> None:
    async with Server(saying(plain(b'{"errors":[{}]}'))) as server:
        assert await heard(server) == [b'{"errors":[{}]}']


async def test_a_subgraph_that_falls_silent_is_left() -> None:
    async with Server(saying(STREAM)) as server:
        assert await heard(server, silence=0.05) == ["SUBREQUEST_TIMEOUT"]


async def test_an_event_without_end_is_not_read_to_its_end() -> None:
    async with Server(saying(STREAM + b"data: " + b"x" * 5000)) as server:
        assert await heard(server, cap=1000) == ["SUBREQUEST_TOO_LARGE"]


async def test_a_source_out_of_reach_is_one_failed_reply() -> None:
    async with Server(saying(b"")) as server:
        pass
    assert await heard(server) == ["SUBREQUEST_HTTP_ERROR"]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def test_https_asks_who_it_speaks_to(asking: Any, authority: Authority) -> None:
    async with Server(saying(plain(b"{}")), serving(authority.issue(HERE))) as server:
        assert (await asking(server, tls=calling(authority.file)).send(call())).body == b"{}"

        stranger = await asking(server).send(call())
        assert stranger.failure.code == "SUBREQUEST_HTTP_ERROR"


@pytest.mark.parametrize(
    ("host", "expired", "reason"),
    [
        ("localhost", False, "IP address mismatch"),
        (HERE, True, "certificate has expired"),
    ],
)
async def test_a_subgraph_that_cannot_prove_its_name_is_told_nothing(
    asking: Any,
    authority: Authority,
    caplog: pytest.LogCaptureFixture,
    host: str,
    expired: bool,
    reason: str,
) -> None:
    own, tls = authority.issue(host, expired=expired), calling(authority.file)
    async with Server(saying(plain(b"{}")), serving(own)) as server:
        reply = await asking(server, tls=tls).send(call())
        events = await heard(server, tls=tls)

    assert reply.failure == Failure(
        "SUBREQUEST_HTTP_ERROR", "the subgraph cannot be reached over TLS"
    )
    assert events == ["SUBREQUEST_HTTP_ERROR"]
    assert server.heads == []
    logged = [one.message for one in caplog.records if one.name.startswith("gateway.")]
    assert [reason in message for message in logged] == [True, True]


async def test_a_subgraph_that_asks_who_calls_is_shown_a_certificate(
    asking: Any, authority: Authority
) -> None:
    clients = Clients(authority.file)
    gateway, stranger = authority.issue("causeway-gateway"), authority.issue("schools")
    async with Server(saying(plain(b"{}")), serving(authority.issue(HERE), clients)) as server:
        doors = [asking(server, tls=calling(authority.file, own)) for own in (gateway, stranger)]
        replies = [await door.send(call()) for door in (*doors, *doors)]

    assert [reply.failure and reply.failure.code for reply in replies] == [
        None,
        "SUBREQUEST_HTTP_ERROR",
    ] * 2
    assert len(server.heads) == 2


@pytest.mark.parametrize("ours", ["http", "https"])
async def test_one_side_with_tls_and_one_without_is_a_failed_reply(
    authority: Authority, ours: str
) -> None:
    reached: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope["path"])

    theirs = serving(authority.issue(HERE)) if ours == "http" else None
    async with listening(app, tls=theirs) as url:
        urls = {"s": url.replace("https" if theirs else "http", ours)}
        door = Http(urls, tls=calling(authority.file))
        reply = await door.send(call())
        events = [one async for one in Events(urls, tls=calling(authority.file)).events(call())]
        door.close()

    assert [one.failure and one.failure.code for one in (reply, *events)] == [
        "SUBREQUEST_HTTP_ERROR"
    ] * 2
    assert reached == []


async def test_events_come_over_tls_as_well(authority: Authority) -> None:
    clients = Clients(authority.file)
    stream = STREAM + b"event: next\ndata: 1\n\nevent: next\ndata: 2\n\nevent: complete\ndata:\n\n"
    async with Server(saying(stream), serving(authority.issue(HERE), clients)) as server:
        ours = calling(authority.file, authority.issue("causeway-gateway"))
        assert await heard(server, tls=ours) == [b"1", b"2"]
        assert await heard(server, tls=calling(authority.file)) == ["SUBREQUEST_HTTP_ERROR"]


async def test_who_stops_listening_hangs_up_over_tls_as_well(authority: Authority) -> None:
    gone = asyncio.Event()

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        event = {"type": "http.response.body", "body": b"event: next\ndata: 1\n\n"}
        await send(event | {"more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()

    async with listening(app, tls=serving(authority.issue(HERE))) as url:
        async with aclosing(Events({"s": url}, tls=calling(authority.file)).events(call())) as door:
            assert (await anext(door)).body == b"1"
            assert not gone.is_set()
        async with asyncio.timeout(2):
            await gone.wait()


@pytest.mark.parametrize("encrypted", [False, True])
def test_the_door_works_on_uvloop_too(authority: Authority, encrypted: bool) -> None:
    tls = serving(authority.issue(HERE), Clients(authority.file)) if encrypted else None
    ours = calling(authority.file, authority.issue("causeway-gateway"))

    async def ask() -> list[bytes | None]:
        async with Server(saying(plain(b"{}")), tls) as server:
            door = Http({"s": server.url}, tls=ours)
            bodies = [(await door.send(call())).body for _ in range(2)]
            door.close()
            assert server.connections == 1
            return bodies

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(ask()) == [b"{}"] * 2


def test_an_address_must_be_a_web_address() -> None:
    with pytest.raises(ValueError, match="no http or https URL"):
        Http({"s": "file:///etc/passwd"})


class Slow:
    """Answers after a while, and counts."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked = 0

    async def send(self, call: Call) -> Reply:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        return Reply(call, b"{}")


async def test_within_waits_so_long_and_no_longer() -> None:
    assert (await Within(Slow(0), 1).send(call())).body == b"{}"
    assert (await Within(Slow(9), 0.01).send(call())).failure.code == "SUBREQUEST_TIMEOUT"  # type: ignore[union-attr]


async def test_counted_counts_calls_and_failures() -> None:
    door = Counted(Canned({}))
    await door.send(call())

    assert door.calls["s"] == 1
    assert door.failures["s", "SUBREQUEST_HTTP_ERROR"] == 1


async def test_shared_asks_once_for_equal_queries_under_way() -> None:
    slow = Slow(0.01)
    door = Shared(slow)
    calls = [call(), call(), call(document="{y}"), call().bearing((b"as", b"other"))]
    replies = await asyncio.gather(*map(door.send, calls))

    assert slow.asked == 3
    assert [reply.call for reply in replies] == calls

    await door.send(call())
    assert slow.asked == 4


async def test_shared_never_shares_a_mutation() -> None:
    slow = Slow(0.01)
    door = Shared(slow)
    await asyncio.gather(*(door.send(call("mutation")) for _ in range(2)))

    assert slow.asked == 2


async def test_one_who_stops_waiting_takes_nothing_from_the_others() -> None:
    door = Shared(Slow(0.02))
    first, second = (asyncio.ensure_future(door.send(call())) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()

    assert (await second).body == b"{}"
