"""What programs call, through ``gradio_client`` or plain HTTP: text in, JSON out."""

from __future__ import annotations

import json
from typing import Any

from index.errors import UsageError
from index.records import Article
from qa.answers import as_json
from qa.assistant import Assistant
from qa.conversation import turns


class Endpoints:
    """The calls that an assistant and its archive answer. Each raises ``BylineError``."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def ask(self, question: str, history: str = "[]") -> dict[str, Any]:
        """Answer a question; history is a JSON list of {"question", "answer"}, oldest first."""
        return as_json(self._assistant.ask(question, turns(_parsed(history))))

    def search(self, words: str, top_k: int = 10) -> list[dict[str, Any]]:
        """Find the passages nearest to a question or some words, best first."""
        return [
            {
                **_named(hit.article),
                "start": hit.passage.start,
                "end": hit.passage.end,
                "text": hit.passage.text,
                "score": round(hit.score, 6),
            }
            for hit in self._assistant.archive.search(words, top_k)
        ]

    def articles(self) -> list[dict[str, Any]]:
        """List the articles, newest first, without their text."""
        return [_named(article) for article in self._assistant.archive.articles()]


def _named(article: Article) -> dict[str, Any]:
    return {
        "article_id": article.id,
        "title": article.title,
        "url": article.url,
        "published": article.published,
        "source": article.source,
    }


def _parsed(history: str) -> object:
    try:
        return json.loads(history)
    except (ValueError, TypeError, RecursionError) as error:
        raise UsageError(f"history is no JSON: {error}.") from None
