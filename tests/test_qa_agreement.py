from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Article, Hit, Passage
from qa.agreement import AGREES_WITHIN, Candidate, distinct
from qa.confidence import features
from qa.spans import Span


def candidate(text, answer, margin, id="a", passage_start=0, rank=1, similarity=0.5):
    """A candidate for the words ``answer`` in a passage of article ``id`` that reads ``text``."""
    article = Article(id, f"Title of {id}", " " * passage_start + text)
    passage = Passage(1, id, passage_start, passage_start + len(text), text)
    at = text.index(answer)
    return Candidate(
        Hit(passage, article, 0.1, similarity, rank), Span(at, at + len(answer), margin, 0.0)
    )


def words(groups):
    return [[member.citation.text for member in group.candidates] for group in groups]


def test_a_citation_points_at_its_words_in_the_article():
    cited = candidate("It fell at dawn.", "at dawn", 1.0, passage_start=7).citation
    assert cited.text == "at dawn" == cited.article.text[cited.start : cited.end]


def test_equal_words_of_several_articles_are_one_answer_with_their_sources():
    groups = distinct(
        [
            candidate("The cost: 46 million.", "46 million", 3.0, "a"),
            candidate("They need 52 million.", "52 million", 5.0, "b"),
            candidate("some say 46 Million now", "46 Million", 2.0, "c"),
        ]
    )
    assert words(groups) == [["52 million"], ["46 million", "46 Million"]]


def test_overlapping_spans_of_one_article_are_one_answer():
    text = "Hassan Nasrallah and Iran brokered it."
    groups = distinct(
        [
            candidate(text, "Hassan Nasrallah", 2.0),
            candidate(text, "Hassan Nasrallah and Iran", 4.0),
            candidate(text, "Iran", 1.0),
        ]
    )
    assert words(groups) == [["Hassan Nasrallah and Iran"]]
    assert groups[0].margin == 4.0


def test_the_same_words_seen_through_two_overlapping_passages_are_one_answer():
    first = candidate("One. Two came.", "Two", 2.0)
    second = candidate("Two came.", "Two", 1.5, passage_start=5)
    assert words(distinct([first, second])) == [["Two"]]


def test_many_articles_that_agree_outweigh_one_that_scores_a_little_better():
    lone = candidate("by Hezbollah of old", "Hezbollah", 5.0, "a")
    many = [
        candidate(f"{lead} Nasrallah and Iran did", f"{lead} Nasrallah and Iran", 4.5, id)
        for id, lead in (("b", "Hassan"), ("c", "Sheikh"), ("d", "Mr."))
    ]
    groups = distinct([lone, *many])
    assert "Nasrallah and Iran" in groups[0].candidates[0].citation.text
    assert len(groups[0].candidates) >= 1


@pytest.mark.parametrize("hedged", ["At least three", "more than three", "about three"])
def test_a_figure_that_is_hedged_is_the_same_answer(hedged):
    groups = distinct(
        [
            candidate(f"{hedged} were killed", hedged, 3.0, "a"),
            candidate("The dead are three.", "three", 2.0, "b"),
        ]
    )
    assert words(groups) == [[hedged, "three"]]


def test_what_hedges_a_figure_tells_other_answers_apart():
    groups = distinct(
        [
            candidate("It flies over Tresk.", "over Tresk", 3.0, "a"),
            candidate("It flies around.", "around", 2.0, "b"),
        ]
    )
    assert len(groups) == 2


def test_a_shorter_form_of_a_name_is_the_same_answer():
    groups = distinct(
        [
            candidate("Mayor Ines Calloway spoke", "Mayor Ines Calloway", 3.0, "a"),
            candidate("Ines Calloway agreed", "Ines Calloway", 2.0, "b"),
        ]
    )
    assert len(groups) == 1
    assert len(groups[0].candidates) == 2


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("46 million", "52 million"),
        ("Ann Lee", "Ann Moss"),
        ("3 May", "5 May"),
        ("5.5 percent", "9.5 percent"),
        ("$1.9 billion", "$1.84 billion"),
        ("%%", "&&"),
    ],
)
def test_answers_that_differ_in_a_word_stay_apart(one, two):
    groups = distinct(
        [candidate(f"x {one} x", one, 3.0, "a"), candidate(f"x {two} x", two, 2.9, "b")]
    )
    assert len(groups) == 2


