import doctest

import index.telling
from index.telling import MOST, coverage, telling_words, tells


def test_the_examples_in_the_documentation_hold():
    assert doctest.testmod(index.telling).failed == 0


def test_a_question_of_shared_words_alone_keeps_them():
    assert telling_words("Who is it?") == ["who", "is", "it"]


def test_words_are_few_distinct_and_free_of_syntax():
    words = telling_words('"Iran" AND (iran OR *) ' + " ".join(f"w{n}" for n in range(500)))
    assert len(words) == MOST
    assert words[0] == "iran"
    assert words.count("iran") == 1
    assert all(word.isalnum() for word in words)


def test_nothing_asked_is_covered_by_anything():
    assert coverage("?!", "") == 1.0
    assert coverage("And when?", "He left.") == 1.0
    assert telling_words("😀") == []


def test_shared_words_tell_nothing():
    assert tells("The Hague")
    assert not tells("The")
    assert not tells("?!")


def test_other_forms_of_a_word_count():
    assert coverage("brokers", "it was brokered") == 1.0
    assert coverage("Bayern", "Tarnbeck won") == 0.0
