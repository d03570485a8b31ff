"""Bytes of a text file to its characters."""

from __future__ import annotations

import codecs
import re
import unicodedata

from corpus.language import language_scores
from corpus.statement import CorpusError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # Before UTF-16, whose mark it begins with.
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 20_000
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_CYRILLIC = ("windows-1251", "koi8-u", "cp866", "iso8859-5")
_LATIN = ("windows-1252", "windows-1250", "windows-1254")
# Four letters of five in Russian and its neighbours. A wrong encoding gives other letters, or odd case.
_USUAL = re.compile("[оеаинтсрвлкмдпуіј]", re.IGNORECASE)
_LETTER = "А-яЁёЂ-џҐґ"
_ODD_CYRILLIC = re.compile(
    rf"[A-Za-z][{_LETTER}]|[{_LETTER}][A-Za-z]|[а-яё](?=[А-ЯЁ])|[\x80-\x9f\u2500-\u25ff\ufffd¤¦±¬¶µ¸]"
)
_ODD_LATIN = re.compile(r"[^\W\d_a-zA-Z]{3,}|[a-zß-ÿ](?=[À-Þ])|[\x80-\x9f\ufffd¡-¦¨ª¬¯±-³µ¶¸-º¼-¾]")


def decode(data: bytes) -> str:
    """Decode a text of unknown encoding, without its byte order mark.

    In this order: what a byte order mark says; UTF-16 without one; UTF-8; the Cyrillic and then the Latin
    8-bit encodings, judged by the words they give; what charset-normalizer finds among all others.

    Raises:
        CorpusError: No text, or none whose encoding can be told.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _checked(_marked(data[len(mark) :], encoding))
    if b"\0" in data[:_SAMPLE]:
        return _checked(_utf16(data))
    try:
        return _checked(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        _refuse_damaged_utf8(data[:_SAMPLE], error.start)
    found = _cyrillic(data[:_SAMPLE]) or _latin(data[:_SAMPLE])
    return _checked(data.decode(found, "replace") if found else _other(data))


def _marked(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        msg = f"is marked as {encoding} but is damaged at byte {error.start:,}: save it again as UTF-8"
        raise CorpusError(msg) from error


def _checked(text: str) -> str:
    sample = text[:_SAMPLE]
    if "\0" in text or len(_CONTROL.findall(sample)) > len(sample) / 100:
        raise _binary()
    return text


def _binary() -> CorpusError:
    return CorpusError("is a binary file, not text: give a .txt, .md, .html, .pdf or .docx file")


def _utf16(data: bytes) -> str:
    """Decode UTF-16 in the byte order that gives white space and stops rather than rare characters."""
    texts = []
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            texts.append(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    text = max(texts, key=lambda text: len(re.findall(r"[\s,.、。，]", text[:_SAMPLE])), default="\0")
    strange = sum(unicodedata.category(character) in {"Cn", "Co", "Cc"} for character in text[:_SAMPLE])
    breaks = len(re.findall(r"[\t\n\r]", text[:_SAMPLE]))
    if strange - breaks > len(text[:_SAMPLE]) / 100:
        raise _binary()
    return text


def _refuse_damaged_utf8(sample: bytes, position: int) -> None:
    """Refuse UTF-8 with a few bad bytes: any 8-bit encoding would read it, as nonsense."""
    beyond_ascii = sum(byte > 127 for byte in sample)
    readable = sum(
        len(character.encode()) for character in sample.decode("utf-8", "ignore") if character > "\x7f"
    )
    if readable > 0.8 * beyond_ascii and readable > 10:
        msg = f"is UTF-8 with damage at byte {position:,}: save it again as UTF-8"
        raise CorpusError(msg)


def _cyrillic(sample: bytes) -> str | None:
    """The Cyrillic encoding that gives the most usual letters, if it gives enough of them."""
    scores = {}
    for encoding in _CYRILLIC:
        text = sample.decode(encoding, "replace")
        beyond_ascii = sum(character > "\x7f" and character.isalpha() for character in text) or 1
        odd = len(_ODD_CYRILLIC.findall(text))
        scores[encoding] = (len(_USUAL.findall(text)) - odd) / beyond_ascii
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] > 0.6 else None


def _latin(sample: bytes) -> str | None:
    """The Latin encoding whose words look most like those of some language."""
    scores = {}
    for encoding in _LATIN:
        text = sample.decode(encoding, "replace")
        beyond_ascii = sum(character > "\x7f" for character in text)
        if len(_ODD_LATIN.findall(text)) < beyond_ascii / 10:
            scores[encoding] = round(max(language_scores(text).values(), default=0.0), 2)
    return max(scores, key=lambda encoding: scores[encoding]) if scores else None


def _other(data: bytes) -> str:
    from charset_normalizer import from_bytes

    found = from_bytes(data).best()
    if found is None:
        msg = "is in no encoding that can be told: save it as UTF-8"
        raise CorpusError(msg)
    return str(found)
