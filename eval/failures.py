"""Why a question was answered wrongly: exactly one cause for each, and what shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from eval.metrics import exact
from eval.pairs import Pair
from eval.places import Place, gold_places
from eval.predictions import Prediction, Said


class Cause(StrEnum):
    """The stage that lost a question, in the order in which stages come."""

    NOT_FOUND = "gold passage not retrieved"
    NOT_READ = "retrieved but not read"
    OTHER_SPAN = "read but another span first"
    EDGES = "right place, wrong edges"
    REFUSED = "refused though answerable"
    ANSWERED = "answered though unanswerable"


REMEDIES = {
    Cause.NOT_FOUND: "better search: the encoder, the word view, or the question as understood",
    Cause.NOT_READ: "a larger --top-k, or a better order of the passages found",
    Cause.OTHER_SPAN: "a reader or a ranking that tells the right span from the one it chose",
    Cause.EDGES: "a reader or a rule with better edges, or further gold answers",
    Cause.REFUSED: "a lower --threshold, or confidence fitted to these articles (calibrate)",
    Cause.ANSWERED: "a higher --threshold, or confidence fitted to these articles (calibrate)",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why ``said`` (None: no answer was given) is wrong.

    ``places`` are the passages found that hold a gold answer, best first. ``gold_candidate`` is
    the rank of a right text among the answers and guesses, None where it is not among them.
    """

    cause: Cause
    said: Said | None
    places: tuple[Place, ...]
    gold_candidate: int | None


def failure(pair: Pair, prediction: Prediction) -> Failure | None:
    """Why the first answer of ``prediction`` is wrong, or None where it matches a gold answer."""
    said = prediction.answers[0] if prediction.answers else None
    if exact(said.text if said else "", pair.answers):
        return None
    places = gold_places(pair, prediction.retrieved)
    right = [
        rank
        for rank, candidate in enumerate(prediction.candidates, start=1)
        if pair.answers and exact(candidate.text, pair.answers)
    ]
    return Failure(
        _cause(pair, prediction, said, places), said, tuple(places), right[0] if right else None
    )


def _cause(pair: Pair, prediction: Prediction, said: Said | None, places: list[Place]) -> Cause:
    if not pair.answers:
        return Cause.ANSWERED
    if said and any(_overlaps(said, place) for place in places):
        return Cause.EDGES
    if not places:
        return Cause.NOT_FOUND
    if places[0].rank > len(prediction.passages):
        return Cause.NOT_READ
    return Cause.OTHER_SPAN if said else Cause.REFUSED


def _overlaps(said: Said, place: Place) -> bool:
    """Whether the answer shares a character with a gold answer in the same article."""
    passage = place.passage
    return said.article_id == passage.article_id and any(
        said.start < passage.start + end and passage.start + start < said.end
        for start, end in place.spans
    )
