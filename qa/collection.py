"""The statements that are asked, with the index of exactly these."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path

import corpus
from corpus import Library, Passage, Statement, split
from index import Encoder, PassageIndex, StorageError
from index.fusion import Weights

Progress = Callable[[int, int], None]
Statements = Mapping[str, Statement] | Library

_STAMP = "library.json"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Collection:
    """One state of a library; replaced whole when the library changes, so that a search sees one state only.

    Attributes:
        statements: By id.
        passages: The index of their passages.
        revision: Of the library's folder when it was read; 0 in memory.
    """

    statements: Mapping[str, Statement]
    passages: PassageIndex
    revision: int

    @property
    def language(self) -> str:
        """The language of most statements; `und` where there is none."""
        counts = Counter(statement.language for statement in self.statements.values())
        return counts.most_common(1)[0][0] if counts else "und"


def collect(
    library: Statements,
    encoder: Encoder,
    *,
    weights: Weights | None = None,
    cache: Path | None = None,
    known: PassageIndex | None = None,
    progress: Progress | None = None,
) -> Collection:
    """Index what a library holds now; what is known already is not embedded again.

    Args:
        library: The statements.
        encoder: Makes the vectors.
        weights: Of the channels; None is what was chosen for the embedded model.
        cache: Folder of the index on disk; None, or one that cannot be written, keeps it in memory.
        known: An earlier index by the same encoder; None looks for one in the cache.
        progress: Called with (done, total) passages.
    """
    seen = revision(library)
    statements = {s.id: s for s in (library.values() if isinstance(library, Mapping) else library)}
    stored = _load(cache, encoder, weights) if known is None and cache is not None else None
    stamp = _stamp(library, encoder)
    if stored is not None and cache is not None and _is_stamped(cache, stamp, stored):
        return Collection(statements, stored, seen)
    known = known or stored
    passages = [passage for statement in statements.values() for passage in _quotable(statement, encoder)]
    if known is None:
        made = PassageIndex.build(passages, encoder, progress=progress, weights=weights)
    elif list(known.passages) == passages:
        made = known
    else:
        made = known.update(passages, progress=progress)
    if cache is not None:
        try:
            if made is not stored:
                made.save(cache)
            _put_stamp(cache, stamp, made)
        except (StorageError, OSError) as error:
            _log.warning("the index stays in memory: %s", error)
    return Collection(statements, made, seen)


def revision(library: Statements) -> int:
    """A number that is another one after a statement was added to the library's folder or taken out."""
    return library.folder.stat().st_mtime_ns if isinstance(library, Library) else 0


def _load(cache: Path, encoder: Encoder, weights: Weights | None) -> PassageIndex | None:
    if not cache.exists():
        return None
    try:
        return PassageIndex.load(cache, encoder, weights=weights)
    except (StorageError, OSError) as error:
        _log.warning("the index is made anew: %s", error)
        return None


# Splitting hundreds of statements takes seconds, and most often the library is what it was. So a stamp beside
# the index says of which library it is the index; where the stamp does not fit, everything is split again.


def _stamp(library: Statements, encoder: Encoder) -> str | None:
    if not isinstance(library, Library):
        return None
    parts = (library.fingerprint, encoder.fingerprint, str(encoder.max_tokens), _splitting())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@once
def _splitting() -> str:
    """Hash of the code that makes passages: after a change of it they are made again."""
    files = (Path(__file__), *sorted(Path(corpus.__path__[0]).glob("*.py")))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _is_stamped(cache: Path, stamp: str | None, stored: PassageIndex) -> bool:
    try:
        return stamp is not None and json.loads((cache / _STAMP).read_text()) == [stamp, stored.fingerprint]
    except (OSError, ValueError):
        return False


def _put_stamp(cache: Path, stamp: str | None, made: PassageIndex) -> None:
    if stamp is not None:
        new = cache / f"{_STAMP}.new"
        new.write_text(json.dumps([stamp, made.fingerprint]))
        new.replace(cache / _STAMP)


def _quotable(statement: Statement, encoder: Encoder) -> list[Passage]:
    """The passages to quote: the body without page numbers; the title block where there is no body."""
    passages = split(statement, length=encoder.count_tokens, limit=encoder.max_tokens)
    body = [p for p in passages if p.number > 0 and any(map(str.isalpha, p.text))]
    return body or list(passages)
