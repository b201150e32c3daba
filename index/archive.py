"""``Archive``: open, add, remove, list, search, verify. The only door to this package."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Lock

from index.adding import Summary, batches, store
from index.catalog import Catalog
from index.checks import faults
from index.encoder import SHIPPED, Encoder
from index.errors import ArchiveError, EncoderMismatch, UsageError
from index.fusion import fuse
from index.records import Article, Filters, Hit, Problem
from index.text import whole_characters
from index.vectors import VectorView
from index.words import WordView

CATALOG = "catalog.sqlite"
LONGEST_WANTED = 200  # characters of what a list is searched for
CANDIDATES = 50  # taken from each view before they are fused
_EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Findings:
    """What ``verify`` found: faults as (article id, fault), and the views it had to rebuild."""

    articles: int
    passages: int
    faults: tuple[tuple[str, str], ...]
    rebuilt: tuple[str, ...]


class Archive:
    """Articles in a folder, made when missing, and the ways to find their passages.

    Safe to share between threads; other processes may use the same folder at the same time.

    Args:
        folder: where the archive lives.
        encoder: a sentence-transformers model, by folder or hub name; the shipped one if None.

    Raises:
        ArchiveError: the folder is no archive and cannot become one.
        EncoderMismatch: the archive was made with another encoder.
        ModelError: the encoder cannot be loaded.
    """

    def __init__(self, folder: Path, encoder: str | None = None) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(f"{folder}: cannot be made a folder ({error.strerror}).") from error
        self._catalog = Catalog(folder / CATALOG)
        self._wanted_encoder = encoder
        self._loaded: tuple[Encoder, VectorView] | None = None
        self._loading = Lock()
        self._words = WordView(folder, self._catalog)

    def close(self) -> None:
        """Close the archive's files. It cannot be used afterwards."""
        self._catalog.close()

    # -- what is in it ------------------------------------------------------------------------

    def count(self) -> tuple[int, int]:
        """How many articles and passages it holds."""
        return self._catalog.count()

    def article(self, id: str) -> Article | None:
        """The article called ``id``, if there is one."""
        return self._catalog.article(id)

    def articles(self, filters: Filters = _EVERYTHING) -> list[Article]:
        """The articles that pass ``filters``, newest first."""
        return self._catalog.articles(_checked(filters))

    def listed(
        self, wanted: str = "", filters: Filters = _EVERYTHING, limit: int = 100
    ) -> tuple[int, list[Article]]:
        """How many articles pass ``filters`` and hold every word of ``wanted``, and the newest.

        The words may stand in title, source or date. The articles come without their text: this
        is for lists, and quick however many there are.

        Raises:
            UsageError: a date of ``filters`` is no ISO day.
        """
        words = whole_characters(wanted[:LONGEST_WANTED]).split()
        return self._catalog.listed(words, _checked(filters), limit)

    def sources(self) -> list[str]:
        """The names of the sources, in order."""
        return self._catalog.sources()

    def generation(self) -> int:
        """The number of changes ever made to it."""
        return self._catalog.generation()

    @property
    def encoder(self) -> Encoder:
        """The encoder, loaded when first used."""
        return self._encoder_and_vectors()[0]

    # -- changing it --------------------------------------------------------------------------

    def add(
        self,
        articles: Iterable[Article | Problem],
        progress: Callable[[Summary], None] = lambda _: None,
    ) -> Summary:
        """Add articles, each replacing an older one of the same id; problems are passed through.

        What is unchanged costs no work; an article whose text is there under another id is a
        copy and stays out. Batches are kept one by one: stopped at any instant, the archive holds
        exactly the finished ones. ``progress`` is called after each batch with the running sums.
        """
        summary, began = Summary(), time.monotonic()
        try:
            for batch in batches(articles, self._catalog, summary):
                if batch:
                    store(batch, self._catalog, self.encoder, summary)
                summary.seconds = time.monotonic() - began
                progress(summary)
        finally:
            if summary.added or summary.changed:
                self._encoder_and_vectors()[1].save()
                self._words.save()
        summary.seconds = time.monotonic() - began
        progress(summary)
        return summary

    def seed(
        self,
        name: str,
        articles: Callable[[], Iterable[Article | Problem]],
        progress: Callable[[Summary], None] = lambda _: None,
    ) -> None:
        """Add a set of articles once: when it went in before, it is not even read."""
        if not self._catalog.setting(f"seeded {name}"):
            self.add(articles(), progress)
            self._catalog.remember(f"seeded {name}", "yes")

    def remove(self, ids: Sequence[str]) -> list[str]:
        """Remove the articles called ``ids``; returns those that were there."""
        return self._catalog.remove(ids)

    # -- finding ------------------------------------------------------------------------------

    def search(self, question: str, top_k: int = 10, filters: Filters = _EVERYTHING) -> list[Hit]:
        """The ``top_k`` passages most likely to answer ``question``, best first.

        Raises:
            UsageError: a date of ``filters`` is no ISO day, or ``top_k`` no number from 1 on.
        """
        if not isinstance(top_k, int) or top_k < 1:
            raise UsageError(f"top_k is {top_k!r}; ask for at least 1 passage.")
        # The word view makes room for as many as are asked for, however few there are.
        top_k = min(top_k, self.count()[1])
        question = whole_characters(question)
        filters = _checked(filters)
        encoder, vectors = self._encoder_and_vectors()
        allowed = self._catalog.matching(filters) if filters else None
        (query,) = encoder.encode([question])
        near = vectors.search(query, max(CANDIDATES, top_k), allowed)
        worded = self._words.search(question, max(CANDIDATES, top_k), filters)
        ranked = fuse(near, worded)[: 2 * top_k]
        found = self._catalog.passages([id for id, _ in ranked])
        stored = self._catalog.vectors([id for id, _ in ranked], encoder.dimension)
        # The views may still hold a passage that was removed a moment ago.
        kept = [(id, score) for id, score in ranked if id in found and id in stored][:top_k]
        return [
            Hit(*found[id], score, float(stored[id] @ query), rank)
            for rank, (id, score) in enumerate(kept, start=1)
        ]

    # -- checking it --------------------------------------------------------------------------

    def verify(self) -> Findings:
        """Re-hash and cross-check everything; rebuild the views that do not match the catalog.

        An article at fault stays, and adding it again replaces it.
        """
        encoder, vectors = self._encoder_and_vectors()
        found = tuple(faults(self._catalog.database, encoder.dimension))
        for id, _ in found:
            if id:
                self._catalog.forget_hash(id)
        rebuilt = []
        for name, view in (("vectors", vectors), ("words", self._words)):
            if not view.is_sound():
                view.rebuild()
                rebuilt.append(name)
            view.save()
        return Findings(*self._catalog.count(), found, tuple(rebuilt))

    # -- inside -------------------------------------------------------------------------------

    def _encoder_and_vectors(self) -> tuple[Encoder, VectorView]:
        with self._loading:
            if self._loaded is None:
                encoder = Encoder(self._wanted_encoder)
                remembered = self._catalog.remember("encoder", encoder.identity)
                if remembered != encoder.identity:
                    shipped = remembered == SHIPPED
                    remedy = "Leave --encoder out" if shipped else "Name the first with --encoder"
                    raise EncoderMismatch(
                        f"{self.folder} was made with the encoder {remembered}, and "
                        f"{encoder.identity} was asked for. {remedy}, or add the articles to a "
                        "new archive."
                    )
                view = VectorView(self.folder, self._catalog, encoder.dimension)
                self._loaded = encoder, view
            return self._loaded


def is_archive(folder: Path) -> bool:
    """Whether ``folder`` holds an archive."""
    return (folder / CATALOG).exists()


def _checked(filters: Filters) -> Filters:
    """``filters`` with their days written in one way, as stored ones are."""
    return replace(filters, since=_day(filters.since), until=_day(filters.until))


def _day(written: str) -> str:
    try:
        return date.fromisoformat(written).isoformat() if written else ""
    except ValueError:
        raise UsageError(
            f"{written!r} is no date; write it as year-month-day, like 2022-10-18."
        ) from None
