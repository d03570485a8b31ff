"""Answers and progress for a terminal, and JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from rich.console import Console
from rich.text import Text

from qa.answer import Answer, Quote
from qa.collection import Progress


def words(message: str) -> None:
    """Print a sentence to standard error."""
    print(message, file=sys.stderr)  # noqa: T201 - this is the command line's voice


def to_json(value: object, of: Any, *, indent: bool = False) -> str:  # noqa: ANN401 - any type form
    """JSON of a record, its field names being the keys.

    Args:
        value: A record, or records in a tuple, list or dict.
        of: Its type.
        indent: Over many lines, for people.
    """
    from pydantic import TypeAdapter

    return TypeAdapter(of).dump_json(value, indent=2 if indent else None).decode("utf-8")


@contextmanager
def progress_bar(task: str) -> Iterator[Progress]:
    """A progress bar on a terminal's standard error that comes with the first step and goes when done."""
    from rich.progress import Progress as Bar

    with ExitStack() as shown:
        bar = Bar(console=Console(stderr=True), transient=True)
        row = bar.add_task(task, total=None)

        def step(done: int, total: int) -> None:
            if bar.console.is_terminal and not bar.live.is_started:
                shown.enter_context(bar)
            bar.update(row, completed=done, total=total)

        yield step


def print_answer(answer: Answer) -> None:
    """Print an answer to standard output, its verdict to standard error."""
    passages, statements = answer.searched_passages, answer.searched_statements
    where = f"{_count(passages, 'passage')} of {_count(statements, 'statement')}"
    if answer.verdict == "answered":
        words(f"{_count(len(answer.quotes), 'quote')} from {where}:")
        print_quotes(answer.quotes)
    elif not passages:
        words("Nothing was searched: no statement passes the filters, or the library is empty.")
    else:
        words(f"Not found: the statements do not say it ({where} searched).")
        if answer.nearest:
            words("Nearest, though it does not answer:")
        print_quotes(answer.nearest)


# A terminal would obey these; a space in the place of each keeps the offsets of the marks.
_CONTROLS = dict.fromkeys([*range(10), *range(11, 32), *range(127, 160)], " ")


def print_quotes(quotes: Sequence[Quote]) -> None:
    """Print quotes to standard output: exact text, answering sentences bold, then citation and matches."""
    console = Console(highlight=False, soft_wrap=True)
    for rank, quote in enumerate(quotes, start=1):
        text = Text(quote.text.translate(_CONTROLS))
        for start, stop in quote.highlights:
            text.stylize("bold", start, stop)
        for start, stop in quote.words:
            text.stylize("underline", start, stop)
        console.print(Text(f"{rank}. [{quote.strength}] {quote.citation}", style="cyan"))
        console.print(text)
        if quote.matched:
            pairs = "; ".join(f"{word} → {', '.join(met)}" for word, met in quote.matched.items())
            console.print(Text(pairs, style="dim"))
        console.print()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
