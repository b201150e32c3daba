"""Plain text, Markdown and web pages: the bytes of one file → the draft of one article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.drafts import MAX_TITLE_LINE_CHARS, Draft, check_length, draft_of
from index.errors import Unreadable
from index.text import clean, decode

if TYPE_CHECKING:
    from markdown_it.token import Token

MAX_FRONT_MATTER_CHARS = 20_000
MAX_HTML_CHARS = 5_000_000  # Finding the article in a page is slow: a minute for the worst page.

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_DECLARED = re.compile(rb"<(?:meta[^>]{,200}?charset|\?xml[^>]{,50}?encoding)=[\"']?([\w-]+)", re.I)
_LEGACY = re.compile(r"windows-125[0-8]|iso-8859-\d+|koi8-[ru]|gb\w+|big5|shift_jis|euc-\w+", re.I)
# Pictures with their captions and credits; some sites also put tables and quotes into figures.
_CAPTIONS = "//figure[not(.//table) and not(.//blockquote)] | //figcaption"


def plain_text(data: bytes) -> Draft:
    """Read a text file. A short first line above a blank line is the title."""
    text = clean(decode(data))
    first, _, rest = text.partition("\n\n")
    is_title = rest and "\n" not in first and len(first) <= MAX_TITLE_LINE_CHARS
    return Draft(text, title=first if is_title else "")


def markdown(data: bytes) -> Draft:
    """Read a Markdown file. Its title is in its front matter, or is its first main heading.

    Raises Unreadable if the front matter is no YAML.
    """
    from markdown_it import MarkdownIt

    text = decode(data).replace("\r\n", "\n")
    check_length(len(text))
    fields, body = _front_matter(text)
    blocks: list[str] = []
    heading = ""
    before = ""
    for token in MarkdownIt("commonmark").parse(body):
        if token.type == "inline":
            blocks.append(_words(token.children or []))
            heading = heading or (blocks[-1] if before == "h1" else "")
        elif token.type in ("fence", "code_block"):
            blocks.append(token.content)
        before = token.tag
    text = "\n\n".join(filter(None, blocks))
    return draft_of({"title": heading, **fields, "text": text})


def _front_matter(text: str) -> tuple[dict[str, object], str]:
    match = _FRONT_MATTER.match(text, 0, MAX_FRONT_MATTER_CHARS)
    if not match:
        return {}, text
    import yaml

    try:
        # Keeps every value as written. The safe loader, no safer, reads the id 010 as 8, the
        # title No as False and the time 12:30 as 750.
        fields = yaml.load(match[1], Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        reason = error.problem if isinstance(error, yaml.MarkedYAMLError) else error
        raise Unreadable(f"has front matter that is not YAML: {reason}") from None
    # Something else between two lines of dashes is part of the article.
    return (fields, text[match.end() :]) if isinstance(fields, dict) else ({}, text)


def _words(tokens: Sequence[Token]) -> str:
    """The readable text of one Markdown block. Pictures and HTML tags are left out."""
    breaks = {"softbreak": " ", "hardbreak": "\n"}
    return "".join(
        token.content if token.type in ("text", "code_inline") else breaks.get(token.type, "")
        for token in tokens
    ).strip()


def html(data: bytes) -> Draft:
    """Find the article in a web page: no menus, captions, tables, comments or footers.

    The URL is the one the page claims for itself. Raises Unreadable if there is no article.
    """
    import trafilatura

    page = _decode_html(data)
    if len(page) > MAX_HTML_CHARS:
        raise Unreadable(
            f"is a page of {len(page):,} characters; at most {MAX_HTML_CHARS:,} are read"
        )
    found = trafilatura.bare_extraction(
        page,
        include_comments=False,
        include_tables=False,
        prune_xpath=_CAPTIONS,
        with_metadata=True,
        # The extensive search takes any date in the text for the day of publication.
        date_extraction_params={"original_date": True, "extensive_search": False},
    )
    if found is None or not found.text:
        raise Unreadable("has no article text that could be told from menus and other page parts")
    return Draft(
        text=found.text.replace("\n", "\n\n"),
        title=found.title or "",
        url=found.url or "",
        published=found.date or "",
        source=found.sitename or "",
    )


def _decode_html(data: bytes) -> str:
    """Text of a page in its declared encoding, if that is an old one; most are in UTF-8."""
    declared = _DECLARED.search(data, 0, 2048)
    name = declared[1].decode("ascii", "ignore") if declared else ""
    # Browsers read ISO-8859-1 as Windows-1252, as ``decode`` does.
    if _LEGACY.fullmatch(name) and name.lower() != "iso-8859-1":
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            pass
    return decode(data)
