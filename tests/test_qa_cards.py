"""The page's pieces of HTML, without a page: what they show, and that nothing in them is run."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from index.archive import Summary
from index.records import Article, Hit, Passage, Problem
from qa import cards, shelf
from qa.answers import Answer, Citation, Reply
from qa.markup import byline, escaped, paragraphs, readable_date, web_address

HOSTILE = '<img src=x onerror=alert(1)> "quoted" \'& **bold** [link](javascript:alert(1)) ${1+1}'
ALLOWED = set(
    "a article bdi blockquote button cite details div figcaption figure h1 h2 header li mark p "
    "section span strong summary time ul".split()
)
TEXT = (
    "Ferrant, Oslo - The well-known baker, Ysolde Farrant, found it at six, on Monday.\n\n"
    "“I gave it two herrings,” Farrant said. The otter left at nine."
)
STORY = Article(
    id="otter",
    title="Otter found in fountain",
    text=TEXT,
    url="https://quellham.example/otter",
    published="2023-03-09",
    source="Quellham Post",
)


class Page(HTMLParser):
    """The elements and the text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> list[str]:
        return [attrs["href"] for tag, attrs in self.elements if tag == "a"]


def citation(words: str, article: Article = STORY) -> Citation:
    start = article.text.index(words)
    passage = Passage(1, article.id, 0, len(article.text), article.text)
    return Citation(words, start, start + len(words), article, passage)


def answer(words: str, confidence: float = 0.78, *others: Citation) -> Answer:
    cited = citation(words)
    return Answer(words, cited.start, cited.end, confidence, STORY, cited.passage, (cited, *others))


def reply(*answers: Answer, question: str = "Who found it?", **known: object) -> Reply:
    return replace(Reply(question, question, answers=answers), **known)


def hit(article: Article, rank: int = 1) -> Hit:
    passage = Passage(rank, article.id, 0, len(article.text), article.text)
    return Hit(passage, article, score=1.0, similarity=0.5, rank=rank)


def test_an_answer_comes_first_then_how_sure_then_the_quote_and_its_source() -> None:
    html = cards.card(reply(answer("Ysolde Farrant")))
    order = ["Who found it?", "<strong>Ysolde Farrant</strong>", "Fairly sure · 78 %"]
    order += ["<mark>Ysolde Farrant</mark>", "Otter found", "Quellham Post", "9 March 2023"]
    places = [html.index(part) for part in order]
    assert places == sorted(places)
    assert "Understood as" not in html
    assert "<details>" not in html


def test_other_answers_and_other_sources_are_folded() -> None:
    other = replace(STORY, id="b", source="Lake Journal", title="An otter")
    first = answer("Ysolde Farrant", 0.9, citation("Farrant", other))
    html = cards.card(reply(first, answer("The otter", 0.5)))
    before, folded = html.split("<details>", 1)
    assert "Also said by 1 source<" in folded
    assert "Lake Journal" in folded
    assert "Lake Journal" not in before
    assert "1 other answer<" in folded
    assert html.count("<details>") == 2
    Page(html)


def test_two_articles_of_one_source_are_one_source() -> None:
    others = [citation("Farrant", replace(STORY, id=id, source="Lake Journal")) for id in "bc"]
    assert "Also said by 1 source<" in cards.card(reply(answer("Ysolde Farrant", 0.9, *others)))


def test_the_question_as_understood_is_shown_when_it_differs() -> None:
    html = cards.card(reply(answer("six"), question="When?", asked_as="When was it found?"))
    assert "Understood as: <bdi>When was it found?</bdi>" in html


def test_no_answer_shows_the_nearest_passages_and_folds_the_guess() -> None:
    hits = tuple(hit(replace(STORY, id=str(n), title=f"Title {n}"), n) for n in range(1, 6))
    html = cards.card(reply(hits=hits, guesses=(answer("Oslo", 0.12),)))
    before, folded = html.split("<details>", 1)
    assert "I found no answer in these articles" in before
    assert [f"Title {n}" in before for n in range(1, 6)] == [True, True, True, False, False]
    assert "<mark>" not in before
    assert "Best guess (unsure · 12 %)" in folded
    assert "<mark>Oslo</mark>" in folded


def test_of_one_article_only_the_nearest_passage_is_shown() -> None:
    hits = (hit(STORY, 1), hit(replace(STORY, id="b", title="B"), 2), hit(STORY, 3))
    html = cards.card(reply(hits=hits))
    assert html.count("<figure>") == 2
    assert html.index("Otter found in fountain") < html.index(">B<")


