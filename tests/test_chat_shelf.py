"""The list of articles, what adding came to, and the first greeting."""

from __future__ import annotations

from dataclasses import replace

from index.adding import Summary
from index.records import Article, Problem
from qa.chat import shelf
from tests.pieces import HOSTILE, STORY, Page, assert_harmless


def test_a_list_says_how_much_it_shows() -> None:
    for found, there, said in [
        (1, 1, "1 article"),
        (2, 2, "2 articles"),
        (1, 2, "1 of 2 articles"),
        (105, 3_000, "105 of 3,000 articles, the first 2 shown"),
    ]:
        page = Page(shelf.listing([STORY] * min(found, 2), found, there))
        assert page.text.startswith(said)
        assert len(page.doing("delete")) == min(found, 2)
    assert "No article matches “zebra”." in shelf.listing([], 0, 1, "zebra")
    assert "No article matches." in shelf.listing([], 0, 1, "", "<p>Only</p>")
    assert "No articles yet" in shelf.listing([], 0, 0)


def test_an_article_of_the_list_can_be_read_and_removed() -> None:
    page = Page(shelf.listing([STORY], 1, 1))
    (remove,) = page.doing("delete")
    assert remove["data-article"] == "otter"
    assert remove["aria-label"] == "Remove Otter found in fountain"
    assert page.doing("select")[0]["data-article"] == "otter"


def test_a_limited_list_says_so_even_when_empty() -> None:
    for found, there in [(1, 1), (0, 1), (0, 0)]:
        assert "LIMITED" in shelf.listing([STORY] * found, found, there, "", "<p>LIMITED</p>")


def test_adding_names_each_broken_file_with_its_reason() -> None:
    summary = Summary(added=2, unchanged=1, problems=[Problem("a.pdf", "is damaged")])
    page = Page(shelf.added(summary))
    assert "2 added; 1 there already; 1 could not be read." in page.text
    assert "a.pdf: is damaged" in page.text
    assert "Nothing to add." in Page(shelf.added(Summary())).text


def test_the_greeting_offers_questions_or_says_that_there_is_nothing_to_ask() -> None:
    offered = Page(shelf.greeting(31, ["Why?"], can_add=True))
    assert [button["data-value"] for button in offered.doing("submit")] == ["Why?"]
    assert "31 articles" in offered.text
    assert "Add some under “Articles”" in shelf.greeting(0, [], can_add=True)


def test_hostile_articles_stay_text() -> None:
    article = Article("a" + HOSTILE, HOSTILE, HOSTILE, "javascript:alert(1)", HOSTILE, HOSTILE)
    for html in (
        shelf.listing([article], 1, 1),
        shelf.listing([], 0, 1, HOSTILE),
        shelf.removed(replace(article, id="b")),
        shelf.added(Summary(problems=[Problem(HOSTILE, HOSTILE)])),
        shelf.greeting(1, [HOSTILE], can_add=True),
    ):
        assert_harmless(html)
