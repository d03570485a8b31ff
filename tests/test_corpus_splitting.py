"""Passages: nothing lost, nothing moved, and paragraphs where a reader sees them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import Statement, split
from corpus.paragraphs import paragraphs
from corpus.splitting import title_of

PIECES = st.sampled_from([
    "Государства – члены ОДКБ заявляют.", "слово", "Heading", "and so on,", "- item;", "1. Decides;", "12",
    "* * *", "Page 2 of 7", " ", "\u00a0", "\n", "\n\n", "\r\n", "\r", "\f", "\t", "\u2028", "\u200b", "🙂",
    "۔", "和平。", ":", "ЗАЯВЛЕНИЕ", "(«", "т.е.", "г.", "x" * 50, "\x1c", "e\u0301",
])  # fmt: skip
TEXTS = st.one_of(
    st.lists(PIECES, max_size=40).map("".join),
    st.lists(PIECES, max_size=40).map(" ".join),
    st.text(max_size=300),
).filter(lambda text: text.strip() and not any("\ud800" <= c <= "\udfff" for c in text))


def made_of(text: str, language: str = "ru") -> Statement:
    return Statement(id="s", title="t", text=text, language=language)


def numbered(text: str, language: str = "en") -> list[tuple[int, str]]:
    return [(p.number, " ".join(p.text.split())) for p in split(made_of(text, language))]


@pytest.mark.parametrize("language", ["ru", "en", "zh", "und"])
@settings(deadline=None)  # The first call imports the sentence splitters.
@given(text=TEXTS, limit=st.integers(1, 60))
def test_passages_are_slices_in_order_and_leave_out_only_white_space(
    language: str, text: str, limit: int
) -> None:
    position = number = 0
    for passage in split(made_of(text, language), limit=limit):
        assert passage.text == text[passage.start : passage.stop]
        assert passage.text == passage.text.strip() != ""
        assert len(passage.text) <= limit
        assert not text[position : passage.start].strip()
        assert passage.number >= number
        position, number = passage.stop, passage.number
    assert not text[position:].strip()


@settings(deadline=None)
@given(text=TEXTS, limit=st.integers(1, 5))
def test_a_length_that_is_often_zero_loses_nothing(text: str, limit: int) -> None:
    def words(piece: str) -> int:
        return sum(word.isalnum() for word in piece.split())

    passages = split(made_of(text), length=words, limit=limit)
    assert "".join("".join(p.text.split()) for p in passages) == "".join(text.split())


@settings(deadline=None)  # The first call imports the sentence splitters.
@given(text=TEXTS, limit=st.integers(1, 20))
def test_limit_holds_for_a_length_in_words(text: str, limit: int) -> None:
    def words(piece: str) -> int:
        return len(piece.split())

    assert all(words(passage.text) <= limit for passage in split(made_of(text), length=words, limit=limit))


@settings(deadline=None)  # The first call imports the sentence splitters.
@given(text=TEXTS)
def test_paragraph_numbers_have_no_gaps(text: str) -> None:
    found = sorted({paragraph.number for paragraph in paragraphs(text)})
    assert found in (list(range(found[-1] + 1)), list(range(1, found[-1] + 1)))


def test_shipped_statement_has_a_title_and_ten_paragraphs(statement: Statement) -> None:
    passages = split(statement)
    assert [p.number for p in passages] == list(range(11))
    assert passages[0].text.startswith("ЗАЯВЛЕНИЕ\nминистров")
    assert passages[0].text.endswith("преступных целях")
    assert passages[8].text.startswith("Государства\u00a0–\u00a0члены ОДКБ заявляют о приверженности")
    assert "активизации совместной работы \nпо совершенствованию" in passages[10].text


def test_long_paragraph_is_cut_at_sentence_ends(statement: Statement) -> None:
    pieces = [p for p in split(statement, limit=400) if p.number == 7]
    assert len(pieces) > 1
    assert all(piece.text.endswith(".") for piece in pieces)


def test_limit_below_one_is_refused(statement: Statement) -> None:
    with pytest.raises(ValueError, match="limit is 0"):
        split(statement, limit=0)


WRAPPED = """\
JOINT STATEMENT

The ministers met in Geneva and agreed that cooperation among
them serves the security of the region. They decided to
meet again.

Regional security

