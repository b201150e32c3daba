"""Confidence refitted to someone's own articles, by their own gold questions, and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.logistic import FOLDS, folds, logistic, newton
from eval.measures import LEVELS
from eval.metrics import Floats, calibration_error
from eval.outcomes import Outcome
from eval.pairs import Pair
from index.errors import UsageError
from qa.calibration import Calibration
from qa.confidence import THRESHOLD

ENOUGH_QUESTIONS = 100
ENOUGH_OF_A_KIND = 20  # right and wrong ones for the map, unanswerable ones for the threshold
SMALLEST = 1e-4  # probabilities are kept with four digits


@dataclass(frozen=True, slots=True)
class Level:
    """What "answer only when at least ``least`` sure" held to: fractions of 1.

    ``answers`` is how many were so sure.
    """

    least: float
    answers: int
    answered: float
    right: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibration, and how it did on questions that it was not fitted to.

    Errors are expected calibration errors, losses are mean log losses in nats. ``levels`` leaves
    out those that no question reached.
    """

    calibration: Calibration
    questions: int
    error_before: float
    error_after: float
    loss_before: float
    loss_after: float
    levels: tuple[Level, ...]
    warnings: tuple[str, ...]

    @property
    def is_better(self) -> bool:
        """Whether it tells right from wrong better, on held-out questions, than no fit."""
        return self.loss_after < self.loss_before


def calibrate(pairs: Sequence[Pair], outcomes: Sequence[Outcome], reader: str) -> Fit:
    """A calibration for the reader with identity ``reader``, from ``outcomes`` of ``pairs``.

    The outcomes must come from confidence as it is without any calibration. The check is a
    five-fold cross-validation (Stone 1974); questions about one article share a fold. The
    threshold is the one that gets most questions right (``find_best_thresh`` of the SQuAD 2.0
    script); without unanswerable questions the usual one stays, since the best would be 0.

    Raises:
        UsageError: none of the questions, or all of them, were answered right.
    """
    told = [(p, o) for p, o in zip(pairs, outcomes, strict=True) if o.right is not None]
    confidence = np.array([o.confidence for _, o in told], dtype=np.float64)
    right = np.array([o.right for _, o in told], dtype=np.float64)
    if not 0 < right.sum() < len(right):
        raise UsageError(
            f"{int(right.sum()):,} of {len(right):,} candidates are right; a fit needs right and "
            "wrong ones. Add gold questions."
        )
    slope, offset = fit(confidence, right)
    held_out = _held_out(confidence, right, _folds([pair for pair, _ in told]))
    answerable = np.array([o.answerable for _, o in told])
    unanswerable = int((~answerable).sum())
    threshold = (
        best_threshold(held_out, right, answerable)
        if unanswerable >= ENOUGH_OF_A_KIND
        else THRESHOLD
    )
    levels = tuple(_levels(held_out, right, len(outcomes)))
    return Fit(
        Calibration(slope, offset, threshold, reader, _note(len(told), levels)),
        len(told),
        calibration_error(confidence, right),
        calibration_error(held_out, right),
        _log_loss(confidence, right),
        _log_loss(held_out, right),
        levels,
        tuple(_warnings(right, unanswerable)),
    )


def fit(confidence: Floats, right: Floats) -> tuple[float, float]:
    """The slope and offset that make ``logistic(slope * logit(confidence) + offset)`` fit best.

    Platt scaling (Platt 1999) of a probability, by Newton's method, with a unit normal prior
    around slope 1 and offset 0, which change nothing: so few questions change little.
    """
    inputs = np.stack([_logit(confidence), np.ones_like(confidence)], axis=1)
    alike = np.ones_like(confidence)
    weights = newton(inputs, right, alike, around=np.array([1.0, 0.0]), prior=np.ones(2))
    # A falling map would call the likeliest answers the least likely.
    return float(max(weights[0], 0.0)), float(weights[1])


def best_threshold(confidence: Floats, right: Floats, answerable: NDArray[np.bool_]) -> float:
    """The least confidence, in hundredths, to answer with that gets most questions right.

    A question is right when its candidate is right and given, or when it is unanswerable and
    refused. Of equals the lowest, which refuses least.
    """
    levels = np.linspace(0, 1, 101)
    given = confidence >= levels[:, None]
    counts = np.where(given, right, ~answerable).sum(axis=1)
    return float(levels[counts.argmax()])


def in_words(fit: Fit) -> Iterator[str]:
    """The fit as lines for a terminal."""
    line = fit.calibration
    yield f"Fitted to {fit.questions:,} questions; on those held out in turn:"
    before, after = 100 * fit.error_before, 100 * fit.error_after
    yield f"  calibration error  {before:.1f} before, {after:.1f} after"
    yield f"  log loss           {fit.loss_before:.3f} before, {fit.loss_after:.3f} after"
    for level in fit.levels:
        yield (
            f"  at least {100 * level.least:.0f} % sure: {100 * level.right:.1f} % of "
            f"{level.answers:,} answers right, {100 * level.answered:.1f} % of the questions "
            "answered"
        )
    yield f"slope {line.slope:.3f}, offset {line.offset:+.3f}, answers from {line.threshold} on"
    yield from (f"Warning: {warning}" for warning in fit.warnings)


def _held_out(confidence: Floats, right: Floats, apart: NDArray[np.int64]) -> Floats:
    """Each question's confidence by a fit to the other folds."""
    probability = np.empty_like(confidence)
    for fold in range(FOLDS):
        own = apart == fold
        slope, offset = fit(confidence[~own], right[~own])
        probability[own] = logistic(slope * _logit(confidence[own]) + offset)
    return probability


def _folds(pairs: Sequence[Pair]) -> NDArray[np.int64]:
    """A fold for each pair, at random; pairs that name the same first article share one."""
    groups = [pair.article_ids[0] if pair.article_ids else f"question {pair.id}" for pair in pairs]
    return folds(groups)


def _levels(probability: Floats, right: Floats, questions: int) -> Iterator[Level]:
    for percent in LEVELS:
        given = probability >= percent / 100
        if given.any():
            answers = int(given.sum())
            yield Level(percent / 100, answers, answers / questions, float(right[given].mean()))


def _note(questions: int, levels: Sequence[Level]) -> str:
    held = ", ".join(
        f"{100 * level.right:.0f} % of {level.answers:,} at least {100 * level.least:.0f} % sure"
        for level in levels
    )
    return f"fitted to {questions:,} questions; right when held out: {held or 'none was sure'}"


def _warnings(right: Floats, unanswerable: int) -> Iterator[str]:
    rarer = int(min(right.sum(), len(right) - right.sum()))
    if len(right) < ENOUGH_QUESTIONS or rarer < ENOUGH_OF_A_KIND:
        yield (
            f"{len(right):,} questions, {rarer:,} of the rarer of right and wrong, are few; "
            f"{ENOUGH_QUESTIONS} with {ENOUGH_OF_A_KIND} of each would make a steadier fit."
        )
    if unanswerable < ENOUGH_OF_A_KIND:
        yield (
            f"{unanswerable:,} unanswerable questions are too few to choose a threshold by "
            f"({ENOUGH_OF_A_KIND} would do); it stays at {THRESHOLD}."
        )


def _log_loss(probability: Floats, right: Floats) -> float:
    probability = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return float(-np.log(np.where(right == 1, probability, 1 - probability)).mean())


def _logit(probability: Floats) -> Floats:
    probability = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return np.asarray(np.log(probability / (1 - probability)))
