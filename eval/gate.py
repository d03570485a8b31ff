"""The gate: floors, a paired test against the baseline, and not one inexact quote."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.measures import drop_p_value, holm, smallest_visible_drop
from eval.rows import Row, Run, Settings, read_rows, write_rows
from eval.summary import ENOUGH, Summary, summarise

MEASURE = "nDCG@10"
ALPHA = 0.05
_DEPTH = 10


class GateError(ValueError):
    """A comparison that would mean nothing; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the gate looked at.

    Attributes:
        name: What was looked at.
        passed: Whether it holds.
        detail: The numbers, in one line.
    """

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a run is compared with.

    Attributes:
        run: The accepted run.
        reason: Why it was accepted.
        floors: Content of `floors.toml`.
    """

    run: Run
    reason: str
    floors: Mapping[str, Mapping[str, float]]


def read_baseline(folder: Path) -> Baseline:
    """Read `baseline.json`, `rows.jsonl` and `floors.toml`.

    Raises:
        GateError: A file is missing or malformed.
    """
    try:
        about = json.loads((folder / "baseline.json").read_text(encoding="utf-8"))
        floors = tomllib.loads((folder / "floors.toml").read_text(encoding="utf-8"))
        run = Run(Settings(**about["settings"]), read_rows(folder / "rows.jsonl"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        msg = f"no usable baseline in {folder} ({error}): write one with --update-baseline --reason WHY"
        raise GateError(msg) from error
    return Baseline(run, str(about["reason"]), floors)


def write_baseline(folder: Path, run: Run, reason: str) -> None:
    """Accept a run as the new baseline; floors stay as they are.

    Args:
        folder: Where the baseline is kept.
        run: The run to accept.
        reason: Why, in a sentence for those who read it later.

    Raises:
        GateError: There is no reason.
    """
    if not reason.strip():
        msg = "a new baseline needs a reason: --reason WHY"
        raise GateError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    summary = summarise(run)
    about = {
        "reason": reason.strip(),
        "settings": asdict(run.settings),
        "figures": {name: round(value.mean, 4) for name, value in summary.overall.scores.items()},
    }
    write_rows(folder / "rows.jsonl", run.rows, depth=_DEPTH)
    (folder / "baseline.json").write_text(
        json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    floors = folder / "floors.toml"
    if not floors.exists():
        floors.write_text(_NEW_FLOORS, encoding="utf-8")


def judge(run: Run, baseline: Baseline) -> tuple[Check, ...]:
    """Hold a run against the floors and the baseline.

    Another model, other weights and another channel are what is judged, so they may differ; the questions,
    their judgements and the collection may not.

    Raises:
        GateError: The questions or the collection are not the baseline's.
    """
    ours, theirs = run.settings, baseline.run.settings
    for what, now, then in (
        ("questions or judgements", ours.questions, theirs.questions),
        ("documents", ours.collection, theirs.collection),
    ):
        if now != then:
            msg = (
                f"the {what} of {ours.dataset}/{ours.split} ({now[:12]}) are not the baseline's "
                f"({theirs.dataset}/{theirs.split}, {then[:12]}): figures on them cannot be compared; accept "
                "the new ones with --update-baseline --reason WHY"
            )
            raise GateError(msg)
    summary = summarise(run)
    return (
        _exactness(summary),
        *_floors(summary, baseline.floors),
        *_drops(run.rows, baseline.run.rows, baseline.floors.get("tolerance", {})),
    )


def _exactness(summary: Summary) -> Check:
    detail = f"{summary.exact} of {summary.quotes} quotes equal their source"
    return Check("exact quotes", summary.exact == summary.quotes, detail)


def _floors(summary: Summary, floors: Mapping[str, Mapping[str, Any]]) -> Iterator[Check]:
    languages = {group.name: group for group in summary.languages}
    kinds = {group.name: group for group in summary.kinds}
    for name, floor in floors.get(MEASURE, {}).items():
        if name == "all":
            yield _at_least(f"floor {MEASURE} all", summary.overall.scores[MEASURE].mean, floor)
        elif name == "each-language":
            for group in summary.languages:
                if group.size >= ENOUGH:
                    yield _at_least(f"floor {MEASURE} {group.name}", group.scores[MEASURE].mean, floor)
        elif group_of := languages.get(name) or kinds.get(name):
            yield _at_least(f"floor {MEASURE} {name}", group_of.scores[MEASURE].mean, floor)
        else:
            yield Check(
                f"floor {MEASURE} {name}", passed=False, detail="no such language or kind among the questions"
            )
    limits = floors.get("verdicts", {})
    verdicts = summary.verdicts
    if verdicts is None:
        if limits:
            yield Check(
                "verdicts", passed=True, detail="not measured: a single channel, or nothing unanswerable"
            )
        return
    if "auroc" in limits:
        yield _at_least("floor verdict AUROC", verdicts.auroc.mean, limits["auroc"])
    if "false-answers" in limits:
        yield _at_most("false answers", verdicts.false_answers.mean, limits["false-answers"])
    if "false-refusals" in limits:
        yield _at_most("false refusals", verdicts.false_refusals.mean, limits["false-refusals"])
    if "highlights" in limits and summary.highlights is not None:
        yield _at_least("floor highlights", summary.highlights.mean, limits["highlights"])


def _at_least(name: str, value: float, floor: float) -> Check:
    return Check(name, value >= floor, f"{value:.3f}, floor {floor:.3f}")


def _at_most(name: str, value: float, ceiling: float) -> Check:
    return Check(name, value <= ceiling, f"{value:.3f}, at most {ceiling:.3f}")


def _drops(rows: Sequence[Row], before: Sequence[Row], tolerance: Mapping[str, float]) -> list[Check]:
    """One-sided paired randomisation for the whole and each language, adjusted together by Holm's method."""
    then = {row.id: row.scores[MEASURE] for row in before if row.answerable}
    scored = [row for row in rows if row.answerable]
    groups = {"all": scored}
    for row in scored:
        groups.setdefault(row.language, []).append(row)
    names = ["all", *sorted(name for name, group in groups.items() if name != "all" and len(group) >= ENOUGH)]
    pairs = [
        ([then[row.id] for row in groups[name]], [row.scores[MEASURE] for row in groups[name]])
        for name in names
    ]
    adjusted = holm([drop_p_value(old, new) for old, new in pairs])
    checks = []
    for name, (old, new), p in zip(names, pairs, adjusted, strict=True):
        drop = (sum(old) - sum(new)) / len(old)
        tolerated = tolerance.get("all" if name == "all" else "language", 0.0)
        visible = smallest_visible_drop(old, new, tests=len(names))
        checks.append(
            Check(
                f"against baseline {name}",
                not (drop > tolerated and p < ALPHA),
                f"{0.0 - drop:+.3f} over {len(old)} questions, p = {p:.3f} for a drop "
                f"(Holm over {len(names)}), "
                f"tolerated {tolerated:.3f}; a drop of {visible:.3f} would have been seen",
            )
        )
    return checks


_NEW_FLOORS = """\
# What a release may not fall below; edited by hand, never by --update-baseline.
["nDCG@10"]
# all = 0.80            # every answerable question
# each-language = 0.70  # each language with ten questions or more
# paraphrase = 0.70     # any language or kind by its name

[verdicts]
# auroc = 0.90
# false-answers = 0.05  # at most
# false-refusals = 0.10 # at most
# highlights = 0.70

[tolerance]
# A significant drop (p < 0.05) fails the gate only where it is larger than this.
all = 0.01
language = 0.03
"""
