"""The statements that are asked, with the index of exactly these."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus import Library, Passage, Statement, split
from index import Encoder, PassageIndex, StorageError

Progress = Callable[[int, int], None]
Statements = Mapping[str, Statement] | Library

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Collection:
    """One state of a library; replaced whole when the library changes, so that a search sees one state only.

    Attributes:
        statements: By id.
        passages: The index of their passages.
    """

    statements: Mapping[str, Statement]
    passages: PassageIndex

    @property
    def language(self) -> str:
        """The language of most statements; `und` where there is none."""
        counts = Counter(statement.language for statement in self.statements.values())
        return counts.most_common(1)[0][0] if counts else "und"


def collect(
    library: Statements,
    encoder: Encoder,
    *,
    cache: Path | None = None,
    known: PassageIndex | None = None,
    progress: Progress | None = None,
) -> Collection:
    """Index what a library holds now; what is known already is not embedded again.

    Args:
        library: The statements.
        encoder: Makes the vectors.
        cache: Folder of the index on disk; None, or one that cannot be written, keeps it in memory.
        known: An earlier index by the same encoder; None looks for one in the cache.
        progress: Called with (done, total) passages.
    """
    statements = {s.id: s for s in (library.values() if isinstance(library, Mapping) else library)}
    passages = [passage for statement in statements.values() for passage in _quotable(statement, encoder)]
    if known is None and cache is not None and cache.exists():
        known = _load(cache, encoder)
    if known is not None and list(known.passages) == passages:
        return Collection(statements, known)
    if known is None:
        made = PassageIndex.build(passages, encoder, progress=progress)
    else:
        made = known.update(passages, progress=progress)
    if cache is not None:
        try:
            made.save(cache)
        except OSError as error:
            _log.warning("the index stays in memory: cannot write %s: %s", cache, error)
    return Collection(statements, made)


def _load(cache: Path, encoder: Encoder) -> PassageIndex | None:
    try:
        return PassageIndex.load(cache, encoder)
    except StorageError as error:
        _log.warning("the index is made anew: %s", error)
        return None


def _quotable(statement: Statement, encoder: Encoder) -> list[Passage]:
    """The passages to quote: the body without page numbers, or the title block where there is nothing else."""
    passages = split(statement, length=encoder.count_tokens, limit=encoder.max_tokens)
    body = [p for p in passages if p.number > 0 and any(map(str.isalpha, p.text))]
    return body or list(passages)
