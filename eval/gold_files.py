"""A gold file → its rows, each with its place in the file: JSONL, SQuAD JSON or CSV, maybe gzipped.

A row is a mapping in the form of our JSONL (see ``eval.pairs``), unchecked; or the text of what
is wrong, where there is none.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from index.errors import UsageError

Rows = Iterator[tuple[str, Mapping[str, Any] | str]]


def read_rows(path: Path) -> Rows:
    """The (place, row) pairs of the gold file ``path``, in order.

    Raises:
        UsageError: the file is missing, is no UTF-8 text, or is of an unknown kind.
    """
    packed = path.suffix == ".gz"
    kind = Path(path.stem).suffix if packed else path.suffix
    if kind not in _FORMS:
        raise UsageError(
            f"{path}: gold files are .jsonl, .json (SQuAD) or .csv, or one of these with .gz; "
            f"this one ends with {path.suffix!r}."
        )
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if packed else data).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is no UTF-8 text, or is cut off ({error}).") from error
    return _FORMS[kind](path, text)


def _jsonl(path: Path, text: str) -> Rows:
    for number, line in enumerate(io.StringIO(text), start=1):
        if not line.strip():
            continue
        try:
            row: Mapping[str, Any] | str = json.loads(line)
            if not isinstance(row, dict):
                row = f"is a JSON {type(row).__name__}; expected an object"
        except ValueError as error:
            row = f"is not JSON ({error})"
        yield f"line {number}", row


def _squad(path: Path, text: str) -> Rows:
    try:
        for at, document in enumerate(json.loads(text)["data"]):
            for below, paragraph in enumerate(document["paragraphs"]):
                for last, question in enumerate(paragraph["qas"]):
                    where = f"data[{at}].paragraphs[{below}].qas[{last}]"
                    answers = [] if question.get("is_impossible") else question["answers"]
                    yield where, {**question, "answers": answers, "context": paragraph["context"]}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path}: not SQuAD ({error!r}). Expected an object with data, paragraphs, context "
            "and qas; gold in another form can be written as .jsonl."
        ) from error


def _table(path: Path, text: str) -> Rows:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = {"question", "answers"} - set(reader.fieldnames or ())
    if missing:
        raise UsageError(
            f"{path}: line 1 names the columns {', '.join(reader.fieldnames or ()) or '(none)'}; "
            "expected question and answers, and maybe article_id and id."
        )
    for cells in reader:
        row: dict[str, Any] = {name: (cells.get(name) or "").strip() for name in ("question", "id")}
        for name in ("answers", "article_id"):
            parts = (part.strip() for part in (cells.get(name) or "").split("|"))
            row[name] = [part for part in parts if part]
        yield f"line {reader.line_num}", row


_FORMS: dict[str, Callable[[Path, str], Rows]] = {
    ".jsonl": _jsonl,
    ".json": _squad,
    ".csv": _table,
}
