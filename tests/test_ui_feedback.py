"""Feedback as JSON lines."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from pydantic import TypeAdapter

from corpus import Filters
from qa import Receipt
from qa.web.feedback import Feedback, keep

RECEIPT = Receipt("a", "0" * 64, "1" * 64, 1, 2, 3, 4)
FEEDBACK = Feedback(
    "Что?\n",
    "ru",
    "answered",
    "down",
    "missing: строка\nдругая",
    (RECEIPT,),
    Filters(since=dt.date(2020, 1, 2)),
)


def test_each_line_is_one_whole_record(tmp_path: Path) -> None:
    file = tmp_path / "new" / "feedback.jsonl"
    keep(FEEDBACK, file, dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC))
    keep(FEEDBACK, file)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    first = json.loads(lines[0])
    assert first.pop("time") == "2024-01-02T03:04:05+00:00"
    assert TypeAdapter(Feedback).validate_python(first) == FEEDBACK
