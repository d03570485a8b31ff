"""The command line: ask, search, serve, add, list, remove, verify, eval, mcp, info."""

from __future__ import annotations

import datetime as dt
import importlib
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus import CorpusError, Filters
from index import ModelError, StorageError
from qa.answer import Answer, Quote
from qa.assistant import Assistant, QuestionError
from qa.library_commands import add, list_, remove, verify
from qa.options import (
    WRONG,
    Channel,
    Format,
    FormatOption,
    LibraryOption,
    ModelOption,
    Question,
    SinceOption,
    SpeakerOption,
    StatementOption,
    TopK,
    Transport,
    UntilOption,
)
from qa.receipt import ReceiptError
from qa.rendering import print_answer, print_quotes, progress_bar, to_json, words

app = typer.Typer(
    help="Ask diplomatic statements in any language; get their paragraphs back, quoted to the character.",
    epilog='Begin with: statement-qa ask "what do members say about the UN convention?"',
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line; an error in the input is one sentence on standard error and exit code 2."""
    try:
        app()
    except (CorpusError, ModelError, StorageError, QuestionError, ReceiptError) as error:
        words(f"statement-qa: {error}")
        sys.exit(WRONG)


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
    token: Annotated[
        str | None,
        typer.Option(
            envvar="STATEMENT_QA_TOKEN",
            help="Bearer token asked of programs that call the API.",
            show_default=False,
        ),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            help="A site, such as https://example.org, that may show the chat in a frame and call the API "
            "(may be repeated).",
            show_default=False,
        ),
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
        token=token,
        origins=origin or (),
        open_browser=open_browser,
    )


app.command()(add)
app.command(name="list")(list_)
app.command()(remove)
app.command()(verify)


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
    transport: Annotated[
        Transport, typer.Option(help="Standard input and output, or streamable HTTP.")
    ] = Transport.STDIO,
    host: Annotated[str, typer.Option(help="Address, for http.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port, for http.")] = 7861,
    library: LibraryOption = None,
    model: ModelOption = None,
) -> None:
    """Serve the statements to assistants that speak the Model Context Protocol."""
    from qa.mcp import serve as serve_mcp

    try:
        serve_mcp(lambda: _assistant(library, model), transport=transport.value, host=host, port=port)
    except ModuleNotFoundError as error:
        words(f"statement-qa: {error}")
        raise typer.Exit(WRONG) from error


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
    with progress_bar("indexing") as progress:
        return Assistant.open(library, model=model, progress=progress)


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


if __name__ == "__main__":
    main()
