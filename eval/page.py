"""The report as one self-contained page: plots as inline SVG, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.dataset import Dataset
from eval.gate import Check
from eval.measures import MEASURES
from eval.rows import Row, Run
from eval.summary import Summary

WORST = 20
_TEMPLATE = "page.html.jinja"


@dataclass(frozen=True, slots=True)
class _Shown:
    """A document as the page shows it."""

    id: str
    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class _Miss:
    """A question that went wrong, what answers it, and what came first instead."""

    row: Row
    turns: tuple[str, ...]
    score: float
    wanted: tuple[_Shown, ...]
    got: _Shown | None
    rank: int | None


def page(dataset: Dataset, run: Run, summary: Summary, checks: Sequence[Check] = ()) -> str:
    """Render the page.

    Args:
        dataset: For the texts of documents.
        run: The rows.
        summary: Their figures.
        checks: What the gate found.

    Returns:
        HTML in which every text is escaped and nothing refers elsewhere.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(_TEMPLATE).render(
        summary=summary,
        settings=summary.settings,
        measures=MEASURES,
        checks=checks,
        failed=sum(not check.passed for check in checks),
        worst=_worst(dataset, run.rows),
        false_answers=_false_answers(dataset, run.rows),
        answered=_answered(run.rows),
        limit=WORST,
    )


def _worst(dataset: Dataset, rows: Sequence[Row]) -> list[_Miss]:
    """Answerable questions by nDCG@10, lowest first, as far as they are not perfect."""
    scored = sorted(
        (row for row in rows if row.answerable), key=lambda row: (row.scores[MEASURES[0]], row.id)
    )
    return [_miss(dataset, row) for row in scored[:WORST] if row.scores[MEASURES[0]] < 1]


def _false_answers(dataset: Dataset, rows: Sequence[Row]) -> list[_Miss]:
    """Unanswerable questions that got an answer, surest first."""
    answered = [
        row for row in rows if not row.answerable and row.verdict is not None and row.verdict.answered
    ]
    answered.sort(key=lambda row: (-row.verdict.confidence if row.verdict else 0.0, row.id))
    return [_miss(dataset, row) for row in answered[:WORST]]


def _miss(dataset: Dataset, row: Row) -> _Miss:
    answers = dataset.answers(row.id)
    documents = {document.id: document for document in dataset.documents}

    def shown(id_: str) -> _Shown:
        document = documents[id_]
        return _Shown(id_, document.title, document.text, document.language or "und")

    found = [document for document, _ in row.ranking]
    return _Miss(
        row=row,
        turns=next(question.turns for question in dataset.questions if question.id == row.id),
        score=row.scores.get(MEASURES[0], 0.0),
        wanted=tuple(shown(id_) for id_ in sorted(answers)),
        got=shown(found[0]) if found else None,
        rank=next((rank for rank, document in enumerate(found, 1) if document in answers), None),
    )


def _answered(rows: Sequence[Row]) -> float | None:
    """Share of questions that got an answer at the shipped threshold; None where there were no verdicts."""
    verdicts = [row.verdict.answered for row in rows if row.verdict is not None]
    return sum(verdicts) / len(verdicts) if verdicts else None
