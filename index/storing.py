"""How one article and its passages stand in the catalog's tables, within a transaction.

Vectors are kept as float16: half the size, and inner products of unit vectors stay within 0.001 of
the float32 ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from sqlite3 import Cursor

import numpy as np
from numpy.typing import NDArray

from index.hashes import checksum, content_hash, text_hash
from index.records import Article

Vectors = NDArray[np.float32]

COLUMNS = "id, title, text, url, published, source"  # of an article, in the order of its fields
_STORED = "<f2"


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article ready to be stored: its passages' offsets and their vectors, row by row."""

    article: Article
    offsets: Sequence[tuple[int, int]]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Standing:
    """What the catalog already holds of an article: itself unchanged, or its text as a copy."""

    unchanged: bool = False
    exists: bool = False
    copy_of: str = ""


def standing_of(cursor: Cursor, article: Article) -> Standing:
    """What is already stored of ``article``."""
    row = cursor.execute("SELECT content_hash FROM articles WHERE id = ?", (article.id,)).fetchone()
    if row:
        return Standing(unchanged=row[0] == content_hash(article), exists=True)
    row = cursor.execute(
        "SELECT id FROM articles WHERE text_hash = ? ORDER BY key LIMIT 1",
        (text_hash(article.text),),
    ).fetchone()
    return Standing(copy_of=row[0] if row else "")


def put(cursor: Cursor, prepared: Prepared, generation: int) -> None:
    """Store an article in place of what is stored of its id; its passages are of ``generation``."""
    article = prepared.article
    cursor.execute(
        f"INSERT INTO articles ({COLUMNS}, content_hash, text_hash) VALUES (?,?,?,?,?,?,?,?) "
        "ON CONFLICT (id) DO UPDATE SET title = excluded.title, text = excluded.text, "
        "url = excluded.url, published = excluded.published, source = excluded.source, "
        "content_hash = excluded.content_hash, text_hash = excluded.text_hash",
        (*astuple(article), content_hash(article), text_hash(article.text)),
    )
    (key,) = cursor.execute("SELECT key FROM articles WHERE id = ?", (article.id,)).fetchone()
    drop_passages(cursor, key)
    for (first, after), vector in zip(prepared.offsets, prepared.vectors, strict=True):
        stored = vector.astype(_STORED).tobytes()
        cursor.execute(
            "INSERT INTO passages (article, first, after, generation, checksum, vector) "
            "VALUES (?,?,?,?,?,?)",
            (key, first, after, generation, checksum(article.text[first:after], stored), stored),
        )


def drop_passages(cursor: Cursor, key: int) -> None:
    """Take away the passages of the article ``key``, and remember for the views that they went."""
    cursor.execute(
        "INSERT INTO removals SELECT id, (SELECT value + 0 FROM settings WHERE name = 'generation')"
        " FROM passages WHERE article = ?",
        (key,),
    )
    cursor.execute("DELETE FROM passages WHERE article = ?", (key,))


def vector_of(stored: bytes) -> Vectors:
    """The vector of a passage, from how it is stored."""
    return np.frombuffer(stored, dtype=_STORED).astype(np.float32)
