"""Text to vectors: the protocol every encoder follows, and sentence-transformers behind it."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerBase

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]

EMBEDDED_MODEL = Path(__file__).parent / "model"
_WINDOW = 256  # documents sorted by length together
_BATCH = 16  # documents in one forward pass
_HUB_FILES = ["*.json", "*.txt", "*.model", "*.safetensors", "*.npy"]


class ModelError(ValueError):
    """A model that is not there or cannot be used; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One encoded text.

    Attributes:
        vector: Sentence vector, float32 of shape (dimensions,), unit length.
        tokens: Token vectors without special tokens, float32 of shape (n, token_dimensions), unit rows.
        spans: Character offsets of each token in the text, int32 of shape (n, 2).
        weights: Weight of each token in late interaction, float32 of shape (n,); all ones where not learned.
    """

    vector: FloatArray
    tokens: FloatArray
    spans: IntArray
    weights: FloatArray


class Encoder(Protocol):
    """Anything that turns questions and passages into vectors of one space."""

    @property
    def name(self) -> str:
        """Name or path it was asked for by."""

    @property
    def fingerprint(self) -> str:
        """Hash of what determines its vectors; an index answers only to the encoder that made it."""

    @property
    def dimensions(self) -> int:
        """Length of a sentence vector."""

    @property
    def token_dimensions(self) -> int:
        """Length of a token vector."""

    @property
    def max_tokens(self) -> int:
        """Longest text it sees whole, in its own tokens."""

    def count_tokens(self, text: str) -> int:
        """Number of tokens of `text`, special tokens not counted."""

    def encode_query(self, text: str) -> Encoded:
        """Encode one question (with the model's question prompt, where it has one)."""

    def encode_documents(self, texts: Iterable[str]) -> Iterator[Encoded]:
        """Encode passages in batches, in order, without holding all of them."""


class SentenceEncoder:
    """A sentence-transformers model: one forward pass gives the sentence vector and the token vectors.

    It is loaded on first use, in float32 whatever the precision on disk, and may be shared between threads.
    A model may carry two optional files: `late_projection.npy` (float32 of shape (hidden, k)), applied to
    token vectors before they are brought to unit length, and `token_weights.npy` (float32 of shape
    (vocabulary,)), the weight of each token in late interaction. Where the tokenizer gives no character
    offsets there are no token vectors, hence no late interaction.
    """

    def __init__(self, model: str | Path | None = None) -> None:
        """Find the model; nothing is loaded yet.

        Args:
            model: A folder, or a name on the Hugging Face hub (fetched once, then cached by its library);
                None is the embedded model, which needs no network.

        Raises:
            ModelError: There is no such folder, or the hub has no such model or cannot be reached.
        """
        self.name = "embedded" if model is None else str(model)
        self._folder = _find(model)
        self._lock = threading.RLock()
        self._loaded: SentenceTransformer | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Hex SHA-256 over the names and bytes of the files that determine the vectors."""
        digest = hashlib.sha256()
        for path in sorted(self._folder.rglob("*")):
            if path.suffix in {".json", ".txt", ".model", ".safetensors", ".npy"}:
                status = path.stat()
                file_hash = _sha256(path, status.st_size, status.st_mtime_ns)
                digest.update(f"{path.relative_to(self._folder).as_posix()}\0{file_hash}\n".encode())
        return digest.hexdigest()

    @property
    def dimensions(self) -> int:
        """Length of a sentence vector."""
        return int(self._model.get_embedding_dimension() or 0)

    @cached_property
    def token_dimensions(self) -> int:
        """Length of a token vector; 0 where the model has none."""
        return int(self._encode([""], "document")[0].tokens.shape[1])

    @cached_property
    def max_tokens(self) -> int:
        """Longest passage it sees whole, in tokens, special tokens and prompt not counted."""
        special = self._tokenizer.num_special_tokens_to_add()
        return int(
            (self._model.max_seq_length or 512) - special - self.count_tokens(self._prompt("document"))
        )

    def count_tokens(self, text: str) -> int:
        """Number of tokens of `text`, special tokens not counted."""
        with self._lock:
            return len(
                self._tokenizer(text, add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
            )

    def encode_query(self, text: str) -> Encoded:
        """Encode one question; what exceeds `max_tokens` is cut."""
        return self._encode([text], "query")[0]

    def encode_documents(self, texts: Iterable[str]) -> Iterator[Encoded]:
        """Encode passages in order, a window at a time; what exceeds `max_tokens` of each is cut."""
        remaining = iter(texts)
        while window := list(itertools.islice(remaining, _WINDOW)):
            order = sorted(range(len(window)), key=lambda i: len(window[i]))
            encoded: dict[int, Encoded] = {}
            for first in range(0, len(order), _BATCH):
                batch = order[first : first + _BATCH]
                encoded.update(zip(batch, self._encode([window[i] for i in batch], "document"), strict=True))
            yield from (encoded[i] for i in range(len(window)))

    def _encode(self, texts: Sequence[str], task: str) -> list[Encoded]:
        import torch

        prompt = self._prompt(task)
        with self._lock:  # a fast tokenizer keeps its padding settings: one thread at a time
            features = self._model.preprocess(list(texts), prompt=prompt or None)
            layout = self._layout([prompt + text for text in texts])
        ids = features.get("input_ids")
        features = {k: v.to(self._model.device) if torch.is_tensor(v) else v for k, v in features.items()}
        with torch.inference_mode():
            output = self._model(features)
        vectors = _unit(output["sentence_embedding"].float().cpu().numpy())
        hidden = output.get("token_embeddings")
        if layout is None or hidden is None or ids is None or ids.shape != layout["input_ids"].shape:
            return [Encoded(vector, *_NO_TOKENS) for vector in vectors]
        hidden = hidden.float().cpu().numpy()
        encoded = []
        for i, text in enumerate(texts):
            spans = _trimmed(text, layout["offset_mapping"][i] - len(prompt))
            kept = (spans[:, 1] > spans[:, 0]) & (layout["special_tokens_mask"][i] == 0)
            tokens = hidden[i][kept]
            if self._projection is not None:
                tokens = tokens @ self._projection
            known = ids[i].numpy()[kept]
            weights = np.ones(len(known), np.float32) if self._weights is None else self._weights[known]
            encoded.append(Encoded(vectors[i], _unit(tokens), spans[kept], weights))
        return encoded

    def _layout(self, texts: Sequence[str]) -> Mapping[str, npt.NDArray[np.int64]] | None:
        """Ids, character offsets and special tokens of prompted texts; None where offsets are unknown."""
        if not self._tokenizer.is_fast:
            return None
        layout: Mapping[str, npt.NDArray[np.int64]] = self._tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=self._model.max_seq_length,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_tensors="np",
        )
        return layout

    def _prompt(self, task: str) -> str:
        """The model's own prompt for a question or a document; names as in sentence-transformers."""
        names = ["query"] if task == "query" else ["document", "passage", "corpus"]
        prompts = self._model.prompts
        names.append(self._model.default_prompt_name or "")
        return next((prompt for name in names if (prompt := prompts.get(name))), "")

    @cached_property
    def _projection(self) -> FloatArray | None:
        path = self._folder / "late_projection.npy"
        return np.load(path).astype(np.float32) if path.exists() else None

    @cached_property
    def _weights(self) -> FloatArray | None:
        path = self._folder / "token_weights.npy"
        return np.load(path).astype(np.float32) if path.exists() else None

    @property
    def _tokenizer(self) -> PreTrainedTokenizerBase:
        tokenizer: PreTrainedTokenizerBase = self._model.tokenizer
        return tokenizer

    @property
    def _model(self) -> SentenceTransformer:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._folder)
            return self._loaded


