"""The measures of a run: their names, what they mean, and how outcomes give them.

All are points of 100. A measure is NaN where a run tells nothing of it, like ranks in closed
reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.metrics import Floats, auc, calibration_error, reciprocal_rank, success
from eval.outcomes import Outcome

DEPTHS = (1, 5, 20)
LEVELS = (50, 70, 80, 90)

ANSWERS, SEARCH, CONFIDENCE = GROUPS = ("Answers", "Search", "Confidence")

Table = NDArray[np.void]
Mask = NDArray[np.bool_]

_FLAGS = ("answerable", "followup", "answered")
_FIGURES = ("em", "f1", "confidence", "right", "found", "rank", "article_rank", "article_recall")


def table(outcomes: Sequence[Outcome]) -> Table:
    """``outcomes`` as an array of records, one a question; NaN where a figure is None."""
    rows = [
        tuple(
            np.nan if value is None else value
            for value in (getattr(outcome, name) for name in _FLAGS + _FIGURES)
        )
        for outcome in outcomes
    ]
    kinds = [(name, np.bool_) for name in _FLAGS] + [(name, np.float64) for name in _FIGURES]
    return np.array(rows, dtype=kinds)


@dataclass(frozen=True, slots=True)
class Measure:
    """``name`` is for commands, ``label`` for people; ``of`` gives the points of a table.

    ``group`` is the one of GROUPS that it tells of.
    """

    group: str
    name: str
    label: str
    meaning: str
    of: Callable[[Table], float]
    lower_is_better: bool = False


def _mean(values: Floats, among: Mask) -> float:
    return 100 * float(values[among].mean()) if among.any() else float("nan")


def _everyone(questions: Table) -> Mask:
    return np.ones(len(questions), dtype=np.bool_)


def _ranked(questions: Table, depth: int) -> Mask:
    # One passage is no ranking, and what nobody looked for was not missed.
    deep: bool = questions["found"].max() >= max(depth, 2)
    mask: Mask = questions["answerable"] & deep
    return mask


def _named(questions: Table) -> Mask:
    mask: Mask = _ranked(questions, 1) & ~np.isnan(questions["article_recall"])
    return mask


def _told(questions: Table) -> Mask:
    mask: Mask = ~np.isnan(questions["right"])
    return mask


def _sure(questions: Table, level: int) -> Mask:
    mask: Mask = _told(questions) & (questions["confidence"] >= level / 100)
    return mask


def _refused(questions: Table) -> Mask:
    # Where everything is answerable, no refusal can be due, and that says nothing of them.
    some: bool = not questions["answerable"].all()
    mask: Mask = ~questions["answered"] & some
    return mask


def _success(depth: int) -> Measure:
    return Measure(
        SEARCH,
        f"success@{depth}",
        f"Success@{depth}",
        f"a passage with a gold answer is ranked {depth} or better",
        lambda q: _mean(success(q["rank"], depth), _ranked(q, depth)),
    )


def _precision(level: int) -> Measure:
    return Measure(
        CONFIDENCE,
        f"precision@{level}",
        f"Right, if {level} % sure or more",
        f"answers and guesses of {level} % confidence or more that have an F1 of 50 or more",
        lambda q: _mean(q["right"], _sure(q, level)),
    )


def _coverage(level: int) -> Measure:
    return Measure(
        CONFIDENCE,
        f"coverage@{level}",
        f"Answered, if {level} % sure or more",
        f"questions with an answer or guess of {level} % confidence or more",
        lambda q: 100 * float(_sure(q, level).mean()),
    )


def _calibration_error(questions: Table) -> float:
    told = _told(questions)
    return 100 * calibration_error(questions["confidence"][told], questions["right"][told])


MEASURES = (
    Measure(
        ANSWERS,
        "em",
        "Exact match",
        "the first answer equals a gold answer; an unanswerable question is refused",
        lambda q: _mean(q["em"], _everyone(q)),
    ),
    Measure(
        ANSWERS,
        "f1",
        "F1",
        "words shared by the first answer and the nearest gold answer",
        lambda q: _mean(q["f1"], _everyone(q)),
    ),
    Measure(
        ANSWERS,
        "em_answerable",
        "Exact match, answerable",
        "exact match over the questions with a gold answer",
        lambda q: _mean(q["em"], q["answerable"]),
    ),
    Measure(
        ANSWERS,
        "f1_answerable",
        "F1, answerable",
        "F1 over the questions with a gold answer",
        lambda q: _mean(q["f1"], q["answerable"]),
    ),
    Measure(
        ANSWERS,
        "em_unanswerable",
        "Refusals, recall",
        "unanswerable questions that were refused",
        lambda q: _mean(q["em"], ~q["answerable"]),
    ),
    Measure(
        ANSWERS,
        "refusal_precision",
        "Refusals, precision",
        "refused questions that are unanswerable",
        lambda q: _mean(1.0 - q["answerable"], _refused(q)),
    ),
    Measure(
        ANSWERS,
        "em_followup",
        "Exact match, follow-ups",
        "exact match over the questions with a history",
        lambda q: _mean(q["em"], q["followup"]),
    ),
    Measure(
        ANSWERS,
        "f1_followup",
        "F1, follow-ups",
        "F1 over the questions with a history",
        lambda q: _mean(q["f1"], q["followup"]),
    ),
    *map(_success, DEPTHS),
    Measure(
        SEARCH,
        "mrr",
        "MRR, passages",
        "reciprocal rank of the first passage found that holds a gold answer",
        lambda q: _mean(reciprocal_rank(q["rank"]), _ranked(q, 1)),
    ),
    Measure(
        SEARCH,
        "article_mrr",
        "MRR, articles",
        "reciprocal rank of the first passage found from an article that gold names",
        lambda q: _mean(reciprocal_rank(q["article_rank"]), _named(q)),
    ),
    Measure(
        SEARCH,
        "article_recall",
        "Recall of articles",
        "articles that gold names of which a passage was read",
        lambda q: _mean(q["article_recall"], _named(q)),
    ),
    Measure(
        CONFIDENCE,
        "auc",
        "AUC, answerable",
        "chance that an answerable question gets more confidence than an unanswerable one",
        lambda q: 100 * auc(q["answerable"], q["confidence"]),
    ),
    Measure(
        CONFIDENCE,
        "ece",
        "Calibration error",
        "mean distance between confidence and how often the F1 was 50 or more",
        _calibration_error,
        lower_is_better=True,
    ),
    *(make(level) for level in LEVELS for make in (_precision, _coverage)),
)


def measured(questions: Table) -> Floats:
    """Every one of ``MEASURES``, in their order."""
    return np.array([measure.of(questions) for measure in MEASURES])
