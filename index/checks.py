"""Does everything in the catalog still hold? Each fault is named with its article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from index.database import Database
from index.hashes import checksum, content_hash, text_hash
from index.records import Article


def faults(database: Database, dimension: int) -> Iterator[tuple[str, str]]:
    """Read everything; yield (article id, fault) for what does not hold. The id may be empty.

    Checks the file's structure, foreign keys, each article against its hashes, offsets against
    the text, and each passage's words and vector (of length ``dimension``) against their checksum.
    """
    for row in database.rows("PRAGMA integrity_check(10)"):
        if row[0] != "ok":
            yield "", f"the catalog file is damaged: {row[0]}"
    if database.rows("PRAGMA foreign_key_check"):
        yield "", "the catalog holds passages of no article"
    key = 0
    while True:
        with database.snapshot() as cursor:
            row = cursor.execute(
                "SELECT key, text_hash, content_hash, id, title, text, url, published, source "
                "FROM articles WHERE key > ? ORDER BY key LIMIT 1",
                (key,),
            ).fetchone()
            if row is None:
                return
            key, *hashes = row[:3]
            passages = cursor.execute(
                "SELECT first, after, checksum, vector FROM passages WHERE article = ? "
                "ORDER BY first",
                (key,),
            ).fetchall()
        article = Article(*row[3:])
        fault = _fault(article, hashes, passages, dimension)
        if fault:
            yield article.id, fault


def _fault(article: Article, hashes: list[str], passages: list[Any], dimension: int) -> str:
    if text_hash(article.text) != hashes[0]:
        return "its text is not the text that was stored"
    if content_hash(article) != hashes[1]:
        return "its title, address, date or source is not the one that was stored"
    covered = 0
    for first, after, stored_checksum, vector in passages:
        if not 0 <= first < after <= len(article.text):
            return "a passage lies outside its text"
        if checksum(article.text[first:after], vector) != stored_checksum:
            return "a passage or its vector is not the one that was stored"
        if len(vector) != 2 * dimension:
            return f"a vector has {len(vector) // 2} numbers, not {dimension}"
        if article.text[covered:first].strip():
            break
        covered = after
    return "a part of its text is in no passage" if article.text[covered:].strip() else ""