def test_an_empty_reply_is_said_plainly() -> None:
    html = cards.card(reply())
    assert "I found no answer in these articles" in html
    assert "nearest" not in html


def test_a_thread_shows_every_turn_and_the_pending_question() -> None:
    turns = [cards.exchange(reply(answer("six"), question=f"Question {n}?")) for n in (1, 2)]
    html = cards.thread(turns, "Question 3?")
    assert [html.index(f"Question {n}?") for n in (1, 2, 3)]
    assert turns[0].turn.answer == "six"
    assert cards.exchange(reply()).turn.answer == ""
    assert cards.thread([]) == ""


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        (1.0, "Very sure · 99 %"),
        (0.9, "Very sure · 90 %"),
        (0.899, "Very sure · 90 %"),
        (0.894, "Fairly sure · 89 %"),
        (0.78, "Fairly sure · 78 %"),
        (0.5, "Not very sure · 50 %"),
        (0.0, "Unsure · 0 %"),
    ],
)
def test_sureness_is_a_word_and_a_number_that_agree(confidence: float, said: str) -> None:
    assert cards.sureness(confidence) == said


def test_hostile_text_is_shown_as_text_everywhere() -> None:
    article = Article("a" + HOSTILE, HOSTILE, HOSTILE, "javascript:alert(1)", HOSTILE, HOSTILE)
    passage = Passage(1, article.id, 0, len(HOSTILE), HOSTILE)
    cited = Citation(HOSTILE[:12], 0, 12, article, passage)
    other = replace(cited, article=replace(article, id="b"))
    best = Answer(HOSTILE[:12], 0, 12, 0.5, article, passage, (cited, other))
    asked = Reply(HOSTILE, f"and {HOSTILE}", (best, best), hits=(hit(article),))
    problem = Problem(HOSTILE, HOSTILE)
    pieces = [
        cards.card(asked),
        cards.card(replace(asked, answers=(), guesses=(best,))),
        cards.thread([], HOSTILE),
        cards.notice(HOSTILE),
        cards.status(HOSTILE),
        shelf.listing([article], ""),
        shelf.listing([article], HOSTILE + "x"),
        shelf.removed(article),
        shelf.added(Summary(problems=[problem])),
        shelf.greeting(1, [HOSTILE]),
    ]
    for html in pieces:
        page = Page(html)
        assert {tag for tag, _ in page.elements} <= ALLOWED
        assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
        assert page.links() == []
        assert "<img src=x" in page.text


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
        ("last week", "last week"),
    ],
)
def test_dates_are_readable(published: str, shown: str) -> None:
    assert readable_date(published) == shown


def test_the_list_is_searched_by_title_source_and_date() -> None:
    other = replace(STORY, id="b", title="Bridge falls", source="Lake Journal", published="2020")
    for wanted, found in [("OTTER", "1 of 2"), ("lake 2020", "1 of 2"), ("", "2 articles")]:
        assert found in shelf.listing([STORY, other], wanted)
    assert "No article matches" in shelf.listing([STORY], "zebra")
    assert "No articles yet" in shelf.listing([], "")
    assert 'data-value="otter" aria-label="Remove Otter found in fountain"' in shelf.listing(
        [STORY], ""
    )


def test_a_long_list_says_that_it_is_cut() -> None:
    html = shelf.listing([replace(STORY, id=str(n)) for n in range(shelf.SHOWN + 5)], "")
    assert html.count("<li>") == shelf.SHOWN
    assert f"{shelf.SHOWN + 5} articles, the first {shelf.SHOWN} shown" in html


def test_adding_names_each_broken_file_with_its_reason() -> None:
    summary = Summary(added=2, unchanged=1, problems=[Problem("a.pdf", "is damaged")])
    page = Page(shelf.added(summary))
    assert "2 added; 1 there already; 1 could not be read." in page.text
    assert "a.pdf: is damaged" in page.text
    assert "Nothing to add." in Page(shelf.added(Summary())).text


def test_the_greeting_offers_questions_or_says_that_there_is_nothing_to_ask() -> None:
    offered = Page(shelf.greeting(31, ["Why?"]))
    assert ("button", {"type": "button", "data-value": "Why?"}) in offered.elements
    assert "31 articles" in offered.text
    assert "There are no articles yet" in shelf.greeting(0, [])
