import doctest

import pytest

import qa.conversation
from index.errors import UsageError
from qa.conversation import Turn, standalone, turns

LED = Turn("Who led the Hamas delegation to Damascus?", "Khalil al-Hayya")
FELL = Turn("When did the Ferrant Bridge collapse?", "5:40 a.m.")


def test_the_examples_in_the_documentation_hold():
    assert doctest.testmod(qa.conversation).failed == 0


def test_without_history_a_question_stands_as_it_is():
    assert standalone("Which bureau does he head?", []) == ["Which bureau does he head?"]


@pytest.mark.parametrize(
    ("question", "turn", "understood"),
    [
        ("Which bureau does he head?", LED, "Which bureau does Khalil al-Hayya head?"),
        ("What is his office called?", LED, "What is Khalil al-Hayya's office called?"),
        ("Why?", FELL, "Why did the Ferrant Bridge collapse?"),
        ("and where?", FELL, "Where did the Ferrant Bridge collapse?"),
    ],
)
def test_a_question_that_leans_on_the_last_turn_is_completed(question, turn, understood):
    assert standalone(question, [turn])[0] == understood


def test_a_pronoun_is_not_replaced_by_an_answer_that_is_no_name():
    turn = Turn("How many people saw it?", "about 300")
    ways = standalone("Who built it?", [turn])
    assert "Who built about 300?" not in ways
    assert ways[0] == "about 300: Who built it?"


@pytest.mark.parametrize(
    "question", ["Who is the mayor of Marrowick?", "Why?", "What about Iran?", "Who else?", "he?"]
)
def test_there_is_always_a_way_and_none_twice(question):
    ways = standalone(question, [LED])
    assert 1 <= len(set(ways)) == len(ways) <= 4


def test_a_question_that_cannot_stand_alone_is_not_tried_alone():
    for question in ("How old is he?", "And the minister of transport?", "Who else?"):
        assert question not in standalone(question, [LED])


def test_what_leans_takes_the_names_of_the_last_turn_in_front():
    assert standalone("What about parking?", [FELL]) == [
        "Ferrant Bridge 5:40 a.m.: What about parking?"
    ]


def test_what_leans_on_a_turn_that_leant_itself_goes_back_to_what_that_was_about():
    height = Turn("And how long was it?", "412 metres")
    assert standalone("How wide was it?", [LED, FELL, height]) == [
        "Ferrant Bridge 5:40 a.m. 412 metres: How wide was it?"
    ]


def test_why_something_was_done_names_what_was_done():
    done = Turn("What did the council do about the Ferrant Bridge?", "closed it")
    assert standalone("Why?", [done])[0] == (
        "Why did the council closed it about the Ferrant Bridge?"
    )
    assert standalone("Why?", [Turn("What did the council do?")])[0] == "Why did the council do?"


@pytest.mark.parametrize(
    "question", ["Who owns the harbour at Port Sallow?", "What is the capital of Peru?"]
)
def test_a_question_that_names_its_subject_is_left_alone(question):
    assert standalone(question, [LED]) == [question]


def test_a_short_question_that_names_nothing_is_tried_alone_first_and_then_with_the_last_turn():
    alone, joined = standalone("How many people died?", [FELL])
    assert alone == "How many people died?"
    assert joined == "Ferrant Bridge 5:40 a.m.: How many people died?"


def test_history_is_read_from_its_json_form():
    given = [{"question": "Who?", "answer": "Ann"}, {"question": "When?", "answer": None}]
    assert turns(given) == (Turn("Who?", "Ann"), Turn("When?", ""))
    for wrong in (3, [3], [{"answer": "x"}], {"question": "x"}, ["x"]):
        with pytest.raises(UsageError, match="not of the form"):
            turns(wrong)


def test_an_earlier_turn_without_an_answer_still_helps():
    ways = standalone("Why?", [Turn("When did the Ferrant Bridge collapse?")])
    assert ways[0] == "Why did the Ferrant Bridge collapse?"


def test_hostile_and_empty_turns_are_survived():
    turns = [Turn("", ""), Turn("\\1 (?P<x>", "\\g<0> [A"), Turn("x" * 9_999, "Y" * 9_999)]
    for turn in turns:
        for question in ("", "he?", "Why?", "\\1"):
            assert all(len(way) < 1_000 for way in standalone(question, [turn]))


def test_a_new_subject_is_tried_as_it_is():
    for question in (
        "Is there a new stadium plan?",
        "Who said that the Ferrant Bridge would reopen?",
        "Who signed this week's merger of Keswood and Harrand?",
    ):
        assert standalone(question, [LED])[0] == question
