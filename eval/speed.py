"""How fast and how large: start-up, embedding, question to answer, memory, by size of the collection."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from eval.dataset import Dataset, Document
from eval.measures import SEED

_WARM_UP = 5
_QUESTIONS = 100
_START = """
import sys
from pathlib import Path
from corpus import Library
from qa import Assistant
Assistant.open(Library.shipped(), model=sys.argv[1] or None, cache=Path(sys.argv[2])).ask(sys.argv[3])
"""
_FIRST_QUESTION = "what do members say about the UN convention?"


@dataclass(frozen=True, slots=True)
class Speed:
    """Figures for one size.

    Attributes:
        passages: Passages in the collection.
        build: Seconds to embed and index them.
        load: Seconds to load the index again from disk.
        median: Milliseconds from question to answer, median.
        slow: The same, 95th percentile.
        memory: Peak resident memory of the process in MiB, model included.
        disk: Size of the index on disk in MiB.
    """

    passages: int
    build: float
    load: float
    median: float
    slow: float
    memory: float
    disk: float


def start_up(model: str | None) -> tuple[float, float]:
    """Seconds from nothing to the first answer over the shipped statements, in new processes.

    Returns:
        The first time, when the index is built, and the second, when it is there.
    """
    seconds = []
    with tempfile.TemporaryDirectory() as cache:
        for _ in range(2):
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", _START, model or "", cache, _FIRST_QUESTION], check=True)
            seconds.append(time.perf_counter() - begin)
    return seconds[0], seconds[1]


def measure(dataset: Dataset, size: int, model: str | None) -> Speed:
    """Build a collection of a size and put questions to it, in a process of its own.

    Args:
        dataset: Its sentences are shuffled into passages, its questions asked.
        size: Number of passages.
        model: As for the command line.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_measure, dataset, size, model).result()


def passages_of(documents: Sequence[Document], size: int) -> list[str]:
    """Different texts of three sentences each, drawn with a fixed seed from the documents' sentences."""
    from corpus.sentences import sentences

    pool = [
        document.text[start:stop]
        for document in documents
        for start, stop in sentences(document.text, document.language or "und")
    ]
    order = random.Random(SEED)
    texts = (" ".join(order.sample(pool, 3)) for _ in itertools.count())
    return list(itertools.islice(dict.fromkeys(itertools.islice(texts, 2 * size)), size))


def _measure(dataset: Dataset, size: int, model: str | None) -> Speed:

    import resource

    import numpy as np

    from corpus import Statement
    from index import SentenceEncoder
    from qa import Assistant

    statements = {
        f"s{i}": Statement(f"s{i}", f"{i}", text, "ru")
        for i, text in enumerate(passages_of(dataset.documents, size))
    }
    encoder = SentenceEncoder(model)
    encoder.encode_query(_FIRST_QUESTION)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "index"
        begin = time.perf_counter()
        Assistant(statements, encoder, cache=cache)
        built = time.perf_counter()
        assistant = Assistant(statements, encoder, cache=cache)
        loaded = time.perf_counter()
        disk = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
        questions = [question.text for question in dataset.questions[:_QUESTIONS]]
        for question in questions[:_WARM_UP]:
            assistant.ask(question)
        milliseconds = []
        for question in questions:
            asked = time.perf_counter()
            assistant.ask(question)
            milliseconds.append(1000 * (time.perf_counter() - asked))
        median, slow = np.percentile(milliseconds, [50, 95])
        # Linux counts in KiB, macOS in bytes.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Speed(size, built - begin, loaded - built, float(median), float(slow), peak / 2**20, disk / 2**20)


def speed_table(figures: Sequence[Speed]) -> str:
    """The figures as a plain table."""
    rows = [
        ["passages", "build s", "load s", "p50 ms", "p95 ms", "memory MiB", "disk MiB"],
        *(
            [
                f"{each.passages}",
                f"{each.build:.1f}",
                f"{each.load:.2f}",
                f"{each.median:.1f}",
                f"{each.slow:.1f}",
                f"{each.memory:.0f}",
                f"{each.disk:.1f}",
            ]
            for each in figures
        ),
    ]
    return "\n".join("  ".join(cell.rjust(10) for cell in row) for row in rows)
