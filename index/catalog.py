"""SQLite: articles, passages, vectors. The only truth; every change is one transaction.

Every change raises the *generation* by one. Passages carry the generation that added them, and
removed passages are remembered with the generation that took them, so a view stamped with an
older generation can be caught up. Passage ids are never reused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.database import Database
from index.records import Article, Filters, Passage
from index.storing import (
    COLUMNS,
    Prepared,
    Standing,
    Vectors,
    drop_passages,
    put,
    standing_of,
    vector_of,
)

Ids = NDArray[np.int64]

CHUNK = 4096  # passages read at once while a view catches up
_EVERYTHING = Filters()
_PREFIXED = "a.id, a.title, a.text, a.url, a.published, a.source"
_LISTED = "a.id, a.title, '', a.url, a.published, a.source"
# What a list shows, apart from the texts: listing 100,000 articles must not read them.
_LIST = "articles_listed ON articles (published, source, title, id, url)"
_HOLDS = "a.title || ' ' || a.source || ' ' || a.published LIKE ? ESCAPE '!'"
_SIGNS = str.maketrans({sign: f"!{sign}" for sign in "!%_"})


class Catalog:
    """The catalog in the file ``path``, made when missing. Safe to share between threads.

    Every method may raise what ``Database`` raises.
    """

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        if not self.database.rows("SELECT 1 FROM sqlite_master WHERE name = 'articles_listed'"):
            with self.database.change(counts=False) as cursor:
                cursor.execute(f"CREATE INDEX IF NOT EXISTS {_LIST}")

    def close(self) -> None:
        """Close the file. The catalog cannot be used afterwards."""
        self.database.close()

    # -- what is stored ---------------------------------------------------------------------

    def generation(self) -> int:
        """The number of changes so far."""
        return int(self.setting("generation"))

    def setting(self, name: str) -> str:
        """The stored value called ``name``, or an empty string."""
        rows = self.database.rows("SELECT value FROM settings WHERE name = ?", name)
        return str(rows[0][0]) if rows else ""

    def remember(self, name: str, value: str) -> str:
        """Store a value under ``name`` unless one is there; returns the one that is there now."""
        if not self.setting(name):
            with self.database.change(counts=False) as cursor:
                cursor.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (name, value))
        return self.setting(name)

    def count(self) -> tuple[int, int]:
        """How many articles and passages there are."""
        ((articles, passages),) = self.database.rows(
            "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)"
        )
        return articles, passages

    def standing(self, article: Article) -> Standing:
        """What is already stored of ``article``."""
        with self.database.reading() as cursor:
            return standing_of(cursor, article)

    def article(self, id: str) -> Article | None:
        """The article called ``id``, if there is one."""
        rows = self.database.rows(f"SELECT {COLUMNS} FROM articles WHERE id = ?", id)
        return Article(*rows[0]) if rows else None

    def articles(self, filters: Filters = _EVERYTHING, limit: int = -1) -> list[Article]:
        """Articles that pass ``filters``, newest first; ``limit`` below 0 means all of them."""
        where, values = _where(filters)
        return [
            Article(*row)
            for row in self.database.rows(
                f"SELECT {_PREFIXED} FROM articles a {where} "
                "ORDER BY a.published DESC, a.key DESC LIMIT ?",
                *values,
                limit,
            )
        ]

    def listed(
        self, words: Sequence[str], filters: Filters, limit: int
    ) -> tuple[int, list[Article]]:
        """How many articles hold every one of ``words`` in title, source or date, and the newest.

        Those have an empty text. Case is ignored, in accented words in its usual forms.
        """
        where, values = _where(filters)
        for word in words:
            forms = sorted({word, word.lower(), word.upper(), word.title()})
            where += f" {'AND' if where else 'WHERE'} ({' OR '.join([_HOLDS] * len(forms))})"
            values.extend(f"%{form.translate(_SIGNS)}%" for form in forms)
        ((count,),) = self.database.rows(f"SELECT count(*) FROM articles a {where}", *values)
        rows = self.database.rows(
            f"SELECT {_LISTED} FROM articles a {where} "
            "ORDER BY a.published DESC, a.key DESC LIMIT ?",
            *(*values, limit),
        )
        return count, [Article(*row) for row in rows]

    def sources(self) -> list[str]:
        """The names of the sources, in order."""
        rows = self.database.rows(
            "SELECT DISTINCT source FROM articles WHERE source <> '' ORDER BY source"
        )
        return [row[0] for row in rows]

    def passages(self, ids: Sequence[int]) -> dict[int, tuple[Passage, Article]]:
        """The passages with these ids and their articles; ids no longer there are left out."""
        found = {}
        for id, first, after, *columns in self.database.rows(
            f"SELECT p.id, p.first, p.after, {_PREFIXED} FROM passages p "
            "JOIN articles a ON a.key = p.article "
            "WHERE p.id IN (SELECT value FROM json_each(?))",
            json.dumps([int(id) for id in ids]),
        ):
            article = Article(*columns)
            found[id] = (
                Passage(id, article.id, first, after, article.text[first:after]),
                article,
            )
        return found

    def vectors(self, ids: Sequence[int], dimension: int) -> dict[int, Vectors]:
        """The vectors of the passages with these ids; ids no longer there are left out.

        So are vectors that are not of length ``dimension``: these are damaged.
        """
        rows = self.database.rows(
            "SELECT id, vector FROM passages "
            "WHERE length(vector) = ? AND id IN (SELECT value FROM json_each(?))",
            2 * dimension,
            json.dumps([int(id) for id in ids]),
        )
        return {id: vector_of(blob) for id, blob in rows}

    def matching(self, filters: Filters) -> Ids:
        """Ids of the passages whose article passes ``filters``, in order."""
        where, values = _where(filters)
        rows = self.database.rows(
            f"SELECT p.id FROM passages p JOIN articles a ON a.key = p.article {where} "
            "ORDER BY p.id",
            *values,
        )
        return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))

    # -- what changed -----------------------------------------------------------------------

    def removed(self, after: int, upto: int) -> Ids:
        """Ids of the passages removed by the generations ``after`` < g <= ``upto``."""
        rows = self.database.rows(
            "SELECT passage FROM removals WHERE generation > ? AND generation <= ?", after, upto
        )
        return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))

    def added(self, after: int, upto: int) -> Iterator[list[tuple[Passage, Article]]]:
        """Passages added by the generations ``after`` < g <= ``upto``, in chunks, by id."""
        for ids in self._added_ids(after, upto):
            found = self.passages(ids.tolist())
            yield [found[id] for id in sorted(found)]

    def added_vectors(self, after: int, upto: int, dimension: int) -> Iterator[tuple[Ids, Vectors]]:
        """Ids and vectors of those passages, in chunks: shapes (n,) and (n, dimension)."""
        for ids in self._added_ids(after, upto):
            found = self.vectors(ids.tolist(), dimension)
            if found:
                kept = sorted(found)
                yield np.array(kept, dtype=np.int64), np.stack([found[id] for id in kept])

    def _added_ids(self, after: int, upto: int) -> Iterator[Ids]:
        last = 0
        while True:
            rows = self.database.rows(
                "SELECT id FROM passages WHERE id > ? AND generation > ? AND generation <= ? "
                "ORDER BY id LIMIT ?",
                *(last, after, upto, CHUNK),
            )
            if not rows:
                return
            yield np.array([row[0] for row in rows], dtype=np.int64)
            last = rows[-1][0]

    # -- changing it ------------------------------------------------------------------------

    def store(self, batch: Sequence[Prepared]) -> list[Standing]:
        """Store a batch in one transaction; returns what stood there of each before.

        What another process stored in the meantime is looked at again: an article that is by now
        unchanged or a copy is left as it is.
        """
        before = []
        with self.database.change() as cursor:
            (generation,) = cursor.execute(
                "SELECT value + 0 FROM settings WHERE name = 'generation'"
            ).fetchone()
            for prepared in batch:
                standing = standing_of(cursor, prepared.article)
                before.append(standing)
                if not standing.unchanged and not standing.copy_of:
                    put(cursor, prepared, generation)
        return before

    def remove(self, ids: Sequence[str]) -> list[str]:
        """Remove the articles called ``ids`` in one transaction; returns those that were there."""
        gone = []
        with self.database.change() as cursor:
            for id in ids:
                row = cursor.execute("SELECT key FROM articles WHERE id = ?", (id,)).fetchone()
                if row:
                    drop_passages(cursor, row[0])
                    cursor.execute("DELETE FROM articles WHERE key = ?", row)
                    gone.append(id)
        return gone

    def forget_hash(self, id: str) -> None:
        """Make the next ``store`` of this article replace it even if it looks unchanged."""
        with self.database.change(counts=False) as cursor:
            cursor.execute("UPDATE articles SET content_hash = '' WHERE id = ?", (id,))


def _where(filters: Filters) -> tuple[str, list[str]]:
    parts, values = [], []
    if filters.since:
        parts.append("substr(a.published, 1, 10) >= ?")
        values.append(filters.since)
    if filters.until:
        parts.append("a.published <> '' AND substr(a.published, 1, 10) <= ?")
        values.append(filters.until)
    if filters.sources:
        parts.append("a.source IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(filters.sources))
    return ("WHERE " + " AND ".join(parts) if parts else ""), values
