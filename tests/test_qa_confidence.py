import pytest

from index.records import Article, Hit, Passage
from qa.agreement import Candidate, Group
from qa.confidence import THRESHOLD, probability
from qa.spans import Span

QUESTION = "Who is the harbour master of Tresk?"
TEXT = "Ada Quell, the harbour master of Tresk, spoke on Tuesday to the port council."


def group(margin=5.0, support=0.6, rank=1, articles=1, text=TEXT, title=""):
    """An answer as it comes from ``articles`` articles that read ``text``."""
    hits = [
        Hit(Passage(n, str(n), 0, len(text), text), Article(str(n), title, text), 0.1, 0.6, rank)
        for n in range(articles)
    ]
    return Group(tuple(Candidate(hit, Span(0, 9, margin, 0.0)) for hit in hits), support, margin)


def sure(nearness=0.6, **known):
    return probability(group(**known), QUESTION, QUESTION, lambda _: nearness)


@pytest.mark.parametrize("margin", [-1e4, -5.0, 0.0, 5.0, 1e4])
def test_it_is_a_probability_however_wild_the_scores(margin):
    assert 0.0 <= sure(margin=margin) <= 1.0


def test_each_thing_that_speaks_for_an_answer_makes_surer():
    least = sure(margin=1.0, support=0.3, rank=5)
    assert sure(margin=6.0, support=0.3, rank=5) > least
    assert sure(margin=1.0, support=0.8, rank=5) > least
    assert sure(margin=1.0, support=0.3, rank=1) > least
    assert sure(margin=1.0, support=0.3, rank=5, articles=3) > least
    assert sure(margin=1.0, support=0.3, rank=5, nearness=0.9) > least


def test_a_passage_about_something_else_makes_less_sure():
    assert sure(text="Joris Verhulst, the coach, spoke on Tuesday to the council.") < sure()


def test_the_title_counts_as_part_of_what_a_passage_is_about():
    text = "Ada Quell, who has the post, spoke on Tuesday."
    assert sure(text=text, title="The harbour master of Tresk") > sure(text=text)


def test_a_clear_answer_is_given_and_a_stray_one_is_not():
    assert sure(margin=8.0, support=0.8, articles=2) > THRESHOLD
    assert sure(margin=-4.0, support=0.2, rank=10, nearness=0.1) < THRESHOLD


def test_words_carried_over_from_an_earlier_turn_do_not_speak_for_an_answer():
    asked = "Who is the harbour master of Tresk? Ada Quell What is the capital of Peru?"
    about_peru = probability(group(), "What is the capital of Peru?", asked, lambda _: 0.6)
    assert about_peru < sure()
