from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from qa.reader import MAX_TOKENS, QUESTION_TOKENS, SHIPPED
from qa.train.features import NULL, features
from qa.train.windows import Reading

WORDS = st.lists(
    st.text(alphabet="abZéÅßñ漢字9😀’-.\u0301", min_size=1, max_size=9), min_size=1, max_size=40
)
TITLES = st.sampled_from(["", "Storm in Tresk", "漢字 é😀"])


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(SHIPPED)


def made(tokenizer, *readings):
    return features(readings, tokenizer, Random(0))


def marked(tokenizer, reading, feature):
    """The characters of the reading's text that its start and end tokens cover."""
    lead = f"{reading.title}\n" if reading.title else ""
    encoding = tokenizer(reading.question, lead + reading.text, return_offsets_mapping=True)
    start = encoding["offset_mapping"][feature.start][0] - len(lead)
    return start, encoding["offset_mapping"][feature.end][1] - len(lead)


@settings(max_examples=200, deadline=None)
@given(WORDS, TITLES, st.data())
def test_start_and_end_tokens_are_those_of_the_answer(tokenizer, words, title, data):
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    start = len(" ".join([*words[:first], ""]))
    end = len(" ".join(words[: last + 1]))
    reading = Reading("Who is it?", title, " ".join(words), (start, end))
    (feature,) = made(tokenizer, reading)
    answer = reading.text[start:end]
    if feature is None:
        assert not tokenizer.tokenize(answer)
    else:
        begun, ended = marked(tokenizer, reading, feature)
        # A combining mark or a lone sign that the tokenizer leaves out has no token to point at.
        assert start <= begun < ended <= end
        assert tokenizer.tokenize(reading.text[begun:ended]) == tokenizer.tokenize(answer)
        assert feature.passage[feature.start]
        assert feature.passage[feature.end]


def test_question_and_title_are_no_part_of_the_passage(tokenizer):
    reading = Reading("Who left?", "Ann Lee leaves", "She left in May.", None)
    (feature,) = made(tokenizer, reading)
    assert tokenizer.decode(feature.ids[feature.passage]) == "she left in may."
    assert (feature.start, feature.end) == (NULL, NULL)


def test_inputs_are_those_of_the_reader(tokenizer):
    question = "why does this question go on " * 20 + "?"
    (feature,) = made(tokenizer, Reading(question, "", "She left in May.", None))
    head = tokenizer(question, add_special_tokens=False)["input_ids"][:QUESTION_TOKENS]
    tail = tokenizer("She left in May.", add_special_tokens=False)["input_ids"]
    between = [tokenizer.sep_token_id]
    assert feature.ids.tolist() == [tokenizer.cls_token_id, *head, *between, *tail, *between]
    assert feature.types.sum() == len(tail) + 1


@pytest.mark.parametrize("place", [0, 300, 598])
def test_a_window_that_is_too_long_is_cut_with_the_answer_inside(tokenizer, place):
    words = ["harbour"] * 600
    words[place : place + 2] = ["marta", "oduya"]
    text = " ".join(words)
    start = text.index("marta")
    (feature,) = made(tokenizer, Reading("Who?", "A title", text, (start, start + 11)))
    assert len(feature.ids) <= MAX_TOKENS
    assert len(feature.ids) > MAX_TOKENS - 20
    assert tokenizer.decode(feature.ids[feature.start : feature.end + 1]) == "marta oduya"


def test_what_cannot_be_read_is_left_out(tokenizer):
    long = " ".join(["harbour"] * 600)
    whole, silent, empty, cut = made(
        tokenizer,
        Reading("Who?", "", long, (0, len(long))),
        Reading("Who?", "", "\u200b\u200b left.", (0, 2)),
        Reading("?", "", "", None),
        Reading("Who?", "", long, None),
    )
    assert whole is None
    assert silent is None
    assert not empty.passage.any()
    assert MAX_TOKENS - 20 < len(cut.ids) <= MAX_TOKENS
    assert features([], tokenizer, Random(0)) == []
