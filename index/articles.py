"""Files, folders, feeds and web pages → a stream of articles.

One bad thing is one Problem in that stream: it never hides the good ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from index.documents import docx, pdf
from index.drafts import Draft, finish, host, problem, short_hash, web_address
from index.errors import Unreadable
from index.feeds import feed
from index.formats import html, markdown, plain_text
from index.records import Article, Problem
from index.rows import csv_rows, estimate_lines, jsonl

if TYPE_CHECKING:
    from index.web import Page

MAX_FILE_BYTES = 50_000_000

_ONE: dict[str, Callable[[bytes], Draft]] = {
    ".txt": plain_text,
    ".md": markdown,
    ".html": html,
    ".htm": html,
    ".pdf": pdf,
    ".docx": docx,
}
_MANY: dict[str, Callable[[IO[bytes], str], Iterator[Article | Problem]]] = {
    ".jsonl": jsonl,
    ".csv": csv_rows,
    ".xml": feed,
    ".rss": feed,
    ".atom": feed,
}
_KINDS = " ".join(kind for kind in [*_ONE, *_MANY] if kind != ".htm")
_MEDIA_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "text/csv": ".csv",
    "text/xml": ".xml",
    "application/xml": ".xml",
    "application/rss+xml": ".xml",
    "application/atom+xml": ".xml",
    "application/rdf+xml": ".xml",
}
_HIDDEN = (".", "__")  # Two underscores: what programs leave, as __MACOSX and __pycache__.
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def read_articles(
    names: Iterable[str | Path], fetch: Callable[[str], Page] | None = None
) -> Iterator[Article | Problem]:
    """Yield the articles in ``names``, in order: files, folders, and URLs of pages or feeds.

    A folder is read with its subfolders, sorted by name, without hidden files. Rows of JSON
    lines and CSV are read one at a time, however large their file. Raises nothing for what is
    missing, unreadable or hostile, but yields a Problem. ``fetch`` gets a URL's page; by default
    ``index.web.fetch``, which connects to the public internet only.
    """
    for name in names:
        if isinstance(name, str) and _URL.match(name):
            yield from _guarded(name, _from_url(name, fetch))
            continue
        for path in _walk(Path(name)):
            if isinstance(path, Problem):
                yield path
            else:
                yield from _guarded(str(path), _from_file(path))


def estimate(names: Iterable[str | Path]) -> int:
    """Roughly how many articles there are in ``names``; 0 if that is only known by reading them."""
    total = 0
    for name in names:
        if isinstance(name, str) and _URL.match(name):
            return 0
        for path in _walk(Path(name)):
            if isinstance(path, Problem):
                continue
            kind = path.suffix.lower()
            if kind == ".jsonl":
                with suppress(OSError):
                    total += estimate_lines(path) if path.is_file() else 0
            elif kind in _MANY:
                return 0
            else:
                total += kind in _ONE
    return total


def _guarded(name: str, items: Iterator[Article | Problem]) -> Iterator[Article | Problem]:
    """Pass ``items`` on; whatever ends them early becomes a Problem called ``name``."""
    try:
        yield from items
    except Unreadable as error:
        yield problem(name, str(error))
    except OSError as error:
        yield problem(name, f"cannot be read: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001 - a damaged file makes its parser raise anything
        yield problem(name, f"is damaged, or not of the kind its name says ({error!r})")


def _walk(root: Path) -> Iterator[Path | Problem]:
    """``root`` itself if it is no folder, else the files in it, sorted, folder by folder."""
    waiting = [root]
    seen = set()  # A link may lead a folder back into itself.
    while waiting:
        path = waiting.pop()
        try:
            if not path.is_dir():
                yield path
                continue
            status = path.stat()
            children = [child for child in path.iterdir() if not child.name.startswith(_HIDDEN)]
        except OSError as error:
            yield problem(str(path), f"cannot be opened: {error.strerror}")
            continue
        if (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            waiting.extend(sorted(children, reverse=True))


def _from_file(path: Path) -> Iterator[Article | Problem]:
    if not path.exists():
        raise Unreadable("no such file or folder")
    if not path.is_file():
        raise Unreadable("is not a file: a device or a pipe cannot be read")
    kind = path.suffix.lower()
    if kind not in _ONE and kind not in _MANY:
        raise Unreadable(f"not a format Byline reads ({_KINDS})")
    if not path.stat().st_size:
        raise Unreadable("is empty")
    with path.open("rb") as file:
        if kind in _MANY:
            yield from _MANY[kind](file, str(path))
            return
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable(f"is over {MAX_FILE_BYTES / 1e6:.0f} MB, the most one article may have")
    draft = _ONE[kind](data)
    place = short_hash(path.resolve().as_posix())
    yield finish(
        replace(
            draft,
            title=draft.title or _readable(path.stem),
            id=draft.id or web_address(draft.url) or place,
        )
    )


def _from_url(url: str, fetch: Callable[[str], Page] | None) -> Iterator[Article | Problem]:
    if fetch is None:
        from index import web

        fetch = web.fetch
    page = fetch(url)
    if not page.content:
        raise Unreadable("is empty")
    kind = _kind(page)
    if kind in _MANY:
        yield from _MANY[kind](BytesIO(page.content), url)
        return
    draft = _ONE[kind](page.content)
    claimed, real = web_address(draft.url), web_address(page.url)
    yield finish(
        replace(
            draft,
            title=draft.title or _readable(PurePosixPath(unquote(urlsplit(real).path)).stem),
            # A page may give its own better address, but may not pass for another article.
            id="",
            url=claimed if host(claimed) == host(real) else real,
        )
    )


def _kind(page: Page) -> str:
    """The kind of a page, as a file name extension. What it starts with outweighs its label."""
    start = page.content[:1000].lstrip().lower()
    if start.startswith(b"%pdf-"):
        return ".pdf"
    if b"<rss" in start or b"<feed" in start or b"<rdf:rdf" in start:
        return ".xml"
    extension = PurePosixPath(urlsplit(page.url).path).suffix.lower()
    kind = _MEDIA_TYPES.get(page.media_type, extension)
    if kind not in _ONE and kind not in _MANY:
        found = page.media_type or "of an unknown type"
        raise Unreadable(f"is {found}; expected a web page, a feed, or one of {_KINDS}")
    return kind


def _readable(stem: str) -> str:
    return stem.replace("-", " ").replace("_", " ")
