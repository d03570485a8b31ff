"""A question set of one's own: the skeleton to begin with, and candidates from the chat's feedback."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus import Library, detect_language
from eval.collect import statement_rows
from eval.jsonl import DatasetError, read_jsonl, write_jsonl

_HEADER = "query-id\tcorpus-id\tscore\n"
_README = """\
# Questions about our own statements

- `corpus.jsonl`: one paragraph a line, made from the library. Make it anew when the statements change.
- `queries.jsonl`: one question a line. `kind` is a word of your own. A question that nothing answers has
  `"answerable": false` and `"split": "test"` (or `"dev"`) in its metadata; have one for every three others.
- `qrels/test.tsv`: which paragraph answers which question: question id, tab, paragraph id, tab, 2 (answers)
  or 1 (same matter, does not answer). Judge all paragraphs, not only the one you had in mind.
- `qrels/dev.tsv`: the same for questions that you tune on. Never tune on `test`.
- `sentences.tsv` (may be left out): question id, paragraph id and the exact sentence that answers.

Run it: `python -m eval --dataset . --split test --report report`
"""


def init(folder: Path, library: Library) -> tuple[Path, ...]:
    """Make the skeleton of a question set over a library; it runs at once.

    Its two questions show the form: the first words of the first paragraph, which that paragraph answers, and
    one that nothing answers.

    Returns:
        The files.

    Raises:
        DatasetError: The folder is there and not empty, or the library is empty.
    """
    if folder.exists() and any(folder.iterdir()):
        msg = f"{folder} is not empty: choose a new folder"
        raise DatasetError(msg)
    rows = statement_rows(library)
    if not rows:
        msg = f"the library {library.folder} holds no statement: add one first"
        raise DatasetError(msg)
    first = rows[0]
    queries = [
        {
            "_id": "q1",
            "text": " ".join(first["text"].split()[:12]),
            "metadata": {"language": first["metadata"]["language"], "kind": "example"},
        },
        {
            "_id": "q2",
            "text": "How long should rice be boiled?",
            "metadata": {
                "language": "en",
                "kind": "example",
                "answerable": False,
                "near_miss": False,
                "split": "test",
            },
        },
    ]
    write_jsonl(folder / "corpus.jsonl", rows)
    write_jsonl(folder / "queries.jsonl", queries)
    texts = {
        "qrels/dev.tsv": _HEADER,
        "qrels/test.tsv": f"{_HEADER}q1\t{first['_id']}\t2\n",
        "sentences.tsv": "query-id\tcorpus-id\tsentence\n",
        "README.md": _README,
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return tuple(folder / name for name in ("corpus.jsonl", "queries.jsonl", *texts))


def candidates(feedback: Path, folder: Path) -> tuple[Path, Path]:
    """Turn the chat's feedback into candidate questions, for a person to judge.

    A question that the set holds already is left out, and one asked often comes once. Where a reader liked an
    answer, its first quote is proposed as answering; where a reader liked a refusal, the question as
    unanswerable. Anything else comes without a proposal.

    Args:
        feedback: JSON lines that the chat keeps.
        folder: The question set to add to; it is not changed but for two files of its own.

    Returns:
        `candidates.jsonl` (rows as in `queries.jsonl`) and `candidates.tsv` (rows as in `qrels`).

    Raises:
        DatasetError: The feedback cannot be read, or the folder has no `corpus.jsonl` or `queries.jsonl`.
    """
    documents = [row["metadata"] | {"_id": row["_id"]} for _, row in read_jsonl(folder / "corpus.jsonl")]
    known = {_folded(row["text"]) for _, row in read_jsonl(folder / "queries.jsonl")}
    queries: dict[str, dict[str, Any]] = {}
    proposals: dict[tuple[str, str], int] = {}
    for number, entry in read_jsonl(feedback):
        text = str(entry["question"]).strip()
        folded = _folded(text)
        if not folded or folded in known:
            continue
        liked = entry["thumb"] == "up"
        row = queries.setdefault(
            folded,
            {
                "_id": f"feedback-{hashlib.sha256(folded.encode()).hexdigest()[:10]}",
                "text": text,
                "metadata": {
                    "language": detect_language(text, default=str(entry["language"])),
                    "kind": "feedback",
                    "turns": list(entry.get("history", ())),
                    "thumbs": [],
                },
            },
        )
        row["metadata"]["thumbs"].append({"line": number, "thumb": entry["thumb"], "reason": entry["reason"]})
        if liked and entry["verdict"] == "not_found":
            row["metadata"]["answerable"] = False
        elif liked and entry["receipts"] and (document := _document(entry["receipts"][0], documents)):
            proposals[row["_id"], document] = 2
    rows, judgements = folder / "candidates.jsonl", folder / "candidates.tsv"
    write_jsonl(rows, list(queries.values()))
    lines = [f"{question}\t{document}\t{grade}\n" for (question, document), grade in proposals.items()]
    judgements.write_text("".join([_HEADER, *lines]), encoding="utf-8", newline="\n")
    return rows, judgements


def _document(receipt: Mapping[str, Any], documents: Sequence[Mapping[str, Any]]) -> str | None:
    """The row that holds the quoted place, where rows say which place they hold."""
    for row in documents:
        same = row.get("statement") == receipt["statement"]
        if same and row["start"] <= receipt["start"] and receipt["stop"] <= row["stop"]:
            return str(row["_id"])
    return None


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
