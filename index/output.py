"""Articles and hits → the JSON objects that scripts read."""

from __future__ import annotations

from typing import Any

from index.records import Article, Hit


def article_as_json(article: Article) -> dict[str, Any]:
    """What is known of ``article``, without its text."""
    return {
        "article_id": article.id,
        "title": article.title,
        "url": article.url,
        "published": article.published,
        "source": article.source,
    }


def hit_as_json(hit: Hit) -> dict[str, Any]:
    """A passage that was found, and its article; its offsets are characters of the article."""
    return {
        **article_as_json(hit.article),
        "start": hit.passage.start,
        "end": hit.passage.end,
        "text": hit.passage.text,
        "score": round(hit.score, 6),
    }
