"""Files for people and machines: table, Markdown, JSON, JUnit XML, TREC run, rows and the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from eval.dataset import Dataset
from eval.gate import Check
from eval.measures import MEASURES, Interval
from eval.page import page
from eval.rows import Run, write_rows
from eval.summary import Group, Summary


def write_report(
    folder: Path, dataset: Dataset, run: Run, summary: Summary, checks: Sequence[Check] = ()
) -> tuple[Path, ...]:
    """Write every form of the report.

    Args:
        folder: Made where missing; files of these names are replaced.
        dataset: For the texts of documents on the page.
        run: The rows.
        summary: Their figures.
        checks: What the gate found; empty where it was not asked.

    Returns:
        The files: `rows.jsonl`, `run.trec`, `summary.json`, `summary.md`, `junit.xml`, `index.html`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "run.trec": trec_run(run),
        "summary.json": json.dumps(
            {**asdict(summary), "checks": [asdict(check) for check in checks]}, ensure_ascii=False, indent=1
        )
        + "\n",
        "summary.md": markdown(summary, checks),
        "index.html": page(dataset, run, summary, checks),
    }
    write_rows(folder / "rows.jsonl", run.rows)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    _write_junit(folder / "junit.xml", summary, checks)
    return tuple(folder / name for name in ("rows.jsonl", *texts, "junit.xml"))


def table(summary: Summary) -> str:
    """The figures as a plain table of fixed width."""
    rows = [["", "n", *MEASURES], *(_cells(group, "{:.3f}") for group in _groups(summary))]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([*lines, "", *(f"{name}: {value}" for name, value in facts(summary))])


def facts(summary: Summary) -> Iterator[tuple[str, str]]:
    """Every figure that is not a retrieval score: its name, and the value in words."""
    if summary.gap:
        gap = summary.gap
        yield (
            "gap between question languages",
            f"{gap.points:.3f} (best {gap.best}, worst {gap.worst}, nDCG@10)",
        )
    if summary.detection:
        yield "question language recognised", _share(summary.detection)
    if summary.verdicts:
        verdicts = summary.verdicts
        yield "verdict AUROC", _number(verdicts.auroc)
        yield "false answers", _share(verdicts.false_answers)
        if verdicts.near_false_answers:
            yield "false answers to near misses", _share(verdicts.near_false_answers)
        yield "false refusals", _share(verdicts.false_refusals)
        if verdicts.first_right:
            yield "answers whose first quote answers", _share(verdicts.first_right)
        yield "calibration error", f"{verdicts.calibration_error:.3f}"
    if summary.quotes:
        yield "quotes equal to their source", f"{summary.exact} of {summary.quotes}"
    if summary.highlights:
        yield "judged sentence highlighted", _share(summary.highlights)


def gate_lines(checks: Sequence[Check]) -> str:
    """The gate's checks, one a line, and its verdict last."""
    lines = [f"{'pass' if check.passed else 'FAIL'}  {check.name}: {check.detail}" for check in checks]
    failed = sum(not check.passed for check in checks)
    return "\n".join([*lines, f"gate: {failed} of {len(checks)} checks failed" if failed else "gate: passed"])


def markdown(summary: Summary, checks: Sequence[Check] = ()) -> str:
    """The figures for a job summary or a pull request."""
    settings = summary.settings
    lines = [
        f"## Retrieval evaluation: {_cell(settings.dataset)}, {_cell(settings.split)}",
        "",
        f"{summary.overall.size} answerable questions over {settings.documents} documents; channel "
        f"`{settings.channel}`, model `{_cell(settings.model)}` ({settings.model_fingerprint[:12]}).",
        "",
    ]
    if checks:
        failed = [check for check in checks if not check.passed]
        lines += [f"**Gate: {f'{len(failed)} of {len(checks)} checks failed' if failed else 'passed'}**", ""]
        lines += [f"- failed: {_cell(check.name)}: {_cell(check.detail)}" for check in failed]
        lines += [""] if failed else []
    lines += [f"| | n | {' | '.join(MEASURES)} |", f"|---|---|{'---|' * len(MEASURES)}"]
    lines += [f"| {' | '.join(map(_cell, _cells(group, None)))} |" for group in _groups(summary)]
    lines += ["", *(f"- {name}: {_cell(value)}" for name, value in facts(summary)), ""]
    return "\n".join(lines)


def trec_run(run: Run) -> str:
    """The rankings in TREC's run format, which `ir_measures` and `trec_eval` read.

    Those sort by score, so the score written is 1 / rank: equal scores of a channel would be reordered.
    """
    tag = f"statement-qa-{run.settings.channel}"
    return "".join(
        f"{row.id} Q0 {document} {rank} {1 / rank:.6f} {tag}\n"
        for row in run.rows
        for rank, (document, _) in enumerate(row.ranking, 1)
    )


def _write_junit(path: Path, summary: Summary, checks: Sequence[Check]) -> None:
    from junitparser import Failure, JUnitXml, TestCase, TestSuite

    suite = TestSuite("retrieval evaluation")
    for measure, interval in summary.overall.scores.items():
        suite.add_property(measure, f"{interval.mean:.4f}")
    for name, value in facts(summary):
        suite.add_property(name, value)
    exact = Check("exact quotes", summary.exact == summary.quotes, f"{summary.exact} of {summary.quotes}")
    for check in checks or (exact,):
        case = TestCase(check.name, "gate")
        case.system_out = check.detail
        if not check.passed:
            case.result = [Failure(check.detail)]
        suite.add_testcase(case)
    report = JUnitXml("statement-qa eval")
    report += suite
    report.write(str(path), pretty=True)


def _groups(summary: Summary) -> tuple[Group, ...]:
    kinds = summary.kinds if len(summary.kinds) > 1 else ()
    languages = summary.languages if len(summary.languages) > 1 else ()
    return (summary.overall, *languages, *kinds)


def _cells(group: Group, form: str | None) -> list[str]:
    values = (group.scores[measure] for measure in MEASURES)
    return [group.name, str(group.size), *(form.format(v.mean) if form else _number(v) for v in values)]


def _number(value: Interval) -> str:
    return f"{value.mean:.3f} [{value.low:.3f}, {value.high:.3f}]"


def _share(value: Interval) -> str:
    return f"{value.mean:.1%} [{value.low:.1%}, {value.high:.1%}] of {value.size}"


def _cell(text: str) -> str:
    """Text that can neither end a cell of a Markdown table nor be taken for markup."""
    for character in "\\`*_[]<>|#":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())
