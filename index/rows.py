"""Files of one article a row: JSON lines and CSV. A bad row is one Problem, not the end."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from index.drafts import draft_of, finish, problem
from index.errors import Unreadable
from index.records import Article, Problem
from index.text import decode, encoding_of

MAX_ROW_CHARS = 16_000_000

_BROKEN_BYTES = re.compile("[\udc80-\udcff]")


def jsonl(file: IO[bytes], name: str) -> Iterator[Article | Problem]:
    """Read one JSON object a line, holding one line at a time. Problems are called "name:line"."""
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            yield finish(draft_of(_json_object(line)))
        except Unreadable as error:
            yield problem(f"{name}:{number}", str(error))


def estimate_lines(path: Path) -> int:
    """Roughly how many lines a file has, told from its first megabyte. Raises OSError."""
    with path.open("rb") as file:
        start = file.read(1_000_000)
    lines = start.count(b"\n") + (not start.endswith(b"\n"))
    return lines * path.stat().st_size // max(1, len(start))


def csv_rows(file: IO[bytes], name: str) -> Iterator[Article | Problem]:
    """Read rows under a header that names the column "text", separated by comma, semicolon or tab.

    Holds one row at a time. Problems are called "name:line", by the first line of the row.
    Raises Unreadable if there is no such column, or at a row too long to go on from.
    """
    lines = _lines(file)
    header, delimiter = _header(next(lines, ""))
    row_chars = 0

    def counted() -> Iterator[str]:
        nonlocal row_chars
        for line in lines:
            row_chars += len(line)
            if row_chars > MAX_ROW_CHARS:
                raise Unreadable(
                    f"has a row of over {MAX_ROW_CHARS:,} characters at line {first}, perhaps "
                    "a missing closing quote; the rows from there on were not read"
                )
            yield _mended(line)

    csv.field_size_limit(MAX_ROW_CHARS)  # One for all readers; the default is 131,072.
    reader = csv.reader(counted(), delimiter=delimiter)
    first = 2
    for row in reader:
        if row:
            try:
                yield finish(draft_of(dict(zip(header, row, strict=False))))
            except Unreadable as error:
                yield problem(f"{name}:{first}", str(error))
        first, row_chars = reader.line_num + 2, 0


def _header(line: str) -> tuple[list[str], str]:
    for delimiter in ",;\t":
        names = [name.strip().lower() for name in next(csv.reader([line], delimiter=delimiter), [])]
        if "text" in names:
            return names, delimiter
    raise Unreadable(
        f'has no column "text"; its first line is {line.strip()[:80]!r}, expected names such as '
        "id,title,text,url,published,source"
    )


def _lines(file: IO[bytes]) -> Iterator[str]:
    """The lines of a text file, which is closed after them.

    A line over the limit is cut just past it, and the rest skipped. Bytes that are not UTF-8
    come through as lone surrogates, for ``_mended``.
    """
    encoding = encoding_of(file.read(65_536))
    file.seek(0)
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    with TextIOWrapper(file, encoding, errors, newline="") as stream:
        while line := stream.readline(MAX_ROW_CHARS + 1):
            rest = line
            while len(rest) > MAX_ROW_CHARS and not rest.endswith(("\n", "\r")):
                rest = stream.readline(MAX_ROW_CHARS + 1)
            yield line


def _mended(line: str) -> str:
    """A line with bytes that are not UTF-8 is decoded by itself; the others may be sound."""
    broken = _BROKEN_BYTES.search(line)
    return decode(line.encode("utf-8", "surrogateescape")) if broken else line


def _json_object(line: str) -> dict[str, object]:
    if len(line) > MAX_ROW_CHARS:
        raise Unreadable(f"is a line of over {MAX_ROW_CHARS:,} characters; split the article")
    try:
        value = json.loads(_mended(line))
    except json.JSONDecodeError as error:
        raise Unreadable(f"is not JSON: {error.msg} at character {error.pos + 1}") from None
    except (ValueError, RecursionError):
        raise Unreadable("is JSON with a number too long or too deep a nesting") from None
    if not isinstance(value, dict):
        raise Unreadable('is not a JSON object such as {"title": "…", "text": "…"}')
    return value
