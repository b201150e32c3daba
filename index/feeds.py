"""RSS and Atom feeds: one article an entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

from index.drafts import Draft, finish, problem
from index.errors import Unreadable
from index.records import Article, Problem
from index.text import clean, clean_line

MAX_FEED_BYTES = 20_000_000

_ENTITIES = re.compile(rb"<\0?!\0?E\0?N\0?T\0?I\0?T\0?Y")  # The zeros are those of UTF-16.
_LEFT_OUT = ("script", "style", "figure", "figcaption", "iframe", "form", "button")
_BLOCKS = ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "tr")


def feed(file: IO[bytes], name: str) -> Iterator[Article | Problem]:
    """Read the entries of a feed, as far as the feed itself holds their text.

    Problems are called "name, entry 3". Raises Unreadable if this is no feed, or is too large.
    """
    import feedparser

    data = file.read(MAX_FEED_BYTES + 1)
    if len(data) > MAX_FEED_BYTES:
        raise Unreadable(f"is over {MAX_FEED_BYTES / 1e6:.0f} MB, the most a feed may have")
    if _ENTITIES.search(data):
        raise Unreadable("declares XML entities, which no feed needs: they could fill the memory")
    # Text or bytes could be taken for an address to fetch; a stream cannot.
    found = feedparser.parse(BytesIO(data))
    if not found.get("version") and not found.entries:
        raise Unreadable("is not an RSS or Atom feed")
    if not found.entries:
        raise Unreadable("is a feed without entries")
    source = _content(found.feed.get("title_detail") or {})
    for number, entry in enumerate(found.entries, start=1):
        try:
            yield finish(_draft(entry, source))
        except Unreadable as error:
            yield problem(f"{name}, entry {number}", str(error))


def _draft(entry: Any, source: str) -> Draft:
    texts = [*entry.get("content", []), entry.get("summary_detail") or {}]
    # The summary may be a sentence of the content, or hold it all where the content is empty.
    text = max((_content(part) for part in texts), key=len)
    link = entry.get("link", "")
    if not text:
        raise Unreadable(
            "has no text in the feed; " + (f"add its page: {link}" if link else "no link")
        )
    return Draft(
        text,
        title=_content(entry.get("title_detail") or {}),
        # The link is the better id: the page added by itself has the same one.
        id="" if link else entry.get("id", ""),
        url=link,
        published=entry.get("published") or entry.get("updated") or "",
        source=source,
    )


def _content(part: Any) -> str:
    value = part.get("value") or ""
    return value if part.get("type") == "text/plain" else to_text(value)


def to_text(fragment: str) -> str:
    """Return the readable text of a piece of HTML: paragraphs, without pictures' captions."""
    from lxml import etree, html

    # In HTML a line end is a space; only tags break lines.
    tree = html.fromstring(f"<div>{clean_line(fragment)}</div>")
    etree.strip_elements(tree, *_LEFT_OUT, with_tail=False)
    for element in tree.iter("br"):
        element.tail = "\n" + (element.tail or "")
    for element in tree.iter(*_BLOCKS):
        element.text, element.tail = f"\n\n{element.text or ''}", f"\n\n{element.tail or ''}"
    return clean(tree.text_content())
