"""The training run: translations come to lie where the teacher puts the English, questions by their passages.

Steps take turns: distillation from translations (Reimers & Gurevych 2020), families of passages with their
questions (contrastive, pooled and MaxSim, the siblings as hard negatives), and question-passage pairs. The
schedule follows the time spent, so a run of any length ends cooled down.
"""

import logging
import math
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from index.training.data import Member, SentencePair, TrainingText
from index.training.exchange import Exchange
from index.training.settings import DISTILLATION_SHARES, MOST_ROWS_DISTILLED, Distillation
from index.training.student import (
    TEACHER_FRAME,
    batch_of,
    batches_by_length,
    encode_pieces,
    inner_mask,
    pooled,
    sentence_vectors,
    token_vectors,
)

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sides:
    """Student pieces of some texts and the teacher's vectors of their English."""

    lines: list[list[int]]
    targets: Tensor


class Teacher:
    """Unit vectors of English texts, each computed once."""

    def __init__(self, model: Any, tokenizer: Tokenizer) -> None:  # noqa: ANN401
        self._model = model
        self._tokenizer = tokenizer
        self._known: dict[str, NDArray[np.float32]] = {}

    def vectors(self, texts: Sequence[str], most: int = 128) -> Tensor:
        """Vectors of the texts, float32 [texts, 384]."""
        new = list({text: None for text in texts if text not in self._known})
        if new:
            lines = encode_pieces(self._tokenizer, new, most)
            found = sentence_vectors(self._model, lines, TEACHER_FRAME)
            self._known.update(zip(new, found, strict=True))
        return torch.from_numpy(np.stack([self._known[text] for text in texts]))


