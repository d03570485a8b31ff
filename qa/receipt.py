"""Proof of a quote: what to keep, and how to check it later against the source."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Literal

from corpus import Passage, Statement
from qa.answer import Receipt

Status = Literal["exact", "moved", "changed", "missing"]


LONGEST = 20_000
"""Longest quote looked for elsewhere in a changed source, in code points; passages are far shorter."""

# A passage begins where a line does, or after the end of a sentence.
_BEGINNING = re.compile(r"""(?:^|[\n\r\f\v\x85\u2028\u2029]|[.!?…;:։؟۔。！？；][\]"'»”’)]*)\s*(\S)""")


class ReceiptError(ValueError):
    """JSON that holds no receipt; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a quote.

    Attributes:
        status: `exact` (the same characters at the same place), `moved` (the same characters at another
            place), `changed` (these characters stand nowhere in the source), `missing` (no such source).
        start: Where the quote stands now, in code points; None when changed or missing.
        stop: Offset after it.
        source_changed: Whether the source as a whole is another text than the one quoted from.
    """

    status: Status
    start: int | None
    stop: int | None
    source_changed: bool


def sha256(text: str) -> str:
    """Hex SHA-256 of the UTF-8 bytes of `text`."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def receipt_for(statement: Statement, passage: Passage) -> Receipt:
    """Make the receipt of a passage quoted from a statement.

    Args:
        statement: The source.
        passage: A passage of that source.

    Returns:
        Offsets in code points and in UTF-8 bytes, and both hashes.
    """
    start_byte = len(statement.text[: passage.start].encode("utf-8"))
    return Receipt(
        statement=statement.id,
        source_sha256=statement.sha256,
        quote_sha256=sha256(passage.text),
        start=passage.start,
        stop=passage.stop,
        start_byte=start_byte,
        stop_byte=start_byte + len(passage.text.encode("utf-8")),
    )


def verify(receipt: Receipt, text: str | None) -> Verification:
    """Check a receipt against the source's text of today.

    Args:
        receipt: Kept from an answer.
        text: The whole text of the statement now, or None where there is no such statement.

    Returns:
        The status, and where the quote stands now. A quote that stands in several places is `exact` if one of
        them is its own, else `moved` to the first.
    """
    if text is None:
        return Verification("missing", None, None, source_changed=True)
    source_changed = sha256(text) != receipt.source_sha256
    if sha256(text[receipt.start : receipt.stop]) == receipt.quote_sha256:
        return Verification("exact", receipt.start, receipt.stop, source_changed)
    length = receipt.stop - receipt.start
    if length > LONGEST:
        return Verification("changed", None, None, source_changed)
    # The receipt holds no words, only their hash: try every place where a passage can begin.
    for match in _BEGINNING.finditer(text):
        start = match.start(1)
        if sha256(text[start : start + length]) == receipt.quote_sha256:
            return Verification("moved", start, start + length, source_changed)
    return Verification("changed", None, None, source_changed)


def receipts_in(document: str) -> list[Receipt]:
    """The receipts in a JSON document: a receipt, a quote, an answer, or a list of these.

    Raises:
        ReceiptError: It is not JSON, or there is no receipt in it.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        values = [json.loads(document)]
    except (ValueError, RecursionError) as error:
        msg = f"this is not JSON: {error}"
        raise ReceiptError(msg) from error
    found: list[object] = []
    while values:
        value = values.pop(0)
        if isinstance(value, list):
            values = value + values
        elif isinstance(value, dict) and "quote_sha256" in value:
            found.append(value)
        elif isinstance(value, dict):
            values = [value[key] for key in ("receipt", "quotes", "nearest") if key in value] + values
    if not found:
        msg = "there is no receipt in this JSON: give what `ask --format json` printed, or one of its quotes"
        raise ReceiptError(msg)
    try:
        return TypeAdapter(list[Receipt]).validate_python(found)
    except ValidationError as error:
        first = error.errors()[0]
        msg = f"a receipt is malformed: {'.'.join(map(str, first['loc'][1:]))}: {first['msg']}"
        raise ReceiptError(msg) from error
