"""What is measured: each function is one definition, with its source, and knows no files."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 10
RESAMPLES = 1000
SEED = 2018

_ARTICLES = re.compile(r"\b(a|an|the)\b", re.UNICODE)
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


# -- texts ------------------------------------------------------------------------------------


def normalise(text: str) -> str:
    """Lower case, no ASCII punctuation, no articles, single spaces.

    The normalisation of the official SQuAD evaluation (Rajpurkar et al. 2016, arXiv:1606.05250,
    and its script ``evaluate-v2.0.py``), step by step in its order.
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def exact(said: str, golds: Sequence[str]) -> float:
    """1 if ``said`` equals a gold answer after ``normalise``, else 0.

    No answer is an empty ``said``; without golds it alone is right (Rajpurkar et al. 2018,
    arXiv:1806.03822).
    """
    return float(normalise(said) in {normalise(gold) for gold in _told(golds)})


def f1(said: str, golds: Sequence[str]) -> float:
    """The greatest harmonic mean of token precision and recall over the gold answers, 0 to 1.

    Tokens are those of ``normalise``; where either side has none, 1 if both have none, else 0
    (Rajpurkar et al. 2016 and 2018, as their script computes it).
    """
    return max(_token_f1(normalise(said).split(), normalise(gold).split()) for gold in _told(golds))


def _told(golds: Sequence[str]) -> Sequence[str]:
    return [gold for gold in golds if normalise(gold)] or [""]


def _token_f1(said: list[str], gold: list[str]) -> float:
    if not said or not gold:
        return float(said == gold)
    shared = sum((Counter(said) & Counter(gold)).values())
    # 2PR / (P + R), with P = shared / |said| and R = shared / |gold|.
    return 2 * shared / (len(said) + len(gold))


# -- rankings ---------------------------------------------------------------------------------


def success(ranks: Floats, k: int) -> Floats:
    """1 where the first right item stands at rank ``k`` or better, else 0.

    Ranks count from 1; NaN: nowhere. Success@k of TREC (Craswell 2009, Encyclopedia of Database
    Systems), also called hit rate or top-k accuracy (Karpukhin et al. 2020, arXiv:2004.04906).
    """
    return (ranks <= k).astype(np.float64)


def reciprocal_rank(ranks: Floats) -> Floats:
    """1 / rank of the first right item, 0 where it is NaN: nowhere (Voorhees 1999, TREC-8)."""
    return np.nan_to_num(1 / ranks)


def recall(found: Collection[str], wanted: Collection[str]) -> float:
    """The share of ``wanted`` that is in ``found`` (Manning et al. 2008, section 8.3).

    Raises:
        ZeroDivisionError: nothing is wanted.
    """
    return len(set(found) & set(wanted)) / len(set(wanted))


# -- confidence -------------------------------------------------------------------------------


def auc(positive: NDArray[np.bool_], scores: Floats) -> float:
    """The probability that a positive scores above a negative, ties counting half.

    The area under the ROC curve as the Mann-Whitney statistic (Hanley and McNeil 1982). NaN
    where one kind is missing.
    """
    values, at, counts = np.unique(scores, return_inverse=True, return_counts=True)
    positives = np.bincount(at[positive], minlength=len(values))
    negatives = counts - positives
    below = np.cumsum(negatives) - negatives
    pairs = positives.sum() * negatives.sum()
    return float((positives * (below + negatives / 2)).sum() / pairs) if pairs else float("nan")


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose confidence lies in [low, high): how many, how confident, how often right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(confidence: Floats, right: Floats) -> list[Bin]:
    """``BINS`` equal bins of confidence from 0 to 1, empty ones left out; 1 is in the last.

    The reliability diagram of DeGroot and Fienberg 1983, binned as by Guo et al. 2017
    (arXiv:1706.04599).
    """
    at = _bin(confidence)
    return [
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            count=int((at == number).sum()),
            confidence=float(confidence[at == number].mean()),
            accuracy=float(right[at == number].mean()),
        )
        for number in np.unique(at)
    ]


def calibration_error(confidence: Floats, right: Floats, weights: Floats | None = None) -> float:
    """The mean distance of confidence and accuracy over the bins of ``reliability``, by size.

    The expected calibration error of Guo et al. 2017 (arXiv:1706.04599, equation 3). ``weights``
    say how much each counts, alike if None. NaN for nothing.
    """
    if not len(confidence):
        return float("nan")
    counts = np.ones(len(confidence)) if weights is None else weights
    gaps = np.bincount(_bin(confidence), weights=counts * (right - confidence), minlength=BINS)
    return float(np.abs(gaps).sum() / counts.sum())


def _bin(confidence: Floats) -> NDArray[np.int64]:
    return np.minimum((confidence * BINS).astype(np.int64), BINS - 1)


def precision_coverage(confidence: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Coverage and precision when only the surest answers are given, at every possible threshold.

    Two arrays, coverage rising to 1. One minus precision is the risk of El-Yaniv and Wiener 2010
    (JMLR 11), the selective question answering of Kamath et al. 2020 (arXiv:2006.09462). Answers
    of equal confidence are given together.
    """
    order = np.argsort(-confidence, kind="stable")
    given = np.arange(1, len(order) + 1)
    last = np.append(confidence[order][1:] != confidence[order][:-1], True)[: len(order)]
    return (given / max(len(order), 1))[last], (np.cumsum(right[order]) / given)[last]


# -- intervals --------------------------------------------------------------------------------


def bootstrap(
    measure: Callable[[NDArray[np.int64]], Floats], questions: int, resamples: int = RESAMPLES
) -> tuple[Floats, Floats]:
    """The lower and upper ends of 95 % intervals of what ``measure`` computes from questions.

    ``measure`` takes the positions of a sample of the ``questions``, drawn with replacement, and
    gives an array of any length; NaN stands for a measure which that sample does not have. Run
    twice, the intervals are the same. The percentile bootstrap (Efron and Tibshirani 1993,
    chapter 13); comparing two systems on one sample makes it paired (Koehn 2004, W04-3250).
    """
    random = np.random.default_rng(SEED)
    drawn = np.array(
        [measure(random.integers(questions, size=questions)) for _ in range(resamples)]
    )
    ends = np.full((2, drawn.shape[1]), np.nan)
    known = ~np.isnan(drawn).all(axis=0)
    ends[:, known] = np.nanpercentile(drawn[:, known], [2.5, 97.5], axis=0)
    return ends[0], ends[1]
