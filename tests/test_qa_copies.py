from dataclasses import replace

import pytest

from index.articles import read_articles
from index.default import SAMPLE
from index.records import Article, Passage
from qa.answers import Citation
from qa.copies import COPIED, originals, part_shared, same_paragraph


@pytest.fixture(scope="module")
def sample():
    return {article.id: article for article in read_articles([SAMPLE])}


@pytest.fixture(scope="module")
def wire(sample):
    return sample["keswood-harrand-merger-announced"].text


def cited(article, words):
    start = article.text.index(words)
    passage = Passage(1, article.id, 0, len(article.text), article.text)
    return Citation(words, start, start + len(words), article, passage)


def test_a_text_is_wholly_in_itself_and_not_at_all_in_another(wire, sample):
    assert part_shared(wire, wire) == 1.0
    assert part_shared(wire, sample["dart-impact-night"].text) < 0.05


def test_a_wire_report_with_a_new_first_line_and_a_paragraph_cut_is_a_copy(wire):
    first, *rest = wire.split("\n\n")
    edited = ["HARRAND - Two rivals on the Sarn are to become one bank.", *rest[:3], *rest[4:]]
    assert part_shared(wire, "\n\n".join(edited)) >= COPIED
    assert part_shared(wire.upper(), "\n\n".join([first, *edited])) >= COPIED


def test_a_report_cut_to_its_first_third_is_a_copy(wire):
    assert part_shared(wire[: len(wire) // 3], wire) >= COPIED


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("damascus-visit-announced", "factions-join-damascus-talks"),
        ("damascus-visit-announced", "hamas-syria-rift-explained"),
        ("ferrant-bridge-collapse", "ferrant-toll-revised"),
        ("keswood-harrand-merger-announced", "commission-clears-bank-merger"),
    ],
)
def test_two_reports_of_one_event_are_no_copies(sample, one, two):
    assert part_shared(sample[one].text, sample[two].text) < COPIED / 2


def test_articles_are_told_by_the_first_with_their_text(sample):
    syndicated, other = sample["hamas-damascus-first-visit"], sample["dart-impact-night"]
    first = sample["damascus-visit-announced"]
    assert originals([first, other, syndicated]) == {
        first.id: first.id,
        other.id: other.id,
        syndicated.id: first.id,
    }
    assert originals([]) == {}


def test_a_paragraph_is_told_again_though_the_rest_is_new(sample, wire):
    local, agency = sample["first-harrand-sold-local"], sample["keswood-harrand-merger-announced"]
    assert originals([agency, local])[local.id] == local.id
    assert same_paragraph(cited(agency, "$1.9 billion"), cited(local, "$1.9 billion"))
    assert not same_paragraph(cited(agency, "$1.9 billion"), cited(local, "1,150"))


def test_texts_of_few_or_no_words_are_copies_only_where_they_are_the_same():
    assert part_shared("Fire in Oslo", "Fire in Oslo") == 1.0
    assert part_shared("Fire in Oslo", "Flood in Oslo") == 0.0
    assert part_shared("", "Fire in Oslo") == 0.0
    assert part_shared("", "?!") == 1.0


def test_what_comes_after_the_first_pages_is_not_compared(wire):
    pages = "\n\n".join(f"In line {n} stands the word n{n}." for n in range(2000))
    assert len(pages) > 40_000
    assert part_shared(pages, pages + wire) == 1.0


def test_text_in_other_scripts_is_compared_too():
    text = " ".join(f"слово{n} было сказано в доме{n}" for n in range(40))
    assert part_shared(text, text.replace("слово7 ", "речь ")) >= COPIED
    assert part_shared(text, " ".join(f"其他{n} 消息" for n in range(40))) == 0.0


def test_the_same_article_again_is_a_copy_under_another_name(wire):
    article = Article("a", "A", wire)
    assert originals([article, replace(article, id="b")])["b"] == "a"