def test_articles_and_punctuation_do_not_make_answers_differ():
    one, two = candidate("the U.S. x", "the U.S.", 2.0, "a"), candidate("a U S x", "U S", 1.0, "b")
    assert len(distinct([one, two])) == 1


def test_words_that_only_happen_to_stand_in_another_article_are_no_source():
    said = candidate("The envoy, Ada Quell, came.", "Ada Quell", 6.0, "a")
    unrelated = candidate("Ada Quell won a prize.", "Ada Quell", 6.0 - AGREES_WITHIN - 1, "b")
    (group,) = distinct([said, unrelated])
    assert [member.hit.article.id for member in group.candidates] == ["a"]


def test_a_better_found_passage_counts_for_more():
    near = candidate("It was Ann.", "Ann", 3.0, "a", rank=1)
    far = candidate("It was Bob.", "Bob", 3.0, "b", rank=9)
    assert words(distinct([far, near]))[0] == ["Ann"]
    close = candidate("It was Cy.", "Cy", 3.0, "c", similarity=0.9)
    assert words(distinct([near, close]))[0] == ["Cy"]


STORY = (
    "The dam above Ormsby burst on Tuesday night and water ran through the lower town, where the "
    "school stands. {} Rescuers searched the houses along the river with boats until the morning, "
    "and the trains to Selby did not run before the end of the week."
)
RETOLD = "Water came down on the lower town of Ormsby, said {}, when the dam there gave way."


def test_copies_of_a_text_are_marked_and_count_as_one_source():
    said = [
        candidate(STORY.format("Ada Quell raised the alarm."), "Ada Quell", 5.0, "a"),
        candidate(STORY.format("One Ada Quell raised the alarm."), "Ada Quell", 4.5, "b"),
        candidate(RETOLD.format("Ada Quell"), "Ada Quell", 4.0, "c"),
    ]
    (group,) = distinct(said)
    copied = {cited.article.id: cited.copy_of for cited in (c.citation for c in group.candidates)}
    assert copied == {"a": "", "b": "a", "c": ""}
    assert group.independent == 2
    without_the_copy = replace(group, candidates=(group.candidates[0], group.candidates[2]))
    seen = [features(one, "Who?", "Who?", len) for one in (group, without_the_copy)]
    assert seen[0] == seen[1]


def test_many_copies_of_one_text_have_one_vote():
    copies = [
        candidate(STORY.format(f"By {n} it was over, said Cy Moss."), "Cy Moss", 4.0, f"copy{n}")
        for n in range(4)
    ]
    others = [candidate(RETOLD.format("Ann Lee"), "Ann Lee", 4.3, "b")]
    assert words(distinct([*copies, *others]))[0] == ["Ann Lee"]


def test_nothing_gives_nothing():
    assert distinct([]) == []


TEXT = "one two three four five six"


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 3), st.floats(-50, 50), st.sampled_from("abc")),
        max_size=12,
    )
)
def test_every_group_has_an_article_once_and_support_falls(spans):
    parts = TEXT.split()
    groups = distinct(
        [
            candidate(TEXT, " ".join(parts[first : first + length]), margin, id)
            for first, length, margin, id in spans
        ]
    )
    assert bool(groups) == bool(spans)
    supports = [group.support for group in groups]
    assert supports == sorted(supports, reverse=True)
    assert all(0 <= support <= 1 + 1e-9 for support in supports)
    for group in groups:
        ids = [member.hit.article.id for member in group.candidates]
        assert len(ids) == len(set(ids)) >= 1
