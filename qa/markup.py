"""Text of articles, file names and questions → HTML that shows it as text, whatever it holds."""

from __future__ import annotations

import html
import re
from datetime import date
from urllib.parse import quote, urlsplit

from index.records import Article, Filters
from qa import strings

FIRST_WORDS = 200  # characters of a quote by which it is found again
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
    """Title, source and date of ``article``; the title opens it at the quote, if there is one.

    It opens on the web, or in the page's reader pane where the article has no web address.
    """
    title = f"<cite>{escaped(article.title)}</cite>"
    if address := web_address(article, start, end):
        title = f"<a {link(address)}>{title}</a>"
    else:
        title = f'<button {opener(article, start, end)} class="open">{title}</button>'
    parts = [f'<bdi class="title">{title}</bdi>', *origin(article)]
    if address:
        label = escaped(strings.read_title(article.title))
        read = f'{opener(article, start, end)} aria-label="{label}"'
        parts.append(f"<span><button {read}>{strings.READ_HERE}</button></span>")
    return f'<span class="byline">{" ".join(parts)}</span>'


def origin(article: Article) -> list[str]:
    """Source and date of ``article``, as far as they are known."""
    parts = []
    if article.source:
        parts.append(f"<bdi>{escaped(article.source)}</bdi>")
    if article.published:
        shown = escaped(readable_date(article.published))
        parts.append(f'<time datetime="{escaped(article.published)}">{shown}</time>')
    return parts


def link(address: str) -> str:
    """The attributes of a link to ``address``, which opens apart and tells nothing."""
    return f'href="{html.escape(address)}" target="_blank" rel="noopener noreferrer"'


def opener(article: Article, start: int = 0, end: int = 0) -> str:
    """The attributes of a button that opens ``article`` in the reader pane, at a quote.

    The quote's first words travel along, to find it again in an article that has changed.
    """
    place = {
        "do": "select",
        "article": article.id,
        "start": str(start),
        "end": str(end),
        "words": article.text[start:end][:FIRST_WORDS],
    }
    known = " ".join(f'data-{name}="{escaped(value)}"' for name, value in place.items())
    return f'type="button" {known}'


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


def form(known: str, label: str, value: str, send: str, longest: int) -> str:
    """One line to fill in, inside a fold: ``value`` at first, at most ``longest`` characters.

    ``known`` are the form's attributes; ``label`` and ``send`` are ours, and HTML already.
    """
    return (
        f'<form {known}><label>{label}<input type="text" name="value" value="{escaped(value)}" '
        f'maxlength="{longest}" dir="auto" autocomplete="off"></label>'
        f'<button type="submit" class="key">{send}</button>'
        f'<button type="button" data-do="close">{strings.CANCEL}</button></form>'
    )


def limits(filters: Filters) -> str:
    """What ``filters`` let through: "Only articles of Levant Courier, since 1 October 2022"."""
    days = map(readable_date, (filters.since, filters.until))
    return escaped(strings.limited_to(filters.sources, *days))


def readable_date(published: str) -> str:
    """An ISO date, date-time or month as "18 October 2022"; anything else as it is."""
    month = len(published) == len("2022-10")
    try:
        day = date.fromisoformat(f"{published}-01" if month else published[:10])
    except ValueError:
        return published
    return f"{day:%B %Y}" if month else f"{day.day} {day:%B %Y}"
