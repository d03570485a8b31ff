"""The command line: results on stdout, words on stderr, exit codes that scripts can trust."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import qa.assistant
from corpus import Statement
from index import Encoder
from qa.__main__ import main
from qa.assistant import Assistant
from qa.rendering import print_quotes


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """The command line over a library and a cache of its own, with the small encoder."""
    monkeypatch.setenv("STATEMENT_QA_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(qa.assistant, "SentenceEncoder", lambda _model: encoder)

    def run_(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["statement-qa", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capsys.readouterr()
        return Ran(int(stopped.value.code or 0), out, err)

    return run_


def test_ask_prints_json_whose_quotes_are_the_source(run: Run, statement: Statement) -> None:
    ran = run("search", "конвенции под эгидой ООН", "--format", "json", "-k", "2")
    quotes = json.loads(ran.out)
    assert ran.code == 0
    assert len(quotes) == 2
    for quote in quotes:
        assert statement.text[quote["start"] : quote["stop"]] == quote["text"]
    lines = run("search", "конвенции под эгидой ООН", "--format", "jsonl", "-k", "2").out.splitlines()
    assert [json.loads(line) for line in lines] == quotes
    answer = json.loads(run("ask", "конвенции под эгидой ООН", "--format", "json").out)
    assert list(answer)[:4] == ["question", "language", "verdict", "confidence"]


def test_text_keeps_results_and_words_apart(run: Run, statement: Statement) -> None:
    ran = run("search", "конвенции под эгидой ООН", "-k", "1")
    paragraph = next(line for line in statement.text.split("\n") if "эгидой ООН конвенции" in line)
    assert paragraph.strip() in ran.out
    assert ran.err == ""


def test_what_was_asked_can_be_verified(run: Run, tmp_path: Path) -> None:
    receipts = tmp_path / "answer.json"
    receipts.write_text(run("search", "терроризм", "--format", "json").out, encoding="utf-8")
    ran = run("verify", str(receipts))
    assert ran.code == 0
    assert {line.split(":")[0] for line in ran.out.splitlines()} == {"exact"}

    source = tmp_path / "library" / "csto-information-security.txt"
    text = source.read_text(encoding="utf-8")
    source.write_text("Вставка.\n" + text, encoding="utf-8")
    moved = run("verify", str(receipts))
    assert moved.code == 1
    assert {line.split(":")[0] for line in moved.out.splitlines()} == {"moved"}
    source.write_text(text.replace("а", "a"), encoding="utf-8")
    assert {line.split(":")[0] for line in run("verify", str(receipts)).out.splitlines()} == {"changed"}
    run("remove", "csto-information-security")
    missing = json.loads(run("verify", str(receipts), "--format", "json").out)
    assert {check["status"] for check in missing} == {"missing"}


def test_add_list_remove_and_undo(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.txt").write_text("Title of it\n\nA paragraph of the statement.\n", encoding="utf-8")
    (folder / "empty.txt").write_text("", encoding="utf-8")
    ran = run("add", str(folder), "--speaker", "State A", "--date", "2020-01-02")
    assert ran.code == 2
    assert ran.out == "added: good\n"
    assert "empty.txt" in ran.err
    assert run("add", str(folder / "good.txt")).out == "already there: good\n"
    (folder / "good.txt").write_text("Title of it\n\nAnother paragraph.\n", encoding="utf-8")
    refused = run("add", str(folder / "good.txt"))
    assert refused.code == 2
    assert "--replace" in refused.err
    assert run("add", str(folder / "good.txt"), "--replace").out == "replaced: good\n"

    rows = json.loads(run("list", "--format", "json").out)
    assert [row["id"] for row in rows] == ["csto-information-security", "good"]
    assert run("remove", "good").out == "removed: good\n"
    assert run("remove", "good").code == 2
    assert run("remove", "good", "--undo").out == "restored: good\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", ""], "empty"),
        (["ask", "x" * 3000], "3000 characters"),
        (["ask", "x", "--speaker", "nobody"], "nobody"),
        (["ask", "x", "--statement", "../../etc/passwd"], "etc/passwd"),
        (["ask", "x", "--since", "yesterday"], "yesterday"),
        (["ask", "x", "-k", "0"], "--top-k"),
        (["verify", "/nowhere.json"], "/nowhere.json"),
        (["add", "/nowhere.txt"], "/nowhere.txt"),
        (["remove", "nothing"], "nothing"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_input_is_one_message_and_exit_code_2(run: Run, arguments: list[str], says: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_info_names_model_and_library(run: Run, tmp_path: Path) -> None:
    facts = json.loads(run("info", "--format", "json").out)
    assert facts["model"] == "hash"
    assert facts["library"] == str(tmp_path / "library")
    assert facts["passages"] == "10"


def test_help_answers_without_loading_anything_heavy() -> None:
    script = (
        "import sys; sys.argv=['statement-qa','--help']\n"
        "from qa.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'faiss', 'gradio', 'scipy', 'sklearn'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    for command in ("ask", "search", "serve", "add", "list", "remove", "verify", "eval", "mcp", "info"):
        assert command in ran.stdout


def test_a_statement_cannot_command_the_terminal(
    tmp_path: Path, encoder: Encoder, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "Title\r\n\r\nThe convention\r\nis \x1b[31msupported."
    assistant = Assistant.from_statements([Statement("s", "T", text, "en")], encoder)
    print_quotes(assistant.search("convention"))
    assert "\x1b" not in capsys.readouterr().out


def test_filters_that_nothing_passes_are_no_not_found(run: Run) -> None:
    ran = run("ask", "терроризм", "--since", "2020-01-01")
    assert "Nothing was searched" in ran.err
