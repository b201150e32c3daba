"""Tiny teachers with random weights: one as the learner, one of MPNet's kind."""

import json
import shutil
from itertools import islice
from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModelForQuestionAnswering,
    BertConfig,
    BertForQuestionAnswering,
    BertModel,
    MPNetConfig,
    MPNetForQuestionAnswering,
    PreTrainedTokenizerFast,
)

import qa.train
from index.errors import UsageError
from qa.reader import SHIPPED
from qa.train.batches import Batches, Place
from qa.train.losses import TEMPERATURE, softened, taught_loss
from qa.train.models import load, marks
from qa.train.pairs import Example, by_question
from qa.train.recipe import Source, read_recipe
from qa.train.teachers import Teachers

SMALL = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64,
    "initializer_range": 0.5,
}  # fmt: skip
TEXT = "It rained, said Zoë O'Neill. Cleo went to Tresk that day. The market was closed."
ASKED = "Who went to Tresk?"


def like_bert(folder, kind=BertForQuestionAnswering):
    kind(BertConfig(**SMALL)).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(SHIPPED / name, folder)
    return folder


def like_mpnet(folder, lower=True):
    """A model with the shipped vocabulary in MPNet's numbering, and its two separators."""
    told = json.loads((SHIPPED / "tokenizer.json").read_text())
    words = {word: number + 4 for word, number in told["model"]["vocab"].items()}
    special = {"<s>": 0, "<pad>": 1, "</s>": 2, "<mask>": 3}
    told["model"]["vocab"] = special | words
    told["normalizer"]["lowercase"] = lower
    told["added_tokens"] = [
        {**told["added_tokens"][0], "id": number, "content": word}
        for word, number in (special | {"[UNK]": words["[UNK]"]}).items()
    ]
    told["post_processor"] = {
        "type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True,
        "add_prefix_space": False,
    }  # fmt: skip
    folder.mkdir()
    (folder / "whole.json").write_text(json.dumps(told))
    PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "whole.json"), cls_token="<s>", bos_token="<s>",
        eos_token="</s>", sep_token="</s>", pad_token="<pad>", unk_token="[UNK]",
        mask_token="<mask>",
    ).save_pretrained(folder)  # fmt: skip
    config = MPNetConfig(vocab_size=len(words) + 4, **SMALL)
    MPNetForQuestionAnswering(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return like_bert(folder / "bert"), like_mpnet(folder / "mpnet")


@pytest.fixture(scope="module")
def tokenizer():
    return load(SHIPPED, 0)[1]


@pytest.fixture(scope="module")
def batch(tokenizer):
    """Windows of several lengths."""
    recipe = read_recipe(Path(qa.train.__file__).parent / "reader.toml")
    at = TEXT.index("Cleo")
    examples = [
        Example(str(n), ASKED + " why?" * n, TEXT[: len(TEXT) - 20 * (n % 2)], ((at, at + 4),))
        for n in range(5)
    ]
    questions = by_question([(Source("a"), examples)])
    return next(islice(Batches(questions, tokenizer, recipe).after(Place()), 1))


def close(some, other):
    """Whether they are the same but for bfloat16, in which a teacher reads."""
    return torch.allclose(some, other, atol=0.05)


def test_a_teacher_like_the_learner_holds_probable_what_it_does(models, tokenizer, batch):
    model = load(models[0], 0)[0].eval()
    with torch.no_grad():
        scores = marks(model, batch.ids.long(), batch.mask, batch.types.long())
    held = Teachers([models[0]], tokenizer, "cpu").probabilities(batch)
    for logits, probable in zip(scores, held, strict=True):
        assert torch.allclose(probable.sum(dim=1), torch.ones(len(probable)), atol=1e-5)
        assert (probable[:, 1:][~batch.passage[:, 1:]] == 0).all()
        assert close(probable, softened(logits, batch.passage).exp())
        assert taught_loss(logits, batch.passage, probable).item() < 0.01
        assert taught_loss(-logits, batch.passage, probable).item() > 0.1


def test_one_of_another_numbering_is_asked_in_its_own_form(models, tokenizer, batch):
    own = PreTrainedTokenizerFast.from_pretrained(models[1])
    model = AutoModelForQuestionAnswering.from_pretrained(models[1]).eval()
    held = Teachers([models[1]], tokenizer, "cpu").probabilities(batch)
    for row in range(len(batch.ids)):
        ids = batch.ids[row][batch.mask[row] > 0]
        parts = batch.types[row][batch.mask[row] > 0]
        asked, text = (tokenizer.convert_ids_to_tokens(ids[parts == part]) for part in (0, 1))
        own_ids = own.convert_tokens_to_ids(
            ["<s>", *asked[1:-1], "</s>", "</s>", *text[:-1], "</s>"]
        )
        with torch.no_grad():
            said = model(torch.tensor([own_ids]))
        passage = batch.passage[row][: len(ids)]
        for logits, probable in zip((said.start_logits, said.end_logits), held, strict=True):
            # The second separator is none of the learner's tokens.
            mine = torch.cat([logits[0, : len(asked)], logits[0, len(asked) + 1 :]])
            expected = softened(mine[None], passage[None]).exp()[0]
            assert close(probable[row, : len(ids)], expected)
            assert not close(expected.roll(1), expected)


def test_several_answer_as_their_mean(models, tokenizer, batch):
    one, other = (Teachers([model], tokenizer, "cpu").probabilities(batch) for model in models)
    both = Teachers(list(models), tokenizer, "cpu").probabilities(batch)
    for first, second, mean in zip(one, other, both, strict=True):
        assert torch.allclose(mean, (first + second) / 2, atol=1e-5)
        assert not close(first, second)


def test_what_is_learned_is_softer_than_what_is_said():
    scores, passage = torch.tensor([[0.0, 4.0, 2.0]]), torch.tensor([[False, True, True]])
    assert torch.equal(softened(scores, passage), (scores / TEMPERATURE).log_softmax(dim=1))


def test_a_teacher_that_cannot_teach_is_refused(models, tokenizer, tmp_path):
    encoder = like_bert(tmp_path / "encoder", BertModel)
    with pytest.raises(UsageError, match="marks no answers yet"):
        Teachers([models[0], encoder], tokenizer, "cpu")
    cased = like_mpnet(tmp_path / "cased", lower=False)
    with pytest.raises(UsageError, match="cuts texts into other tokens"):
        Teachers([cased], tokenizer, "cpu")
