"""Text as HTML: escaped, marked, and linked to where it stands."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest

from index.records import Filters
from qa.markup import byline, escaped, limits, opener, paragraphs, readable_date, web_address
from tests.pieces import HOSTILE, STORY, TEXT, Page, assert_harmless


@pytest.mark.parametrize("char", "\x00\x1b\x7f\x85\u061c\u200e\u202e\u2029\u2066\u2069")
def test_characters_that_change_how_others_look_are_dropped(char: str) -> None:
    assert escaped(f"gnp{char}.exe") == "gnp.exe"


def test_writing_and_line_breaks_are_kept() -> None:
    for text in ("Ünïcode العربية 中文 👩‍👧", "two\nlines\tand a tab", "می‌خواهم"):
        assert escaped(text) == text


def test_marks_stand_on_the_exact_words() -> None:
    start = TEXT.index("Ysolde")
    html = paragraphs(TEXT, start, start + len("Ysolde Farrant"))
    assert re.findall("<mark>(.*?)</mark>", html) == ["Ysolde Farrant"]
    assert "baker, <mark>" in html
    assert "</mark>, found" in html
    assert html.count("<p class=around>") == 1


def test_a_mark_over_two_paragraphs_is_marked_in_both() -> None:
    html = paragraphs("One two.\n\nThree four.", 4, 15)
    assert html == "<p>One <mark>two.</mark></p><p><mark>Three</mark> four.</p>"


def test_a_link_opens_the_article_at_the_quote() -> None:
    start = TEXT.index("Ysolde Farrant")
    address = web_address(STORY, start, start + len("Ysolde Farrant"))
    assert address == (
        "https://quellham.example/otter#:~:text="
        "The%20well%2Dknown%20baker%2C-,Ysolde%20Farrant,-%2C%20found%20it"
    )


def test_fragments_keep_to_one_paragraph_and_encode_what_is_syntax() -> None:
    text = "A, b-c & d\n\nstop-gap, maybe & more"
    article = replace(STORY, text=text)
    start = text.index("stop")
    fragment = web_address(article, start, start + len("stop-gap, maybe")).partition(":~:text=")[2]
    assert fragment == "stop%2Dgap%2C%20maybe,-%26%20more"
    whole = web_address(article, 0, len(text)).partition(":~:text=")[2]
    assert [unquote(term) for term in whole.split(",")] == ["A, b-c & d", "stop-gap, maybe & more"]


def test_a_long_quote_is_found_by_its_two_ends() -> None:
    text = " ".join(f"word{n}" for n in range(60))
    fragment = web_address(replace(STORY, text=text), 0, len(text)).partition(":~:text=")[2]
    assert fragment == ",".join(
        "%20".join(f"word{n}" for n in some) for some in (range(5), range(55, 60))
    )


def test_a_fragment_is_added_to_one_that_is_there() -> None:
    article = replace(STORY, url="https://a.example/x#top")
    assert web_address(article, 0, 7).startswith("https://a.example/x#top:~:text=Ferrant,")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//a.example/x",
        "https:///x",
        "http://[",
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert web_address(replace(STORY, url=url), 0, 3) == ""
    assert Page(byline(replace(STORY, url=url))).links() == []


def test_links_open_apart_and_tell_nothing() -> None:
    ((_, attrs),) = [e for e in Page(byline(STORY, 0, 3)).elements if e[0] == "a"]
    assert attrs["rel"] == "noopener noreferrer"
    assert attrs["target"] == "_blank"


def test_a_quote_in_a_url_cannot_leave_its_attribute() -> None:
    html = byline(replace(STORY, url='https://a.example/" onmouseover="alert(1)'))
    assert "onmouseover" not in [name for _, attrs in Page(html).elements for name in attrs]


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        ("2022-10-18", "18 October 2022"),
        ("2022-10-18T09:30:00+00:00", "18 October 2022"),
        ("2022-10", "October 2022"),
        ("2022", "2022"),
        ("2022-13", "2022-13"),
        ("last week", "last week"),
    ],
)
def test_dates_are_readable(published: str, shown: str) -> None:
    assert readable_date(published) == shown


def test_an_article_without_an_address_is_opened_in_the_page() -> None:
    page = Page(byline(replace(STORY, url=""), 10, 16))
    (title,) = page.doing("select")
    assert (title["data-article"], title["data-start"], title["data-end"]) == ("otter", "10", "16")
    assert title["data-words"] == TEXT[10:16]
    assert page.links() == []


def test_an_article_with_an_address_can_be_read_in_the_page_too() -> None:
    page = Page(byline(STORY, 10, 16))
    assert len(page.links()) == 1
    assert [button["aria-label"] for button in page.doing("select")] == [
        "Read “Otter found in fountain” here"
    ]


def test_of_a_long_quote_only_the_first_words_travel() -> None:
    long = replace(STORY, text="x" * 5_000)
    assert f'data-words="{"x" * 200}"' in opener(long, 0, 5_000)


def test_hostile_articles_stay_text_in_what_opens_them() -> None:
    hostile = replace(STORY, id=HOSTILE, title=HOSTILE, text=HOSTILE, source=HOSTILE, url="")
    assert_harmless(byline(hostile, 0, 30))
    assert Page(byline(hostile, 0, 30)).doing("select")[0]["data-article"] == HOSTILE


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (Filters(since="2022-10-01"), "Only articles since 1 October 2022"),
        (
            Filters("2022-10-01", "2022-11-01", ("Quay",)),
            "Only articles of Quay, since 1 October 2022, until 1 November 2022",
        ),
        (Filters(sources=tuple("abcde")), "Only articles of a, b, c and 2 more"),
        (Filters(sources=("<b>",)), "Only articles of &lt;b&gt;"),
    ],
)
def test_limits_are_said_plainly(filters: Filters, said: str) -> None:
    assert limits(filters) == said
