"""The commands that keep a library: add, list, remove, verify."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus import CorpusError, Library, Metadata
from qa.options import FAILED, WRONG, Format, FormatOption, LibraryOption
from qa.receipt import Verification, receipts_in
from qa.receipt import verify as check_receipt
from qa.rendering import progress_bar, to_json, words


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
    with progress_bar("reading") as progress:
        read = read_statements(paths, metadata=metadata, progress=progress)
    refused = list(read.refused)
    for statement in read.statements:
        try:
            done = target.add(statement, replace=replace)
            held = target.id_of(statement) if done == "already there" else statement.id
            print(f"{done}: {held}")
        except CorpusError as error:
            refused.append(error)
    for reason in refused:
        words(f"statement-qa: {reason}")
    if refused:
        raise typer.Exit(WRONG)


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


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read {file}: {error}"
        raise CorpusError(msg) from error
