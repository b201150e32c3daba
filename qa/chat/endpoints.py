"""What programs call, over HTTP or as tools of an assistant: plain values in, JSON out."""

from __future__ import annotations

import json
from typing import Any

from index.errors import UsageError
from index.output import article_as_json, hit_as_json
from index.records import Filters
from index.text import cut
from qa.answers import as_json
from qa.assistant import LONGEST_QUESTION, Assistant
from qa.conversation import turns

MOST_READ = 50  # passages; each takes a while
MOST_FOUND = 100
MOST_LISTED = 1000
MOST_SOURCES = 100


class Endpoints:
    """The calls that an assistant and its archive answer. Each raises ``BylineError``.

    Callers may send any JSON value for any argument, so all of them are checked.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def ask(
        self,
        question: str,
        history: str = "[]",
        since: str = "",
        until: str = "",
        sources: list[str] | None = None,
        top_k: int = 10,
        threshold: float | None = None,
    ) -> dict[str, Any]:
        """Answer a question from the articles, word for word, with where the words stand.

        Args:
            question: what to answer; at most 10,000 characters.
            history: the earlier turns, oldest first: a JSON list of {"question", "answer"}.
            since: only articles from this day on, like 2022-10-18.
            until: only articles up to this day.
            sources: only articles of these sources.
            top_k: how many passages are read, from 1 to 50.
            threshold: answer only when at least this sure, from 0 to 1.
        """
        if isinstance(threshold, bool) or not isinstance(threshold, int | float | None):
            raise _not_so("threshold", threshold, "a number from 0 to 1")
        reply = self._assistant.ask(
            _text("question", question),
            turns(_parsed(history)),
            top_k=_whole("top_k", top_k, 1, MOST_READ),
            threshold=threshold,
            filters=_filters(since, until, sources),
        )
        return as_json(reply)

    def search(
        self,
        words: str,
        top_k: int = 10,
        since: str = "",
        until: str = "",
        sources: list[str] | None = None,
    ) -> list[dict[str, Any]]:
        """Find the passages nearest to a question or some words, best first.

        Args:
            words: what to look for; at most 10,000 characters.
            top_k: how many passages, from 1 to 100.
            since: only articles from this day on, like 2022-10-18.
            until: only articles up to this day.
            sources: only articles of these sources.
        """
        if len(_text("words", words)) > LONGEST_QUESTION:
            raise UsageError(
                f"words has {len(words):,} characters; at most {LONGEST_QUESTION:,} are read."
            )
        filters = _filters(since, until, sources)
        hits = self._assistant.archive.search(words, _whole("top_k", top_k, 1, MOST_FOUND), filters)
        return [hit_as_json(hit) for hit in hits]

    def articles(self, words: str = "", limit: int = 100, offset: int = 0) -> list[dict[str, Any]]:
        """List the articles, newest first, without their text.

        Args:
            words: only articles that hold every one of these in title, source or date.
            limit: how many, from 1 to 1,000.
            offset: how many of the newest to leave out, to list further ones.
        """
        limit = _whole("limit", limit, 1, MOST_LISTED)
        offset = _whole("offset", offset, 0, 10_000_000)
        _, listed = self._assistant.archive.listed(_text("words", words), limit=offset + limit)
        return [article_as_json(article) for article in listed[offset:]]


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise _not_so(name, value, "text")
    return value


def _whole(name: str, value: object, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _not_so(name, value, f"a whole number from {least:,} to {most:,}")
    return value


def _filters(since: str, until: str, sources: list[str] | None) -> Filters:
    names = [] if sources is None else sources
    if (
        not isinstance(names, list)
        or len(names) > MOST_SOURCES
        or not all(isinstance(name, str) for name in names)
    ):
        raise _not_so("sources", names, f"a list of at most {MOST_SOURCES} names")
    return Filters(_text("since", since), _text("until", until), tuple(names))


def _not_so(name: str, value: object, expected: str) -> UsageError:
    return UsageError(f"{name} is {cut(repr(value), 80)}; expected {expected}.")


def _parsed(history: str) -> object:
    try:
        return json.loads(history)
    except (ValueError, TypeError, RecursionError) as error:
        raise UsageError(f"history is no JSON: {error}.") from None
