"""A conversation as a file: Markdown to read, JSON to keep."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from pydantic import TypeAdapter

from qa.answer import Answer, Quote
from qa.web.texts import Texts

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&:=$^\"'/@])")


def as_json(answers: Sequence[Answer]) -> str:
    """The answers whole, as a JSON list."""
    return json.dumps(
        TypeAdapter(tuple[Answer, ...]).dump_python(tuple(answers), mode="json"), ensure_ascii=False, indent=1
    )


def as_markdown(answers: Sequence[Answer], t: Texts) -> str:
    """Questions as headings, quotes as block quotes with their citation below.

    Line breaks inside a quote become spaces, and what Markdown would interpret is escaped: the page made
    of it shows the quote's own characters.
    """
    parts = [f"# {t('export_title')}"]
    for answer in answers:
        parts.append(f"## {plain(answer.question)}")
        if answer.verdict == "not_found":
            searched = t(
                "export_not_found",
                passages=t("lead_passages", n=answer.searched_passages),
                statements=t("lead_statements", n=answer.searched_statements),
            )
            parts.append(plain(searched))
        parts.extend(_block(quote) for quote in answer.quotes)
    return "\n\n".join(parts) + "\n"


def _block(quote: Quote) -> str:
    receipt = quote.receipt
    proof = f"{receipt.statement} {receipt.start}-{receipt.stop} SHA-256 {receipt.quote_sha256}"
    return f"> {plain(quote.text)}\n\n— {plain(quote.citation)}  \n`{proof}`"


def plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
