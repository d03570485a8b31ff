"""Figures of a model: retrieval on a BEIR folder or on families, and finding translations (FLORES)."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

from index.training.data import Family
from index.training.student import (
    batch_of,
    batches_by_length,
    encode_pieces,
    inner_mask,
    load_layers,
    sentence_vectors,
    token_vectors,
)

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Questions, passages and which passage answers which question."""

    questions: list[str]
    passages: list[str]
    answers: list[int]
    groups: list[str]


def beir(folder: Path) -> Retrieval:
    """Read a BEIR folder whose questions have one relevant passage each."""
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
    number = {row["_id"]: at for at, row in enumerate(rows)}
    asked = [json.loads(line) for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    relevant = dict(
        line.split("\t")[:2] for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]
    )
    asked = [row for row in asked if row["_id"] in relevant]
    return Retrieval(
        [row["text"] for row in asked],
        [f"{row.get('title', '')} {row['text']}".strip() for row in rows],
        [number[relevant[row["_id"]]] for row in asked],
        [folder.name] * len(asked),
    )


def family_retrieval(families: Sequence[Family]) -> Retrieval:
    """All questions of some families against all their Russian passages, grouped by language and kind."""
    members = [member for family in families for member in family.members]
    rows = [(q, at) for at, member in enumerate(members) for q in member.questions]
    return Retrieval(
        [q.text for q, _ in rows],
        [member.russian for member in members],
        [at for _, at in rows],
        [q.kind if q.language == "ru" or q.kind == "keywords" else f"{q.language} {q.kind}" for q, _ in rows],
    )


def ndcg_at_10(scores: Scores, answers: Sequence[int]) -> NDArray[np.float64]:
    """nDCG@10 of each question with one relevant passage: 1 / log2(1 + rank), 0 beyond the tenth."""
    right = scores[np.arange(len(answers)), list(answers)][:, None]
    ranks = 1 + (scores > right).sum(axis=1)
    return np.where(ranks <= 10, 1 / np.log2(1 + ranks), 0.0)


def dense_scores(
    model: Any,  # noqa: ANN401
    tokenizer: Tokenizer,
    data: Retrieval,
    most: int = 256,
) -> Scores:
    """Cosines, float32 [questions, passages]."""
    questions = sentence_vectors(model, encode_pieces(tokenizer, data.questions, most))
    passages = sentence_vectors(model, encode_pieces(tokenizer, data.passages, most))
    return questions @ passages.T


@torch.inference_mode()
def late_scores(
    model: Any,  # noqa: ANN401
    tokenizer: Tokenizer,
    data: Retrieval,
    most: int = 256,
    weights: NDArray[np.float32] | None = None,
) -> Scores:
    """MaxSim (Khattab & Zaharia 2020), averaged over the question's pieces; float32 [questions, passages]."""
    model.eval()
    sides = []
    for texts in (data.questions, data.passages):
        lines = encode_pieces(tokenizer, texts, most)
        vectors: list[torch.Tensor] = [torch.empty(0)] * len(lines)
        for rows in batches_by_length(lines, 6_000):
            batch = batch_of([lines[row] for row in rows])
            found = token_vectors(model, batch)
            found = nn.functional.normalize(found, dim=-1)
            inner = inner_mask(batch)
            for place, row in enumerate(rows):
                vectors[row] = found[place][inner[place]]
        sides.append((lines, vectors))
    (question_lines, questions), (_, passages) = sides
    scores = np.zeros((len(questions), len(passages)), dtype=np.float32)
    lengths = [len(q) for q in questions]
    every = torch.cat(questions)
    if weights is None:
        weight = torch.ones(len(every))
    else:
        weight = torch.from_numpy(weights[np.concatenate([np.array(line) for line in question_lines])])
    owner = torch.repeat_interleave(torch.arange(len(questions)), torch.tensor(lengths))
    total = torch.zeros(len(questions)).index_add_(0, owner, weight)
    for column, passage in enumerate(passages):
        best = (every @ passage.T).max(dim=1).values * weight
        scores[:, column] = (torch.zeros(len(questions)).index_add_(0, owner, best) / total).numpy()
    return scores


def translation_accuracy(
    encode: Callable[[list[str]], NDArray[np.float32]], path: Path, rows: int | None = None
) -> float:
    """Share of sentences whose nearest neighbour among all the English ones is their translation."""
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()][:rows]
    scores = encode([line[0] for line in lines]) @ encode([line[1] for line in lines]).T
    return float((scores.argmax(axis=1) == np.arange(len(lines))).mean())


def by_group(values: NDArray[np.float64], groups: Sequence[str]) -> dict[str, float]:
    """Mean of each group and of all."""
    names = np.array(groups)
    means = {name: round(float(values[names == name].mean()), 3) for name in sorted(set(groups))}
    return {"all": round(float(values.mean()), 3), **means}


def main() -> None:
    """Print the figures of a model on BEIR folders (dense, late) and on FLORES (dense)."""
    parser = argparse.ArgumentParser(prog="python -m index.training.evaluate", description=main.__doc__)
    parser.add_argument("model", type=Path, help="a sentence-transformers folder with BERT layers")
    parser.add_argument("--retrieval", nargs="*", type=Path, default=[], help="BEIR folders")
    parser.add_argument("--translations", nargs="*", type=Path, default=[], help="TSV: text, English")
    parser.add_argument("--rows", type=int, default=None, help="only the first rows of each TSV")
    given = parser.parse_args()
    model = load_layers(given.model)
    tokenizer = Tokenizer.from_file(str(given.model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    weights_file = given.model / "token_weights.npy"
    weights = np.load(weights_file) if weights_file.exists() else None
    for folder in given.retrieval:
        data = beir(folder)
        scores = {
            "dense": dense_scores(model, tokenizer, data),
            "late": late_scores(model, tokenizer, data, weights=weights),
        }
        for channel, found in scores.items():
            figure = ndcg_at_10(found, data.answers).mean()
            sys.stdout.write(f"{folder.name}\t{channel}\tnDCG@10\t{figure:.4f}\n")
    known: dict[str, Scores] = {}

    def encode(texts: list[str]) -> Scores:
        key = "\n".join(texts)
        if key not in known:
            known[key] = sentence_vectors(model, encode_pieces(tokenizer, texts, 254))
        return known[key]

    for path in given.translations:
        figure = translation_accuracy(encode, path, given.rows)
        sys.stdout.write(f"{path.name}\tdense\taccuracy\t{figure:.4f}\n")


if __name__ == "__main__":
    main()
