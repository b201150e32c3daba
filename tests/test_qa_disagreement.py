import pytest

from index.records import Article, Hit, Passage
from qa.agreement import Candidate, distinct
from qa.disagreement import rivals
from qa.spans import Span

QUESTION = "How many people died in the Ormsby flood?"
# What two reports of one event share: names, and few other words.
FIRST = "Rescuers under Capt. Aldo Renn searched Selby and the banks of the Tarn with boats."
LATER = "In the town of Selby on the Tarn, said Aldo Renn, his crews had now been in every house."


def candidate(id, sentence, answer, about=LATER, title="The flood in Ormsby", margin=9.0, **known):
    """A candidate for the words ``answer`` in an article that goes on to tell ``about``."""
    text = f"{sentence} {about}"
    article = Article(id, title, text, published=known.get("published", ""))
    at = text.index(answer)
    hit = Hit(Passage(1, id, 0, len(text), text), article, 0.1, 0.6, 1)
    return Candidate(hit, Span(at, at + len(answer), margin, 0.0))


def against(*candidates, question=QUESTION, sure=lambda group: 0.9):
    """The words of those that rival the answer of the first candidate."""
    groups = distinct(candidates)
    best = next(
        at
        for at, group in enumerate(groups)
        if candidates[0].hit in (c.hit for c in group.candidates)
    )
    found = rivals(groups, best, candidates, question, sure)
    return [groups[at].candidates[0].citation.text for at in found]


FOURTEEN = candidate("a", "At least 14 people died in the Ormsby flood.", "14 people", FIRST)


def seventeen(**known):
    return candidate("b", "In the Ormsby flood 17 people died.", "17 people", **known)


def test_another_number_of_the_same_in_an_article_of_its_own_is_a_rival():
    assert against(FOURTEEN, seventeen()) == ["17 people"]
    assert against(seventeen(), FOURTEEN) == ["14 people"]


def test_a_corrected_number_is_a_rival_though_it_names_the_one_it_corrects():
    corrected = candidate("b", "The dead of the Ormsby flood are two and not 14.", "two and not 14")
    three = candidate("a", "Three people died in the Ormsby flood.", "Three people", FIRST)
    assert against(three, corrected) == ["two and not 14"]


@pytest.mark.parametrize(
    ("sentence", "answer", "why"),
    [
        ("In the Ormsby flood 14 died.", "14", "the same number"),
        ("In the Ormsby flood 17 horses died, and no people.", "17 horses", "other things"),
        ("In the Ormsby flood, 200 people left.", "200 people", "a number of another size"),
        ("People died in the Ormsby flood on Monday.", "Monday", "no number"),
        ("Nobody knows yet; 17 people is a guess.", "17 people", "not about the flood"),
    ],
)
def test_what_may_be_right_as_well_is_no_rival(sentence, answer, why):
    title = "A night on the river"
    assert against(FOURTEEN, candidate("b", sentence, answer, title=title)) == [], why


def test_one_article_does_not_disagree_with_itself():
    text = "At least 14 people died in the Ormsby flood, or 17 people by another count."
    both = [candidate("a", text, answer, FIRST) for answer in ("14 people", "17 people")]
    assert against(*both) == []


def test_a_copy_is_no_witness_against_what_it_copies():
    edited = FOURTEEN.hit.article.text.replace("14", "17") + f" {LATER}"
    assert against(FOURTEEN, candidate("b", edited, "17 people", FIRST)) == []


def test_reports_of_other_events_are_no_rivals():
    elsewhere = "The mayor of Quell, Odd Bremer, spoke in Harrand of the Dessel and of Marrowick."
    assert against(FOURTEEN, seventeen(about=elsewhere)) == []


def test_an_answer_that_its_article_says_by_the_way_is_no_rival():
    text = "In the Ormsby flood 30 people died, 17 people in the Ormsby school alone."
    foremost = candidate("b", text, "30 people", margin=12.0)
    by_the_way = candidate("b", text, "17 people")
    assert against(FOURTEEN, foremost, by_the_way) == []


def test_an_unsure_answer_is_no_rival():
    unsure = seventeen(margin=1.0)

    def sure(group):
        return 0.9 if group.candidates[0].hit.article.id == "a" else 0.3

    assert against(FOURTEEN, unsure, sure=sure) == []
    assert against(unsure, FOURTEEN, sure=sure) == []


def test_times_are_rivals_where_they_are_as_exact_and_near():
    asked = "When did the Ormsby dam burst?"
    tuesday = candidate(
        "a", "The Ormsby dam burst on Tuesday.", "Tuesday", FIRST, published="2023-03-09"
    )

    def also(words, published="2023-03-11"):
        return candidate(
            "b", f"The Ormsby dam had burst {words}.", words, published=published, title="The dam"
        )

    assert against(tuesday, also("Wednesday"), question=asked) == ["Wednesday"]
    assert against(tuesday, also("March 7"), question=asked) == []  # the same day
    assert against(tuesday, also("in March"), question=asked) == []  # not as exact
    assert against(tuesday, also("Wednesday", published=""), question=asked) == []  # which one
    assert against(tuesday, also("on May 2, 1999"), question=asked) == []  # another event


def test_names_are_rivals_only_where_the_question_asks_who_someone_is():
    lund = candidate("a", "Greta Lund is the mayor of Ormsby.", "Greta Lund", FIRST)
    bremer = candidate("b", "Odd Bremer is now the mayor of Ormsby.", "Odd Bremer")
    shorter = candidate("b", "Mayor Lund of Ormsby spoke.", "Mayor Lund")
    asked = "Who is the mayor of Ormsby?"
    assert against(lund, bremer, question=asked) == ["Odd Bremer"]
    assert against(lund, shorter, question=asked) == []
    assert against(lund, bremer, question="Who did the mayor of Ormsby thank?") == []


def test_names_that_one_article_tells_of_are_no_rivals():
    lund = candidate("a", "Greta Lund is the mayor of Ormsby.", "Greta Lund", FIRST)
    told = "The mayor of Ormsby, Greta Lund, told the Selby Post."
    assert against(lund, candidate("b", told, "Selby Post"), question="Who is the mayor?") == []
    told = told.replace("Greta Lund", "a woman")
    post = candidate("b", told, "Selby Post")
    assert against(lund, post, question="Who is the mayor?") == ["Selby Post"]


def test_two_rivals_that_say_one_number_are_told_once():
    third = candidate(
        "c",
        "Some 17 persons died in the Ormsby flood, people say.",
        "17 persons",
        "Off Selby the Tarn is high, and Aldo Renn called for care.",
    )
    assert len(against(FOURTEEN, seventeen(), third)) == 1


def test_a_lone_answer_has_no_rival():
    assert against(FOURTEEN) == []
