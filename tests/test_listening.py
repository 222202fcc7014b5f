"""A server answers while its block runs, and is gone after."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gateway.errors import NotReady
from gateway.listening import listening

APP = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])


async def test_it_answers_over_http_until_its_block_ends() -> None:
    async with httpx.AsyncClient() as client:
        async with listening(APP) as url:
            assert (await client.get(url)).text == "here"
        with pytest.raises(httpx.ConnectError):
            await client.get(url)


async def test_a_taken_port_says_which_and_what_to_do() -> None:
    async with listening(APP) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(NotReady, match=f"port {port}.*--port"):
            async with listening(APP, port):
                raise AssertionError("two servers on one port")
