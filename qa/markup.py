"""Text of articles, file names and questions → HTML that shows it as text, whatever it holds."""

from __future__ import annotations

import html
import re
from datetime import date
from urllib.parse import quote, urlsplit

from index.records import Article

_CONTEXT_WORDS = 3  # named before and after a quote in a link
_LONG_QUOTE = 150  # characters
_END_WORDS = 5
# Characters that are not seen themselves but change how others are seen: controls, and those
# that turn the direction of text around, with which a name can pass for another.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def escaped(text: str) -> str:
    """``text`` as HTML that shows exactly it, in an element or in an attribute."""
    return html.escape(_UNSEEN.sub("", text))


def paragraphs(text: str, start: int = 0, end: int = 0) -> str:
    """``text`` as HTML paragraphs, its part from ``start`` to ``end`` marked.

    Paragraphs without a mark are only what stands around it, and say so.
    """
    shown, at = [], 0
    for line in text.split("\n"):
        first, last = (min(max(place - at, 0), len(line)) for place in (start, end))
        at += len(line) + 1
        if first < last:
            mark = f"<mark>{escaped(line[first:last])}</mark>"
            shown.append(f"<p>{escaped(line[:first])}{mark}{escaped(line[last:])}</p>")
        elif line.strip():
            shown.append(f"<p{' class=around' if start < end else ''}>{escaped(line)}</p>")
    return "".join(shown)


def byline(article: Article, start: int = 0, end: int = 0) -> str:
    """Title, source and date of ``article``; the title opens it at the quote, if there is one."""
    title = f"<cite>{escaped(article.title)}</cite>"
    if address := web_address(article, start, end):
        link = f'href="{html.escape(address)}" target="_blank" rel="noopener noreferrer"'
        title = f"<a {link}>{title}</a>"
    parts = [f'<bdi class="title">{title}</bdi>']
    if article.source:
        parts.append(f"<bdi>{escaped(article.source)}</bdi>")
    if article.published:
        shown = escaped(readable_date(article.published))
        parts.append(f'<time datetime="{escaped(article.published)}">{shown}</time>')
    return f'<span class="byline">{" ".join(parts)}</span>'


def web_address(article: Article, start: int = 0, end: int = 0) -> str:
    """The article's http(s) address, "" if it has none; with a quote, it opens there."""
    try:
        parts = urlsplit(article.url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    if start >= end:
        return article.url
    return f"{article.url}{'' if '#' in article.url else '#'}{_fragment(article.text, start, end)}"


def _fragment(text: str, start: int, end: int) -> str:
    """The text fragment that finds ``text[start:end]`` in a page: ":~:text=before-,words,-after".

    The words around are named too, or a name that stands in several places would be found at
    the first. A long quote, or one over several paragraphs, is named by its two ends.
    """
    words = text[start:end]
    terms = [_encoded(words)]
    if len(words) > _LONG_QUOTE or "\n" in words:
        first, last = words.partition("\n")[0].split(), words.rpartition("\n")[2].split()
        terms = [_encoded(" ".join(some)) for some in (first[:_END_WORDS], last[-_END_WORDS:])]
    if before := text[:start].rpartition("\n")[2].split()[-_CONTEXT_WORDS:]:
        terms.insert(0, _encoded(" ".join(before)) + "-")
    if after := text[end:].partition("\n")[0].split()[:_CONTEXT_WORDS]:
        terms.append("-" + _encoded(" ".join(after)))
    return f":~:text={','.join(terms)}"


def _encoded(words: str) -> str:
    # A hyphen or comma is part of the fragment's own syntax, and ``quote`` keeps hyphens.
    return quote(words, safe="").replace("-", "%2D")


def readable_date(published: str) -> str:
    """An ISO date or date-time as "18 October 2022"; anything else as it is."""
    try:
        day = date.fromisoformat(published[:10])
    except ValueError:
        return published
    return f"{day.day} {day:%B %Y}"
