"""Logistic models fitted to what was right and wrong, and the folds that they are checked on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eval.metrics import SEED, Floats

FOLDS = 5
NEGLIGIBLE = 1e-9
_STEPS = 50


def logistic(logits: Floats) -> Floats:
    """The probabilities that have these ``logits``."""
    return np.asarray(1 / (1 + np.exp(-logits)))


def newton(rows: Floats, right: Floats, counts: Floats, around: Floats, prior: Floats) -> Floats:
    """The weights (k,) with which ``logistic(rows @ weights)`` fits ``right`` best.

    By Newton's method. ``rows`` are (n, k), and ``counts`` (n,) say how much each counts. The prior
    on the weights is normal ``around`` some, (k,), and ``prior`` its precision, (k,).
    """

    def loss(weights: Floats) -> float:
        logits = rows @ weights
        distance = float((prior * (weights - around) ** 2).sum())
        return float((counts * (np.logaddexp(0, logits) - right * logits)).sum()) + distance / 2

    weights = around
    for _ in range(_STEPS):
        said = logistic(rows @ weights)
        slope = rows.T @ (counts * (said - right)) + prior * (weights - around)
        curvature = (rows * (counts * said * (1 - said))[:, None]).T @ rows + np.diag(prior)
        step = np.linalg.solve(curvature, slope)
        # Far from the best weights a whole step goes too far.
        while loss(weights - step) > loss(weights) + NEGLIGIBLE:
            step = step / 2
        weights = weights - step
        if np.abs(step).max() < NEGLIGIBLE:
            break
    return weights


def folds(groups: Sequence[str]) -> NDArray[np.int64]:
    """A fold for each of ``groups``, at random; equal ones share one."""
    names, group = np.unique(groups, return_inverse=True)
    order = np.random.default_rng(SEED).permutation(len(names))
    return np.asarray(order % FOLDS)[group]
