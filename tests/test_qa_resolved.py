import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Article, Passage
from qa.answers import Citation
from qa.resolved import moment, reading, resolved, tells_time

TUESDAY = "2022-10-18"  # the day of publication, where a test names no other


@pytest.mark.parametrize(
    ("before", "phrase", "after", "means"),
    [
        # a weekday: the last one, the day of publication itself included
        ("The bridge fell on ", "Wednesday", ".", "2022-10-12"),
        ("The trip was made public on ", "Tuesday", " by a spokesperson.", "2022-10-18"),
        ("", "On Monday", " the council voted.", "2022-10-17"),
        ("He told reporters late ", "Sunday", " that he would go.", "2022-10-16"),
        ("", "At 7:14 p.m. Eastern time on Monday", " it struck the rock.", "2022-10-17"),
        ("The roof fell in before ", "dawn on Thursday", ".", "2022-10-13"),
        ("according to a plan to be voted on that was unveiled ", "Friday", ".", "2022-10-14"),
        # or the next, where the sentence looks ahead
        ("A delegation will travel to Damascus on ", "Wednesday", ", he said.", "2022-10-19"),
        ("Talks are to open on ", "Monday", ".", "2022-10-24"),
        ("The winner will be named on ", "Friday", ".", "2022-10-21"),
        ("A decision is expected ", "Tuesday", ".", "2022-10-18"),
        ("The mayor said the council would meet on ", "Thursday", ".", "2022-10-20"),
        ("The new ferry starts on ", "Saturday", ".", "2022-10-22"),
        ("", "On Sunday", " a service will be held.", "2022-10-23"),
        ("It is expected ", "this Wednesday", ".", "2022-10-19"),
        ("A bus is to leave at noon ", "next Saturday", ".", "2022-10-22"),
        ("The ship sailed ", "last Thursday", ".", "2022-10-13"),
        ("The ship sailed ", "last Tuesday", ".", "2022-10-11"),
        # a date without its year
        ("They meet on ", "October 19", ".", "2022-10-19"),
        ("He was dismissed on ", "Sept. 30", ".", "2022-09-30"),
        ("The trial opens on ", "13 January", ".", "2023-01-13"),
        ("It will travel on ", "Wednesday, October 19", ".", "2022-10-19"),
        ("The fire began on the night of ", "May 20", ".", "2022-05-20"),
        ("Tickets went on sale on ", "October 18th", ".", "2022-10-18"),
        # a month
        ("The first sign came in ", "September", ".", "2022-09"),
        ("Work starts ", "in November", ".", "2022-11"),
        ("The sensor had been disconnected ", "in May", ".", "2022-05"),
        ("They hope to open in ", "mid-December", ".", "2022-12"),
        ("The rocket was launched ", "last November", ".", "2021-11"),
        ("", "This March", " the club was sold.", "2022-03"),
        ("It may start ", "next March", ".", "2023-03"),
        # words that count from the day of publication
        ("It was found ", "yesterday", ".", "2022-10-17"),
        ("", "Tomorrow", " it opens.", "2022-10-19"),
        ("It happened ", "the day before yesterday", ".", "2022-10-16"),
        ("It happened ", "three days ago", ".", "2022-10-15"),
        ("It happened ", "two weeks ago", ".", "2022-10"),
        ("It happened ", "two months ago", ".", "2022-08"),
        ("It closed ", "last month", ".", "2022-09"),
        ("It happened ", "a year ago", ".", "2021"),
        ("It is due ", "by the end of next year", ".", "2023"),
    ],
)
def test_what_a_phrase_means(before, phrase, after, means):
    assert resolved(phrase, TUESDAY, before, after) == means


