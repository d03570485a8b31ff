"""Bytes to characters: the encodings diplomatic texts come in, long and short."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import CorpusError, Statement
from corpus.decoding import decode

RUSSIAN = "Государства выражают обеспокоенность и призывают к миру."
SAMPLES = {
    "short Russian": ("windows-1251 koi8-r cp866 iso8859-5 utf-16-le utf-16-be", RUSSIAN + "\n"),
    "capitals": ("windows-1251 koi8-r cp866 iso8859-5", RUSSIAN.upper()),
    "Ukrainian": ("windows-1251 koi8-u", "Міністри закордонних справ підтвердили відданість Статуту ООН."),
    "French": (
        "windows-1252",
        "Les ministres ont décidé d’œuvrer à la sécurité européenne ; ça dépend d’où.",
    ),
    "German": ("windows-1252", "Die Außenminister erklärten, größere Bemühungen wären möglich und nötig."),
    "Polish": (
        "windows-1250",
        "Ministrowie oświadczyli, że państwa członkowskie dążą do pokoju i łączności.",
    ),
    "English": ("utf-16-le utf-16-be", "The States agree.\n"),
    "Chinese": (
        "utf-16-le utf-16-be gb18030",
        "外交部长们宣布，合作对安全是必要的。\n他们重申对联合国宪章的承诺。\n",
    ),
}
CASES = [(name, encoding) for name, (encodings, _) in SAMPLES.items() for encoding in encodings.split()]


@pytest.mark.parametrize(("name", "encoding"), CASES, ids=[" in ".join(case) for case in CASES])
def test_encoding_is_told_from_the_text(name: str, encoding: str) -> None:
    text = SAMPLES[name][1]
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "cp866", "iso8859-5"])
def test_whole_statement_in_a_cyrillic_encoding(statement: Statement, encoding: str) -> None:
    text = statement.text.replace("–", "-").replace("\u00a0", " ")
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_mark_is_no_part_of_the_text(encoding: str) -> None:
    assert decode(RUSSIAN.encode(encoding)) == RUSSIAN


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda t: t[0] != "\ufeff"))
def test_utf8_comes_back_exactly(text: str) -> None:
    assert decode(text.encode()) == text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
        (bytes(range(256)) * 4, "binary"),
        (b"abc\x00def", "binary"),
        (b"\x01\x02\x03\x04 text", "binary"),
        (RUSSIAN.encode()[:-1] + b"\xd0.", "damage at byte"),
        (b"\xff\xfea", "damaged"),
    ],
    ids=["image", "all bytes", "a zero byte", "control characters", "bad UTF-8", "half UTF-16"],
)
def test_what_is_no_text_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        decode(data)


@given(st.binary(max_size=200))
def test_any_bytes_give_text_or_one_error(data: bytes) -> None:
    with contextlib.suppress(CorpusError):
        assert "\0" not in decode(data)
