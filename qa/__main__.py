"""The command line: ask, search, serve, add, list, remove, verify, eval, mcp, info."""

from __future__ import annotations

import datetime as dt
import importlib
import os
import runpy
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus import CorpusError, Filters, Library, Metadata
from index import ModelError, StorageError
from qa.answer import Answer, Quote
from qa.assistant import Assistant, Progress, QuestionError
from qa.receipt import ReceiptError, Verification, receipts_in
from qa.receipt import verify as check_receipt
from qa.rendering import print_answer, print_quotes, to_json, words

DONE, FAILED, WRONG = 0, 1, 2


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


class Channel(StrEnum):
    """Which ranking a search uses."""

    FUSED = "fused"
    DENSE = "dense"
    TERMS = "terms"
    LATE = "late"


app = typer.Typer(
    help="Ask diplomatic statements in any language; get their paragraphs back, quoted to the character.",
    epilog='Begin with: statement-qa ask "what do members say about the UN convention?"',
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

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


def main() -> None:
    """Run the command line; an error in the input is one sentence on standard error and exit code 2."""
    try:
        app()
    except (CorpusError, ModelError, StorageError, QuestionError, ReceiptError) as error:
        words(f"statement-qa: {error}")
        sys.exit(WRONG)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is wrong, and nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def ask(
    question: Question,
    top_k: TopK = 3,
    output: FormatOption = Format.TEXT,
    statement: StatementOption = None,
    speaker: SpeakerOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    after: Annotated[
        list[str] | None, typer.Option(help="An earlier question this one follows up (may be repeated).")
    ] = None,
    library: LibraryOption = None,
    model: ModelOption = None,
) -> None:
    """Quote what the statements say, or say that they do not say it.

    Example: statement-qa ask "что говорится о конвенции ООН?" --format json
    """
    answer = _assistant(library, model).ask(
        _text(question), top_k, filters=_filters(statement, speaker, since, until), history=after or ()
    )
    if output is Format.TEXT:
        print_answer(answer)
    else:
        print(to_json(answer, Answer, indent=output is Format.JSON))


@app.command()
def search(
    question: Question,
    top_k: TopK = 10,
    output: FormatOption = Format.TEXT,
    channel: Annotated[Channel, typer.Option(help="All rankings fused, or one alone.")] = Channel.FUSED,
    statement: StatementOption = None,
    speaker: SpeakerOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    library: LibraryOption = None,
    model: ModelOption = None,
) -> None:
    """List the nearest passages, whether they answer or not."""
    quotes = _assistant(library, model).search(
        _text(question), top_k, filters=_filters(statement, speaker, since, until), channel=channel.value
    )
    if output is Format.TEXT:
        print_quotes(quotes)
    elif output is Format.JSON:
        print(to_json(quotes, tuple[Quote, ...], indent=True))
    else:
        for quote in quotes:
            print(to_json(quote, Quote))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 7860,
    editable: Annotated[
        bool | None,
        typer.Option(
            help="Whether visitors may add and remove statements; on loopback they may.", show_default=False
        ),
    ] = None,
    auth: Annotated[
        str | None,
        typer.Option(envvar="STATEMENT_QA_AUTH", help="USER:PASSWORD asked of visitors.", show_default=False),
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
) -> None:
    """Serve the web chat and the HTTP API."""
    # By name: the page stands on top of this package, which must not know it.
    importlib.import_module("ui").serve(
        library=library,
        model=model,
        host=host,
        port=port,
        editable=editable,
        auth=auth,
        open_browser=open_browser,
    )


@app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders (.txt .md .html .pdf .docx).")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put a changed text in the place of the old.")
    ] = False,
    title: Annotated[str | None, typer.Option(help="Title, for one file.")] = None,
    language: Annotated[str | None, typer.Option(help="BCP 47 tag; detected where not given.")] = None,
    speaker: Annotated[
        list[str] | None, typer.Option(help="State or body that speaks (may be repeated).")
    ] = None,
    date: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of publication.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Where it was published.")] = None,
    licence: Annotated[str | None, typer.Option(help="Licence of the text.")] = None,
    library: LibraryOption = None,
) -> None:
    """Add statements from files; in a folder the good ones go in and the bad ones are listed.

    Example: statement-qa add statements/ --speaker "ОДКБ"
    """
    from corpus.reading import read_statements

    metadata = Metadata(
        title=title,
        language=language,
        speakers=tuple(speaker or ()),
        date=date.date() if date else None,
        url=url,
        licence=licence,
    )
    target = Library.open(library)
    with _progress("reading") as progress:
        read = read_statements(paths, metadata=metadata, progress=progress)
    refused = list(read.refused)
    for statement in read.statements:
        try:
            print(f"{target.add(statement, replace=replace)}: {statement.id}")
        except CorpusError as error:
            refused.append(error)
    for error in refused:
        words(f"statement-qa: {error}")
    if refused:
        raise typer.Exit(WRONG)


