"""What the browser may send: one record for each action, checked before anything is done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, Len
from pydantic import Base64Bytes, StringConstraints

from corpus import Filters
from qa.answer import Receipt
from qa.assistant import MAX_QUOTES
from qa.web.feedback import Feedback
from qa.web.texts import Lang
from qa.web.turn import Turn

Question = Annotated[str, StringConstraints(max_length=10_000)]
Name = Annotated[str, StringConstraints(max_length=500)]
History = Annotated[tuple[Question, ...], Len(max_length=200)]
Turns = Annotated[tuple[Turn, ...], Len(max_length=200)]


@dataclass(frozen=True, slots=True)
class Plain:
    """A request that needs no more than the language of the interface."""

    lang: Lang


@dataclass(frozen=True, slots=True)
class Ask(Plain):
    """A question, the number of its turn, the conversation before it, and how many quotes are wanted."""

    question: Question
    number: int
    history: History
    filters: Filters
    quotes: Annotated[int, Ge(1), Le(MAX_QUOTES)] = 3


@dataclass(frozen=True, slots=True)
class Show(Plain):
    """Turns the browser kept, to be shown again."""

    turns: Turns


@dataclass(frozen=True, slots=True)
class Export(Plain):
    """Turns the browser kept, to be made into a file."""

    turns: Turns
    form: Literal["markdown", "json"]


@dataclass(frozen=True, slots=True)
class Read(Plain):
    """A statement to read, at a paragraph (`p`) or quote (`c`, `h`) of a link; a question colours the map."""

    s: Name
    p: int | None = None
    c: Name | None = None
    h: Name | None = None
    question: Question = ""
    history: History = ()


@dataclass(frozen=True, slots=True)
class Check(Plain):
    """A receipt to verify."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Opinion(Plain):
    """A thumb on an answer."""

    feedback: Feedback


@dataclass(frozen=True, slots=True)
class Named(Plain):
    """A statement to remove or to bring back."""

    id: Name


@dataclass(frozen=True, slots=True)
class Add(Plain):
    """A file to take into the library, its bytes in base 64."""

    name: Name
    data: Base64Bytes
