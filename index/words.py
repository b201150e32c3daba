"""Full text (BM25, tantivy): a view of the catalog for names, numbers and rare words.

The generation it shows is kept in the index itself, as a document of its own, so that one commit
changes both. One process at a time brings the files up to date; the others read what is there.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tantivy
from filelock import FileLock, Timeout

from index.catalog import Catalog
from index.errors import ArchiveError
from index.records import Article, Filters, Passage
from index.segments import is_whole
from index.telling import telling_words

HEAP = 64_000_000
_log = logging.getLogger(__name__)


class WordView:
    """The words of ``catalog``'s passages, searchable; its files are kept in ``folder``."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self._folder, self._catalog = folder, catalog
        self._identity = catalog.setting("identity")
        self._files_lock = FileLock(folder / "words.lock")
        self._lock = threading.Lock()
        self._place = ""
        self._index: tantivy.Index | None = None

    def search(
        self, question: str, top_k: int, filters: Filters | None = None
    ) -> list[tuple[int, float]]:
        """The ``top_k`` passages that share most with the question's words, best first.

        Returns (passage id, BM25 score) pairs. Any text is a valid question; one without words
        finds nothing.
        """
        words = telling_words(question)
        if not words:
            return []
        with self._lock:
            try:
                index = self._caught_up()
            except ArchiveError as error:
                _log.warning("%s", error)
                index = self._index
            if index is None:
                return []
            query, _ = index.parse_query_lenient(" ".join(words), ["title", "text"])
            if filters:
                query = tantivy.Query.boolean_query(
                    [
                        (tantivy.Occur.Must, query),
                        *((tantivy.Occur.Must, part) for part in _limits(index.schema, filters)),
                    ]
                )
            searcher = index.searcher()
            found = searcher.search(query, top_k, count=False)
            return [
                (int(searcher.doc(place)["passage"][0]), float(score))
                for score, place in found.hits
            ]

    def save(self) -> None:
        """Bring the files up to date, unless another process is doing so."""
        with self._lock:
            self._caught_up()

    def rebuild(self) -> None:
        """Make the view anew from the catalog, waiting for any other process at it."""
        with self._lock, self._writing(), self._files_lock:
            self._start_over()
            self._apply()

    def is_sound(self) -> bool:
        """Whether the view can be read and holds exactly the catalog's passages."""
        with self._lock, self._files_lock:
            if self._place and not is_whole(self._folder / self._place):
                return False
            index = self._caught_up()
            if index is None:
                return self._catalog.count()[1] == 0
            searcher = index.searcher()
            expected: list[int] = self._catalog.matching(Filters()).tolist()
            found = searcher.search(
                tantivy.Query.range_query(
                    index.schema, "passage", tantivy.FieldType.Integer, lower_bound=1
                ),
                len(expected) + 1,
            )
            ids = sorted(int(searcher.doc(place)["passage"][0]) for _, place in found.hits)
            return ids == expected

    # -- following the catalog ----------------------------------------------------------------

    def _caught_up(self) -> tantivy.Index | None:
        self._open()
        if self._shown() != self._catalog.generation():
            try:
                with self._writing(), self._files_lock.acquire(timeout=0):
                    self._open()
                    if self._index is None or self._shown() > self._catalog.generation():
                        self._start_over()
                    self._apply()
            except Timeout:
                _log.debug("another process is bringing the word index up to date")
        return self._index

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except Timeout:
            raise
        except (OSError, ValueError) as error:
            raise ArchiveError(
                f"{self._folder}: the word index cannot be written ({error}). The articles are "
                "safe; make room, then run verify."
            ) from error

    def _apply(self) -> None:
        assert self._index is not None  # noqa: S101 - opened or begun by every caller
        after, upto = self._shown(), self._catalog.generation()
        if after == upto:
            return
        writer = self._index.writer(heap_size=HEAP, num_threads=1)
        for id in self._catalog.removed(after, upto).tolist():
            writer.delete_documents_by_term("passage", id)
        count = 0
        for chunk in self._catalog.added(after, upto):
            for passage, article in chunk:
                writer.add_document(_document(passage, article))
            count += len(chunk)
            if count // 50_000 > (count - len(chunk)) // 50_000:
                _log.warning("bringing the word index up to date: %d passages", count)
        writer.delete_documents_by_term("stamp", "stamp")
        stamp = tantivy.Document()
        stamp.add_text("stamp", "stamp")
        stamp.add_integer("generation", upto)
        writer.add_document(stamp)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        for other in self._folder.glob("words-*"):
            if other.name != self._place:
                shutil.rmtree(other, ignore_errors=True)

    def _shown(self) -> int:
        """The generation that the open index shows; 0 where there is none."""
        if self._index is None:
            return 0
        self._index.reload()
        searcher = self._index.searcher()
        query = tantivy.Query.term_query(self._index.schema, "stamp", "stamp")
        hits = searcher.search(query, 1).hits
        return int(searcher.doc(hits[0][1])["generation"][0]) if hits else 0

    # -- its files ----------------------------------------------------------------------------
    # words.json names the folder that holds the index and the catalog it belongs to. A rebuilt
    # index gets a new folder, so that a process reading the old one is not disturbed.

    def _open(self) -> None:
        try:
            stamp = json.loads((self._folder / "words.json").read_bytes())
            place = str(stamp["folder"]) if stamp["identity"] == self._identity else ""
        except (OSError, ValueError, KeyError, TypeError):
            place = ""
        if place == self._place and self._index is not None:
            return
        self._index, self._place = None, ""
        if place:
            folder = self._folder / Path(place).name
            try:
                index = tantivy.Index.open(str(folder)) if is_whole(folder) else None
            except (ValueError, OSError):
                index = None
            if index is not None and index.schema == _schema():
                self._index, self._place = index, place
            else:
                _log.warning("the word index is damaged or of another version: it is made anew")

    def _start_over(self) -> None:
        place = Path(tempfile.mkdtemp(prefix="words-", dir=self._folder))
        self._index, self._place = tantivy.Index(_schema(), path=str(place)), place.name
        stamp = self._folder / "words.json.new"
        stamp.write_text(json.dumps({"folder": place.name, "identity": self._identity}))
        stamp.replace(self._folder / "words.json")


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("passage", stored=True, indexed=True, fast=True)
    builder.add_text_field("title", tokenizer_name="en_stem")
    builder.add_text_field("text", tokenizer_name="en_stem")
    builder.add_integer_field("day", indexed=True, fast=True)
    builder.add_text_field("source", tokenizer_name="raw")
    builder.add_text_field("stamp", tokenizer_name="raw")
    builder.add_integer_field("generation", stored=True)
    return builder.build()


def _document(passage: Passage, article: Article) -> tantivy.Document:
    document = tantivy.Document()
    document.add_integer("passage", passage.id)
    document.add_text("title", article.title)
    document.add_text("text", passage.text)
    document.add_text("source", article.source)
    document.add_integer("day", _day(article.published))
    return document


def _day(published: str) -> int:
    """An ISO date as the number YYYYMMDD; 0 where there is none."""
    digits = published[:10].replace("-", "")
    return int(digits) if len(digits) == 8 and digits.isdecimal() else 0


def _limits(schema: tantivy.Schema, filters: Filters) -> list[tantivy.Query]:
    limits = []
    if filters.since or filters.until:
        limits.append(
            tantivy.Query.range_query(
                schema,
                "day",
                tantivy.FieldType.Integer,
                lower_bound=_day(filters.since) or 1,
                upper_bound=_day(filters.until) or 99999999,
            )
        )
    if filters.sources:
        limits.append(
            tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Should, tantivy.Query.term_query(schema, "source", source))
                    for source in filters.sources
                ]
            )
        )
    return limits
