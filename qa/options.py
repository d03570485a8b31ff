"""The options that the commands of the command line share."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

FAILED, WRONG = 1, 2
"""Exit codes: a check or a gate failed; wrong usage or input."""


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


class Transport(StrEnum):
    """How the Model Context Protocol is carried."""

    STDIO = "stdio"
    HTTP = "http"


class Channel(StrEnum):
    """Which ranking a search uses."""

    FUSED = "fused"
    DENSE = "dense"
    TERMS = "terms"
    LATE = "late"


LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        envvar="STATEMENT_QA_LIBRARY",
        help="Folder of statements; your own library where not given.",
        show_default=False,
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        envvar="STATEMENT_QA_MODEL",
        help="Path or hub name of a sentence-transformers model; the embedded one where not given.",
        show_default=False,
    ),
]
TopK = Annotated[int, typer.Option("--top-k", "-k", min=1, max=50, help="Most quotes to print.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print the result.")]
StatementOption = Annotated[
    list[str] | None, typer.Option("--statement", help="Only this statement (an id; may be repeated).")
]
SpeakerOption = Annotated[
    list[str] | None, typer.Option("--speaker", help="Only this speaker (part of a name; may be repeated).")
]
DAY = typer.Option(formats=["%Y-%m-%d"], help="A day, YYYY-MM-DD; undated statements do not pass.")
SinceOption = Annotated[dt.datetime | None, DAY]
UntilOption = Annotated[dt.datetime | None, DAY]
Question = Annotated[
    str, typer.Argument(help="A question or keywords, in any language; - reads standard input.")
]
