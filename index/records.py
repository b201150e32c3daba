"""What travels through Byline. All immutable; offsets are half-open, in characters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """One news article.

    ``id`` is the name people and scripts use for it. ``published`` is an ISO 8601 date or
    date-time ("2022-10-18", "2022-10-18T09:30:00+00:00"). An empty string means unknown.
    """

    id: str
    title: str
    text: str
    url: str = ""
    published: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read: its file name or URL, and one line that says why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A few whole sentences of one article: ``article.text[start:end] == text``."""

    id: int
    article_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query, with its article; the best has ``rank`` 1.

    ``score`` is what the ranking goes by. ``similarity`` is the cosine of question and passage,
    which, unlike the score, also tells whether there is anything near at all.
    """

    passage: Passage
    article: Article
    score: float
    similarity: float
    rank: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles a search may use. Dates are ISO days, inclusive; empty means no limit.

    An article without a date passes no date limit; ``sources`` must match exactly.
    """

    since: str = ""
    until: str = ""
    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.sources)
