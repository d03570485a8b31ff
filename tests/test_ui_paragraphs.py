"""Paragraphs, contexts and links to quotes."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import Statement
from qa import Assistant, Quote, verify
from qa.web.paragraphs import context, link_to_quote, paragraphs, receipt_of_link


@pytest.fixture
def quotes(statement: Statement, encoder: object) -> tuple[Quote, ...]:
    return Assistant.from_statements([statement], encoder).search("конвенция ООН", 10)


def test_paragraphs_are_the_text_in_order(statement: Statement) -> None:
    found = paragraphs(statement)
    assert [p.number for p in found] == list(range(len(found)))
    assert all(statement.text[p.start : p.stop] == p.text for p in found)


def test_context_touches_the_quote(statement: Statement, quotes: tuple[Quote, ...]) -> None:
    for quote in quotes:
        around = context(statement, quote)
        assert around.before + quote.text + around.after in statement.text
        assert around.before
        assert around.after or quote.paragraph == paragraphs(statement)[-1].number


def test_a_link_carries_the_receipt(statement: Statement, quotes: tuple[Quote, ...]) -> None:
    assert quotes
    for quote in quotes:
        query = {key: values[0] for key, values in parse_qs(link_to_quote(quote).removeprefix("?")).items()}
        receipt = receipt_of_link(query["s"], query["c"], query["h"])
        assert (query["s"], int(query["p"])) == (quote.statement, quote.paragraph)
        assert receipt.quote_sha256 == quote.receipt.quote_sha256
        assert verify(receipt, statement.text).status == "exact"
        assert verify(receipt, "Новое начало. " + statement.text).status == "moved"
        assert verify(receipt, statement.text.replace(quote.text[:9], "")).status == "changed"


@given(st.text(max_size=30), st.text(max_size=60))
def test_a_damaged_link_is_refused_and_nothing_else_happens(c: str, h: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        receipt_of_link("id", c, h)
