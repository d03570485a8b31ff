"""The command line of the evaluation: run it, gate a release with it, tune, time, make a set of one's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from eval.collect import SHIPPED, refresh
from eval.dataset import read_dataset
from eval.gate import GateError, judge, read_baseline, write_baseline
from eval.jsonl import DatasetError
from eval.own import candidates as make_candidates
from eval.own import init as make_skeleton
from eval.report import gate_lines, table, write_report
from eval.rows import Channel
from eval.run import Progress, evaluate, prepare
from eval.summary import summarise
from index import Encoder

DONE, FAILED, WRONG = 0, 1, 2
BASELINE = Path(__file__).parent / "baseline"
_SHOWN = 5


class Ranking(StrEnum):
    """Which ranking to score."""

    DENSE = "dense"
    TERMS = "terms"
    LATE = "late"
    FUSED = "fused"


DatasetOption = Annotated[
    Path, typer.Option(help="BEIR folder: corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv.")
]
ModelOption = Annotated[
    str | None,
    typer.Option(help="Path or hub name of a sentence-transformers model; the embedded one if not given."),
]
CacheOption = Annotated[
    Path | None, typer.Option(help="Folder of embedded collections; the user's cache folder if not given.")
]

app = typer.Typer(
    help=__doc__,
    epilog="Exit codes: 0 done, 1 the gate failed, 2 wrong usage or input.",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    dataset: DatasetOption = SHIPPED,
    split: Annotated[str, typer.Option(help="Which questions; tune on dev, report on test.")] = "test",
    model: ModelOption = None,
    channel: Annotated[Ranking, typer.Option(help="One ranking alone, or all fused.")] = Ranking.FUSED,
    report: Annotated[Path | None, typer.Option(help="Folder for the page, tables and rows.")] = None,
    cache: CacheOption = None,
    gate: Annotated[bool, typer.Option("--gate", help="Compare with the baseline; exit 1 if worse.")] = False,
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="Accept this run as the baseline.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why the baseline changes.")] = "",
    baseline: Annotated[Path, typer.Option(help="Folder of the baseline.")] = BASELINE,
) -> None:
    """Run every question of a split, print the figures, write the report, and gate."""
    if context.invoked_subcommand is not None:
        return
    if update_baseline and not reason.strip():
        _stop("--update-baseline needs --reason WHY")
    with _input_errors():
        before = read_baseline(baseline) if gate else None
        questions = read_dataset(dataset, split)
        with _progress() as progress:
            bench = prepare(questions, _encoder(model), cache=_cache(cache), progress=progress)
            outcome = evaluate(questions, bench, channel=_channel(channel), progress=progress)
        summary = summarise(outcome)
        checks = judge(outcome, before) if before else ()
        print(table(summary))
        if report:
            write_report(report, questions, outcome, summary, checks)
            print(f"report: {report / 'index.html'}", file=sys.stderr)
        if update_baseline:
            write_baseline(baseline, outcome, reason)
            print(f"baseline written: {baseline}", file=sys.stderr)
        if before:
            if before.run.settings.model_fingerprint != outcome.settings.model_fingerprint:
                print("the baseline is of another model: that change is what is judged", file=sys.stderr)
            print(f"\n{gate_lines(checks)}")
            if not all(check.passed for check in checks):
                raise typer.Exit(FAILED)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="New folder for the question set.")],
    library: Annotated[
        Path | None, typer.Option(help="Your library; the shipped statements if not given.")
    ] = None,
) -> None:
    """Make the skeleton of a question set over a library."""
    from corpus import CorpusError, Library

    with _input_errors():
        try:
            opened = Library.open(library) if library else Library.shipped()
        except CorpusError as error:
            _stop(str(error))
        for path in make_skeleton(folder, opened):
            print(path)


@app.command()
def tune(
    dataset: DatasetOption = SHIPPED,
    model: ModelOption = None,
    cache: CacheOption = None,
    write: Annotated[bool, typer.Option("--write", help="Keep the fit where the product reads it.")] = False,
) -> None:
    """Choose the channels' weights and fit the verdict on the split dev; test is never tuned on."""
    from eval.tune import calibrate, keep, weigh

    with _input_errors():
        questions = read_dataset(dataset, "dev")
        with _progress() as progress:
            bench = prepare(questions, _encoder(model), cache=_cache(cache), progress=progress)
            choices = weigh(questions, bench, progress=progress)
            fits = calibrate(questions, bench, progress=progress)
    in_use = next((choice for choice in choices if choice.weights == bench.passages.weights), None)
    print("weights, with nDCG@10 over questions and over languages, best first and in use:")
    for choice in [*choices[:_SHOWN], *([in_use] if in_use else [])]:
        print(f"{choice.score:.4f}  {choice.languages:.4f}  {choice.weights}")
    for name, fit in fits.items():
        figures = ", ".join(f"{key} {value:.4g}" for key, value in fit.figures.items())
        print(f"verdict {name[:12]}: threshold {fit.threshold:.3f}, strong {fit.strong:.3f}; {figures}")
    if write:
        path = keep(fits, choices[0], None if model is None else _cache(cache))
        print(f"written: {path}", file=sys.stderr)


@app.command()
def speed(
    dataset: DatasetOption = SHIPPED,
    model: ModelOption = None,
    sizes: Annotated[
        str, typer.Option(help="Numbers of passages, separated by commas.")
    ] = "10,100,1000,5000,20000",
) -> None:
    """Time the start, the embedding of collections of several sizes, and questions to them."""
    from eval.speed import measure, speed_table, start_up

    with _input_errors():
        questions = read_dataset(dataset, "dev")
        first, again = start_up(model)
        print(
            f"first answer of a new process: {first:.1f} s with a new index, {again:.1f} s with one on disk"
        )
        with _progress() as progress:
            figures = []
            wanted = [int(size) for size in sizes.split(",")]
            for done, size in enumerate(wanted, 1):
                figures.append(measure(questions, size, model))
                progress("sizes", done, len(wanted))
        print(speed_table(figures))


@app.command()
def candidates(
    feedback: Annotated[Path, typer.Argument(help="The JSON lines that the chat keeps.")],
    dataset: Annotated[Path, typer.Option(help="Your question set.")],
) -> None:
    """Turn the chat's feedback into candidate questions for a person to judge."""
    with _input_errors():
        for path in make_candidates(feedback, dataset):
            print(path)


@app.command()
def collect() -> None:
    """Put the shipped statements' paragraphs into the shipped collection anew."""
    print(f"{refresh()} paragraphs in {SHIPPED / 'corpus.jsonl'}")


@contextmanager
def _input_errors() -> Iterator[None]:
    """What is wrong with the input in one line on stderr, and exit code 2."""
    from index import StorageError
    from index.encoder import ModelError

    try:
        yield
    except (DatasetError, GateError, StorageError, ModelError) as error:
        _stop(str(error))


def _stop(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)
    raise typer.Exit(WRONG)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on stderr, one for each stage."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    with Bars(
        *Bars.get_default_columns()[:2],
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bars:
        tasks = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


def _encoder(model: str | None) -> Encoder:
    from index import SentenceEncoder

    return SentenceEncoder(model)


def _cache(folder: Path | None) -> Path:
    from platformdirs import user_cache_path

    return folder or user_cache_path("statement-qa")


def _channel(ranking: Ranking) -> Channel:
    channels: dict[Ranking, Channel] = {
        Ranking.DENSE: "dense",
        Ranking.TERMS: "terms",
        Ranking.LATE: "late",
        Ranking.FUSED: "fused",
    }
    return channels[ranking]


if __name__ == "__main__":
    app()
