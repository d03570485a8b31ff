"""Which statements a question is put to."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from corpus.statement import CorpusError, Statement


@dataclass(frozen=True, slots=True)
class Filters:
    """Which statements a question is put to; what is empty or None lets everything through.

    Attributes:
        statements: Ids.
        speakers: Names or parts of names, in any case.
        since: First day; a statement without a date does not pass.
        until: Last day; a statement without a date does not pass.
    """

    statements: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None


def select(statements: Iterable[Statement], filters: Filters) -> tuple[Statement, ...]:
    """The statements that pass all filters, in their order.

    Raises:
        CorpusError: A filter names a statement or speaker that is not among them.
    """
    statements = tuple(statements)
    _check_known("statement", filters.statements, {s.id for s in statements}, exact=True)
    _check_known("speaker", filters.speakers, {name for s in statements for name in s.speakers}, exact=False)
    return tuple(s for s in statements if _passes(s, filters))


def _check_known(kind: str, asked: tuple[str, ...], known: Collection[str], *, exact: bool) -> None:
    for name in asked:
        if name in known if exact else any(name.casefold() in other.casefold() for other in known):
            continue
        folded = {other.casefold(): other for other in known}
        near = [
            folded[close] for close in difflib.get_close_matches(name.casefold(), folded, n=5, cutoff=0.5)
        ]
        hint = f"; near it: {', '.join(near)}" if near else ""
        msg = f"no {kind} {name!r} among the {len(known):,} in the library{hint}"
        raise CorpusError(msg)


def _passes(statement: Statement, filters: Filters) -> bool:
    speakers = [name.casefold() for name in statement.speakers]
    return (
        (not filters.statements or statement.id in filters.statements)
        and (
            not filters.speakers
            or any(asked.casefold() in name for asked in filters.speakers for name in speakers)
        )
        and (filters.since is None or (statement.date is not None and statement.date >= filters.since))
        and (filters.until is None or (statement.date is not None and statement.date <= filters.until))
    )
