"""Runs of a tiny reader with random weights and the shipped tokenizer."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForQuestionAnswering, BertConfig, BertForQuestionAnswering

import qa.train
from index.errors import UsageError
from index.weights import digest, verify
from qa.reader import SHIPPED, Reader
from qa.train import training
from qa.train.__main__ import main
from qa.train.batches import Batches, Place
from qa.train.checkpoints import FILE, Checkpoints
from qa.train.models import export, load, prepare
from qa.train.pairs import Example, Question, by_question
from qa.train.recipe import Loss, Source, read_recipe
from qa.train.teachers import Teachers
from qa.train.training import Budget, train, window_loss

ROOT = Path(qa.train.__file__).parent.parent.parent
NAMES = ("Ann", "Bob", "Cleo", "Dan", "Eve", "Fay", "Gus", "Hal")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The folder of a reader of two layers of 32."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = BertConfig(
            hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
        )
        BertForQuestionAnswering(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(SHIPPED / name, folder)
    return folder


@pytest.fixture(scope="module")
def recipe():
    """The shipped one with small batches and short windows."""
    whole = read_recipe(Path(qa.train.__file__).parent / "reader.toml")
    return replace(
        whole,
        data=(),
        windows=replace(whole.windows, words=(5, 15)),
        training=replace(
            whole.training,
            batch_tokens=384,
            epochs=3.0,
            learning_rate=5e-3,
            dropout=0.1,
            freeze_words=False,
        ),
    )


@pytest.fixture(scope="module")
def rows():
    made = []
    for number in range(40):
        name, town = NAMES[number % 8], f"Tresk{number}"
        text = f"It rained. {name} went to {town} that day. The market was closed."
        start = text.index(name)
        made.append(
            {"id": str(number), "context": text, "question": f"Who went to {town}?",
             "answers": [{"text": name, "start": start}]}
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def questions(rows):
    examples = [
        Example(row["id"], row["question"], row["context"],
                ((row["answers"][0]["start"], row["answers"][0]["start"] + 3),))
        for row in rows
    ]  # fmt: skip
    others = [Example(one.id, one.question, "It rained, and the town slept.") for one in examples]
    return by_question([(Source("a"), examples), (Source("b"), others)])


def run(tiny, recipe, questions, folder, budget, **named):
    """Train the tiny reader; gives it, how far it came and what was told after each step."""
    model, tokenizer = load(tiny, recipe.seed)
    how = recipe.training
    prepare(model, how.dropout, how.freeze_words, how.freeze_layers)
    told = []
    standing = train(
        model,
        Batches(questions, tokenizer, recipe),
        recipe.training,
        recipe.loss,
        budget,
        Checkpoints(folder, "run"),
        recipe.seed,
        tell=lambda *what: told.append(what),
        **named,
    )
    return model, standing, told


def weights(model):
    return torch.cat([weight.detach().flatten() for weight in model.parameters()])


# -- batches --------------------------------------------------------------------------------------


def test_a_run_goes_on_with_the_batches_it_would_have_had(recipe, questions, tiny, monkeypatch):
    monkeypatch.setattr("qa.train.batches.CHUNK", 16)
    batches = Batches(questions, load(tiny, 0)[1], recipe)
    whole = list(islice(batches.after(Place()), 40))
    assert [batch.epochs for batch in whole] == sorted(batch.epochs for batch in whole)
    assert whole[-1].epochs > 1
    for at in (0, 3, 17, 30):
        again = next(batches.after(whole[at].after))
        assert torch.equal(again.ids, whole[at + 1].ids)
        assert torch.equal(again.start, whole[at + 1].start)
        assert again.after == whole[at + 1].after


def test_windows_of_a_question_are_together_and_within_the_budget(recipe, questions, tiny):
    negatives = replace(recipe.negatives, given=1.0, near=1.0, altered=0.0)
    batches = Batches(questions, load(tiny, 0)[1], replace(recipe, negatives=negatives))
    seen = 0
    for batch in batches.after(Place()):
        assert batch.ids.numel() <= recipe.training.batch_tokens
        for number in range(int(batch.question.max()) + 1):
            mine = batch.start[batch.question == number]
            assert len(mine) == 3
            assert (mine > 0).sum() == 1
            seen += 1
        if batch.epochs >= 1:
            break
    assert seen == len(questions)


def test_a_window_is_read_with_its_question_altered_too(recipe, tiny):
    questions = []
    for town in ("Tresk", "Corran", "Brask"):
        text = f"Once the mayor of {town} was Ann Lee. She left in May."
        start = text.index("Ann Lee")
        example = Example(town, f"Who was the mayor of {town}?", text, ((start, start + 7),))
        questions.append(Question((example,), ()))
    negatives = replace(recipe.negatives, given=0.0, near=0.0, altered=1.0)
    tokenizer = load(tiny, 0)[1]
    batch = next(Batches(questions, tokenizer, replace(recipe, negatives=negatives)).after(Place()))
    read = [tokenizer.decode(ids, skip_special_tokens=True) for ids in batch.ids]
    answered = [words for words, start in zip(read, batch.start, strict=True) if start > 0]
    assert len(answered) == 3 < len(read)
    assert not set(answered) & {words for words, s in zip(read, batch.start, strict=True) if s == 0}


def test_questions_are_asked_by_their_weight(recipe, questions, tiny):
    rare = [replace(one, weight=0.25) for one in questions]
    often = [replace(one, weight=2.0) for one in questions]
    tokenizer = load(tiny, 0)[1]

    def asked(some):
        total = 0
        for batch in Batches(some, tokenizer, recipe).after(Place()):
            total += int(batch.question.max()) + 1
            if batch.epochs >= 1:
                break
        return total

    assert asked(often) == 2 * len(questions)
    assert 0 < asked(rare) < len(questions) / 2
    with pytest.raises(UsageError, match="nothing to read"):
        asked([replace(one, weight=0.0) for one in questions])


# -- training -------------------------------------------------------------------------------------


def test_training_lowers_the_loss_and_makes_a_reader(tiny, recipe, questions, tmp_path):
    model, standing, told = run(tiny, recipe, questions, tmp_path / "c", Budget(0, 12))
    losses = [loss for _, loss, _ in told]
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])
    assert standing.epochs >= 12
    export(model, tiny, tmp_path / "reader", {"seed": 1})
    said = (tmp_path / "reader" / "model.sha256").read_text().split()
    assert said[1] == "model.safetensors"
    verify(tmp_path / "reader", said[0])
    tensors = load_file(tmp_path / "reader" / "model.safetensors")
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    text = "It rained. Cleo went to Tresk2 that day. The market was closed."
    (spans,) = Reader(str(tmp_path / "reader")).read("Who went to Tresk2?", [text])
    assert text[spans[0].start : spans[0].end] == "Cleo"


def test_what_is_exported_has_the_form_of_what_is_shipped(tmp_path):
    model, _ = load(SHIPPED, 0)
    export(model, SHIPPED, tmp_path / "reader", {})
    for name in ("config.json", "tokenizer.json", "model.safetensors", "model.sha256"):
        assert (tmp_path / "reader" / name).read_bytes() == (SHIPPED / name).read_bytes(), name


def test_a_stopped_run_ends_as_one_that_was_not(tiny, recipe, questions, tmp_path):
    budget = Budget(0, 3)
    whole, _, _ = run(tiny, recipe, questions, tmp_path / "whole", budget)
    steps = 0
    for last in (1, 2, 5, 8, 99):
        calls = count(1)
        model, standing, told = run(
            tiny, recipe, questions, tmp_path / "parts", budget,
            is_stopped=lambda calls=calls, last=last: next(calls) >= last,
        )  # fmt: skip
        steps += len(told)
        assert standing.step == steps
    assert standing.epochs >= 3
    assert torch.equal(weights(model), weights(whole))
    again, _, told = run(tiny, recipe, questions, tmp_path / "parts", budget)
    assert not told
    assert torch.equal(weights(again), weights(whole))


def test_minutes_end_the_run_with_the_rate_at_nothing(
    tiny, recipe, questions, tmp_path, monkeypatch
):
    rates = []
    set_rates = training._set_rates
    monkeypatch.setattr(
        training, "_set_rates", lambda opt, factor: (rates.append(factor), set_rates(opt, factor))
    )
    ticks = count(0, 3)  # seconds, three a look at the clock
    last = replace(recipe, training=replace(recipe.training, average_from=1.0, warmup=0.1))
    _, standing, told = run(
        tiny, last, questions, tmp_path / "c", Budget(2, 0), clock=lambda: float(next(ticks))
    )
    assert standing.seconds == 120
    assert [share for _, _, share in told][-1] == 1
    assert len(rates) == 40
    assert rates[0] == 0
    assert max(rates) == pytest.approx(1, abs=0.03)
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[-1] < 0.03


def test_one_with_a_teacher_comes_nearer_to_it(tiny, recipe, questions, tmp_path):
    tokenizer = load(tiny, 0)[1]
    teachers = Teachers([SHIPPED], tokenizer, "cpu")
    taught = replace(recipe, loss=Loss(passage=0.01, question=0.0, teacher=10.0))
    batch = next(Batches(questions, tokenizer, recipe).after(Place()))
    apart = []
    for name, asked in (("alone", None), ("taught", teachers)):
        budget = Budget(0, 24)
        model, _, _ = run(tiny, taught, questions, tmp_path / name, budget, teachers=asked)
        model.eval()
        apart.append(window_loss(model, batch, Loss(0.0, 0.0, 1.0), teachers).item())
    assert apart[1] < 0.5 * apart[0]


def test_teachers_are_asked_only_of_windows_that_answer(tiny, recipe, questions):
    model, tokenizer = load(tiny, 0)
    model.eval()
    teachers, taught = Teachers([SHIPPED], tokenizer, "cpu"), Loss(0.0, 0.0, 1.0)
    batch = next(Batches(questions, tokenizer, recipe).after(Place()))
    answering = batch.start > 0
    assert 0 < answering.sum() < len(answering)
    whole = window_loss(model, batch, taught, teachers)
    assert torch.allclose(whole, window_loss(model, batch.only(answering), taught, teachers))
    assert window_loss(model, batch.only(~answering), taught, teachers) == 0


def test_lower_layers_change_less_and_frozen_words_not_at_all(tiny, recipe, questions, tmp_path):
    how = replace(recipe.training, layer_decay=0.0, freeze_words=True, average_from=1.0)
    before = dict(load(tiny, 0)[0].named_parameters())
    model, _, _ = run(tiny, replace(recipe, training=how), questions, tmp_path / "c", Budget(0, 1))
    after = dict(model.named_parameters())
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    assert changed == {"qa_outputs.weight", "qa_outputs.bias"}


def test_of_frozen_layers_nothing_changes_nor_of_what_comes_before(
    tiny, recipe, questions, tmp_path
):
    how = replace(recipe.training, freeze_layers=1)
    before = dict(load(tiny, 0)[0].named_parameters())
    model, _, _ = run(tiny, replace(recipe, training=how), questions, tmp_path / "c", Budget(0, 1))
    changed = {
        name for name, weight in model.named_parameters() if not torch.equal(weight, before[name])
    }
    assert changed
    assert all(".layer.1." in name or "qa_outputs" in name for name in changed)


# -- the command ----------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path, rows, recipe):
    """A recipe and pairs, and the arguments that name them."""
    (tmp_path / "pairs.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    text = (Path(qa.train.__file__).parent / "reader.toml").read_text().partition("[[data]]")[0]
    for name, value in (
        ("words", "[5, 15]"),
        ("batch_tokens", "384"),
        ("epochs", "2"),
        ("dropout", "0.1"),
    ):
        text, found = re.subn(rf"(?m)^{name} = .*", f"{name} = {value}", text)
        assert found == 1
    (tmp_path / "recipe.toml").write_text(text)
    return [str(tmp_path / "recipe.toml"), "--data", str(tmp_path / "pairs.jsonl")]


KILLED = """
import os, signal, sys
from qa.train import checkpoints, training
from qa.train.__main__ import main