States Parties reaffirm their commitment to the Charter of
the United Nations and to its purposes."""

CASES = {
    "wrapped text": (
        WRAPPED,
        [
            (0, "JOINT STATEMENT"),
            (
                1,
                "The ministers met in Geneva and agreed that cooperation among them serves the security of "
                "the region. They decided to meet again.",
            ),
            (
                2,
                "Regional security States Parties reaffirm their commitment to the Charter of the United "
                "Nations and to its purposes.",
            ),
        ],
    ),
    "a list that is one sentence": (
        "Title\nThe parties will:\n- fight terror;\n- share data;\n- meet yearly.\nThey thank the host.",
        [
            (0, "Title"),
            (1, "The parties will: - fight terror; - share data; - meet yearly."),
            (2, "They thank the host."),
        ],
    ),
    "a list of sentences": (
        "Title\n1. States condemn terror.\n2. States share data.\n3. States meet.",
        [
            (0, "Title"),
            (1, "1. States condemn terror."),
            (2, "2. States share data."),
            (3, "3. States meet."),
        ],
    ),
    "numbered items of a resolution": (
        "Resolution\n\nThe Assembly,\n\nRecalling its work,\n\n1. Calls upon States;\n\n2. Decides to meet.",
        [
            (0, "Resolution"),
            (1, "The Assembly, Recalling its work, 1. Calls upon States;"),
            (2, "2. Decides to meet."),
        ],
    ),
    "a signature": (
        "Title\nWe agree on all of this.\n\nFor the Ministers\n\nJ. Smith\nMinister",
        [(0, "Title"), (1, "We agree on all of this."), (2, "For the Ministers J. Smith Minister")],
    ),
    "a date line in the title": (
        "ЗАЯВЛЕНИЕ\nМосква, 26 мая 2020 г.\nМинистры выступают за мир.",
        [(0, "ЗАЯВЛЕНИЕ Москва, 26 мая 2020 г."), (1, "Министры выступают за мир.")],
    ),
    "a page number inside a paragraph": (
        "Title\nStates agree on the\n\n- 2 -\n\nneed for peace.\nThey met.",
        [(0, "Title"), (1, "States agree on the"), (1, "- 2 -"), (1, "need for peace."), (2, "They met.")],
    ),
    "a running header": (
        "Title\nOne is said.\fA/75/1\nTwo is said.\nMore of two.\fA/75/2\nThree is said.\nMore of three.\f"
        "A/75/3\nFour is said.\nMore of four.",
        [
            (0, "Title"),
            (1, "One is said."),
            (1, "A/75/1"),
            (2, "Two is said."),
            (3, "More of two."),
            (3, "A/75/2"),
            (4, "Three is said."),
            (5, "More of three."),
            (5, "A/75/3"),
            (6, "Four is said."),
            (7, "More of four."),
        ],
    ),
    "a list without full stops": (
        "Joint Communiqué of the Council\n\nThe Parties agreed to\n\n1. Promote peace\n\n"
        "2. Strengthen trade\n\n3. Oppose terrorism\n\nAdopted in Minsk.",
        [
            (0, "Joint Communiqué of the Council"),
            (1, "The Parties agreed to 1. Promote peace"),
            (2, "2. Strengthen trade"),
            (3, "3. Oppose terrorism"),
            (4, "Adopted in Minsk."),
        ],
    ),
    "a list in lower case without full stops": (
        "Совместное заявление\n\nСтороны договорились\n\n– укреплять мир\n\n– бороться с терроризмом\n\n"
        "Принято в Минске.",
        [
            (0, "Совместное заявление"),
            (1, "Стороны договорились – укреплять мир – бороться с терроризмом Принято в Минске."),
        ],
    ),
    "a list under a date": (
        "STATEMENT\n\nMinsk, 1 May 2020\n\n- Peace is dear to all States\n\n- War is dear to none of them",
        [
            (0, "STATEMENT Minsk, 1 May 2020"),
            (1, "- Peace is dear to all States"),
            (2, "- War is dear to none of them"),
        ],
    ),
    "a title between empty lines": (
        "JOINT STATEMENT\n\nby the Ministers\n\nJ. Smith\n\n26. Mai 2020\n\n"
        "The States agree that peace is dear to all of them and war to none.",
        [
            (0, "JOINT STATEMENT by the Ministers J. Smith 26. Mai 2020"),
            (1, "The States agree that peace is dear to all of them and war to none."),
        ],
    ),
    "a title shorter than what follows it": (
        "Communiqué\n\nThe Parties agreed to promote peace\n\nThe Parties agreed to trade\n\n"
        "Adopted in Minsk.",
        [
            (0, "Communiqué"),
            (
                1,
                "The Parties agreed to promote peace The Parties agreed to trade Adopted in Minsk.",
            ),
        ],
    ),
    "numbered headings": (
        "Title\n\n1. Security\n\nStates agree.\n\n2. Trade\n\nStates trade.",
        [(0, "Title"), (1, "1. Security States agree."), (2, "2. Trade States trade.")],
    ),
    "no title": ("States agree.\nThey met.", [(1, "States agree."), (2, "They met.")]),
    "one line": ("peace", [(1, "peace")]),
    "an address": (
        "Title\nMr. President,\nWe thank you.",
        [(0, "Title"), (1, "Mr. President, We thank you.")],
    ),
    "Chinese": (
        "联合声明\n各国同意合作。\n各国重申承诺。",
        [(0, "联合声明"), (1, "各国同意合作。"), (2, "各国重申承诺。")],
    ),
    "Armenian": (
        "Հայտարարություն\nՆախարարները համաձայնեցին։\nՆրանք հանդիպեցին։",
        [(0, "Հայտարարություն"), (1, "Նախարարները համաձայնեցին։"), (2, "Նրանք հանդիպեցին։")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_paragraphs_as_a_reader_sees_them(text: str, expected: list[tuple[int, str]]) -> None:
    assert numbered(text) == expected


def test_title_is_the_title_block_or_the_first_words() -> None:
    assert title_of("JOINT\nSTATEMENT\n\nStates agree.", "en") == "JOINT STATEMENT"
    assert title_of("States agree. They met.", "en") == "States agree."
    assert title_of("States " * 40 + "agree. They met.", "en").endswith("States…")


@pytest.mark.parametrize(
    "text", ["a" * 400_000, "a\n" * 20_000, "(«" * 100_000, "\n" * 400_000 + "x", "A. " * 50_000]
)
def test_hostile_text_takes_no_quadratic_time(text: str) -> None:
    passages = split(made_of(text))
    assert sum(len(p.text.split()) for p in passages) >= len(text.split())