class Run:
    """One training run with its optimizers, its data in endless order, and its checkpoints."""

    def __init__(
        self,
        model: Any,  # noqa: ANN401
        tokenizer: Tokenizer,
        teacher: Teacher,
        text: TrainingText,
        settings: Distillation,
        worker: int = 0,
    ) -> None:
        """Take a student and what it learns from; `worker` gives each of several processes other data."""
        self.model = model.eval()  # without dropout: the run is short and the targets are smooth
        self.settings = settings
        self._tokenizer = tokenizer
        self._teacher = teacher
        self._random = random.Random(settings.seed + worker)
        self._embedding = model.embeddings.word_embeddings.weight
        self._layers = [p for p in model.parameters() if p is not self._embedding]
        self._optimizers = (
            torch.optim.SparseAdam([self._embedding], lr=settings.embedding_rate),
            torch.optim.AdamW(self._layers, lr=settings.layer_rate, weight_decay=0.01),
        )
        self._worker = worker
        self._translations = self._endless_translations(text.pairs)
        self._families = self._endless_families(text)
        self._questions = self._endless_questions(text)
        self._steps = {
            "translation": self._translation_step,
            "english": self._english_step,
            "family": self._family_step,
            "question": self._question_step,
        }
        self.step = 0
        self.spent = 0.0

    # The schedule.

    def train(self, seconds: float, checkpoint: Path, exchange: Exchange, meet_every: float = 240.0) -> None:
        """Train until `seconds` are spent in all, those before a checkpoint included.

        Every `meet_every` seconds, and at the end, the workers exchange weights and this one is saved.
        """
        losses: dict[str, list[float]] = defaultdict(list)
        base = self._copy_of_weights()
        meeting = int(self.spent / meet_every) + 1
        started = time.monotonic() - self.spent
        while self.spent < seconds:
            share = self.spent / seconds
            self._set_rates(share)
            kind = self._kind_of_step(share)
            loss = self._steps[kind]()
            loss.backward()  # type: ignore[no-untyped-call]
            self._update()
            losses[kind].append(float(loss.detach()))
            self.step += 1
            self.spent = time.monotonic() - started
            if self.step % 20 == 0:
                means = {name: round(float(np.mean(values)), 3) for name, values in losses.items()}
                log.info("step %d, %.0f s, %s", self.step, self.spent, means)
                losses.clear()
            if self.spent >= min(meeting * meet_every, seconds):
                self.model.load_state_dict(exchange.mean(meeting, base, self._copy_of_weights()))
                base = self._copy_of_weights()
                meeting += 1
                self.save(checkpoint)

    def _copy_of_weights(self) -> dict[str, Tensor]:
        return {name: tensor.clone() for name, tensor in self.model.state_dict().items()}

    def _kind_of_step(self, share: float) -> str:
        cycle = (
            self.settings.first_cycle if share < self.settings.embedding_only_share else self.settings.cycle
        )
        return cycle[self.step % len(cycle)]

    def _set_rates(self, share: float) -> None:
        s = self.settings
        first = share < s.embedding_only_share
        warm = min(1.0, share / s.warm_up_share)
        if first:
            cooled = 1.0
        else:
            late = (share - s.embedding_only_share) / (1 - s.embedding_only_share)
            warm = min(1.0, late / s.warm_up_share)
            cooled = 0.5 * (1 + math.cos(math.pi * min(1.0, late)))
        rates = (s.embedding_rate if first else s.embedding_rate_late, 0.0 if first else s.layer_rate)
        for optimizer, rate in zip(self._optimizers, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * warm * cooled + 1e-7
        for parameter in self._layers:
            parameter.requires_grad_(not first)

    def _update(self) -> None:
        torch.nn.utils.clip_grad_norm_([p for p in self._layers if p.grad is not None], 1.0)
        for optimizer in self._optimizers:
            optimizer.step()  # type: ignore[no-untyped-call]
            optimizer.zero_grad(set_to_none=True)

    # The steps.

    def _translation_step(self) -> Tensor:
        sides = next(self._translations)
        vectors = self._pooled(sides.lines)
        return self._distance(vectors, sides.targets)

    def _english_step(self) -> Tensor:
        """The English stays where it is: what the student drifts by is pulled back."""
        texts, targets = self._english
        lines = encode_pieces(self._tokenizer, texts, self.settings.most_pieces)
        return self._distance(self._pooled(lines), targets)

    def _distance(self, vectors: Tensor, targets: Tensor) -> Tensor:
        """4 (1 - cosine) + 0.3 InfoNCE over the batch; near-equal targets are no negatives."""
        s = self.settings
        cosine = (vectors * targets).sum(-1)
        scores = vectors @ targets.T / s.contrast_temperature
        same = (targets @ targets.T > 0.95) & ~torch.eye(len(targets), dtype=torch.bool)
        contrast = functional.cross_entropy(scores.masked_fill(same, -1e4), torch.arange(len(targets)))
        return s.cosine_weight * (1 - cosine).mean() + s.contrast_weight * contrast

    def _family_step(self) -> Tensor:
        members, texts, answers = next(self._families)
        passages = encode_pieces(self._tokenizer, [m.russian for m in members], 2 * self.settings.most_pieces)
        english = self._teacher.vectors([m.english for m in members], 256)
        questions = encode_pieces(self._tokenizer, texts, self.settings.most_pieces)
        loss, vectors, question_vectors = self._contrast(questions, passages, torch.tensor(answers))
        to_english = question_vectors @ english.T / self.settings.contrast_temperature
        loss = loss + 0.5 * functional.cross_entropy(to_english, torch.tensor(answers))
        return loss + self._distance(vectors, english)

    def _question_step(self) -> Tensor:
        questions, passages, answers = next(self._questions)
        return self._contrast(questions, passages, torch.tensor(answers))[0]

    def _contrast(
        self, questions: list[list[int]], passages: list[list[int]], answers: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """InfoNCE on pooled vectors and on MaxSim; also gives the passages' and the questions' vectors."""
        s = self.settings
        asked, told = batch_of(questions), batch_of(passages)
        asked_tokens, told_tokens = token_vectors(self.model, asked), token_vectors(self.model, told)
        asked_vectors, told_vectors = pooled(asked_tokens, asked.mask), pooled(told_tokens, told.mask)
        dense = asked_vectors @ told_vectors.T / s.contrast_temperature
        late = max_sim(
            functional.normalize(asked_tokens, dim=-1), inner_mask(asked),
            functional.normalize(told_tokens, dim=-1), inner_mask(told),
        ) / s.late_temperature  # fmt: skip
        loss = functional.cross_entropy(dense, answers) + functional.cross_entropy(late, answers)
        return loss, told_vectors, asked_vectors

    def _pooled(self, lines: list[list[int]]) -> Tensor:
        batch = batch_of(lines)
        return pooled(token_vectors(self.model, batch), batch.mask)

    # The data, endless.

    def _endless_translations(self, pairs: Sequence[SentencePair]) -> Iterator[Sides]:
        by_language = _rows_to_distil(pairs, self._random)
        orders = {language: _endless(rows, self._random) for language, rows in by_language.items()}
        languages = [language for language in DISTILLATION_SHARES if language in orders]
        shares = [DISTILLATION_SHARES[language] for language in languages]
        while True:
            drawn: list[SentencePair] = []
            for language in self._random.choices(languages, shares, k=self.settings.pairs_per_chunk):
                drawn.append(next(orders[language]))
            lines = encode_pieces(self._tokenizer, [p.text for p in drawn], self.settings.most_pieces)
            drawn = [pair for pair, line in zip(drawn, lines, strict=True) if line]
            lines = [line for line in lines if line]
            targets = self._teacher.vectors([pair.target for pair in drawn])
            chunks = list(batches_by_length(lines, self.settings.tokens_per_batch))
            self._random.shuffle(chunks)
            for rows in chunks:
                self._english = ([drawn[row].target for row in rows], targets[rows])
                yield Sides([lines[row] for row in rows], targets[rows])

    def _endless_families(self, text: TrainingText) -> Iterator[tuple[list[Member], list[str], list[int]]]:
        for first in _endless(text.families, self._random):
            order = [first, *self._random.sample(text.families, self.settings.families_per_batch - 1)]
            members = [member for family in {f.name: f for f in order}.values() for member in family.members]
            asked = [
                (question.text, at)
                for at, member in enumerate(members)
                for question in self._random.sample(member.questions, self.settings.questions_per_passage)
            ]
            yield members, [question for question, _ in asked], [at for _, at in asked]

    def _endless_questions(
        self, text: TrainingText
    ) -> Iterator[tuple[list[list[int]], list[list[int]], list[int]]]:
        order = _endless(text.question_passages, self._random)
        many, most = self.settings.question_passages_per_batch, self.settings.most_pieces
        while True:
            drawn = {pair.passage: pair for pair in (next(order) for _ in range(many))}
            questions = encode_pieces(self._tokenizer, [pair.question for pair in drawn.values()], most)
            yield questions, encode_pieces(self._tokenizer, list(drawn), most), list(range(len(drawn)))

    # Checkpoints.

    def save(self, path: Path) -> None:
        """Write everything needed to go on, beside the old checkpoint and then over it."""
        new = path.with_suffix(".new")
        torch.save(
            {
                "model": self.model.state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
                "step": self.step,
                "spent": self.spent,
            },
            new,
        )
        new.replace(path)
        log.info("checkpoint at step %d, %.0f s", self.step, self.spent)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint; the data start in another order."""
        saved = torch.load(path, weights_only=True)
        self.model.load_state_dict(saved["model"])
        for optimizer, state in zip(self._optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.step, self.spent = saved["step"], saved["spent"]
        self._random.seed(self.settings.seed + self._worker + 1_000 * self.step)


def max_sim(asked: Tensor, asked_real: Tensor, told: Tensor, told_real: Tensor) -> Tensor:
    """MaxSim (Khattab & Zaharia 2020), averaged over the question's pieces; [questions, passages].

    Args:
        asked: Unit vectors of the questions' pieces, [questions, pieces, dimensions].
        asked_real: Which of them count, bool [questions, pieces].
        told: The passages' likewise.
        told_real: Which of those count.
    """
    flat = asked[asked_real]
    scores = torch.einsum("qd,ptd->qpt", flat, told).masked_fill(~told_real, -1.0).amax(-1)
    owner = torch.repeat_interleave(torch.arange(len(asked)), asked_real.sum(1))
    sums = torch.zeros(len(asked), len(told)).index_add(0, owner, scores)
    return sums / asked_real.sum(1, keepdim=True)


def _rows_to_distil(pairs: Sequence[SentencePair], order: random.Random) -> dict[str, list[SentencePair]]:
    """Pairs with English by language, without most of the files that have much of little worth."""
    taken: dict[str, int] = defaultdict(int)
    by_language: dict[str, list[SentencePair]] = defaultdict(list)
    for pair in pairs:
        most = MOST_ROWS_DISTILLED.get(pair.source)
        if pair.target_language != "en" or (most is not None and taken[pair.source] >= most):
            continue
        taken[pair.source] += 1
        by_language[pair.language].append(pair)
    for rows in by_language.values():
        order.shuffle(rows)
    return by_language


def _endless(items: Sequence[T], order: random.Random) -> Iterator[T]:
    while True:
        yield from order.sample(items, len(items))
