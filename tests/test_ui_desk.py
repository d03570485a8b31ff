"""What the page's actions answer: with real code and the small encoder."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from corpus import Library, Statement
from qa import Assistant
from qa.web.desk import ACTIONS, Desk
from qa.web.limits import Buckets
from qa.web.opening import Opening
from qa.web.texts import texts

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> [link](javascript:alert(3)) **bold** \" ' & &lt;"
)
FILTERS: dict[str, Any] = {"statements": [], "speakers": [], "since": None, "until": None}


class Elements(HTMLParser):
    """All elements, attributes and text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def assistant(tmp_path: Path, statement: Statement, encoder: object) -> Assistant:
    library = Library(tmp_path / "library")
    library.add(statement)
    library.add(Statement("fish", "On fish", "Fishing quotas shall be fair.", "en", ("Sampleland",)))
    library.add(Statement("net", "On nets", "ООН и конвенция важны для всех.", "ru", ("Examplia",)))
    return Assistant(library, encoder)


@pytest.fixture
def desk(assistant: Assistant, tmp_path: Path) -> Desk:
    return Desk(Opening.of(assistant), editable=True, feedback=tmp_path / "feedback.jsonl")


def ask(desk: Desk, question: str, **changes: Any) -> dict[str, Any]:
    data = {"lang": "en", "question": question, "number": 0, "history": [], "filters": FILTERS} | changes
    return desk.reply("ask", data, "me")


def add(desk: Desk, name: str, data: bytes, lang: str = "en") -> dict[str, Any]:
    return desk.reply("add", {"lang": lang, "name": name, "data": base64.b64encode(data).decode()}, "me")


def test_an_answer_is_quotes_to_the_character(desk: Desk, assistant: Assistant) -> None:
    reply = ask(desk, "конвенции ООН по противодействию")
    answer = reply["turn"]["answer"]
    assert answer["verdict"] == "answered"
    for quote in answer["quotes"]:
        source = assistant.library[quote["statement"]]
        assert source.text[quote["start"] : quote["stop"]] == quote["text"]
        assert quote["text"] in Elements(reply["html"]).text
        assert f'<blockquote lang="{source.language}"' in reply["html"]
    json.dumps(reply)


def test_speakers_are_grouped_and_the_silent_are_named(desk: Desk) -> None:
    reply = ask(desk, "ООН и конвенция важны для всех", quotes=5)
    assert {quote["statement"] for quote in reply["turn"]["answer"]["quotes"]} >= {
        "net",
        "csto-information-security",
    }
    assert reply["turn"]["silent"] == ["Sampleland"]
    assert "Nothing found from: Sampleland" in Elements(reply["html"]).text
    assert reply["html"].count('<h3 class="group">') >= 2


def test_not_found_says_what_was_searched_and_shows_the_nearest(desk: Desk) -> None:
    reply = ask(desk, "zzz qqq xxx", lang="ru")
    text = Elements(reply["html"]).text
    assert reply["turn"]["answer"]["quotes"] == []
    assert "Не найдено." in text
    assert "Просмотрено: 12 фрагментов в 3 заявлениях." in text
    assert "ответом они не являются" in text
    assert "<mark" not in reply["html"]


def test_turns_kept_by_the_browser_are_shown_again_alike(desk: Desk) -> None:
    replies = [ask(desk, "конвенции ООН"), ask(desk, "zzz qqq", number=1, history=["конвенции ООН"])]
    kept = json.loads(json.dumps([reply["turn"] for reply in replies]))
    shown = desk.reply("show", {"lang": "en", "turns": kept}, "me")
    assert shown == {"html": replies[0]["html"] + replies[1]["html"]}


def test_a_changed_source_shows_on_a_kept_turn(
    desk: Desk, assistant: Assistant, statement: Statement
) -> None:
    turn = ask(desk, "конвенции ООН", filters=FILTERS | {"statements": [statement.id]})["turn"]
    changed = Statement(statement.id, statement.title, statement.text.replace("ООН", "организации"), "ru")
    assistant.library.add(changed, replace=True)
    text = Elements(desk.reply("show", {"lang": "en", "turns": [turn]}, "me")["html"]).text
    assert "The source has changed; these characters no longer stand in it." in text
    assistant.library.remove(statement.id)
    text = Elements(desk.reply("show", {"lang": "en", "turns": [turn]}, "me")["html"]).text
    assert "The source is no longer in the library." in text


