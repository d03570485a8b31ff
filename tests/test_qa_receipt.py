"""A receipt proves its quote, and says what became of it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import Passage, Statement
from qa.receipt import ReceiptError, Verification, receipt_for, receipts_in, verify

TEXT = "Заголовок\n\nПервый абзац – о мире.\u00a0\nВторой абзац: 中文 😀 и ещё.\n"


def _quote(text: str, start: int, stop: int) -> tuple[Statement, Passage]:
    statement = Statement("a", "A", text, "ru")
    return statement, Passage("a", 1, start, stop, text[start:stop], "ru")


@given(st.text(min_size=1).filter(str.strip), st.data())
def test_any_slice_verifies_exactly_and_its_bytes_are_the_quote(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    stop = data.draw(st.integers(start + 1, len(text)))
    statement, passage = _quote(text, start, stop)
    receipt = receipt_for(statement, passage)
    assert verify(receipt, text) == Verification("exact", start, stop, source_changed=False)
    assert text.encode()[receipt.start_byte : receipt.stop_byte].decode() == passage.text


def test_one_changed_character_of_the_quote_is_changed() -> None:
    start = TEXT.index("Первый")
    receipt = receipt_for(*_quote(TEXT, start, start + 22))
    for place in range(start, start + 22):
        other = TEXT[:place] + "§" + TEXT[place + 1 :]
        assert verify(receipt, other) == Verification("changed", None, None, source_changed=True)


def test_a_change_elsewhere_leaves_the_quote_exact_and_says_so() -> None:
    start = TEXT.index("Второй")
    receipt = receipt_for(*_quote(TEXT, start, start + 10))
    assert verify(receipt, "з" + TEXT[1:]) == Verification("exact", start, start + 10, source_changed=True)


def test_the_same_words_elsewhere_are_moved() -> None:
    start = TEXT.index("Второй")
    receipt = receipt_for(*_quote(TEXT, start, start + 10))
    moved = "Ещё строка.\n" + TEXT
    assert verify(receipt, moved) == Verification("moved", start + 12, start + 22, source_changed=True)


def test_no_source_is_missing() -> None:
    assert verify(receipt_for(*_quote(TEXT, 0, 9)), None).status == "missing"


def test_receipts_are_found_in_answers_quotes_and_lists() -> None:
    receipt = receipt_for(*_quote(TEXT, 0, 9))
    quote = {"text": "x", "receipt": asdict(receipt)}
    answer = {"quotes": [quote, quote], "nearest": [quote]}
    for document, count in ((asdict(receipt), 1), (quote, 1), (answer, 3), ([answer, quote], 4)):
        assert receipts_in(json.dumps(document)) == [receipt] * count


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("{}", "no receipt"),
        ('{"quotes": []}', "no receipt"),
        ('{"quote_sha256": "00"}', "malformed"),
        ('{"receipt": {"quote_sha256": 5}}', "malformed"),
    ],
)
def test_what_is_no_receipt_is_refused_in_words(document: str, says: str) -> None:
    with pytest.raises(ReceiptError, match=says):
        receipts_in(document)


def test_a_quote_moves_in_a_script_without_spaces() -> None:
    text = "标题\n\n各方支持联合国的作用。各方反对恐怖主义。\n各方继续合作。"
    for start, stop in ((4, 15), (15, 24), (25, 32)):
        receipt = receipt_for(*_quote(text, start, stop))
        assert verify(receipt, "新的一行。\n" + text) == Verification(
            "moved", start + 6, stop + 6, source_changed=True
        )


def test_a_hostile_receipt_costs_little() -> None:
    text = "слово " * 200_000
    receipt = replace(receipt_for(*_quote(text, 0, 5)), quote_sha256="0" * 64, stop=10**9)
    assert verify(receipt, text).status == "changed"
    assert verify(replace(receipt, stop=20_000), text).status == "changed"
