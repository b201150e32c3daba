"""The SQLite file behind the catalog: its tables, its transactions, its errors in plain words."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import ArchiveBusy, ArchiveError

VERSION = 1
BUSY_SECONDS = 60

_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL, text TEXT NOT NULL, url TEXT NOT NULL,
    published TEXT NOT NULL, source TEXT NOT NULL,
    content_hash TEXT NOT NULL, text_hash TEXT NOT NULL
);
CREATE INDEX articles_by_text ON articles (text_hash);
CREATE INDEX articles_by_day ON articles (published);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles (key) ON DELETE CASCADE,
    first INTEGER NOT NULL, after INTEGER NOT NULL,
    generation INTEGER NOT NULL, checksum INTEGER NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX passages_by_article ON passages (article);
CREATE INDEX passages_by_generation ON passages (generation);
CREATE TABLE removals (passage INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX removals_by_generation ON removals (generation);
INSERT INTO settings VALUES ('generation', '0'), ('identity', lower(hex(randomblob(8))));
"""


class Database:
    """The file ``path``, made when missing. Safe to share between threads.

    One connection reads and one writes, so that a search never waits for a write of its own
    process; other processes wait for each other's transactions in SQLite.

    Raises:
        ArchiveError: the file is no catalog, is damaged, or cannot be read or written.
        ArchiveBusy: another process has been writing for a minute.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_lock, self._write_lock = threading.RLock(), threading.RLock()
        with self._plainly():
            self._writer = self._connect()
            self._prepare()
            self._reader = self._connect()

    def close(self) -> None:
        """Close the file. It cannot be used afterwards."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Cursor]:
        """A cursor for reading; other readers of this process wait meanwhile."""
        with self._read_lock, self._plainly():
            yield self._reader.cursor()

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Cursor]:
        """A cursor whose queries all see one and the same state, whoever writes meanwhile."""
        with self.reading() as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
            finally:
                if self._reader.in_transaction:
                    cursor.execute("ROLLBACK")

    def rows(self, query: str, *values: object) -> list[Any]:
        """Every row that ``query`` gives."""
        with self.reading() as cursor:
            return cursor.execute(query, values).fetchall()

    @contextmanager
    def change(self, counts: bool = True) -> Iterator[sqlite3.Cursor]:
        """One transaction, kept whole or not at all; raises the generation where it ``counts``."""
        with self._write_lock, self._plainly():
            cursor = self._writer.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                if counts:
                    cursor.execute(
                        "UPDATE settings SET value = value + 1 WHERE name = 'generation'"
                    )
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    cursor.execute("ROLLBACK")
                raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        # A damaged text must not keep the others from being read; its hash gives it away.
        connection.text_factory = lambda data: str(data, errors="replace")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _prepare(self) -> None:
        (version,) = self._writer.execute("PRAGMA user_version").fetchone()
        if version == 0:
            # Looked at again under the lock: another process may be making the same file.
            self._writer.execute("BEGIN IMMEDIATE")
            (version,) = self._writer.execute("PRAGMA user_version").fetchone()
            if version == 0:
                if self._writer.execute("SELECT 1 FROM sqlite_master").fetchone():
                    self._writer.execute("ROLLBACK")
                    raise ArchiveError(f"{self.path}: holds other data; it is not an archive.")
                for statement in _SCHEMA.split(";\n"):
                    self._writer.execute(statement)
                self._writer.execute(f"PRAGMA user_version = {VERSION}")
            self._writer.execute("COMMIT")
        elif version != VERSION:
            raise ArchiveError(
                f"{self.path}: made by another version of Byline (its form is {version}, this one "
                f"reads {VERSION}). Use that version, or add the articles to a new archive."
            )
        self._use_wal()

    def _use_wal(self) -> None:
        # Of two that make this switch at once, SQLite refuses one without letting it wait.
        end = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._writer.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(0.01)

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise ArchiveBusy(
                    f"{self.path}: another process has been writing for over {BUSY_SECONDS} "
                    "seconds. Wait until it is done, or stop it; nothing is lost."
                ) from error
            raise ArchiveError(
                f"{self.path}: {error}. Expected an archive that can be read and written. "
                "If the file is damaged, restore it from a copy or add the articles anew elsewhere."
            ) from error