@app.command(name="list")
def list_(output: FormatOption = Format.TEXT, library: LibraryOption = None) -> None:
    """List the statements of the library."""
    statements = list(Library.open(library))
    if output is Format.TEXT:
        for s in statements:
            print("\t".join((s.id, s.language, s.date.isoformat() if s.date else "-", s.title)))
        return
    rows = [
        {
            "id": s.id,
            "title": s.title,
            "language": s.language,
            "speakers": s.speakers,
            "date": s.date,
            "url": s.url,
            "licence": s.licence,
            "sha256": s.sha256,
        }
        for s in statements
    ]
    if output is Format.JSON:
        print(to_json(rows, list[dict[str, Any]], indent=True))
    else:
        for row in rows:
            print(to_json(row, dict[str, Any]))


@app.command()
def remove(
    ids: Annotated[list[str], typer.Argument(help="Ids of statements, as `list` prints them.")],
    undo: Annotated[bool, typer.Option("--undo", help="Bring them back instead.")] = False,
    library: LibraryOption = None,
) -> None:
    """Take statements out of the library; --undo brings them back."""
    target = Library.open(library)
    unknown = []
    for statement_id in ids:
        try:
            if undo:
                target.restore(statement_id)
            else:
                target.remove(statement_id)
            print(f"{'restored' if undo else 'removed'}: {statement_id}")
        except KeyError:
            unknown.append(statement_id)
    if unknown:
        state = "was removed" if undo else "is in the library"
        msg = f"no statement of this id {state}: {', '.join(unknown)}"
        raise CorpusError(msg)


@app.command()
def verify(
    file: Annotated[
        Path,
        typer.Argument(help="JSON with receipts: an answer, a quote or a receipt; - reads standard input."),
    ],
    output: FormatOption = Format.TEXT,
    library: LibraryOption = None,
) -> None:
    """Check quotes against the library; exit code 1 unless every one is exact.

    Example: statement-qa ask "конвенция ООН" --format json | statement-qa verify -
    """
    receipts = receipts_in(sys.stdin.read() if str(file) == "-" else _read(file))
    statements = Library.open(library)
    checks = [
        check_receipt(
            receipt, statements[receipt.statement].text if receipt.statement in statements else None
        )
        for receipt in receipts
    ]
    if output is Format.TEXT:
        for receipt, check in zip(receipts, checks, strict=True):
            place = f"[{receipt.start}:{receipt.stop}]"
            now = f" now [{check.start}:{check.stop}]" if check.status == "moved" else ""
            note = (
                " (the source has changed elsewhere)"
                if check.status == "exact" and check.source_changed
                else ""
            )
            print(f"{check.status}: {receipt.statement}{place}{now}{note}")
    else:
        print(to_json(checks, list[Verification], indent=output is Format.JSON))
    if any(check.status != "exact" for check in checks):
        raise typer.Exit(FAILED)


@app.command(
    name="eval",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def eval_(context: typer.Context) -> None:
    """Run the evaluation suite (the same as `python -m eval`; --help shows its flags)."""
    sys.argv = ["statement-qa eval", *context.args]
    # By name: the evaluation stands on top of this package, which must not know it.
    runpy.run_module("eval", run_name="__main__", alter_sys=False)


@app.command()
def mcp(
    transport: Annotated[str, typer.Option(help="stdio or http.")] = "stdio",
    host: Annotated[str, typer.Option(help="Address, for http.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port, for http.")] = 7861,
    library: LibraryOption = None,
    model: ModelOption = None,
) -> None:
    """Serve the statements to assistants that speak the Model Context Protocol."""
    from qa.mcp import serve as serve_mcp

    serve_mcp(lambda: _assistant(library, model), transport=transport, host=host, port=port)


@app.command()
def info(
    output: FormatOption = Format.TEXT, library: LibraryOption = None, model: ModelOption = None
) -> None:
    """Print versions, model, library and the state of the index."""
    facts = _assistant(library, model).describe()
    if output is Format.TEXT:
        width = max(map(len, facts))
        for name, value in facts.items():
            print(f"{name:<{width}}  {value}")
    else:
        print(to_json(facts, dict[str, Any], indent=output is Format.JSON))


def _assistant(library: Path | None, model: str | None) -> Assistant:
    with _progress("indexing") as progress:
        return Assistant.open(library, model=model, progress=progress)


@contextmanager
def _progress(task: str) -> Iterator[Progress]:
    """A progress bar on a terminal's standard error that comes with the first step and goes when done."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    with ExitStack() as shown:
        bar = Bar(console=Console(stderr=True), transient=True)
        row = bar.add_task(task, total=None)

        def step(done: int, total: int) -> None:
            if bar.console.is_terminal and not bar.live.is_started:
                shown.enter_context(bar)
            bar.update(row, completed=done, total=total)

        yield step


def _filters(
    statement: Sequence[str] | None,
    speaker: Sequence[str] | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
) -> Filters:
    return Filters(
        statements=tuple(statement or ()),
        speakers=tuple(speaker or ()),
        since=since.date() if since else None,
        until=until.date() if until else None,
    )


def _text(question: str) -> str:
    return sys.stdin.read().strip() if question == "-" else question


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read {file}: {error}"
        raise CorpusError(msg) from error


if __name__ == "__main__":
    main()
