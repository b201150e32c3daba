"""Means of tiny readers with random weights."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertForQuestionAnswering

from index.weights import digest
from qa.reader import SHIPPED, Reader
from qa.train.average import main


@pytest.fixture
def readers(tmp_path):
    """Folders of two readers of one shape, and one of another."""
    made = []
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for size in (32, 32, 64):
            made.append(tmp_path / f"reader{len(made)}")
            config = BertConfig(
                hidden_size=size, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
            )
            BertForQuestionAnswering(config).save_pretrained(made[-1])
            for name in ("tokenizer.json", "tokenizer_config.json"):
                shutil.copy(SHIPPED / name, made[-1])
    return [str(folder) for folder in made]


def tensors(folder):
    return load_file(f"{folder}/model.safetensors")


def test_weights_are_averaged_by_their_shares(readers, tmp_path, capsys):
    out = tmp_path / "mean"
    (tmp_path / "reader0" / "training.json").write_text('{"seed": 1}')
    assert main([*readers[:2], "--shares", "1", "3", "--out", str(out)]) == 0
    assert "python -m qa.train.check" in capsys.readouterr().out
    one, other, mean = map(tensors, (*readers[:2], out))
    for name, weight in mean.items():
        expected = 0.25 * one[name] + 0.75 * other[name]
        assert torch.allclose(weight.float(), expected, atol=1e-3)
    told = json.loads((out / "training.json").read_text())["averaged"]
    assert [part["share"] for part in told] == [0.25, 0.75]
    assert told[0]["model"] == digest(tmp_path / "reader0")
    assert [part["made"] for part in told] == [{"seed": 1}, None]
    assert Reader(str(out)).read("Who?", ["Ann went home."])


def test_without_shares_all_count_the_same(readers, tmp_path):
    out = tmp_path / "mean"
    assert main([*readers[:2], "--out", str(out)]) == 0
    one, other, mean = map(tensors, (*readers[:2], out))
    name = "qa_outputs.weight"
    assert torch.allclose(mean[name].float(), (one[name] + other[name]) / 2, atol=1e-3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["reader0", "reader2"], "models of different shapes"),
        (["reader0", "reader1", "--shares", "1"], "--shares has 1 numbers for 2 readers"),
        (["reader0", "./none"], "./none: no such folder"),
    ],
)
def test_what_cannot_be_averaged_is_told(readers, tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    assert main([*words, "--out", "mean"]) in (1, 2)
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
    assert not (tmp_path / "mean").exists()


def test_a_damaged_telling_of_how_a_reader_was_made_is_named(readers, tmp_path, capsys):
    (tmp_path / "reader1" / "training.json").write_text("{")
    assert main([*readers[:2], "--out", str(tmp_path / "mean")]) == 1
    assert "training.json: cannot be read" in capsys.readouterr().err
