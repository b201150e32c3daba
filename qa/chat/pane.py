"""An article → the inside of the page's reader pane: its text, with a quote marked."""

from __future__ import annotations

from index.records import Article
from qa import strings
from qa.markup import FIRST_WORDS, escaped, link, origin, paragraphs, web_address

MOST_SHOWN = 60_000  # characters; a pane with a whole book in it would be slow to open


def reading(article: Article | None, start: int = 0, end: int = 0, words: str = "") -> str:
    """``article`` with the quote that stood at ``start`` to ``end`` and began with ``words``.

    These come from a browser, and the article may have changed since: a quote that moved is
    found again by its words, and of one that is gone it is said. None is an article removed.
    """
    if article is None:
        return f'{_head("")}<p class="notice">{strings.ARTICLE_GONE}</p>'
    place = _found(article.text, start, end, words)
    first, after = _window(article.text, *place)
    address = web_address(article, *place)
    known = origin(article)
    if address:
        known.append(f"<a {link(address)}>{strings.OPEN_ON_THE_WEB}</a>")
    notes = []
    if words and place == (0, 0):
        notes.append(strings.QUOTE_GONE)
    if after - first < len(article.text):
        notes.append(strings.only_part(after - first, len(article.text)))
    told = "".join(f'<p class="notice">{note}</p>' for note in notes)
    text = paragraphs(article.text[first:after], place[0] - first, place[1] - first)
    facts = " ".join(f"<span>{part}</span>" for part in known)
    return (
        f'{_head(article.title)}<article><p class="byline">{facts}</p>{told}'
        f'<div class="text" dir="auto">{text}</div></article>'
    )


def _head(title: str) -> str:
    """What stays in view: the title, and the button that closes the pane."""
    button = f'<button type="submit" autofocus>{strings.CLOSE}</button>'
    return f'<form method="dialog"><h2 dir="auto">{escaped(title)}</h2>{button}</form>'


def _found(text: str, start: int, end: int, words: str) -> tuple[int, int]:
    """Where the quote stands now; (0, 0) if nowhere."""
    if not words or not 0 <= start < end:
        return 0, 0
    words = words[:FIRST_WORDS]
    if not text.startswith(words, start):
        length, start = end - start, text.find(words)
        end = start + (length if length <= FIRST_WORDS else len(words))
    return (start, min(end, len(text))) if start >= 0 else (0, 0)


def _window(text: str, start: int, end: int) -> tuple[int, int]:
    """The part round a quote that is shown, cut between paragraphs or words where it can be."""
    if len(text) <= MOST_SHOWN:
        return 0, len(text)
    first = max(0, min((start + end - MOST_SHOWN) // 2, start))
    after = min(len(text), first + MOST_SHOWN)
    for gap in ("\n", " "):
        if first and (at := text.find(gap, first, start)) >= 0:
            first = at + 1
            break
    for gap in ("\n", " "):
        if after < len(text) and (at := text.rfind(gap, end, after)) >= 0:
            after = at
            break
    return first, after
