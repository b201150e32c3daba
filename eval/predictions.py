"""``Prediction``: one reply as it stands in a run's ``predictions.jsonl``.

A line is the reply's JSON object (see ``qa.answers.as_json``) with the gold pair's id, and:

    "guesses"   answers too unsure to be given, in the form of "answers"
    "beyond"    passages found after those that were read, in the form of "passages"

A server's replies have neither.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import UsageError


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was found: the text from ``start`` to ``end`` of an article."""

    article_id: str
    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Said:
    """An answer or a guess: the text from ``start`` to ``end`` of an article."""

    text: str
    confidence: float
    article_id: str
    title: str
    url: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Prediction:
    """A reply: ``passages`` were read and ``beyond`` were not; ``timings`` in milliseconds."""

    id: str
    asked_as: str
    confidence: float
    answers: tuple[Said, ...]
    guesses: tuple[Said, ...]
    passages: tuple[Found, ...]
    beyond: tuple[Found, ...]
    timings: Mapping[str, float]

    @property
    def retrieved(self) -> tuple[Found, ...]:
        """All passages that were found, best first."""
        return self.passages + self.beyond

    @property
    def candidates(self) -> tuple[Said, ...]:
        """The answers, then the guesses: best first, whatever the threshold."""
        return self.answers + self.guesses


def parse(row: Mapping[str, Any]) -> Prediction:
    """The prediction that a line's object holds.

    Raises:
        KeyError, TypeError, ValueError: it is no such object.
    """
    return Prediction(
        id=str(row["id"]),
        asked_as=str(row["asked_as"]),
        confidence=float(row["confidence"]),
        answers=tuple(_said(answer) for answer in row["answers"]),
        guesses=tuple(_said(answer) for answer in row.get("guesses", ())),
        passages=tuple(_found(passage) for passage in row["passages"]),
        beyond=tuple(_found(passage) for passage in row.get("beyond", ())),
        timings={stage: float(spent) for stage, spent in row["timings_ms"].items()},
    )


def read_predictions(path: Path) -> list[Prediction]:
    """The predictions in ``path``, in order.

    Raises:
        UsageError: the file is missing, or a line is no prediction.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            return [_line(path, number, line) for number, line in enumerate(lines, start=1)]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as predictions ({error}).") from error


def _line(path: Path, number: int, line: str) -> Prediction:
    try:
        return parse(json.loads(line))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{path}, line {number}: no prediction ({error!r}). Expected the JSON object of a "
            "reply, as python -m eval writes it; run it again."
        ) from error


def _said(answer: Mapping[str, Any]) -> Said:
    return Said(
        text=str(answer["text"]),
        confidence=float(answer["confidence"]),
        article_id=str(answer["article_id"]),
        title=str(answer["title"]),
        url=str(answer["url"]),
        start=int(answer["start"]),
        end=int(answer["end"]),
    )


def _found(passage: Mapping[str, Any]) -> Found:
    return Found(
        article_id=str(passage["article_id"]),
        start=int(passage["start"]),
        end=int(passage["end"]),
        text=str(passage["text"]),
        score=float(passage["score"]),
    )
