"""The Model Context Protocol server, driven by the protocol's own client library."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from pydantic import TypeAdapter

from corpus import CorpusError, Library
from qa.answer import Answer, Quote
from qa.assistant import Assistant
from qa.catalogue import entry, source
from qa.mcp import make_server, serve
from qa.web.opening import Opening

CONVENTION = "что говорится о конвенции ООН?"
ROOT = Path(__file__).parents[1]
TOOLS = {"ask", "search", "list_statements", "get_statement", "verify_quote"}

SERVER = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from conftest import CALIBRATION, HashEncoder
from corpus import Library
from qa.assistant import Assistant
from qa import abstention
from qa.mcp import serve
abstention.load = lambda *_: CALIBRATION

def open_assistant():
    import os, time
    time.sleep(0.5)
    print("chatter of a library")
    os.write(1, b"chatter of a C library\\n")
    return Assistant.from_statements(Library.shipped(), HashEncoder())

serve(open_assistant, transport=sys.argv[1], host="127.0.0.1", port=int(sys.argv[2]))
"""


def as_json(value: object, of: Any) -> Any:
    return TypeAdapter(of).dump_python(value, mode="json")


@pytest.fixture
def assistant(encoder) -> Assistant:
    return Assistant.from_statements(Library.shipped(), encoder)


@pytest.fixture(params=["legacy", "auto"])
def connect(request, assistant) -> Callable[[], Client]:
    """Clients of the protocol's first revisions (which begin with a handshake), and of the newest."""
    return lambda: Client(make_server(Opening.of(assistant)), mode=request.param)


async def test_five_tools_that_only_read_and_say_what_they_give(connect):
    async with connect() as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert "exactly" in client.instructions

    assert set(tools) == TOOLS
    for tool in tools.values():
        assert tool.annotations.read_only_hint
        assert not tool.annotations.destructive_hint
        assert tool.description
        assert tool.output_schema["type"] == "object"
    assert {"question", "k", "filters", "history", "language"} == set(tools["ask"].input_schema["properties"])


async def test_structured_output_is_the_json_of_the_command_line(connect, assistant):
    async with connect() as client:
        asked = await client.call_tool("ask", {"question": CONVENTION, "k": 2})
        searched = await client.call_tool("search", {"question": CONVENTION, "k": 4})

    assert asked.structured_content == as_json(assistant.ask(CONVENTION, 2), Answer)
    assert TypeAdapter(Answer).validate_json(asked.content[0].text) == assistant.ask(CONVENTION, 2)
    assert searched.structured_content == {
        "result": as_json(assistant.search(CONVENTION, 4), tuple[Quote, ...])
    }


async def test_statements_are_listed_read_and_verified(connect, assistant):
    [statement] = assistant.library.values()
    receipt = as_json(assistant.ask(CONVENTION, 1), Answer)["quotes"][0]["receipt"]

    async with connect() as client:
        listed = await client.call_tool("list_statements", {"filters": {"speakers": ["ОДКБ"]}})
        read = await client.call_tool("get_statement", {"statement_id": statement.id})
        exact = await client.call_tool("verify_quote", {"receipt": receipt})
        gone = await client.call_tool(
            "verify_quote", {"receipt": receipt | {"statement": "no-such-statement"}}
        )

    assert listed.structured_content == {"result": [as_json(entry(statement), type(entry(statement)))]}
    assert read.structured_content == as_json(source(statement), type(source(statement)))
    assert exact.structured_content["status"] == "exact"
    assert gone.structured_content["status"] == "missing"


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("ask", {"question": " "}, "question"),
        ("ask", {"question": "x", "k": 51}, "50"),
        ("ask", {"question": "x", "filters": {"speakers": ["Atlantis"]}}, "no speaker 'Atlantis'"),
        ("search", {"question": "x", "filters": {"speaker": ["ОДКБ"]}}, "speaker"),
        ("get_statement", {"statement_id": "../../etc/passwd"}, "list_statements"),
        ("verify_quote", {"receipt": {"statement": "x"}}, "quote_sha256"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_cannot_be_answered_is_an_error_the_model_can_read(connect, tool, arguments, said):
    async with connect() as client:
        result = await client.call_tool(tool, arguments)

    assert result.is_error
    assert said in result.content[0].text


async def test_an_assistant_that_does_not_open_is_an_error_of_the_tools():
    def fail(progress):
        msg = "the library /nowhere is not a folder"
        raise CorpusError(msg)

    opening = Opening(fail)
    async with Client(make_server(opening)) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
        opening.start()
        result = await client.call_tool("ask", {"question": CONVENTION})

    assert result.is_error
    assert "not a folder" in result.content[0].text


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_stdio_carries_nothing_but_the_protocol(mode, assistant, caplog):
    """The server of this test prints while it opens; a stray line would break the client."""
    server = StdioServerParameters(command=sys.executable, args=["-c", SERVER, "stdio", "0"])

    async with Client(server, mode=mode, read_timeout_seconds=120) as client:
        asked = await client.call_tool("ask", {"question": CONVENTION})

    assert asked.structured_content == as_json(assistant.ask(CONVENTION), Answer)
    assert "Failed to parse" not in caplog.text


@pytest.fixture
def address() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, "http", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
        process.terminate()


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_streamable_http_gives_the_same(mode, address, assistant):
    async with Client(address, mode=mode, read_timeout_seconds=120) as client:
        asked = await client.call_tool("ask", {"question": CONVENTION})

    assert asked.structured_content == as_json(assistant.ask(CONVENTION), Answer)


def test_another_transport_is_refused(assistant):
    with pytest.raises(ValueError, match="use stdio or http"):
        serve(lambda: assistant, transport="pigeon", host="127.0.0.1", port=0)


def test_without_the_package_the_message_says_what_to_install(monkeypatch, assistant):
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'statement-qa\[mcp\]'"):
        make_server(Opening.of(assistant))