_NO_TOKENS = np.zeros((0, 0), np.float32), np.zeros((0, 2), np.int32), np.zeros(0, np.float32)


def _find(model: str | Path | None) -> Path:
    """The folder of a model; one named on the hub is fetched unless the hub's cache has it."""
    folder = EMBEDDED_MODEL if model is None else Path(model).expanduser()
    if (folder / "modules.json").exists() or (folder / "config.json").exists():
        return folder
    name = str(model)
    if (
        model is None
        or isinstance(model, Path)
        or folder.exists()
        or name.count("/") > 1
        or name[:1] in "./~"
    ):
        msg = (
            f"no model in {folder}: expected a sentence-transformers folder with modules.json or config.json"
        )
        raise ModelError(msg)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    name = name if "/" in name else f"sentence-transformers/{name}"
    try:
        return Path(snapshot_download(name, allow_patterns=_HUB_FILES))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        msg = f"model {model} is neither a folder nor to be had from the Hugging Face hub: {error}"
        raise ModelError(msg) from error


def _load(folder: Path) -> SentenceTransformer:
    """Load quietly, from disk only, in float32: half precision is slow on a CPU."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(
            str(folder),
            device="cuda" if torch.cuda.is_available() else "cpu",
            local_files_only=True,
            model_kwargs={"dtype": torch.float32},
        ).eval()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        msg = f"the model in {folder} cannot be loaded: {error}"
        raise ModelError(msg) from error
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


@lru_cache(maxsize=64)
def _sha256(path: Path, size: int, mtime_ns: int) -> str:
    """Hash of a file; size and time of change are there to ask again when it changed."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unit(rows: FloatArray) -> FloatArray:
    """Rows brought to unit length; a zero row stays zero."""
    unit: FloatArray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit


def _trimmed(text: str, offsets: npt.NDArray[np.int64]) -> IntArray:
    """Offsets cut to the text, without the white space that some tokenizers count to a token."""
    spans = np.maximum(offsets, 0).astype(np.int32)
    for span in spans:
        while span[0] < span[1] and text[span[0]].isspace():
            span[0] += 1
    return spans
