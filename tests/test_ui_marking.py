"""Marked text: the characters stay, the elements nest."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from qa.web.marking import marked

spans = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4)


@given(st.text("аб <>&\"'\n*_`𝔸", max_size=30), spans, spans)
def test_the_text_stays_the_text(
    text: str, sentences: list[tuple[int, int]], words: list[tuple[int, int]]
) -> None:
    markup = marked(text, sentences, words)
    assert set(re.findall(r"<[^>]*>", markup)) <= {"<mark>", "</mark>", "<b>", "</b>"}
    assert html.unescape(re.sub(r"<[^>]*>", "", markup)) == text


@given(st.text("аб<&", max_size=30), spans, spans)
def test_elements_nest_and_mark_what_they_should(
    text: str, sentences: list[tuple[int, int]], words: list[tuple[int, int]]
) -> None:
    inside: dict[str, set[int]] = {"mark": set(), "b": set()}
    open_now: list[str] = []
    place = 0
    for tag, entity, character in re.findall(
        r"<(/?\w+)>|(&\w+;)|(.)", marked(text, sentences, words), re.DOTALL
    ):
        if tag.startswith("/"):
            assert open_now.pop() == tag[1:]
        elif tag:
            open_now.append(tag)
        else:
            assert entity or character
            for name in open_now:
                inside[name].add(place)
            place += 1
    assert open_now == []
    for name, wanted in (("mark", sentences), ("b", words)):
        assert inside[name] == {i for i in range(len(text)) if any(a <= i < b for a, b in wanted)}


def test_a_word_across_the_edge_of_a_sentence() -> None:
    assert marked("abcd", [(0, 2)], [(1, 3)]) == "<mark>a<b>b</b></mark><b>c</b>d"


def test_the_first_mark_can_be_led_to() -> None:
    assert marked("ab", [(0, 1), (1, 2)], anchor="x") == '<mark id="x">ab</mark>'
