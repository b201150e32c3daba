"""Which of the passages found hold a gold answer, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.mentions import mentions
from eval.pairs import Pair
from eval.predictions import Found


@dataclass(frozen=True, slots=True)
class Place:
    """A passage that holds a gold answer: its rank, and the answer's spans in the passage."""

    rank: int
    passage: Found
    spans: tuple[tuple[int, int], ...]


def gold_places(pair: Pair, retrieved: Sequence[Found]) -> list[Place]:
    """The passages of ``retrieved`` that hold a gold answer of ``pair``, best rank first.

    Where the pair names articles, only their passages count: the same words elsewhere may well
    mean something else. Empty for an unanswerable pair.
    """
    places = []
    for rank, passage in enumerate(retrieved, start=1):
        if pair.article_ids and passage.article_id not in pair.article_ids:
            continue
        found = {span for answer in pair.answers for span in mentions(passage.text, answer)}
        if found:
            places.append(Place(rank, passage, tuple(sorted(found))))
    return places
