"""Fixtures shared by all tests: a small legible encoder and the statement that ships."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import numpy as np
import pytest

from corpus import Library, Statement
from index.encoder import Encoded
from qa import abstention
from qa.abstention import Calibration


class HashEncoder:
    """Words as bags of hashed character trigrams: deterministic, and equal words meet across inflections."""

    name = "hash"
    fingerprint = "hash-1"
    dimensions = 256
    token_dimensions = 256
    max_tokens = 128

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(re.findall(r"\w+", text))

    def encode_query(self, text: str) -> Encoded:
        return self._encode(text)

    def encode_documents(self, texts: Iterable[str]) -> Iterator[Encoded]:
        for text in texts:
            self.encoded.append(text)
            yield self._encode(text)

    def _encode(self, text: str) -> Encoded:
        words = list(re.finditer(r"\w+", text))
        tokens = np.zeros((len(words), self.dimensions), dtype=np.float32)
        for row, word in zip(tokens, words, strict=True):
            padded = f" {word.group().lower()} "
            for i in range(len(padded) - 2):
                row[zlib.crc32(padded[i : i + 3].encode()) % self.dimensions] += 1
            row /= np.linalg.norm(row)
        vector = tokens.sum(axis=0) if words else np.ones(self.dimensions, dtype=np.float32)
        vector /= np.linalg.norm(vector)
        spans = np.array([word.span() for word in words], dtype=np.int32).reshape(-1, 2)
        return Encoded(vector, tokens, spans, np.ones(len(words), dtype=np.float32))


# What counts as an answer with the small encoder: tests of the doors do not hang on the fits that ship.
CALIBRATION = Calibration(
    features=("dense",),
    mean=(0.3,),
    scale=(0.1,),
    coefficients=(2.0,),
    intercept=0.0,
    threshold=0.5,
    strong=0.9,
    figures={"questions": 0.0},
)


@pytest.fixture(scope="session", autouse=True)
def _small_calibration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    path = tmp_path_factory.mktemp("calibration") / abstention.SHIPPED.name
    shipped = json.loads(abstention.SHIPPED.read_text(encoding="utf-8"))
    path.write_text(json.dumps(shipped | {HashEncoder.fingerprint: asdict(CALIBRATION)}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(abstention, "SHIPPED", path)
        yield


@pytest.fixture
def encoder() -> HashEncoder:
    return HashEncoder()


@pytest.fixture(scope="session")
def statement() -> Statement:
    return Library.shipped()["csto-information-security"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: their driver keeps an event loop running, in which no asynchronous test can run."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