def test_other_peoples_text_is_never_html(desk: Desk, assistant: Assistant) -> None:
    assistant.library.add(
        Statement("bad", HOSTILE, f"{HOSTILE} конвенция.", "en", (HOSTILE,), url="https://x.example")
    )
    assistant.refresh()
    ordinary = ask(desk, "конвенции ООН по противодействию", quotes=5)
    hostile = ask(desk, f"{HOSTILE} конвенция", quotes=5)
    assert "bad" in {quote["statement"] for quote in hostile["turn"]["answer"]["quotes"]}
    pieces = [
        hostile["html"],
        desk.reply("read", {"lang": "en", "s": "bad", "p": 1, "question": HOSTILE}, "me")["html"],
        desk.reply("library", {"lang": "en"}, "me")["html"],
        desk.reply("status", {"lang": "en"}, "me")["intro"],
    ]
    known = {name for name, _ in Elements(ordinary["html"]).attributes} | {
        "tabindex",
        "target",
        "rel",
        "viewbox",
        "d",
    }
    for piece in pieces:
        elements = Elements(piece)
        assert not {"script", "img"} & set(elements.tags)
        assert not [name for name, _ in elements.attributes if name.startswith("on")]
        assert not [value for _, value in elements.attributes if (value or "").startswith("javascript:")]
        assert "<script>alert(1)</script>" in elements.text
    assert {name for name, _ in Elements(hostile["html"]).attributes} <= known | {"cite", "datetime"}


@pytest.mark.parametrize(
    ("question", "error"), [(" ", "error_empty"), ("я" * 2001, "error_long")], ids=["empty", "too long"]
)
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_bad_question_is_refused_in_the_readers_language(
    desk: Desk, lang: str, question: str, error: str
) -> None:
    assert ask(desk, question, lang=lang) == {"error": texts(lang)(error, limit=2000)}


def test_an_unknown_filter_is_refused(desk: Desk) -> None:
    assert ask(desk, "ООН", filters=FILTERS | {"statements": ["gone"]}) == {
        "error": texts("en")("error_filter")
    }


@pytest.mark.parametrize("action", sorted(set(ACTIONS) - {"page", "status", "library"}))
@pytest.mark.parametrize(
    "data", [{}, {"lang": "en"}, {"lang": "xx", "question": 3}, {"lang": "en", "turns": [1]}, "x", None]
)
def test_nonsense_is_refused(desk: Desk, action: str, data: Any) -> None:
    assert set(desk.reply(action, data, "me")) == {"error"}


def test_links_lead_to_the_quote_and_say_when_the_source_has_changed(
    desk: Desk, assistant: Assistant, statement: Statement
) -> None:
    html = ask(desk, "разработке под эгидой ООН конвенции", filters=FILTERS | {"statements": [statement.id]})[
        "html"
    ]
    link = re.search(r'href="\?s=([\w-]+)&amp;p=(\d+)&amp;c=([\d-]+)&amp;h=([\w-]+)"', html)
    assert link
    data = dict(zip("spch", link.groups(), strict=True), lang="en")
    start, stop = map(int, data["c"].split("-"))
    quoted = statement.text[start:stop]

    def read() -> dict[str, Any]:
        return desk.reply("read", data, "me")

    def replace(text: str) -> None:
        assistant.library.add(Statement(statement.id, "T", text, "ru"), replace=True)

    assert (read()["paragraph"], read()["quoted"]) == (int(data["p"]), True)
    assert quoted in Elements(read()["html"]).text
    assert "The source has changed" not in read()["html"]
    replace("Заголовок\n\nНовое начало. " + statement.text)
    assert "is shown where it stands now" in read()["html"]
    replace(statement.text.replace(quoted, "Совсем другое."))
    assert "no longer stands in it" in read()["html"]
    assert 'class="paragraph current" id="p-' + data["p"] in read()["html"]
    assistant.library.remove(statement.id)
    assert read() == {"error": texts("en")("reading_missing", name=statement.id)}


def test_a_file_is_added_removed_and_brought_back(desk: Desk, assistant: Assistant) -> None:
    data = "О космосе\n\nКосмос принадлежит всем народам.".encode()
    added = add(desk, "космос.txt", data)
    assert added == {"id": "kosmos", "text": "Added: О космосе"}
    assert add(desk, "other.txt", data)["text"].startswith("Already in the library")
    found = ask(desk, "Космос принадлежит всем народам")["turn"]["answer"]["quotes"]
    assert found[0]["statement"] == "kosmos"
    assert desk.reply("remove", {"lang": "en", "id": "kosmos"}, "me")["text"] == "Removed: О космосе"
    assert "kosmos" not in assistant.library
    assert desk.reply("restore", {"lang": "en", "id": "kosmos"}, "me")["text"].startswith(
        "Back in the library"
    )
    assert "О космосе" in desk.reply("library", {"lang": "en"}, "me")["html"]
    assert set(desk.reply("remove", {"lang": "en", "id": "../x"}, "me")) == {"error"}


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("a.exe", b"x", "refusal_format"),
        ("a.txt", b" \n", "refusal_empty"),
        ("a.txt", b"x" * 20_000_001, "refusal_size"),
        ("a.txt", b"%PDF-1.7 x", "refusal_ending"),
        ("a.pdf", b"%PDF-1.7 x", "refusal_damaged"),
        ("a.docx", b"PK\x03\x04 x", "refusal_damaged"),
        ("a.txt", bytes(range(256)) * 4, "refusal_binary"),
        ("fish.txt", b"Another text about fish.", "refusal_taken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_files_are_refused_in_the_readers_language(
    desk: Desk, lang: str, name: str, data: bytes, key: str
) -> None:
    assert add(desk, name, data, lang) == {"error": texts(lang)(key)}


