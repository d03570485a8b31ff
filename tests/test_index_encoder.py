"""The sentence encoder, on the embedded weights; what does not need them runs without."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from index.encoder import EMBEDDED_MODEL, ModelError, SentenceEncoder

TEXTS = ["The UN convention", "Государства – члены ОДКБ\xa0заявляют о приверженности", "", "?!", "联合国公约"]


@pytest.fixture(scope="module")
def embedded() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.mark.model
def test_sentence_vectors_equal_the_library_s(embedded):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(EMBEDDED_MODEL), device="cpu", model_kwargs={"dtype": "float32"})
    ours = np.stack([encoded.vector for encoded in embedded.encode_documents(TEXTS)])
    np.testing.assert_allclose(ours, model.encode_document(TEXTS), atol=1e-5)
    np.testing.assert_allclose(
        embedded.encode_query(TEXTS[1]).vector, model.encode_query(TEXTS[1]), atol=1e-5
    )


@pytest.mark.model
@pytest.mark.parametrize("text", TEXTS)
def test_shapes_and_lengths(embedded, text):
    encoded = embedded.encode_query(text)
    count = embedded.count_tokens(text)
    assert encoded.vector.shape == (embedded.dimensions,)
    assert encoded.tokens.shape == (count, embedded.token_dimensions)
    assert encoded.spans.shape == (count, 2)
    assert encoded.weights.shape == (count,)
    assert {part.dtype for part in (encoded.vector, encoded.tokens, encoded.weights)} == {
        np.dtype(np.float32)
    }
    np.testing.assert_allclose(np.linalg.norm(encoded.tokens, axis=1), 1, atol=1e-5)
    assert np.linalg.norm(encoded.vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.model
def test_spans_are_the_words(embedded):
    text = "Государства – члены ОДКБ"
    spans = embedded.encode_query(text).spans.tolist()
    pieces = [text[start:stop] for start, stop in spans]
    assert "".join(pieces) == text.replace(" ", "")
    assert spans == sorted(spans)


@pytest.mark.model
def test_documents_keep_their_order_whatever_their_length(embedded):
    texts = [f"{'Стороны обсудили вопросы. ' * (i * 7 % 5)}{i}" for i in range(40)]
    together = list(embedded.encode_documents(texts))
    for i in (0, 17, 39):
        (alone,) = embedded.encode_documents([texts[i]])
        np.testing.assert_allclose(together[i].vector, alone.vector, atol=1e-5)
        np.testing.assert_array_equal(together[i].spans, alone.spans)


@pytest.mark.model
def test_documents_are_read_as_needed(embedded):
    def endless():
        while True:
            yield "мир"

    first = next(embedded.encode_documents(endless()))
    assert first.vector.shape == (embedded.dimensions,)


@pytest.mark.model
def test_a_text_too_long_is_cut(embedded):
    encoded = embedded.encode_query("мир " * 5000)
    assert len(encoded.tokens) == embedded.max_tokens


@pytest.mark.model
def test_the_prompt_of_a_model_is_applied_and_not_scored(monkeypatch):
    encoder = SentenceEncoder()
    plain = encoder.encode_query("мир")
    monkeypatch.setattr(encoder._model, "prompts", {"query": "query: ", "document": "passage: "})
    prompted = encoder.encode_query("мир")
    assert not np.allclose(prompted.vector, plain.vector, atol=1e-3)
    assert prompted.spans.tolist() == plain.spans.tolist() == [[0, 3]]
    assert prompted.tokens.shape == plain.tokens.shape


@pytest.mark.model
def test_projection_and_weights_of_a_model(tmp_path):
    for file in EMBEDDED_MODEL.iterdir():
        if file.name not in {"late_projection.npy", "token_weights.npy"}:
            (tmp_path / file.name).symlink_to(file)
    plain = SentenceEncoder(tmp_path)
    before = plain.fingerprint
    vocabulary = len(plain._model.tokenizer)
    hidden = plain.token_dimensions
    np.save(tmp_path / "late_projection.npy", np.eye(hidden, 8, dtype=np.float32))
    np.save(tmp_path / "token_weights.npy", np.arange(vocabulary, dtype=np.float32))
    projected = SentenceEncoder(tmp_path)
    assert projected.token_dimensions == 8
    assert projected.fingerprint != before
    ours, other = projected.encode_query("мир"), plain.encode_query("мир")
    ids = plain._model.tokenizer("мир", add_special_tokens=False)["input_ids"]
    assert ours.weights.tolist() == ids
    expected = other.tokens[:, :8] / np.linalg.norm(other.tokens[:, :8], axis=1, keepdims=True)
    np.testing.assert_allclose(ours.tokens, expected, atol=1e-5)


@pytest.mark.model
def test_threads_may_share_it(embedded):
    alone = [embedded.encode_query(text).vector for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: embedded.encode_query(text).vector, TEXTS * 8))
    for i, vector in enumerate(together):
        np.testing.assert_allclose(vector, alone[i % len(TEXTS)], atol=1e-6)


@pytest.mark.model
def test_loading_is_quiet_and_needs_no_network(tmp_path):
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise OSError('no network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from index import SentenceEncoder\n"
        "assert SentenceEncoder().encode_query('мир').vector.shape\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_the_package_loads_nothing_heavy():
    heavy = "{'torch', 'faiss', 'sentence_transformers', 'scipy'}"
    code = f"import index, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("model", ["missing/folder/of/a/model", "./missing", "~/missing"])
def test_a_missing_folder_is_named(model):
    with pytest.raises(ModelError, match=r"no model in .*missing.*: expected a sentence-transformers folder"):
        SentenceEncoder(model)


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"no model in"):
        SentenceEncoder(tmp_path)


def test_a_hub_name_out_of_reach_is_named(monkeypatch):
    def offline(*_, **__):
        msg = "offline"
        raise OSError(msg)

    monkeypatch.setattr("huggingface_hub.snapshot_download", offline)
    with pytest.raises(
        ModelError, match=r"someone/some-model is neither a folder nor to be had from .* hub: offline"
    ):
        SentenceEncoder("someone/some-model")


def test_a_folder_with_broken_files_is_named(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="cannot be loaded"):
        SentenceEncoder(tmp_path).encode_query("мир")


def test_the_fingerprint_follows_the_files(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    before = SentenceEncoder(tmp_path).fingerprint
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    after = SentenceEncoder(tmp_path).fingerprint
    (tmp_path / "README.md").write_text("a card does not change the vectors")
    assert before != after == SentenceEncoder(tmp_path).fingerprint
