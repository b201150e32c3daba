"""``python -m qa.train.confidence``: fit ``qa.confidence`` to a reader.

The questions are those of the documents that the reader's recipe holds out; ``qa.train.tried`` says
how they are asked. What is told of the fit is measured by cross-validation (Stone 1974), the
questions of a document together. In both, what cannot be answered weighs a third: as if of four
questions one had no answer.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from eval.logistic import FOLDS, NEGLIGIBLE, folds, logistic, newton
from eval.measures import LEVELS
from eval.metrics import Floats, auc, calibration_error
from eval.pairs import chosen
from eval.progress import shown
from index.archive import Archive
from index.console import exit_status
from index.errors import UsageError
from index.progress import Progress
from qa.confidence import FEATURES
from qa.reader import Reader
from qa.train.arguments import count
from qa.train.pair_files import read_examples
from qa.train.recipe import read_recipe
from qa.train.tried import RIGHT, Tried, articles, questions, tried

SEED = 0
UNANSWERABLE = 0.33  # what a question that cannot be answered weighs


def fitted(inputs: Floats, right: Floats, weights: Floats) -> Floats:
    """The weights of a logistic model, the bias first, (1 + features,).

    With a unit normal prior on the weights of standardised ``inputs``
    (questions, features). ``weights`` (questions,) say how much each counts.
    """
    mean, deviation = inputs.mean(axis=0), inputs.std(axis=0) + NEGLIGIBLE
    rows = np.column_stack([np.ones(len(inputs)), (inputs - mean) / deviation])
    prior = np.array([0.0] + [1.0] * inputs.shape[1])
    found = newton(rows, right, weights, around=np.zeros_like(prior), prior=prior)
    scaled = found[1:] / deviation
    return np.concatenate([[found[0] - scaled @ mean], scaled])


def held_out(rows: Sequence[Tried], inputs: Floats, right: Floats, weights: Floats) -> Floats:
    """The probability of each row, by a fit to the other folds."""
    fold = folds([row.asked.document for row in rows])
    said = np.empty(len(rows))
    for number in range(FOLDS):
        own = fold == number
        found = fitted(inputs[~own], right[~own], weights[~own])
        said[own] = logistic(found[0] + inputs[own] @ found[1:])
    return said


def told(rows: Sequence[Tried]) -> Iterator[str]:
    """What a fit to ``rows`` gives and how good it is, as lines."""
    inputs = np.array([row.inputs for row in rows])
    answerable = np.array([row.answerable for row in rows])
    points = np.array([row.f1 for row in rows])
    right = (points >= RIGHT).astype(np.float64)
    weights = np.where(answerable, 1.0, UNANSWERABLE)
    if not 0 < right.sum() < len(rows):
        raise UsageError("all answers are wrong, or all are right; a fit needs both.")
    said = held_out(rows, inputs, right, weights)
    error = calibration_error(said, right, weights)
    yield (
        f"{answerable.sum():,} questions: F1 {100 * points[answerable].mean():.1f} where all are "
        f"answered, right {100 * right[answerable].mean():.1f}"
    )
    yield (
        f"held out in turn: calibration error {100 * error:.1f}, area "
        f"under the curve {100 * auc(right > 0, said):.1f} of right against wrong, "
        f"{100 * auc(answerable, said):.1f} of answerable against not"
    )
    for percent in LEVELS:
        sure = said >= percent / 100
        if sure.any():
            yield (
                f"  at least {percent} % sure: "
                f"{100 * np.average(right[sure], weights=weights[sure]):.1f} % right, "
                f"{100 * sure[answerable].mean():.1f} % of the answerable answered"
            )
    for threshold in np.arange(5, 55, 5) / 100:
        kept = (right * (said >= threshold)).sum() / right.sum()
        refused = (said < threshold)[~answerable].mean()
        yield (
            f"  answers from {threshold:.2f} on: {100 * kept:.1f} % of the right ones kept, "
            f"{100 * refused:.1f} % of the unanswerable refused"
        )
    found = fitted(inputs, right, weights)
    for name, weight in zip(("bias", *FEATURES), found, strict=True):
        yield f"{name:<12}{weight:8.3f}"


def main(words: list[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 done, 1 the work failed, 2 wrong use."""
    options = _parse(sys.argv[1:] if words is None else words)
    return exit_status("python -m qa.train.confidence", lambda: _run(options))


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m qa.train.confidence",
        description="Fit the weights of qa/confidence.py to a reader, and say how good they are.",
    )
    parser.add_argument("recipe", type=Path, metavar="CONFIG.toml", help="that made the reader")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="question-answer pairs")
    parser.add_argument("--reader", metavar="MODEL", help="by folder or hub name (the shipped one)")
    parser.add_argument(
        "--archive",
        type=Path,
        required=True,
        metavar="DIR",
        help="pairs may name its articles, and contexts are added; all that is there is read",
    )
    parser.add_argument("--limit", type=count, metavar="N", help="ask only N, drawn at random")
    parser.add_argument("--top-k", type=count, default=10, metavar="N", help="passages read (10)")
    return parser.parse_args(words)


def _run(options: argparse.Namespace) -> int:
    share = read_recipe(options.recipe).held_out
    with closing(Archive(options.archive)) as archive:
        read = [one for path in options.files for one in read_examples(path, archive)]
        examples = [one for one in read if one.context]
        asked = questions(examples, share)
        if not asked:
            raise UsageError(f"{options.recipe}: no document is held out; see held_out.")
        there = {doc for doc in {one.doc for one in examples} if archive.article(doc)}
        new = (one for one in examples if one.doc not in there)
        archive.add(articles(new), Progress("adding the contexts"))
        reader = Reader(options.reader)
        rows = [
            row
            for one in shown(chosen(asked, options.limit, SEED), "asking")
            for row in tried(reader, archive, one, options.top_k)
        ]
    for line in told(rows):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
