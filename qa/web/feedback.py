"""What readers think of answers, kept as JSON lines that the evaluation can read."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints, TypeAdapter

from corpus import Filters
from qa.answer import Receipt, Verdict

Short = Annotated[str, StringConstraints(max_length=2_000)]


@dataclass(frozen=True, slots=True)
class Feedback:
    """One reader's word on one answer.

    Attributes:
        question: As asked.
        language: BCP 47 tag of the question.
        verdict: Of the answer.
        thumb: `up` or `down`.
        reason: Why, as the key of a choice on the page or in the reader's words; empty where not given.
        receipts: Of the passages shown, best first.
        filters: That were on.
        history: Earlier questions of the conversation.
    """

    question: Short
    language: Short
    verdict: Verdict
    thumb: Literal["up", "down"]
    reason: Short
    receipts: tuple[Receipt, ...]
    filters: Filters
    history: tuple[Short, ...] = ()


def keep(feedback: Feedback, file: Path, now: dt.datetime | None = None) -> None:
    """Add a line to the file, which is made where there is none.

    Args:
        feedback: What to keep.
        file: Of JSON lines, each with the fields of `Feedback` and `time` (ISO 8601, UTC).
        now: The time; None is the present.
    """
    from filelock import FileLock

    time = (now or dt.datetime.now(dt.UTC)).isoformat(timespec="seconds")
    line = json.dumps(
        {"time": time} | TypeAdapter(Feedback).dump_python(feedback, mode="json"), ensure_ascii=False
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{file}.lock"), file.open("a", encoding="utf-8", newline="\n") as lines:
        lines.write(line + "\n")
