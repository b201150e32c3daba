"""What a format found → an article fit to be stored, or the reason why there is none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlsplit, urlunsplit

from index.dates import iso_date
from index.errors import Unreadable
from index.records import Article, Problem
from index.text import clean, clean_line, cut

MIN_TEXT_CHARS = 20
MAX_TEXT_CHARS = 2_000_000
MAX_TITLE_CHARS = 300
MAX_TITLE_LINE_CHARS = 150  # A longer first line of a text is taken for its first paragraph.
MAX_ID_CHARS = 200
MAX_URL_CHARS = 2_000
MAX_REASON_CHARS = 300

_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+")
_URL_SAFE = "/%:@!$&'()*+,;=?~"


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as its file tells it: nothing cleaned, nothing checked, "" where unknown."""

    text: str
    title: str = ""
    id: str = ""
    url: str = ""
    published: str = ""
    source: str = ""


def draft_of(fields: Mapping[str, object]) -> Draft:
    """Make a draft of named values, as a JSON line, a CSV row or front matter gives them.

    Raises Unreadable if there is no text, or if a value is not one piece of text or a number.
    """
    named = {str(key).strip().lower(): value for key, value in fields.items()}

    def value(name: str) -> str:
        found = named.get(name)
        if found is None:
            return ""
        if not isinstance(found, (str, int, float, date)):
            raise Unreadable(f'has a {type(found).__name__} as its "{name}"; expected text')
        return str(found)

    if not value("text"):
        raise Unreadable('has no "text"')
    return Draft(
        text=value("text"),
        title=value("title"),
        id=value("id"),
        url=value("url"),
        published=value("published") or value("date"),
        source=value("source"),
    )


def finish(draft: Draft) -> Article:
    """Clean and check ``draft``. A title that its text repeats as its first line leaves the text.

    Its id is the given one, else its URL, else a hash of title and text. Raises Unreadable if
    there is too little or too much text.
    """
    check_length(len(draft.text))
    text, title = clean(draft.text), clean_line(draft.title)
    if title and text.startswith(title + "\n"):
        text = text[len(title) :].lstrip("\n")
    if len(text) < MIN_TEXT_CHARS:
        raise Unreadable(
            f"has too little text: {len(text)} characters, at least {MIN_TEXT_CHARS} are needed"
        )
    url = web_address(draft.url)
    given = clean_line(draft.id) or url
    return Article(
        # A cut id could be the same for two articles; a hash is not.
        id=given if 0 < len(given) <= MAX_ID_CHARS else short_hash(given or f"{title}\n{text}"),
        title=cut(title, MAX_TITLE_CHARS) or cut(text.partition("\n")[0], 80),
        text=text,
        url=url,
        published=iso_date(draft.published),
        source=cut(clean_line(draft.source), MAX_TITLE_CHARS) or host(url),
    )


def check_length(chars: int) -> None:
    """Raise Unreadable if a text of ``chars`` characters is more than one article may have."""
    if chars > MAX_TEXT_CHARS:
        raise Unreadable(
            f"has over {MAX_TEXT_CHARS:,} characters of text, the most one article may have; "
            "split it"
        )


def problem(name: str, reason: str) -> Problem:
    """A Problem that prints on one line, whatever a hostile name or message holds."""
    printable = "".join(char if char.isprintable() else "?" for char in name)
    return Problem(printable, cut(clean_line(reason), MAX_REASON_CHARS))


def short_hash(text: str) -> str:
    """An id of 16 hexadecimal digits: two among ten million are the same once in 370,000 times."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def web_address(url: str) -> str:
    """Return the http(s) ``url`` without fragment and password, quoted; "" if it is no such URL."""
    try:
        parts = urlsplit(url.strip())
        name, port = parts.hostname or "", parts.port
        path, query = quote(parts.path or "/", _URL_SAFE), quote(parts.query, _URL_SAFE)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(name):
        return ""
    name = f"[{name}]" if ":" in name else name
    place = name if port is None else f"{name}:{port}"
    address = urlunsplit((parts.scheme, place, path, query, ""))
    return address if len(address) <= MAX_URL_CHARS else ""


def host(url: str) -> str:
    """Return the host of a ``web_address``, without "www."."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
