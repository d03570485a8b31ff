"""What other programs can ask, over HTTP and MCP: the shapes of their requests, with their limits.

Unknown keys are refused, because a filter with a typing error that is silently ignored gives wrong answers.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass as checked

from corpus import Filters
from qa.answer import Receipt
from qa.assistant import MAX_QUESTION, MAX_QUOTES

_MAX_NAMES = 100
_MAX_HISTORY = 20
_LONGEST_TEXT = 1_000_000_000
_LONGEST_QUOTE = 20_000
_STRICT = ConfigDict(extra="forbid")


def _day(value: object) -> object:
    """Refuse what pydantic would otherwise take for seconds since 1970."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        msg = "a day is written YYYY-MM-DD"
        raise ValueError(msg)
    return value


def _number(value: object) -> object:
    """Refuse what JSON does not call a number, though pydantic would make one of it."""
    if isinstance(value, (bool, str)):
        msg = "expected a whole number"
        raise ValueError(msg)
    return value


Day = Annotated[dt.date, BeforeValidator(_day)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION, pattern=r"\S")]
Names = Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=_MAX_NAMES)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Offset = Annotated[int, Field(ge=0, le=_LONGEST_TEXT), BeforeValidator(_number)]
Count = Annotated[
    int, Field(ge=1, le=MAX_QUOTES, description="Most quotes wanted."), BeforeValidator(_number)
]


@checked(frozen=True, config=_STRICT)
class FiltersIn(Filters):
    """Which statements to search; what is empty or null lets everything through."""

    statements: Names = ()
    speakers: Names = ()
    since: Day | None = None
    until: Day | None = None


History = Annotated[
    tuple[Text, ...], Field(max_length=_MAX_HISTORY, description="Earlier questions, oldest first.")
]
Language = Annotated[
    str,
    Field(
        max_length=35,
        pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        description="BCP 47 tag of the question; detected where not given.",
    ),
]


class Question(BaseModel, frozen=True, extra="forbid"):
    """A question, and where to look for what the statements say to it."""

    question: Text
    k: Count = 3
    filters: FiltersIn = FiltersIn()
    history: History = ()
    language: Language | None = None


class Keywords(Question, frozen=True, extra="forbid"):
    """A question or keywords to rank the passages by."""

    k: Count = 10
    channel: Annotated[
        Literal["fused", "dense", "terms", "late"], Field(description="All rankings fused, or one alone.")
    ] = "fused"


class Selection(BaseModel, frozen=True, extra="forbid"):
    """Which statements to list."""

    speaker: Annotated[list[str], Field(max_length=_MAX_NAMES, description="Part of a speaker's name.")] = []
    since: Annotated[Day | None, Field(description="First day.")] = None
    until: Annotated[Day | None, Field(description="Last day.")] = None
    offset: Annotated[int, Field(ge=0, le=_LONGEST_TEXT)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


@checked(frozen=True, config=_STRICT)
class ReceiptIn(Receipt):
    """A receipt, as it came with a quote."""

    statement: Annotated[str, Field(max_length=100)]
    source_sha256: Digest
    quote_sha256: Digest
    start: Offset
    stop: Offset
    start_byte: Offset
    stop_byte: Offset

    @model_validator(mode="after")
    def _is_a_quote(self) -> ReceiptIn:
        """Refuse a place where no quote can stand; looking for a very long one would take very long."""
        if not 0 < self.stop - self.start <= _LONGEST_QUOTE:
            msg = f"a quote has 1 to {_LONGEST_QUOTE} characters and stops after its start"
            raise ValueError(msg)
        return self
