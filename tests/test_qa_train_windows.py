from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.mentions import mentions
from qa.train.pairs import Example
from qa.train.recipe import Windows
from qa.train.windows import answering, drawn_length, elsewhere, near_miss, plain

HOW = Windows(words=(8, 20), titles=0.5, plain_questions=0.0)
WORDS = st.text(alphabet="aZé9ß漢😀’'.-\u0301$", min_size=1, max_size=8)
SENTENCES = st.lists(st.lists(WORDS, min_size=1, max_size=12), min_size=1, max_size=12)


@st.composite
def examples(draw):
    """A context of sentences, lines and odd characters, with one of its words as the answer."""
    ends = st.sampled_from([". ", "! ", ".\n", "\n\n", ".  "])
    context, spans = "", []
    for words in draw(SENTENCES):
        for word in words:
            spans.append((len(context), len(context) + len(word)))
            context += word + " "
        context = context.rstrip(" ") + draw(ends)
    first = draw(st.integers(0, len(spans) - 1))
    last = draw(st.integers(first, min(len(spans) - 1, first + 3)))
    return Example("1", "Who is it?", context, ((spans[first][0], spans[last][1]),))


@given(examples(), st.integers(0, 99))
def test_a_window_holds_the_whole_answer(example, seed):
    reading = answering(example, 60, HOW, Random(seed))
    start, end = reading.answer
    assert reading.text[start:end] == example.texts[0]
    assert reading.text in example.context


@given(examples(), st.integers(0, 99))
def test_a_near_miss_says_no_answer(example, seed):
    reading = near_miss(example, 60, HOW, Random(seed))
    if reading:
        assert reading.text
        assert reading.answer is None
        assert not mentions(reading.text, example.texts[0])


def test_a_near_miss_is_the_context_less_the_sentences_that_answer():
    text = "Rain fell in Tresk. Ann Lee left. The town slept."
    example = Example("1", "Who left?", text, ((20, 27),))
    readings = {near_miss(example, 60, HOW, Random(seed)).text for seed in range(20)}
    assert "Rain fell in Tresk. The town slept." in readings
    twice = Example("1", "Who left?", text + " Ann Lee came back.", ((20, 27),))
    assert near_miss(twice, 60, HOW, Random(0)) is None
    alone = Example("1", "Who left?", "Ann Lee left.", ((0, 7),))
    assert near_miss(alone, 60, HOW, Random(0)) is None


def test_windows_are_whole_sentences_of_about_the_length_that_was_drawn():
    context = " ".join(f"In line {n} the paper wrote of the harbour." for n in range(60))
    example = Example(
        "1", "Who?", context, ((context.index("line 30"), context.index("line 30") + 7),)
    )
    seen = set()
    for seed in range(30):
        reading = answering(example, drawn_length(HOW, Random(seed)), HOW, Random(seed))
        assert reading.text.startswith("In line")
        assert reading.text.endswith("harbour.")
        assert len(reading.text) <= 1.2 * 120
        seen.add(reading.text)
        assert elsewhere(Example("1", "Who?", context), 60, HOW, Random(seed)).text in context
    assert len(seen) > 3


@pytest.mark.parametrize("context", ["", " \n ", "\u200b", "x"])
def test_any_context_without_an_answer_is_survived(context):
    assert elsewhere(Example("1", "Who?", context), 60, HOW, Random(0)).text in context


def test_a_title_comes_before_some_windows_and_is_never_in_them():
    context = "Storm hits Tresk. " + "The harbour was closed for the day. " * 9 + "Ann Lee left."
    start = context.index("Ann")
    named = Example("1", "Who?", context, ((start, start + 7),), title="Storm in Tresk")
    titles = {answering(named, 60, HOW, Random(seed)).title for seed in range(20)}
    assert titles == {"", "Storm in Tresk"}
    unnamed = Example("1", "Who?", context, ((start, start + 7),))
    titles = {answering(unnamed, 60, HOW, Random(seed)).title for seed in range(20)}
    assert titles == {"", "Storm hits Tresk."}


def test_plain_questions_are_as_people_type_them():
    assert plain("Who is the U.S. envoy, and since when?") == "who is the u.s envoy and since when"
    assert plain("What cost $5.20?") == "what cost $5.20"