@pytest.mark.parametrize(
    ("before", "phrase", "after", "why"),
    [
        ("It fell on ", "October 12, 2022", ".", "it names its year"),
        ("It opened in ", "2011", ".", "it names its year"),
        ("It was held ", "last week", ".", "several days"),
        ("It lasted from ", "Monday to Friday", ".", "several days"),
        ("The van came on ", "Tuesdays", ".", "many days"),
        ("The van comes ", "every Tuesday", ".", "many days"),
        ("It burst in ", "May 3 to 5", ".", "several days"),
        ("It was signed on ", "the following Friday", ".", "counted from another day"),
        ("It was suspended in ", "November of that year", ".", "counted from another day"),
        ("The shops opened on ", "Black Friday", ".", "a name"),
        ("First round: ", "Friday", "", "no verb tells its tense"),
        ("They asked for a reply by noon on ", "Friday", ".", "asked then, due later"),
        ("It will travel on ", "Monday, October 19", ".", "no Monday"),
        ("It was set up in ", "March 2021", ".", "it names its year"),
        ("It was founded ", "last March", ".", "of this year or of the last"),
        ("The fund dates from ", "April", ", it seems.", "as near as far"),
        ("It was sold on ", "Dec. 20", ".", "ten months ago, or in two"),
        ("It happened ", "weeks ago", ".", "how many"),
        ("He met ", "June Carter", ".", "a name"),
        ("It fell on ", "Feb. 30", ".", "no day"),
        ("It rose by ", "12 percent", ".", "no time at all"),
    ],
)
def test_what_cannot_be_told_is_left_alone(before, phrase, after, why):
    assert resolved(phrase, TUESDAY, before, after) == "", why


@pytest.mark.parametrize("published", ["", "unknown", "9999-12-31"])
def test_without_a_day_of_publication_nothing_is_told(published):
    assert resolved("tomorrow", published) == ""
    assert resolved("Wednesday", published, "It will open on ") == ""


def test_weeks_that_may_have_been_in_either_of_two_months_tell_none():
    assert resolved("two weeks ago", "2022-10-18") == "2022-10"
    assert resolved("two weeks ago", "2022-10-16") == ""
    assert resolved("a fortnight ago", "2022-10-09") == "2022-09"


def test_the_day_is_the_papers_own_whatever_the_hour():
    assert resolved("yesterday", "2022-10-18T23:30:00-04:00") == "2022-10-17"


def cited(text, words, published=TUESDAY):
    start = text.index(words)
    article = Article("a", "", text, published=published)
    return Citation(words, start, start + len(words), article, Passage(1, "a", 0, len(text), text))


def test_a_citation_is_read_within_its_own_sentence():
    text = "Voters will decide soon. The bridge fell on Monday. It will be mended."
    assert reading(cited(text, "Monday")) == "2022-10-17"
    assert reading(cited(text, "on Monday", published="")) == ""
    assert reading(cited(text, "The bridge")) == ""


def test_a_moment_is_told_in_full_or_not():
    text = "It fell on 9 March 2023, not in May 2021, not in 2019, and was closed on Monday."
    assert moment(cited(text, "9 March 2023")) == "2023-03-09"
    assert moment(cited("It fell on March 9, 2023.", "on March 9, 2023")) == "2023-03-09"
    assert moment(cited(text, "in May 2021")) == "2021-05"
    assert moment(cited(text, "2019")) == "2019"
    assert moment(cited(text, "on Monday")) == "2022-10-17"
    assert moment(cited(text, "closed")) == ""


def test_what_tells_a_time_is_known_from_what_does_not():
    assert all(map(tells_time, ("on Monday", "May 6", "in 2011", "two weeks ago", "March 2023")))
    assert not any(map(tells_time, ("2,300", "14 people", "Ada Quell", "12 percent", "")))


WORDS = st.sampled_from(
    "Monday Friday May Sept. 31 5 2022 yesterday two weeks ago last next this will was of".split()
)


@given(
    st.lists(WORDS, max_size=6).map(" ".join),
    st.dates().map(str) | st.text(max_size=10),
    st.text(max_size=20) | st.lists(WORDS, max_size=5).map(" ".join),
)
def test_any_words_give_a_date_or_nothing(phrase, published, around):
    found = resolved(phrase, published, around, around)
    assert len(found) in (0, 4, 7, 10)
