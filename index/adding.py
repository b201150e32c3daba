"""``Article``s → passages with vectors → the catalog, in batches, with a running ``Summary``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from index.catalog import Catalog
from index.encoder import Encoder
from index.passages import cut
from index.records import Article, Problem
from index.storing import Prepared

BATCH_PASSAGES = 256  # encoded and stored together: what a sudden end can lose

Cut = tuple[Article, list[tuple[int, int]]]  # an article and the offsets of its passages


@dataclass(slots=True)
class Summary:
    """What adding has done so far. ``copies`` pairs an article's id with the one it repeats."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    passages: int = 0
    seconds: float = 0.0
    copies: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def seen(self) -> int:
        """How many articles have been dealt with, bad ones included."""
        return self.added + self.changed + self.unchanged + len(self.copies) + len(self.problems)


def batches(
    articles: Iterable[Article | Problem], catalog: Catalog, summary: Summary
) -> Iterator[list[Cut]]:
    """Articles that need work, with their passages' offsets, in batches of about one size.

    The others are counted in ``summary``. An empty batch only says that there is something to
    report.
    """
    batch: list[Cut] = []
    size = 0
    for article in articles:
        if isinstance(article, Problem):
            summary.problems.append(article)
            yield []
            continue
        standing = catalog.standing(article)
        if standing.unchanged:
            summary.unchanged += 1
            if summary.unchanged % BATCH_PASSAGES == 0:
                yield []
        elif standing.copy_of:
            summary.copies.append((article.id, standing.copy_of))
        elif offsets := list(cut(article.text)):
            batch.append((article, offsets))
            size += len(offsets)
        else:
            summary.problems.append(Problem(article.id, "holds no text; nothing to add."))
        if size >= BATCH_PASSAGES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def store(batch: list[Cut], catalog: Catalog, encoder: Encoder, summary: Summary) -> None:
    """Encode a batch's passages and store them as a whole; ``summary`` counts what went in."""
    vectors = encoder.encode(
        [passage_text(article, start, end) for article, offsets in batch for start, end in offsets]
    )
    prepared, row = [], 0
    for article, offsets in batch:
        prepared.append(Prepared(article, offsets, vectors[row : row + len(offsets)]))
        row += len(offsets)
    for item, before in zip(prepared, catalog.store(prepared), strict=True):
        if before.unchanged:
            summary.unchanged += 1
        elif before.copy_of:
            summary.copies.append((item.article.id, before.copy_of))
        else:
            summary.changed += before.exists
            summary.added += not before.exists
            summary.passages += len(item.offsets)


def passage_text(article: Article, start: int, end: int) -> str:
    """What the encoder reads of a passage: its article's title travels with it."""
    return f"{article.title}\n{article.text[start:end]}"