training.SECONDS_BETWEEN_CHECKPOINTS = -1
save, steps = checkpoints.Checkpoints.save, []

def counted(*arguments):
    if len(steps) == 5:
        replace = checkpoints.Path.replace
        checkpoints.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    save(*arguments)
    steps.append(1)

checkpoints.Checkpoints.save = counted
main(sys.argv[1:])
"""


@pytest.mark.slow
def test_a_killed_run_ends_as_one_that_was_not(files, tiny, tmp_path, capsys):
    def words(name):
        folders = ["--out", str(tmp_path / name), "--checkpoint", str(tmp_path / f"{name}.c")]
        return [*files, "--init", str(tiny), "--device", "cpu", *folders]

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *words("killed")],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())},
        capture_output=True,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert not (tmp_path / "killed").exists()
    assert main(words("killed")) == 0
    assert main(words("whole")) == 0
    assert "python -m qa.train.check" in capsys.readouterr().out
    ends = [
        AutoModelForQuestionAnswering.from_pretrained(tmp_path / n) for n in ("killed", "whole")
    ]
    assert torch.equal(*map(weights, ends))
    made = json.loads((tmp_path / "killed" / "training.json").read_text())
    assert made["epochs"] == 2.0
    assert made["recipe"]["seed"] == 2026
    other = tmp_path / "other.jsonl"
    other.write_text((tmp_path / "pairs.jsonl").read_text().replace("rained", "snowed"))
    shutil.rmtree(tmp_path / "killed")
    assert main([*words("killed"), "--data", str(other)]) == 2
    assert "another recipe, data, model or seed" in capsys.readouterr().err


def test_ctrl_c_keeps_the_run_and_says_how_to_go_on(files, tiny, tmp_path, monkeypatch, capsys):
    step = training._step
    monkeypatch.setattr(
        training, "_step", lambda *a: (os.kill(os.getpid(), signal.SIGINT), step(*a))[1]
    )
    out = tmp_path / "reader"
    assert main([*files, "--init", str(tiny), "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert "Stopped at step 1," in said
    assert "The same command goes on from there." in said
    assert (tmp_path / "reader.checkpoint" / FILE).exists()
    assert not out.exists()


def test_who_taught_is_told_and_is_a_part_of_the_run(files, tiny, tmp_path, capsys):
    words = [*files, "--init", str(tiny), "--out", str(tmp_path / "reader"), "--limit", "4"]
    assert main([*words, "--teacher", str(SHIPPED), str(tiny)]) == 0
    made = json.loads((tmp_path / "reader" / "training.json").read_text())
    assert made["teachers"] == [digest(SHIPPED), digest(tiny)]
    shutil.rmtree(tmp_path / "reader")
    assert main(words) == 2
    assert "another recipe, data, model or seed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--data", "none.jsonl"], "none.jsonl: cannot be read"),
        (["--init", "./none"], "./none: no such folder"),
        (["--out", "."], ".: is there already"),
        (["--checkpoint", "pairs.jsonl/x"], "cannot be made a folder"),
        (["--teacher", "./none"], "./none: no such folder"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    files, tiny, tmp_path, monkeypatch, capsys, change, message
):
    monkeypatch.chdir(tmp_path)
    words = [*files, "--init", str(tiny), "--out", "reader", *change]
    assert main(words) in (1, 2)
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
    assert not (tmp_path / "reader").exists()


def test_a_damaged_checkpoint_is_told(tiny, recipe, questions, tmp_path):
    run(tiny, recipe, questions, tmp_path, Budget(0, 0.1))
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:-100])
    with pytest.raises(UsageError, match="damaged"):
        run(tiny, recipe, questions, tmp_path, Budget(0, 0.1))


def test_help_tells_every_option(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for option in (
        "--out", "--data", "--init", "--teacher", "--minutes", "--checkpoint", "--device", "--seed",
    ):  # fmt: skip
        assert option in said
