"""An article in the reader pane: found again, marked, and cut where it is too long."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from qa.chat import pane
from tests.pieces import HOSTILE, STORY, TEXT, Page, assert_harmless

WORDS = "Ysolde Farrant"
START = TEXT.index(WORDS)
END = START + len(WORDS)


def marked(html: str) -> list[str]:
    return re.findall("<mark>(.*?)</mark>", html)


def test_the_whole_article_is_there_with_its_quote_marked() -> None:
    html = pane.reading(STORY, START, END, WORDS)
    page = Page(html)
    assert marked(html) == [WORDS]
    for known in (STORY.title, STORY.source, "9 March 2023", "The otter left at nine."):
        assert known in page.text
    assert page.links()[0].startswith("https://quellham.example/otter#:~:text=")
    assert "Close" in page.text
    assert "changed" not in page.text


def test_a_quote_that_moved_is_found_again_and_one_that_is_gone_is_missed() -> None:
    moved = replace(STORY, text=f"Corrected on Tuesday.\n\n{TEXT}")
    assert marked(pane.reading(moved, START, END, WORDS)) == [WORDS]
    gone = pane.reading(replace(STORY, text="All of it was untrue."), START, END, WORDS)
    assert marked(gone) == []
    assert "no longer stands in it word for word" in gone
    assert "has been removed" in pane.reading(None, START, END, WORDS)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [(0, 0, ""), (5, 2, WORDS), (0, 10**9, "Ferrant"), (10**9 - 1, 10**9, "no such words")],
)
def test_whatever_a_browser_sends_the_article_is_shown(start: int, end: int, words: str) -> None:
    assert "The otter left at nine." in Page(pane.reading(STORY, start, end, words)).text


@pytest.mark.parametrize("at", [0, 500_000, 1_000_000])
def test_of_a_long_article_the_part_round_the_quote_is_shown(at: int) -> None:
    filler = "One more line of a very long report.\n"
    text = (filler * 30_000)[:at] + f"\n{WORDS} said so.\n" + (filler * 30_000)[at:1_000_000]
    start = text.index(WORDS)
    html = pane.reading(replace(STORY, text=text), start, start + len(WORDS), WORDS)
    assert marked(html) == [WORDS]
    assert len(html) < 2 * pane.MOST_SHOWN
    assert "This article is long" in html
    unbroken = replace(STORY, text="x" * 200_000)
    assert len(marked(pane.reading(unbroken, 0, 150_000, "x" * 200))[0]) == pane.MOST_SHOWN


def test_a_hostile_article_stays_text() -> None:
    hostile = replace(STORY, title=HOSTILE, text=HOSTILE, source=HOSTILE, url="javascript:alert(1)")
    assert_harmless(pane.reading(hostile, 0, 20, HOSTILE[:20]))
