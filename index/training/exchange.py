"""Several training processes as one: each works alone for minutes, then all take the mean of their weights.

Local SGD (Stich 2019). On a machine whose cores are shared with other work, processes of one thread that meet
rarely get far more done than threads that wait for each other within every operation.
"""

import time
from pathlib import Path

import torch
from torch import Tensor

Weights = dict[str, Tensor]


class Exchange:
    """One of several workers that meet in a folder."""

    def __init__(self, folder: Path, worker: int, workers: int, patience: float = 180.0) -> None:
        """Nothing is read or written yet.

        Args:
            folder: Where the workers leave their weights; the same for all.
            worker: The number of this one, from 0.
            workers: How many there are.
            patience: Seconds to wait for the others before going on without them.
        """
        self._folder = folder
        self._worker = worker
        self._workers = workers
        self._patience = patience

    def mean(self, meeting: int, base: Weights, own: Weights) -> Weights:
        """Leave the own weights, wait for the others' and combine them.

        Args:
            meeting: The number of this meeting, the same for all workers.
            base: What all workers had after the meeting before.
            own: This worker's weights now.

        Returns:
            The mean; of a row of a table only over the workers that changed it: rare rows lose nothing.
        """
        if self._workers == 1:
            return own
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._path(meeting, self._worker).with_suffix(".new")
        torch.save(own, partial)
        partial.replace(self._path(meeting, self._worker))
        others = [self._path(meeting, other) for other in range(self._workers) if other != self._worker]
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline and not all(path.exists() for path in others):
            time.sleep(0.5)
        theirs = [torch.load(path, weights_only=True) for path in others if path.exists()]
        self._path(meeting - 2, self._worker).unlink(missing_ok=True)
        return combined(base, [own, *theirs])

    def _path(self, meeting: int, worker: int) -> Path:
        return self._folder / f"{meeting}-{worker}.pt"


def combined(base: Weights, parts: list[Weights]) -> Weights:
    """Base plus the mean change; rows of matrices count only the parts that changed them."""
    result: Weights = {}
    for name, before in base.items():
        total = torch.zeros_like(before)
        changed = torch.zeros(before.shape[:1] or (1,))
        for part in parts:
            difference = part[name] - before
            total += difference
            changed += (difference.flatten(1).abs().amax(1) > 0) if before.ndim > 1 else 1.0
        count = changed.clamp(min=1).view(-1, *[1] * (before.ndim - 1))
        result[name] = before + total / count
    return result
