"""Conversations as files."""

from __future__ import annotations

import html
import json
import re

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from corpus import Statement
from qa import Assistant
from qa.web.conversation import as_json, as_markdown, plain
from qa.web.texts import texts


def shown(markdown: str) -> str:
    """What a reader of the page made of Markdown sees."""
    return html.unescape(re.sub(r"<[^>]*>", "", MarkdownIt("commonmark").render(markdown))).strip()


@given(st.text("аb1 \n*_`#<>[]()!&\\|~-+.:=\"'{}@", max_size=40).filter(str.strip))
def test_markdown_shows_the_characters_as_they_are(text: str) -> None:
    assert shown(plain(text)) == " ".join(text.split())


def test_a_conversation_as_markdown_and_json(statement: Statement, encoder: object) -> None:
    assistant = Assistant.from_statements([statement], encoder)
    answers = [assistant.ask("ООН конвенции по противодействию"), assistant.ask("zzz <b>qqq</b>")]
    assert [answer.verdict for answer in answers] == ["answered", "not_found"]
    markdown = as_markdown(answers, texts("ru"))
    for quote in answers[0].quotes:
        assert " ".join(quote.text.split()) in shown(markdown)
        assert quote.receipt.quote_sha256 in markdown
    assert "<b>" in shown(markdown)
    assert "Не найдено. Просмотрено: 10 фрагментов в 1 заявлении." in shown(markdown)
    assert [one["question"] for one in json.loads(as_json(answers))] == [a.question for a in answers]
