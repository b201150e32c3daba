"""``Answer`` and ``Reply``: what Byline says, and its form as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from index.passages import sentences
from index.records import Article, Hit, Passage


@dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer's words stand: ``article.text[start:end] == text``, inside the passage.

    ``copy_of`` is the id of the source named before it whose text this one repeats; "" for a source
    of its own.
    """

    text: str
    start: int
    end: int
    article: Article
    passage: Passage
    copy_of: str = ""

    def sentence(self) -> tuple[int, int]:
        """The offsets in the article of the sentence that it begins in."""
        passage, at = self.passage, self.start - self.passage.start
        within = ((first, last) for first, last in sentences(passage.text) if first <= at < last)
        first, last = next(within, (at, self.end - passage.start))
        return passage.start + first, passage.start + last

    @property
    def sentence_text(self) -> str:
        """The sentence that it begins in."""
        first, last = self.sentence()
        return self.article.text[first:last]


@dataclass(frozen=True, slots=True)
class Answer:
    """Words of an article that answer the question.

    ``article.text[start:end] == text``. ``confidence`` is the calibrated probability that they
    are right. ``sources`` cites every article found to say the same, this one first; those that
    copy another are marked. ``resolved`` is the day, month or year that a phrase like "last
    Wednesday" means, as Byline reads it: "2022-10-19", "2022-10" or "2022"; else "".
    """

    text: str
    start: int
    end: int
    confidence: float
    article: Article
    passage: Passage
    sources: tuple[Citation, ...]
    resolved: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What Byline says to a question.

    ``asked_as`` is the question as understood, standing alone. ``answers`` are distinct, best
    first, and empty when none is sure enough: then ``guesses`` holds what was too unsure to say.
    ``hits`` are the passages read. ``timings`` are milliseconds by stage.

    ``reason`` says why there is no answer: "no words" in the question, "nothing relevant" in the
    articles, or "not sure" enough of any; "" where there is one. ``rivals`` are the answers that
    independent articles give in place of the best, the newest article's first; see
    ``qa/disagreement.py``.
    """

    question: str
    asked_as: str
    answers: tuple[Answer, ...] = ()
    guesses: tuple[Answer, ...] = ()
    hits: tuple[Hit, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    rivals: tuple[Answer, ...] = ()

    @property
    def confidence(self) -> float:
        """The best answer's confidence; the best guess's where there is no answer."""
        return next((answer.confidence for answer in (*self.answers, *self.guesses)), 0.0)


def as_json(reply: Reply, id: str = "") -> dict[str, Any]:
    """``reply`` as the JSON object that scripts read. ``answer`` is None when there is none."""
    return {
        "id": id,
        "question": reply.question,
        "asked_as": reply.asked_as,
        "answer": reply.answers[0].text if reply.answers else None,
        "confidence": round(reply.confidence, 4),
        "reason": reply.reason,
        "answers": [_answer(answer) for answer in reply.answers],
        "guesses": [_answer(guess) for guess in reply.guesses],
        "rivals": [_answer(rival) for rival in reply.rivals],
        "passages": [
            {
                "article_id": hit.article.id,
                "start": hit.passage.start,
                "end": hit.passage.end,
                "text": hit.passage.text,
                "score": round(hit.score, 6),
            }
            for hit in reply.hits
        ],
        "timings_ms": {stage: round(spent, 1) for stage, spent in reply.timings.items()},
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "text": answer.text,
        "confidence": round(answer.confidence, 4),
        "resolved": answer.resolved,
        **_place(answer.article, answer.start, answer.end),
        "passage": answer.passage.text,
        "sources": [
            {
                "text": cited.text,
                **_place(cited.article, cited.start, cited.end),
                "copy_of": cited.copy_of,
            }
            for cited in answer.sources
        ],
    }


def _place(article: Article, start: int, end: int) -> dict[str, Any]:
    return {
        "article_id": article.id,
        "title": article.title,
        "source": article.source,
        "url": article.url,
        "published": article.published,
        "start": start,
        "end": end,
    }
