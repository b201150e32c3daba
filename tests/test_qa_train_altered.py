"""Questions with a name altered, beside the windows that answer them as they were."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.train.altered import Altering, shared_names
from qa.train.pairs import Example
from qa.train.windows import Reading

TEXT = "In May 2012 the mayor of Tresk, Ann Lee, met Bo Dahl. Rain fell. She paid 40 crowns."
ELSEWHERE = (
    Example("1", "Who is the mayor of Corran?", "Once the mayor of Corran was Ivo Stahl."),
    Example("2", "Who led in 1987?", "It was led in 1987 by Ivo Stahl."),
)


def reading(question, answer="Ann Lee", text=TEXT):
    start = text.index(answer)
    return Reading(question, "", text, (start, start + len(answer)))


def drawn(question, answer="Ann Lee"):
    """The questions that 40 draws make of ``question``."""
    altering = Altering(ELSEWHERE)
    some = [altering.altered(reading(question, answer), Random(seed)) for seed in range(40)]
    return {one.question for one in some if one}


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Who is the mayor of Tresk?", ["Tresk"]),
        ("who is ann lee of tresk", ["ann lee", "tresk"]),  # as people type it
        ("Did Ann Lee meet Ann?", ["Ann Lee"]),  # no part of a name
        ("When did rain fall?", []),  # begins a sentence, so it may be any word
        ("Who treskled in 201?", []),  # no part of a word
        ("Who may go in 2012?", ["2012"]),  # May is a name, may is not
    ],
)
def test_names_that_a_question_shares_with_a_text(question, names):
    assert [question[start:end] for start, end in shared_names(question, TEXT)] == names


def test_a_name_becomes_one_that_stood_after_the_same_word():
    assert drawn("Who is the mayor of Tresk?") >= {"Who is the mayor of Corran?"}


def test_a_name_becomes_another_of_the_window_but_not_the_answer():
    text = "At noon Ann Lee met Bo Dahl and saw Cy Poe."
    whole = reading("Whom did Ann Lee meet?", "Bo Dahl", text)
    some = [Altering([]).altered(whole, Random(seed)) for seed in range(40)]
    assert {one.question for one in some if one} == {"Whom did Cy Poe meet?"}


def test_a_figure_becomes_a_figure():
    assert drawn("Who met whom in 2012?") == {"Who met whom in 40?", "Who met whom in 1987?"}


def test_what_is_typed_in_small_letters_stays_so():
    assert drawn("who is the mayor of tresk") >= {"who is the mayor of corran"}


def test_nothing_is_altered_without_a_name_to_take_or_to_put_in():
    assert not drawn("Who was paid?")
    assert not Altering([]).altered(
        reading("Who is in Tresk?", "Ann", "Ann is in Tresk."), Random(0)
    )


def test_the_window_stays_and_has_no_answer():
    whole = reading("Who is the mayor of Tresk?")
    altered = Altering(ELSEWHERE).altered(whole, Random(0))
    assert altered.answer is None
    assert (altered.title, altered.text) == (whole.title, whole.text)


@given(st.text(max_size=200), st.text(max_size=80), st.integers(0, 9))
def test_any_text_is_taken(text, question, seed):
    taken = list(shared_names(question, text))
    assert all(0 <= start < end <= len(question) for start, end in taken)
    assert all(one[1] <= other[0] for one, other in pairwise(taken))
    altered = Altering(ELSEWHERE).altered(Reading(question, "", text, (0, len(text))), Random(seed))
    assert altered is None or altered.question != question
