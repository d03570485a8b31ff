"""The package as others get it: public names, what imports cost, the wheel, the same quote at every door."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient
from typer.testing import CliRunner

from corpus import Library
from qa.answer import Answer
from qa.assistant import Assistant

ROOT = Path(__file__).parents[1]
QUESTION = "что говорится о конвенции ООН?"
PUBLIC = {
    "corpus": {
        "CorpusError", "Filters", "Library", "Metadata", "Passage", "Read", "Statement", "detect_language",
        "read_statement", "read_statements", "read_text", "split",
    },
    "index": {"Encoder", "Hit", "Match", "ModelError", "PassageIndex", "SentenceEncoder", "StorageError"},
    "qa": {"Answer", "Assistant", "Quote", "QuestionError", "Receipt", "Verification", "verify"},
}  # fmt: skip
HEAVY = {
    "torch",
    "faiss",
    "gradio",
    "transformers",
    "sentence_transformers",
    "fastapi",
    "langchain_core",
    "scipy",
}


@pytest.fixture
def assistant(encoder) -> Assistant:
    return Assistant.from_statements(Library.shipped(), encoder)


@pytest.mark.parametrize("package", PUBLIC)
def test_public_names_are_these(package):
    module = import_module(package)

    assert set(module.__all__) == PUBLIC[package]
    assert all(hasattr(module, name) for name in module.__all__)
    assert (Path(module.__file__).parent / "py.typed").exists()


def test_importing_the_package_loads_nothing_heavy():
    code = "from qa import Assistant; import sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert not HEAVY & set(loaded.stdout.split())


Door = Callable[[Assistant, pytest.MonkeyPatch], dict[str, Any]]


def by_python(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    return TypeAdapter(Answer).dump_python(assistant.ask(QUESTION, 1), mode="json")["quotes"][0]


def by_command_line(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    from qa.__main__ import app

    monkeypatch.setattr(Assistant, "open", lambda *arguments, **others: assistant)
    result = CliRunner().invoke(app, ["ask", QUESTION, "--top-k", "1", "--format", "json"])
    return json.loads(result.stdout)["quotes"][0]


def by_http(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    from qa.http import create_app

    client = TestClient(create_app(assistant))
    return client.post("/api/v1/ask", json={"question": QUESTION, "k": 1}).json()["quotes"][0]


def by_mcp(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    import asyncio

    from mcp import Client

    from qa.mcp import make_server
    from qa.web.opening import Opening

    async def ask() -> dict[str, Any]:
        async with Client(make_server(Opening.of(assistant))) as client:
            return (await client.call_tool("ask", {"question": QUESTION, "k": 1})).structured_content

    return asyncio.run(ask())["quotes"][0]


def by_langchain(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    from qa.langchain import StatementRetriever

    [document] = StatementRetriever(assistant=assistant, k=1).invoke(QUESTION)
    return document.metadata | {"text": document.page_content}


def by_llamaindex(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    from qa.llamaindex import StatementRetriever

    [found] = StatementRetriever(assistant, k=1).retrieve(QUESTION)
    return found.node.metadata | {"text": found.node.get_content()}


def by_haystack(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    from qa.haystack import StatementRetriever

    [document] = StatementRetriever.over(assistant, top_k=1).run(QUESTION)["documents"]
    return document.meta | {"text": document.content}


@pytest.mark.parametrize(
    ("door", "needs"),
    [
        pytest.param(by_python, "qa", id="python"),
        pytest.param(by_command_line, "typer", id="command line"),
        pytest.param(by_http, "fastapi", id="http"),
        pytest.param(by_mcp, "mcp", id="mcp"),
        pytest.param(by_langchain, "langchain_core", id="langchain"),
        pytest.param(by_llamaindex, "llama_index", id="llamaindex"),
        pytest.param(by_haystack, "haystack", id="haystack"),
    ],
)
def test_every_door_gives_the_same_quote_with_the_same_receipt(door, needs, assistant, monkeypatch):
    if needs in ("llama_index", "haystack") and find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")

    given = door(assistant, monkeypatch)

    expected = by_python(assistant, monkeypatch)
    assert {key: given[key] for key in expected} == expected
    source = assistant.library[given["statement"]].text.encode()
    assert source[given["receipt"]["start_byte"] : given["receipt"]["stop_byte"]].decode() == given["text"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    [file] = folder.glob("*.whl")
    return file


@pytest.mark.model
def test_the_wheel_holds_model_and_statement_but_not_the_recipe(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    assert "index/model/model.safetensors" in names
    assert "corpus/statements/csto-information-security.txt" in names
    assert {"qa/calibration.json", "qa/py.typed", "ui.py"} <= set(names)
    assert not [name for name in names if name.startswith(("index/training", "tests", "docs"))]


OFFLINE = """
import socket

def refuse(*arguments):
    raise OSError("there is no network in this test")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""


@pytest.mark.model
def test_the_wheel_answers_from_another_folder_without_a_network(wheel, tmp_path):
    """Installed as a user does, but what it depends on is borrowed from here instead of being fetched."""
    home = tmp_path / "home"
    home.mkdir()
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    install = [
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run([sys.executable, *install], check=True)
    place = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    site = Path(place.stdout.strip())
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (site / "sitecustomize.py").write_text(OFFLINE)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "OMP_NUM_THREADS": "1"}

    def run(*command: str) -> str:
        done = subprocess.run(
            [python.parent / command[0], *command[1:]],
            cwd=home, env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout

    assert run("python", "-c", "import qa; print(qa.__file__)").startswith(str(site))
    answer = json.loads(run("statement-qa", "ask", QUESTION, "--format", "json"))
    assert answer["quotes"][0]["paragraph"] == 8
    (home / "answer.json").write_text(json.dumps(answer))
    assert run("statement-qa", "verify", "answer.json").startswith("exact: csto-information-security")
