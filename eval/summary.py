"""From rows to figures: overall, by language, by kind, and how good the verdicts are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eval.measures import (
    MEASURES,
    Bin,
    Interval,
    Point,
    auroc_interval,
    calibration_error,
    mean_interval,
    precision_by_coverage,
    reliability,
)
from eval.rows import Row, Run, Settings

ENOUGH = 10
"""Questions a language needs before its figure is compared with others."""


@dataclass(frozen=True, slots=True)
class Group:
    """Retrieval scores of some answerable questions.

    Attributes:
        name: Language or kind; `all` for every question.
        scores: Name of the measure -> mean and interval.
    """

    name: str
    scores: Mapping[str, Interval]

    @property
    def size(self) -> int:
        """Number of questions."""
        return self.scores[MEASURES[0]].size


@dataclass(frozen=True, slots=True)
class Gap:
    """nDCG@10 of the best and the worst served language among those with enough questions.

    Attributes:
        best: Language served best.
        worst: Language served worst.
        points: Difference of their means, 0..1.
    """

    best: str
    worst: str
    points: float


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How good the decision to answer or not was.

    Attributes:
        auroc: How well confidence tells answerable from unanswerable questions.
        false_answers: Share of unanswerable questions that got an answer.
        near_false_answers: The same among near misses; None where there is none.
        false_refusals: Share of answerable questions that got none.
        first_right: Share of answers whose first quote answers.
        reliability: Confidence against the share of first quotes that answer.
        calibration_error: Expected calibration error of that figure.
        curve: Precision against coverage.
    """

    auroc: Interval
    false_answers: Interval
    near_false_answers: Interval | None
    false_refusals: Interval
    first_right: Interval | None
    reliability: tuple[Bin, ...]
    calibration_error: float
    curve: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures of a run.

    Attributes:
        settings: What determines them.
        overall: Scores over all answerable questions.
        languages: By label, most questions first.
        kinds: By kind, most questions first.
        gap: Between languages; None with fewer than two to compare.
        detection: Share of questions whose language was recognised; None without labels.
        verdicts: None where a single channel was run or no question is unanswerable.
        quotes: Number of passages quoted.
        exact: How many equal their source; must be all.
        highlights: Share of judged first quotes with the judged sentence marked; None where none was judged.
    """

    settings: Settings
    overall: Group
    languages: tuple[Group, ...]
    kinds: tuple[Group, ...]
    gap: Gap | None
    detection: Interval | None
    verdicts: Verdicts | None
    quotes: int
    exact: int
    highlights: Interval | None


def summarise(run: Run) -> Summary:
    """Derive all figures from the rows of a run.

    Raises:
        ValueError: No question of the run is answerable.
    """
    scored = [row for row in run.rows if row.answerable]
    labelled = [row for row in run.rows if row.language != "und"]
    verdicts = [row.verdict for row in run.rows if row.verdict is not None]
    marked = [float(verdict.highlighted) for verdict in verdicts if verdict.highlighted is not None]
    languages = _groups(scored, lambda row: row.language)
    return Summary(
        settings=run.settings,
        overall=_group("all", scored),
        languages=languages,
        kinds=_groups(scored, lambda row: row.kind),
        gap=_gap(languages),
        detection=mean_interval([float(same_language(row.detected, row.language)) for row in labelled])
        if labelled
        else None,
        verdicts=_verdicts(run.rows),
        quotes=sum(verdict.quotes for verdict in verdicts),
        exact=sum(verdict.exact for verdict in verdicts),
        highlights=mean_interval(marked) if marked else None,
    )


def same_language(a: str, b: str) -> bool:
    """Whether two BCP 47 tags name one language, whatever the script or region."""
    return a.partition("-")[0].lower() == b.partition("-")[0].lower()


def _groups(rows: Sequence[Row], name: Callable[[Row], str]) -> tuple[Group, ...]:
    names = {name(row) for row in rows}
    groups = [_group(each, [row for row in rows if name(row) == each]) for each in names]
    return tuple(sorted(groups, key=lambda group: (-group.size, group.name)))


def _group(name: str, rows: Sequence[Row]) -> Group:
    return Group(
        name, {measure: mean_interval([row.scores[measure] for row in rows]) for measure in MEASURES}
    )


def _gap(languages: Sequence[Group]) -> Gap | None:
    ranked = sorted(
        (group for group in languages if group.size >= ENOUGH and group.name != "und"),
        key=lambda group: -group.scores[MEASURES[0]].mean,
    )
    if len(ranked) < 2:
        return None
    best, worst = ranked[0], ranked[-1]
    return Gap(best.name, worst.name, best.scores[MEASURES[0]].mean - worst.scores[MEASURES[0]].mean)


def _verdicts(rows: Sequence[Row]) -> Verdicts | None:
    judged = [(row, row.verdict) for row in rows if row.verdict is not None]
    answerable = [verdict for row, verdict in judged if row.answerable]
    unanswerable = [verdict for row, verdict in judged if not row.answerable]
    near = [verdict for row, verdict in judged if row.near_miss]
    if len(answerable) < 2 or len(unanswerable) < 2:
        return None
    confidences = [verdict.confidence for _, verdict in judged]
    right = [verdict.first_answers for _, verdict in judged]
    first = [float(verdict.first_answers) for _, verdict in judged if verdict.answered]
    figure = reliability(confidences, right)
    return Verdicts(
        auroc=auroc_interval(
            [verdict.confidence for verdict in answerable], [verdict.confidence for verdict in unanswerable]
        ),
        false_answers=mean_interval([float(verdict.answered) for verdict in unanswerable]),
        near_false_answers=mean_interval([float(verdict.answered) for verdict in near]) if near else None,
        false_refusals=mean_interval([float(not verdict.answered) for verdict in answerable]),
        first_right=mean_interval(first) if first else None,
        reliability=figure,
        calibration_error=calibration_error(figure),
        curve=precision_by_coverage(confidences, right),
    )
