"""``Outcome``: how one question went, in figures. Everything that is scored starts from these."""

from __future__ import annotations

from dataclasses import dataclass

from eval.failures import failure
from eval.metrics import exact, f1, recall
from eval.pairs import Pair
from eval.places import gold_places
from eval.predictions import Prediction

RIGHT = 0.5  # the F1 from which on an answer counts as right where confidence is judged


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the question ``id`` went; fractions from 0 to 1, ranks from 1.

    ``right`` is 1 where the best candidate, given or only guessed, has an F1 of RIGHT or more, and
    None where a refusal came without its guess. ``found`` counts passages. ``rank`` is that of the
    first one with a gold answer, ``article_rank`` that of the first from a named article, None
    where there is none. ``article_recall`` is the share of the named articles that were read from,
    None if none is named. ``cause`` is empty where ``em`` is 1.
    """

    id: str
    question: str
    answerable: bool
    followup: bool
    answered: bool
    em: float
    f1: float
    confidence: float
    right: float | None
    found: int
    rank: int | None
    article_rank: int | None
    article_recall: float | None
    cause: str


def outcome(pair: Pair, prediction: Prediction) -> Outcome:
    """How ``prediction`` did on ``pair``."""
    said = prediction.answers[0].text if prediction.answers else ""
    best = prediction.candidates[0].text if prediction.candidates else None
    failed = failure(pair, prediction)
    places = gold_places(pair, prediction.retrieved)
    from_named = [
        rank
        for rank, passage in enumerate(prediction.retrieved, start=1)
        if passage.article_id in pair.article_ids
    ]
    return Outcome(
        id=pair.id,
        question=pair.question,
        answerable=bool(pair.answers),
        followup=bool(pair.history),
        answered=bool(prediction.answers),
        em=exact(said, pair.answers),
        f1=round(f1(said, pair.answers), 4),
        confidence=prediction.confidence,
        right=None if best is None else float(f1(best, pair.answers) >= RIGHT),
        found=len(prediction.retrieved),
        rank=places[0].rank if places else None,
        article_rank=from_named[0] if from_named else None,
        article_recall=recall([p.article_id for p in prediction.passages], pair.article_ids)
        if pair.article_ids
        else None,
        cause=failed.cause if failed else "",
    )