@pytest.mark.parametrize("action", ["add", "remove", "restore"])
def test_a_library_that_is_not_editable_stays_as_it_is(
    assistant: Assistant, tmp_path: Path, action: str
) -> None:
    desk = Desk(Opening.of(assistant), editable=False, feedback=tmp_path / "f")
    data = {"lang": "en", "id": "fish", "name": "a.txt", "data": base64.b64encode(b"text").decode()}
    assert desk.reply(action, data, "me") == {"error": texts("en")("error_read_only")}
    assert len(assistant.library) == 3
    assert 'type="file"' not in desk.reply("library", {"lang": "en"}, "me")["html"]


def test_feedback_is_kept(desk: Desk, tmp_path: Path) -> None:
    turn = ask(desk, "конвенции ООН")["turn"]
    answer = turn["answer"]
    feedback = {
        "question": answer["question"], "language": answer["language"], "verdict": answer["verdict"],
        "thumb": "down", "reason": "missing", "receipts": [q["receipt"] for q in answer["quotes"]],
        "filters": turn["filters"], "history": [],
    }  # fmt: skip
    assert desk.reply("opinion", {"lang": "en", "feedback": feedback}, "me") == {
        "text": texts("en")("thanks")
    }
    kept = json.loads((tmp_path / "feedback.jsonl").read_text(encoding="utf-8"))
    assert {key: kept[key] for key in feedback} == feedback


def test_verify_and_export(desk: Desk) -> None:
    turn = ask(desk, "конвенции ООН")["turn"]
    receipt = turn["answer"]["quotes"][0]["receipt"]
    assert desk.reply("verify", {"lang": "en", "receipt": receipt}, "me")["status"] == "exact"
    file = desk.reply("export", {"lang": "ru", "turns": [turn], "form": "markdown"}, "me")
    assert file["name"] == "беседа.md"
    assert receipt["quote_sha256"] in file["text"]
    file = desk.reply("export", {"lang": "en", "turns": [turn], "form": "json"}, "me")
    assert json.loads(file["text"]) == [turn["answer"]]


def test_too_many_requests_are_refused_but_the_page_still_opens(assistant: Assistant, tmp_path: Path) -> None:
    desk = Desk(Opening.of(assistant), editable=False, feedback=tmp_path / "f", buckets=Buckets(0, 1))
    assert "error" not in ask(desk, "ООН")
    assert ask(desk, "ООН", lang="ru") == {"error": texts("ru")("error_rate")}
    assert desk.reply("status", {"lang": "en"}, "me")["ready"]
    assert "error" not in desk.reply(
        "ask", {"lang": "en", "question": "ООН", "number": 0, "history": [], "filters": FILTERS}, "other"
    )


def test_before_the_assistant_is_open(tmp_path: Path, assistant: Assistant) -> None:
    opening = Opening(lambda progress: assistant)
    desk = Desk(opening, editable=True, feedback=tmp_path / "f")
    assert 'id="question"' in desk.reply("page", {"lang": "en"}, "me")["html"]
    assert desk.reply("status", {"lang": "en"}, "me")["text"] == "Getting ready: loading the model"
    opening.report(3, 9)
    assert desk.reply("status", {"lang": "ru"}, "me")["text"] == "Подготовка: прочитано фрагментов — 3 из 9"
    assert ask(desk, "ООН") == {"error": texts("en")("error_not_ready")}
    opening.start()
    assert opening.wait(10) is assistant
    assert desk.reply("status", {"lang": "en"}, "me")["ready"]


def test_an_assistant_that_cannot_be_opened(tmp_path: Path) -> None:
    def fail(progress: object) -> Assistant:
        msg = "no model in /x"
        raise ValueError(msg)

    opening = Opening(fail)
    desk = Desk(opening, editable=True, feedback=tmp_path / "f")
    opening.start()
    assert opening.wait(10) is None
    status = desk.reply("status", {"lang": "en"}, "me")
    assert status == {"ready": False, "failed": "The program could not start. no model in /x"}
